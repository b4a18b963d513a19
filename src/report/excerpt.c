#include "report/excerpt.h"

#include "util/text.h"

#include <string.h>

/* Characters of a line that are shown in front of the caret, and all in all: they fit in 80 columns behind the number.
 */
#define BEFORE 40
#define SHOWN 64

/* The line, without its end, in UTF-8; NULL where there is none. */
static char *
find_line (GBytes *bytes, int line)
{
  gsize size = 0;
  const char *text = g_bytes_get_data (bytes, &size);
  const char *at = text, *end = text == NULL ? NULL : text + size;
  for (int number = 1; at != NULL && number < line; number++)
    {
      at = memchr (at, '\n', (gsize)(end - at));
      at = at == NULL ? NULL : at + 1;
    }
  if (at == NULL || at == end)
    return NULL;
  const char *stop = memchr (at, '\n', (gsize)(end - at));
  return g_utf8_make_valid (at, (stop == NULL ? end : stop) - at);
}

/* One cell a character or two, and nothing that a terminal acts on. */
static void
append_shown (GString *out, const char *character)
{
  gunichar c = g_utf8_get_char (character);
  const char *next = g_utf8_next_char (character);
  gboolean plain
      = g_unichar_isprint (c) && !g_unichar_iszerowidth (c) && assay_text_find_misleading (character, next) == next;
  if (c == '\t')
    g_string_append_c (out, ' ');
  else if (plain)
    g_string_append_len (out, character, next - character);
  else
    g_string_append_c (out, '?');
}

void
assay_page_excerpt (AssayPage *page, GBytes *bytes, int line, int column)
{
  g_autofree char *text = line < 1 || column < 1 ? NULL : find_line (bytes, line);
  if (text == NULL)
    return;
  g_autoptr (GString) shown = g_string_new (NULL);
  g_autofree char *number = g_strdup_printf ("%5d | ", line);
  int first = MAX (column - BEFORE, 1), at = 1;
  guint caret = 0;
  for (const char *c = text; *c != '\0' && *c != '\r' && at < first + SHOWN; c = g_utf8_next_char (c), at++)
    {
      if (at == column)
        caret = assay_page_width (shown->str);
      if (at >= first)
        append_shown (shown, c);
    }
  /* behind the end of the line, where something is missing */
  if (column >= at)
    caret = assay_page_width (shown->str);
  g_string_append_printf (page->text, "%s%s\n", number, shown->str);
  assay_page_pad (page, 0, (guint)strlen (number) + caret);
  assay_page_paint (page, ASSAY_PAINT_STRONG, "^");
  g_string_append_c (page->text, '\n');
}
