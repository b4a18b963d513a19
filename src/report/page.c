#include "report/page.h"

#include "util/text.h"

#include <string.h>

char *
assay_page_escape (const char *text)
{
  if (text == NULL)
    return g_strdup ("");
  g_auto (GStrv) parts = g_strsplit (text, "\\", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      char *escaped = assay_text_escape_line (*part, -1);
      g_free (*part);
      *part = escaped;
    }
  return g_strjoinv ("\\", parts);
}

void
assay_page_paint (AssayPage *page, AssayPaint paint, const char *text)
{
  static const char *const codes[] = {
    [ASSAY_PAINT_NONE] = NULL,           [ASSAY_PAINT_STRONG] = "\033[1m",  [ASSAY_PAINT_BAD] = "\033[1;31m",
    [ASSAY_PAINT_UNSURE] = "\033[1;33m", [ASSAY_PAINT_GOOD] = "\033[1;32m",
  };
  const char *code = page->style == ASSAY_TEXT_COLOUR ? codes[paint] : NULL;
  if (code != NULL)
    g_string_append (page->text, code);
  g_string_append (page->text, text);
  if (code != NULL)
    g_string_append (page->text, "\033[0m");
}

void
assay_page_pad (AssayPage *page, guint from, guint column)
{
  for (guint i = from; i < column; i++)
    g_string_append_c (page->text, ' ');
}

static guint
character_width (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
assay_page_width (const char *text)
{
  guint width = 0;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    width += character_width (g_utf8_get_char (c));
  return width;
}

/* How many bytes of a word go into @room cells: up to behind the last `/` of them, else as many as fit, at least one.
 */
static gsize
fit (const char *word, gsize length, guint room)
{
  gsize slash = 0, used = 0;
  guint width = 0;
  while (used < length)
    {
      const char *c = word + used;
      width += character_width (g_utf8_get_char (c));
      if (width > room && used > 0)
        return slash > 0 ? slash : used;
      used += (gsize)(g_utf8_next_char (c) - c);
      if (*c == '/' && (used == length || word[used] != '/'))
        slash = used;
    }
  return length;
}

static guint
width_of (const char *text, gsize length)
{
  g_autofree char *part = g_strndup (text, length);
  return assay_page_width (part);
}

/* Writes one word; gives the cell behind it. */
static guint
flow_word (AssayPage *page, guint column, guint cell, const char *word, gsize length)
{
  guint space = cell > column ? 1 : 0;
  guint room = ASSAY_PAGE_COLUMNS - column;
  guint width = width_of (word, length);
  if (cell + space + width <= ASSAY_PAGE_COLUMNS)
    assay_page_pad (page, 0, space);
  else if (space > 0)
    {
      g_string_append_c (page->text, '\n');
      assay_page_pad (page, 0, column);
      cell = column;
      space = 0;
    }
  cell += space;
  while (width > room)
    {
      gsize part = fit (word, length, room);
      g_string_append_len (page->text, word, (gssize)part);
      word += part;
      length -= part;
      width = width_of (word, length);
      if (length == 0)
        return ASSAY_PAGE_COLUMNS;
      g_string_append_c (page->text, '\n');
      assay_page_pad (page, 0, column);
      cell = column;
    }
  g_string_append_len (page->text, word, (gssize)length);
  return cell + width;
}

void
assay_page_flow (AssayPage *page, guint column, const char *text)
{
  guint cell = column;
  while (*text != '\0')
    {
      /* One space stands between words; more of them are part of a name. */
      gsize length = strspn (text, " ");
      length += strcspn (text + length, " ");
      cell = flow_word (page, column, cell, text, length);
      text += length + (text[length] == ' ');
    }
  g_string_append_c (page->text, '\n');
}

void
assay_page_title (AssayPage *page, const char *title)
{
  g_string_append_c (page->text, '\n');
  assay_page_paint (page, ASSAY_PAINT_STRONG, title);
  g_string_append_c (page->text, '\n');
}

void
assay_page_label (AssayPage *page, guint indent, guint column, AssayPaint paint, const char *label, const char *text)
{
  assay_page_pad (page, 0, indent);
  assay_page_paint (page, paint, label);
  assay_page_pad (page, indent + assay_page_width (label), column);
  assay_page_flow (page, column, text);
}
