#include "report/page.h"

#include "util/text.h"

#include <string.h>

/* Characters of a text that are shown: about eight lines, so that a long path and a sentence around it stay whole. */
#define HEAD_CHARACTERS 400
#define TAIL_CHARACTERS 200

/* Takes the middle out of a text that would fill the screen: a name can be as long as whoever made the image liked. */
static char *
shorten (char *text)
{
  glong length = g_utf8_strlen (text, -1);
  if (length <= HEAD_CHARACTERS + TAIL_CHARACTERS)
    return text;
  g_autofree char *whole = text;
  g_autofree char *head = g_utf8_substring (text, 0, HEAD_CHARACTERS);
  g_autofree char *tail = g_utf8_substring (text, length - TAIL_CHARACTERS, length);
  return g_strdup_printf ("%s\u2026[%ld]\u2026%s", head, length - HEAD_CHARACTERS - TAIL_CHARACTERS, tail);
}

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
  return shorten (g_strjoinv ("\\", parts));
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

void
assay_page_end_line (AssayPage *page)
{
  while (page->text->len > 0 && page->text->str[page->text->len - 1] == ' ')
    g_string_truncate (page->text, page->text->len - 1);
  g_string_append_c (page->text, '\n');
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
      assay_page_end_line (page);
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
      assay_page_end_line (page);
      assay_page_pad (page, 0, column);
      cell = column;
    }
  g_string_append_len (page->text, word, (gssize)length);
  return cell + width;
}

void
assay_page_flow (AssayPage *page, guint column, const char *text)
{
  assay_page_flow_from (page, column, column, text);
}

void
assay_page_flow_from (AssayPage *page, guint cell, guint column, const char *text)
{
  while (*text != '\0')
    {
      /* One space stands between words; more of them are part of a name. */
      gsize length = strspn (text, " ");
      length += strcspn (text + length, " ");
      cell = flow_word (page, column, cell, text, length);
      text += length + (text[length] == ' ');
    }
  assay_page_end_line (page);
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
