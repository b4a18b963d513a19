#include "inventory/line_private.h"

#include <string.h>

/* `file:12` or `file:12:3`. */
static void
take_go (AssayLineReading *reading, const char *at, const char *end)
{
  while (end > at && assay_line_is_blank (end[-1]))
    end--;
  for (guint i = 0; i < 2; i++)
    {
      const char *digits = end;
      while (digits > at && g_ascii_isdigit (digits[-1]))
        digits--;
      if (digits == end || digits <= at + 1 || digits[-1] != ':')
        return;
      end = digits - 1;
      assay_line_add_name (reading, at, (gsize)(end - at));
    }
}

void
assay_line_read_go (AssayLineReading *reading, const char *at, const char *end)
{
  if (assay_line_begins (at, end, "//line "))
    take_go (reading, at + strlen ("//line "), end);
  while ((at = g_strstr_len (at, end - at, "/*line ")) != NULL)
    {
      at += strlen ("/*line ");
      const char *close = g_strstr_len (at, end - at, "*/");
      take_go (reading, at, close != NULL ? close : end);
      at = close != NULL ? close : end;
    }
}

/* A statement behind the name of a directive: blanks and a number. */
static const char *
skip_number (const char *at, const char *end)
{
  const char *number = at;
  while (number < end && assay_line_is_blank (*number))
    number++;
  const char *behind = assay_line_skip_digits (number, end);
  return number > at && behind > number ? behind : NULL;
}

static void
read_file_statement (AssayLineReading *reading, const char *at, const char *end)
{
  const char *behind = skip_number (at, end);
  if (behind == NULL)
    return;
  /* a directory and a file, or one of them */
  for (guint i = 0; i < 2 && behind != NULL; i++)
    {
      while (behind < end && assay_line_is_blank (*behind))
        behind++;
      const char *next = assay_line_take_text (reading, behind, end);
      reading->any = reading->any || (i == 0 && next == NULL);
      behind = next;
    }
}

static void
read_section_statement (AssayLineReading *reading, const char *at, const char *end)
{
  while (at < end && (assay_line_is_blank (*at) || *at == '"' || *at == '\\'))
    at++;
  reading->any
      = reading->any || assay_line_begins (at, end, ".debug_line") || assay_line_begins (at, end, ".debug_info");
}

/* A whole line that is a comment in C and in assembly: nothing in it may end a comment or a string of lines before. */
static gboolean
is_comment (const AssayLineReading *reading, const char *at, const char *end)
{
  return !reading->joined && assay_line_begins (assay_line_skip_blank (at, end), end, "//")
         && memchr (at, '"', (gsize)(end - at)) == NULL && g_strstr_len (at, end - at, "*/") == NULL;
}

/* As begins_any_case(), with comments between the letters, which the assembler takes out. */
static gboolean
begins_joined (const char *at, const char *end, const char *word)
{
  for (; *word != '\0'; word++)
    {
      while (end - at >= 2 && at[0] == '/' && at[1] == '*')
        {
          const char *close = g_strstr_len (at + 2, end - at - 2, "*/");
          if (close == NULL)
            return TRUE;
          at = close + 2;
        }
      if (at == end || g_ascii_tolower (*at++) != *word)
        return FALSE;
    }
  return TRUE;
}

/* Whatever it names, and wherever: a macro may make a directive of it. */
static void
find_linefile (AssayLineReading *reading, const char *at, const char *end)
{
  static const char word[] = "linefile";
  if (reading->any || is_comment (reading, at, end))
    return;
  for (; (gsize)(end - at) >= sizeof word - 1 && !reading->any; at++)
    reading->any = (*at == 'l' || *at == 'L') && begins_joined (at, end, word);
}

void
assay_line_read_assembly (AssayLineReading *reading, const char *at, const char *end)
{
  find_linefile (reading, at, end);
  for (at = memchr (at, '.', (gsize)(end - at)); at != NULL && at < end; at = memchr (at, '.', (gsize)(end - at)))
    {
      if (assay_line_begins_any_case (at, end, ".file"))
        read_file_statement (reading, at + 5, end);
      else if (assay_line_begins_any_case (at, end, ".loc") && skip_number (at + 4, end) != NULL)
        reading->any = TRUE;
      else if (assay_line_begins_any_case (at, end, ".section"))
        read_section_statement (reading, at + 8, end);
      else if (assay_line_begins_any_case (at, end, ".pushsection"))
        read_section_statement (reading, at + 12, end);
      at++;
    }
}

void
assay_line_read_others (AssayLineReading *reading, const char *first, const char *start, const char *end)
{
  static const char word[] = "source_reference";
  if (assay_line_begins (first, end, "%line") && first + 5 < end && assay_line_is_blank (first[5]))
    reading->any = TRUE;
  for (const char *at = start; !reading->any && (gsize)(end - at) >= sizeof word - 1; at++)
    reading->any = (*at == 's' || *at == 'S') && assay_line_begins_any_case (at, end, word);
  const char *pragma = reading->any ? NULL : g_strstr_len (start, end - start, "{-#");
  if (pragma != NULL && assay_line_begins_any_case (assay_line_skip_blank (pragma + 3, end), end, "line"))
    reading->any = TRUE;
}
