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
  TOKEN_STAR,
  TOKEN_GLOBSTAR,
} TokenKind;

typedef struct
{
  TokenKind kind;
  gsize length; /* bytes of the glob */
} Token;

static Token
read_token (const char *glob)
{
  if (*glob != '*')
    return (Token){ TOKEN_LITERAL, 1 };
  return glob[1] == '*' ? (Token){ TOKEN_GLOBSTAR, 2 } : (Token){ TOKEN_STAR, 1 };
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
    case TOKEN_LITERAL:
      matches = glob[place] == byte;
      break;
    }
  if (matches)
    activate (next, glob, place + token.length);
}

/** What is asked of a glob and a text. */
typedef enum
{
  ASKED_MATCH = 0, /* the glob matches the text */
  ASKED_BEGINNING, /* it may match a longer one that begins with it */
} Asked;

static gboolean
run (const char *glob, gsize length, const char *path, Asked asked, States *now, States *next)
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
  if (*path != '\0' || now->first > now->last)
    return FALSE;
  return asked == ASKED_MATCH ? now->active[length] : now->first < length;
}

/* Stars that stand one behind the other are all active at once, and say no more than three of them. */
static char *
join_stars (const char *glob)
{
  GString *joined = g_string_sized_new (strlen (glob));
  for (const char *at = glob; *at != '\0'; at++)
    if (*at != '*' || at - glob < 3 || strncmp (at - 3, "***", 3) != 0)
      g_string_append_c (joined, *at);
  return g_string_free (joined, FALSE);
}

static gboolean
ask (const char *glob, const char *path, Asked asked)
{
  gsize length = strlen (glob);
  gsize plain = strcspn (glob, "*");
  States now, next;
  if (length == plain && asked == ASKED_MATCH)
    return strcmp (glob, path) == 0;
  if (length > ASSAY_GLOB_MAX_BYTES && length != plain)
    return asked == ASKED_BEGINNING;
  g_autofree char *joined = strstr (glob, "****") == NULL ? NULL : join_stars (glob);
  if (joined != NULL)
    return ask (joined, path, asked);
  if (length < SMALL_GLOB_BYTES)
    {
      guint8 small[2][SMALL_GLOB_BYTES];
      memset (small, 0, sizeof small);
      now.active = small[0];
      next.active = small[1];
      return run (glob, length, path, asked, &now, &next);
    }
  /* No memory is "no match": a glob only ever grants; and anything may lie where nobody looked. */
  g_autofree guint8 *large = g_try_malloc0_n (length + 1, 2);
  if (large == NULL)
    return asked == ASKED_BEGINNING;
  now.active = large;
  next.active = large + length + 1;
  return run (glob, length, path, asked, &now, &next);
}

gboolean
assay_text_glob_matches (const char *glob, const char *path)
{
  /* The root is no component that a `*` could mean. */
  if (strcmp (path, ".") == 0)
    return strcmp (glob, ".") == 0 || strcmp (glob, "**") == 0;
  return ask (glob, path, ASKED_MATCH);
}

gboolean
assay_text_any_glob_enters (char *const *globs, const char *path)
{
  gboolean is_root = strcmp (path, ".") == 0;
  g_autofree char *inside = is_root ? NULL : g_strconcat (path, "//", NULL);
  for (; *globs != NULL; globs++)
    if (is_root ? strcmp (*globs, ".") != 0 : ask (*globs, inside, ASKED_BEGINNING))
      return TRUE;
  return FALSE;
}

gboolean
assay_text_any_glob_matches (char *const *globs, const char *path)
{
  for (; *globs != NULL; globs++)
    if (assay_text_glob_matches (*globs, path))
      return TRUE;
  return FALSE;
}
