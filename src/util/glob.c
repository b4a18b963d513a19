#include "util/text.h"

#include <string.h>

/*
 * The glob is read as a finite automaton whose states are places in the glob's text, and all states are followed at
 * once: the time is at most the product of both lengths, whatever a hostile path or recipe holds. (Backtracking takes
 * exponential time; Cox, "Regular Expression Matching Can Be Simple And Fast", 2007.)
 */

/* Globs up to this length need no allocation. */
#define SMALL_GLOB_BYTES 256u

typedef struct
{
  guint8 *active;
  gsize first; /* the range in which states may be active; first > last when none is */
  gsize last;
} States;

typedef enum
{
  TOKEN_LITERAL = 0,
  TOKEN_ANY_BYTE,
  TOKEN_SET,
  TOKEN_STAR,
  TOKEN_GLOBSTAR,
} TokenKind;

typedef struct
{
  TokenKind kind;
  gsize length; /* bytes of the glob */
} Token;

/* Where the set that begins at @set ends, its `]` included; 0 when it never ends, and `[` stands for itself. */
static gsize
set_length (const char *set)
{
  gsize i = 1;
  if (set[i] == '!')
    i++;
  if (set[i] == ']') /* a `]` that comes first is a member (POSIX 2.13.1) */
    i++;
  while (set[i] != '\0' && set[i] != ']' && set[i] != '/')
    i++;
  return set[i] == ']' ? i + 1 : 0;
}

static gboolean
set_holds (const char *set, gsize length, char byte)
{
  gboolean negated = set[1] == '!';
  gboolean found = FALSE;
  for (gsize i = negated ? 2 : 1; i < length - 1; i++)
    {
      guint8 low = (guint8)set[i], high = low;
      if (i + 2 < length - 1 && set[i + 1] == '-')
        {
          high = (guint8)set[i + 2];
          i += 2;
        }
      found |= (guint8)byte >= low && (guint8)byte <= high;
    }
  return found != negated;
}

static Token
read_token (const char *glob)
{
  gsize length;
  switch (*glob)
    {
    case '*':
      return glob[1] == '*' ? (Token){ TOKEN_GLOBSTAR, 2 } : (Token){ TOKEN_STAR, 1 };
    case '?':
      return (Token){ TOKEN_ANY_BYTE, 1 };
    case '[':
      length = set_length (glob);
      return length > 0 ? (Token){ TOKEN_SET, length } : (Token){ TOKEN_LITERAL, 1 };
    default:
      return (Token){ TOKEN_LITERAL, 1 };
    }
}

/* Makes a state active, and the states behind it that a star reaches without taking a byte. */
static void
activate (States *states, const char *glob, gsize place)
{
  for (;;)
    {
      states->active[place] = 1;
      states->first = MIN (states->first, place);
      states->last = MAX (states->last, place);
      if (glob[place] != '*')
        return;
      place += read_token (glob + place).length;
      if (states->active[place])
        return;
    }
}

static void
take_byte (States *next, const char *glob, gsize place, char byte)
{
  Token token = read_token (glob + place);
  gboolean matches = FALSE;
  switch (token.kind)
    {
    case TOKEN_GLOBSTAR:
      activate (next, glob, place);
      return;
    case TOKEN_STAR:
      if (byte != '/')
        activate (next, glob, place);
      return;
    case TOKEN_ANY_BYTE:
      matches = byte != '/';
      break;
    case TOKEN_SET:
      matches = byte != '/' && set_holds (glob + place, token.length, byte);
      break;
    case TOKEN_LITERAL:
      matches = glob[place] == byte;
      break;
    }
  if (matches)
    activate (next, glob, place + token.length);
}

static gboolean
run (const char *glob, gsize length, const char *path, States *now, States *next)
{
  now->first = next->first = G_MAXSIZE;
  now->last = next->last = 0;
  activate (now, glob, 0);
  if (g_str_has_prefix (glob, "**/"))
    activate (now, glob, 3);
  for (; *path != '\0' && now->first <= now->last; path++)
    {
      for (gsize place = now->first; place <= now->last; place++)
        if (now->active[place])
          {
            now->active[place] = 0;
            if (place < length)
              take_byte (next, glob, place, *path);
          }
      now->first = G_MAXSIZE;
      now->last = 0;
      States *swap = now;
      now = next;
      next = swap;
    }
  return *path == '\0' && now->first <= now->last && now->active[length];
}

gboolean
assay_text_glob_matches (const char *glob, const char *path)
{
  gsize length = strlen (glob);
  States now, next;
  /* The root is no component that a `*` could mean. */
  if (strcmp (path, ".") == 0)
    return strcmp (glob, ".") == 0 || strcmp (glob, "**") == 0;
  if (length < SMALL_GLOB_BYTES)
    {
      guint8 small[2][SMALL_GLOB_BYTES];
      memset (small, 0, sizeof small);
      now.active = small[0];
      next.active = small[1];
      return run (glob, length, path, &now, &next);
    }
  /* No memory is "no match": a glob only ever grants. */
  g_autofree guint8 *large = g_try_malloc0_n (length + 1, 2);
  if (large == NULL)
    return FALSE;
  now.active = large;
  next.active = large + length + 1;
  return run (glob, length, path, &now, &next);
}

gboolean
assay_text_any_glob_matches (char *const *globs, const char *path)
{
  for (; *globs != NULL; globs++)
    if (assay_text_glob_matches (*globs, path))
      return TRUE;
  return FALSE;
}
