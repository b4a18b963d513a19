#include "inventory/line_control.h"

#include "util/cancel.h"
#include "util/text.h"

#include <string.h>

#define WINDOW_BYTES (64u * 1024u)
/* A line that is longer is looked at in parts; what such a part leaves open may be anything. */
#define LINE_BYTES_MAX (1u << 20)
/* Bytes of such a part that the next one begins with, for what lies across. */
#define OVERLAP_BYTES 4096u
/* Names that one file may have; a generated parser has two. */
#define NAMES_MAX 1024u
/* Comments in one line behind which a directive is looked for. */
#define COMMENTS_MAX 64u

/* Of UTF-8; compilers skip it at the beginning of a file. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/** One text while it is read. */
typedef struct
{
  GHashTable *names; /* utf8, a set */
  gboolean any;
  gboolean joined; /* the line is one of several */
  GString *line;   /* with what joins it to others taken out */
} Finding;

static void
finding_clear (Finding *finding)
{
  g_hash_table_unref (finding->names);
  g_string_free (finding->line, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Finding, finding_clear)

static void
add_name (Finding *finding, const char *raw, gsize length)
{
  if (g_hash_table_size (finding->names) >= NAMES_MAX)
    finding->any = TRUE;
  else
    g_hash_table_add (finding->names, assay_text_escape_line (raw, (gssize)length));
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' || c == '\0';
}

/* Behind blanks and comments; one that does not end in this line ends behind it. */
static const char *
skip_blank (const char *at, const char *end)
{
  while (at < end)
    {
      if (is_blank (*at))
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

static gboolean
begins (const char *at, const char *end, const char *with)
{
  gsize length = strlen (with);
  return (gsize)(end - at) >= length && memcmp (at, with, length) == 0;
}

static const char *
skip_digits (const char *at, const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

static gboolean
begins_any_case (const char *at, const char *end, const char *with)
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

/* A text between quotes, which a string of C escapes once more. NULL where there is none; else what is behind it. What
 * compilers may read in two ways (escapes that are not C's, a zero byte, at which a name ends, trigraphs) may be any
 * name. */
static const char *
take_text (Finding *finding, const char *at, const char *end)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean within = begins (at, end, "\\\"");
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
          finding->any = finding->any || behind == NULL;
          if (behind == NULL && at < end)
            c = *at;
          at = behind != NULL ? behind : MIN (at + 1, end);
        }
      finding->any = finding->any || c == '\0';
      g_string_append_c (text, c);
    }
  finding->any = finding->any || at >= end || strstr (text->str, "?\?") != NULL;
  add_name (finding, text->str, text->len);
  return at < end ? at + 1 : end;
}

/* Behind the number of a line marker, which a script may have in a comment too: one word and no more but flags, or
 * words of which the first looks as macros do. */
static gboolean
may_be_macro (const char *at, const char *end)
{
  const char *word = at;
  gboolean odd = FALSE;
  gboolean lower = FALSE;
  for (; at < end && (g_ascii_isalnum (*at) || *at == '_' || *at == '$' || (*at & 0x80) != 0); at++)
    {
      odd = odd || (!g_ascii_isalpha (*at));
      lower = lower || g_ascii_islower (*at);
    }
  if (at == word || g_ascii_isdigit (*word))
    return FALSE;
  at = skip_blank (at, end);
  if (odd || !lower || (at < end && *at == '('))
    return TRUE;
  while (at < end && (g_ascii_isdigit (*at) || is_blank (*at)))
    at++;
  return at >= end;
}

/* Behind the number of `#line NUMBER "file"`. Without a file it stays in its own. */
static void
take_target (Finding *finding, const char *at, const char *end, gboolean is_marker)
{
  const char *number = at;
  at = skip_digits (at, end);
  gboolean has_number = at > number && (at == end || is_blank (*at) || *at == '/' || *at == '"');
  at = skip_blank (at, end);
  if (is_marker)
    {
      /* a string that is raw or of wide characters; a comment that does not end in this line */
      static const char *const strings[] = { "R\"", "L\"", "u\"", "U\"", "u8\"", "LR\"", "uR\"", "UR\"", "u8R\"" };
      for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
        finding->any = finding->any || begins (at, end, strings[i]);
      if (at < end && *at == '"')
        take_text (finding, at, end);
      else if (at < end)
        finding->any = finding->any || may_be_macro (at, end);
      else
        finding->any = finding->any || g_strstr_len (number, end - number, "/*") != NULL;
      return;
    }
  if (at >= end && end > number && memchr (number, '/', (gsize)(end - number)) == NULL)
    finding->any = finding->any || !has_number;
  else if (!has_number || at >= end || take_text (finding, at, end) == NULL)
    finding->any = TRUE;
}

static void
read_directive (Finding *finding, const char *at, const char *end)
{
  static const char *const hashes[] = { "#", "%:", "?\?=" };
  gsize length = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (hashes) && length == 0; i++)
    if (begins (at, end, hashes[i]))
      length = strlen (hashes[i]);
  if (length == 0)
    return;
  at = skip_blank (at + length, end);
  gboolean is_marker = at < end && g_ascii_isdigit (*at);
  if (is_marker)
    take_target (finding, at, end, TRUE);
  else if (begins (at, end, "line") && (at + 4 == end || is_blank (at[4]) || at[4] == '/' || at[4] == '"'))
    take_target (finding, skip_blank (at + 4, end), end, FALSE);
}

/* `file:12` or `file:12:3`. */
static void
take_go (Finding *finding, const char *at, const char *end)
{
  while (end > at && is_blank (end[-1]))
    end--;
  for (guint i = 0; i < 2; i++)
    {
      const char *digits = end;
      while (digits > at && g_ascii_isdigit (digits[-1]))
        digits--;
      if (digits == end || digits <= at + 1 || digits[-1] != ':')
        return;
      end = digits - 1;
      add_name (finding, at, (gsize)(end - at));
    }
}

/* At the beginning of a line, and in a comment anywhere. */
static void
read_go (Finding *finding, const char *at, const char *end)
{
  if (begins (at, end, "//line "))
    take_go (finding, at + strlen ("//line "), end);
  while ((at = g_strstr_len (at, end - at, "/*line ")) != NULL)
    {
      at += strlen ("/*line ");
      const char *close = g_strstr_len (at, end - at, "*/");
      take_go (finding, at, close != NULL ? close : end);
      at = close != NULL ? close : end;
    }
}

/* A statement behind the name of a directive: blanks and a number. */
static const char *
skip_number (const char *at, const char *end)
{
  const char *number = at;
  while (number < end && is_blank (*number))
    number++;
  const char *behind = skip_digits (number, end);
  return number > at && behind > number ? behind : NULL;
}

static void
read_file_statement (Finding *finding, const char *at, const char *end)
{
  const char *behind = skip_number (at, end);
  if (behind == NULL)
    return;
  /* a directory and a file, or one of them */
  for (guint i = 0; i < 2 && behind != NULL; i++)
    {
      while (behind < end && is_blank (*behind))
        behind++;
      const char *next = take_text (finding, behind, end);
      finding->any = finding->any || (i == 0 && next == NULL);
      behind = next;
    }
}

static void
read_section_statement (Finding *finding, const char *at, const char *end)
{
  while (at < end && (is_blank (*at) || *at == '"' || *at == '\\'))
    at++;
  finding->any = finding->any || begins (at, end, ".debug_line") || begins (at, end, ".debug_info");
}

/* A whole line that is a comment in C and in assembly: nothing in it may end a comment or a string of lines before. */
static gboolean
is_comment (const Finding *finding, const char *at, const char *end)
{
  return !finding->joined && begins (skip_blank (at, end), end, "//") && memchr (at, '"', (gsize)(end - at)) == NULL
         && g_strstr_len (at, end - at, "*/") == NULL;
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
find_linefile (Finding *finding, const char *at, const char *end)
{
  static const char word[] = "linefile";
  if (finding->any || is_comment (finding, at, end))
    return;
  for (; (gsize)(end - at) >= sizeof word - 1 && !finding->any; at++)
    finding->any = (*at == 'l' || *at == 'L') && begins_joined (at, end, word);
}

static void
read_assembly (Finding *finding, const char *at, const char *end)
{
  find_linefile (finding, at, end);
  for (at = memchr (at, '.', (gsize)(end - at)); at != NULL && at < end; at = memchr (at, '.', (gsize)(end - at)))
    {
      if (begins_any_case (at, end, ".file"))
        read_file_statement (finding, at + 5, end);
      else if (begins_any_case (at, end, ".loc") && skip_number (at + 4, end) != NULL)
        finding->any = TRUE;
      else if (begins_any_case (at, end, ".section"))
        read_section_statement (finding, at + 8, end);
      else if (begins_any_case (at, end, ".pushsection"))
        read_section_statement (finding, at + 12, end);
      at++;
    }
}

/* Directives of languages that have no line of `#`: a pragma of Ada, which may stand in several lines; one of Haskell;
 * a directive of nasm. */
static void
read_others (Finding *finding, const char *first, const char *start, const char *end)
{
  static const char word[] = "source_reference";
  if (begins (first, end, "%line") && first + 5 < end && is_blank (first[5]))
    finding->any = TRUE;
  for (const char *at = start; !finding->any && (gsize)(end - at) >= sizeof word - 1; at++)
    finding->any = (*at == 's' || *at == 'S') && begins_any_case (at, end, word);
  const char *pragma = finding->any ? NULL : g_strstr_len (start, end - start, "{-#");
  if (pragma != NULL && begins_any_case (skip_blank (pragma + 3, end), end, "line"))
    finding->any = TRUE;
}

/* A directive is the first thing of a line but for comments, one of which may have begun lines before. */
static void
read_text (Finding *finding, const char *start, const char *end)
{
  const char *first = skip_blank (start, end);
  read_go (finding, start, end);
  read_directive (finding, first, end);
  read_others (finding, first, start, end);
  const char *comment = start;
  for (guint i = 0; (comment = g_strstr_len (comment, end - comment, "*/")) != NULL; i++)
    {
      comment += 2;
      if (i == COMMENTS_MAX)
        {
          finding->any = finding->any || memchr (comment, '#', (gsize)(end - comment)) != NULL;
          break;
        }
      const char *behind = skip_blank (comment, end);
      if (behind != first)
        read_directive (finding, behind, end);
    }
  read_assembly (finding, start, end);
}

/* Takes the mark that joins a line to the next off its end. */
static gboolean
unjoin (GString *line)
{
  gsize length = line->len;
  while (length > 0 && is_blank (line->str[length - 1]))
    length--;
  gsize mark = length > 0 && line->str[length - 1] == '\\' ? 1 : 0;
  if (length >= 3 && memcmp (line->str + length - 3, "?\?/", 3) == 0)
    mark = 3;
  if (mark > 0)
    g_string_truncate (line, length - mark);
  return mark > 0;
}

/* For gcc a carriage return ends a line too; for the assembler it is a blank. */
static void
read_returns (Finding *finding, const char *start, const char *end)
{
  g_autoptr (GString) line = g_string_new (NULL);
  read_assembly (finding, start, end);
  finding->joined = TRUE;
  while (start < end)
    {
      const char *stop = memchr (start, '\r', (gsize)(end - start));
      stop = stop != NULL ? stop : end;
      g_string_append_len (line, start, stop - start);
      if (stop == end || !unjoin (line))
        {
          read_text (finding, line->str, line->str + line->len);
          g_string_truncate (line, 0);
        }
      start = stop + (stop < end ? 1 : 0);
    }
  read_text (finding, line->str, line->str + line->len);
}

static void
read_line (Finding *finding)
{
  const char *start = finding->line->str;
  const char *end = start + finding->line->len;
  while (end > start && end[-1] == '\r')
    end--;
  if (memchr (start, '\r', (gsize)(end - start)) != NULL)
    read_returns (finding, start, end);
  else
    read_text (finding, start, end);
  g_string_truncate (finding->line, 0);
  finding->joined = FALSE;
}

/* What is read of a line before its end. */
static void
cut_line (Finding *finding, gboolean goes_on)
{
  const char *end = finding->line->str + finding->line->len;
  const char *first = skip_blank (finding->line->str, end);
  g_autofree char *last = g_memdup2 (end - OVERLAP_BYTES, OVERLAP_BYTES);
  finding->any = finding->any || *first == '#' || *first == '%' || *first == '?' || *first == '\0';
  read_line (finding);
  if (goes_on)
    g_string_append_len (finding->line, last, OVERLAP_BYTES);
  finding->joined = goes_on;
}

static void
read_part (Finding *finding, const char *part, gsize length)
{
  const char *end = part + length;
  while (part < end)
    {
      const char *feed = memchr (part, '\n', (gsize)(end - part));
      const char *stop = feed != NULL ? feed : end;
      g_string_append_len (finding->line, part, stop - part);
      gboolean goes_on = feed == NULL || unjoin (finding->line);
      if (finding->line->len > LINE_BYTES_MAX)
        cut_line (finding, goes_on);
      else if (!goes_on)
        read_line (finding);
      else
        finding->joined = finding->joined || feed != NULL;
      part = stop + (feed != NULL ? 1 : 0);
    }
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static AssayLineControl *
conclude (Finding *finding)
{
  GHashTableIter iterator;
  gpointer name;
  if (!finding->any && g_hash_table_size (finding->names) == 0)
    return NULL;
  AssayLineControl *control = g_new0 (AssayLineControl, 1);
  control->any = finding->any;
  control->names = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iterator, finding->names);
  while (g_hash_table_iter_next (&iterator, &name, NULL))
    g_ptr_array_add (control->names, g_strdup (name));
  g_ptr_array_sort (control->names, compare_texts);
  return control;
}

/* A header that GCC or Clang precompiled takes the place of the one beside it, and has the lines of any text. */
static gboolean
is_precompiled (AssayBlob *blob, gboolean *out_is, GError **error)
{
  char head[4];
  if (assay_blob_get_size (blob) < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  *out_is = memcmp (head, "gpch", 4) == 0 || memcmp (head, "CPCH", 4) == 0;
  return TRUE;
}

gboolean
assay_line_control_find (AssayBlob *blob, AssayLineControl **out, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  g_auto (Finding) finding
      = { .names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), .line = g_string_new (NULL) };
  if (!is_precompiled (blob, &finding.any, error))
    return FALSE;
  for (guint64 at = 0; at < size; at += WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (size - at, WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, at, window, length, error))
        return FALSE;
      gsize mark = at == 0 && begins (window, window + length, BYTE_ORDER_MARK) ? strlen (BYTE_ORDER_MARK) : 0;
      read_part (&finding, window + mark, length - mark);
    }
  read_line (&finding);
  *out = conclude (&finding);
  return TRUE;
}

AssayLineControl *
assay_line_control_copy (const AssayLineControl *control)
{
  if (control == NULL)
    return NULL;
  AssayLineControl *copy = g_new0 (AssayLineControl, 1);
  copy->any = control->any;
  copy->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < control->names->len; i++)
    g_ptr_array_add (copy->names, g_strdup (g_ptr_array_index (control->names, i)));
  return copy;
}

void
assay_line_control_free (AssayLineControl *control)
{
  if (control == NULL)
    return;
  g_ptr_array_unref (control->names);
  g_free (control);
}
