#include "input/yaml_excerpt.h"

#include "util/text.h"

#include <string.h>

/* Cells of the line that are shown: a terminal has 80, and the number and a bar stand before. */
#define EXCERPT_CELLS 68u
/* What stays visible before the mark in a line that is longer. */
#define BEFORE_CELLS 40u

/** A line as it is shown, and the cell of the column in it. */
typedef struct
{
  GString *text;
  guint cells;
  guint mark;
  gboolean has_mark;
} Shown;

static guint
cells_of (const char *text)
{
  guint cells = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      cells += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return cells;
}

/* Bytes of the next character; of what is none, one. */
static gsize
character_length (const char *at, const char *end)
{
  gunichar c = g_utf8_get_char_validated (at, end - at);
  return c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (gsize)(g_utf8_next_char (at) - at);
}

/* A character as a terminal may have it; a tab is one space, so that the mark stays in its place. */
static char *
show_character (const char *at, gsize length)
{
  if (*at == '\t')
    return g_strdup (" ");
  if (*at == '\\')
    return g_strdup ("\\");
  return assay_text_escape_line (at, (gssize)length);
}

/* From the character number @first on, as many as there is room for. */
static void
show (Shown *shown, const char *at, const char *end, guint first, guint column)
{
  for (guint i = 1; at < end; i++)
    {
      gsize length = character_length (at, end);
      g_autofree char *text = show_character (at, length);
      at += length;
      if (i == column)
        {
          shown->mark = shown->cells;
          shown->has_mark = i >= first;
        }
      if (i < first)
        continue;
      guint cells = cells_of (text);
      if (shown->cells + cells > EXCERPT_CELLS)
        break;
      g_string_append (shown->text, text);
      shown->cells += cells;
    }
}

char *
assay_yaml_excerpt (const char *text, gsize length, int line, int column)
{
  const char *end = text + length;
  for (int i = 1; i < line && text < end; i++)
    {
      const char *feed = memchr (text, '\n', (gsize)(end - text));
      text = feed != NULL ? feed + 1 : end;
    }
  const char *stop = text < end ? memchr (text, '\n', (gsize)(end - text)) : NULL;
  stop = stop != NULL ? stop : end;
  if (stop > text && stop[-1] == '\r')
    stop--;
  if (line < 1 || column < 1 || text >= stop)
    return g_strdup ("");
  guint first
      = (guint)column > BEFORE_CELLS + 8 && (gsize)(stop - text) > EXCERPT_CELLS ? (guint)column - BEFORE_CELLS : 1;
  g_autoptr (GString) shown_text = g_string_new (NULL);
  Shown shown = { .text = shown_text };
  show (&shown, text, stop, first, (guint)column);
  /* behind the last character, where something is missing */
  guint mark = shown.has_mark ? shown.mark : shown.cells;
  g_autofree char *number = g_strdup_printf ("%5d", line);
  return g_strdup_printf ("\n%s | %s%s\n%*s   %*s^", number, first > 1 ? "…" : "", shown_text->str,
                          (int)strlen (number), "", (int)mark + (first > 1 ? 1 : 0), "");
}
