#include "inventory/line_private.h"

#include "util/text.h"

#include <string.h>

/* Names that one file may have; a generated parser has two. */
#define NAMES_MAX 1024u

void
assay_line_add_name (AssayLineReading *reading, const char *raw, gsize length)
{
  const char *end = raw + length;
  const char *name = end;
  while (name > raw && name[-1] != '/')
    name--;
  gboolean is_no_file = name == end || (end - name <= 2 && name[0] == '.' && end[-1] == '.');
  if (is_no_file || g_hash_table_size (reading->names) >= NAMES_MAX)
    reading->any = TRUE;
  else
    g_hash_table_add (reading->names, assay_text_escape_line (raw, (gssize)length));
}

gboolean
assay_line_is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' || c == '\0';
}

const char *
assay_line_skip_blank (const char *at, const char *end)
{
  while (at < end)
    {
      if (assay_line_is_blank (*at))
        at++;
      else if (end - at >= 2 && at[0] == '/' && at[1] == '*')
        {
          const char *close = g_strstr_len (at + 2, end - at - 2, "*/");
          if (close == NULL)
            return end;
          at = close + 2;
        }
      else
        return at;
    }
  return end;
}

gboolean
assay_line_begins (const char *at, const char *end, const char *with)
{
  gsize length = strlen (with);
  return (gsize)(end - at) >= length && memcmp (at, with, length) == 0;
}

const char *
assay_line_skip_digits (const char *at, const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

gboolean
assay_line_begins_any_case (const char *at, const char *end, const char *with)
{
  gsize length = strlen (with);
  return (gsize)(end - at) >= length && g_ascii_strncasecmp (at, with, length) == 0;
}

/* What is behind `x` or up to three octal digits, and the byte that they stand for; NULL where they stand for none. */
static const char *
take_number_escape (const char *at, const char *end, char *out)
{
  guint base = *at == 'x' ? 16 : 8;
  const char *digit = at + (base == 16 ? 1 : 0);
  const char *first = digit;
  guint value = 0;
  for (; digit < end && value <= G_MAXUINT8 && (base == 16 || digit < at + 3); digit++)
    {
      gint of = g_ascii_xdigit_value (*digit);
      if (of < 0 || of >= (gint)base)
        break;
      value = value * base + (guint)of;
    }
  *out = (char)value;
  /* the assembler takes 8 and 9 for octal digits too */
  gboolean is_short = base == 8 && digit < at + 3 && digit < end && g_ascii_isdigit (*digit);
  return digit > first && value <= G_MAXUINT8 && !is_short ? digit : NULL;
}

/* Behind a backslash: as compilers and the assembler take it. NULL where one of them takes it for something else. */
static const char *
take_escape (const char *at, const char *end, char *out)
{
  static const char letters[] = "\\\"bfnrt";
  static const char meant[] = "\\\"\b\f\n\r\t";
  if (at >= end)
    return NULL;
  const char *letter = memchr (letters, *at, sizeof letters - 1);
  if (letter == NULL)
    return take_number_escape (at, end, out);
  *out = meant[letter - letters];
  return at + 1;
}

const char *
assay_line_take_text (AssayLineReading *reading, const char *at, const char *end)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean within = assay_line_begins (at, end, "\\\"");
  at += within ? 1 : 0;
  if (at >= end || *at != '"')
    return NULL;
  for (at++; at < end && *at != '"';)
    {
      char c = *at++;
      if (c == '\\')
        {
          if (within && at < end && *at == '"')
            break;
          const char *behind = within ? NULL : take_escape (at, end, &c);
          reading->any = reading->any || behind == NULL;
          if (behind == NULL && at < end)
            c = *at;
          at = behind != NULL ? behind : MIN (at + 1, end);
        }
      reading->any = reading->any || c == '\0';
      g_string_append_c (text, c);
    }
  reading->any = reading->any || at >= end || strstr (text->str, "?\?") != NULL;
  assay_line_add_name (reading, text->str, text->len);
  return at < end ? at + 1 : end;
}
