#include "input/recipe_text.h"

#include "input/characters.h"
#include "util/text.h"

#include <string.h>

/** Columns of a line, as people's editors are wide. */
#define COLUMNS 116u

char *
assay_recipe_text_quote (const char *text)
{
  gsize offset = 0;
  gsize length = strlen (text);
  g_autofree char *why = NULL;
  if (text[strspn (text, " ")] == '\0'
      || assay_characters_find_refused (text, length, ASSAY_CHARACTERS_LINE, &offset, &why))
    return NULL;
  GString *quoted = g_string_new ("\"");
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      const char *next = g_utf8_next_char (at);
      gunichar c = g_utf8_get_char (at);
      /* what leaves no mark is accepted in a value, and is shown here */
      if (assay_text_find_misleading (at, next) != next)
        g_string_append_printf (quoted, c <= 0xffff ? "\\u%04X" : "\\U%08X", c);
      else
        g_string_append_printf (quoted, "%s%.*s", *at == '"' || *at == '\\' ? "\\" : "", (int)(next - at), at);
    }
  g_string_append_c (quoted, '"');
  return g_string_free (quoted, FALSE);
}

/* Without any character that a recipe may not hold, in a comment either. */
static char *
make_plain (const char *text)
{
  GString *plain = g_string_new (NULL);
  g_autofree char *shown = assay_text_escape_shown (text);
  const char *at = shown;
  gsize offset = 0;
  for (;;)
    {
      g_autofree char *why = NULL;
      if (!assay_characters_find_refused (at, strlen (at), ASSAY_CHARACTERS_LINE, &offset, &why))
        break;
      const char *bad = at + offset;
      g_string_append_len (plain, at, (gssize)offset);
      for (at = g_utf8_next_char (bad); bad < at; bad++)
        g_string_append_printf (plain, "\\x%02X", (guint)(guint8)*bad);
    }
  g_string_append (plain, at);
  return g_string_free (plain, FALSE);
}

/* Bytes of the next line: up to the last space that lets it fit, or else up to the first. */
static gsize
line_length (const char *text, guint room)
{
  gsize best = 0;
  guint columns = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at), columns++)
    {
      if (*at != ' ')
        continue;
      if (columns > room && best > 0)
        return best;
      best = (gsize)(at - text);
      if (columns > room)
        return best;
    }
  return columns > room && best > 0 ? best : strlen (text);
}

void
assay_recipe_text_comment (GString *out, guint indent, const char *text)
{
  g_autofree char *plain = make_plain (text);
  const char *space = "";
  gsize head = strspn (plain, " ");
  const char *at = plain;
  do
    {
      gsize skipped = at == plain ? head : 0;
      gsize length = skipped + line_length (at + skipped, COLUMNS - MIN (COLUMNS / 2, indent + 4 + (guint)head));
      g_string_append_printf (out, "%*s#%s%s%.*s\n", (int)indent, "", length > 0 ? " " : "", space, (int)length, at);
      if (*space == '\0')
        space = "  ";
      at += length;
      at += strspn (at, " ");
  } while (*at != '\0');
}
