#include "inventory/line_control.h"

#include "inventory/line_private.h"
#include "util/cancel.h"

#include <string.h>

#define WINDOW_BYTES (64u * 1024u)
/* A line that is longer is looked at in parts; what such a part leaves open may be anything. */
#define LINE_BYTES_MAX (1u << 20)
/* Bytes of such a part that the next one begins with, for what lies across. */
#define OVERLAP_BYTES 4096u
/* Comments in one line behind which a directive is looked for. */
#define COMMENTS_MAX 64u

/* Of UTF-8; compilers skip it at the beginning of a file. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void
reading_clear (AssayLineReading *reading)
{
  g_hash_table_unref (reading->names);
  g_string_free (reading->line, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayLineReading, reading_clear)

/* A directive is the first thing of a line but for comments, one of which may have begun lines before. */
static void
read_text (AssayLineReading *reading, const char *start, const char *end)
{
  const char *first = assay_line_skip_blank (start, end);
  assay_line_read_go (reading, start, end);
  assay_line_read_directive (reading, first, end);
  assay_line_read_others (reading, first, start, end);
  const char *comment = start;
  for (guint i = 0; (comment = g_strstr_len (comment, end - comment, "*/")) != NULL; i++)
    {
      comment += 2;
      if (i == COMMENTS_MAX)
        {
          reading->any = reading->any || memchr (comment, '#', (gsize)(end - comment)) != NULL;
          break;
        }
      const char *behind = assay_line_skip_blank (comment, end);
      if (behind != first)
        assay_line_read_directive (reading, behind, end);
    }
  assay_line_read_assembly (reading, start, end);
}

/* Takes the mark that joins a line to the next off its end: behind @physical, for what an earlier line left joins
 * nothing. Compilers do not agree whether a trigraph is one, so that such a line may name anything. */
static gboolean
unjoin (AssayLineReading *reading, GString *line, gsize physical)
{
  gsize length = line->len;
  while (length > physical && assay_line_is_blank (line->str[length - 1]))
    length--;
  if (length >= physical + 3 && memcmp (line->str + length - 3, "?\?/", 3) == 0)
    reading->any = TRUE;
  if (length == physical || line->str[length - 1] != '\\')
    return FALSE;
  g_string_truncate (line, length - 1);
  return TRUE;
}

/* What is one of several lines for C is one of its own for assembly, Fortran and Go, to which a mark at its end joins
 * nothing. */
static void
read_alone (AssayLineReading *reading, const GString *line, gsize physical)
{
  const char *start = line->str + physical;
  const char *end = line->str + line->len;
  const char *first = assay_line_skip_blank (start, end);
  assay_line_read_go (reading, start, end);
  assay_line_read_directive (reading, first, end);
  assay_line_read_others (reading, first, start, end);
}

/* For gcc a carriage return ends a line too; for the assembler it is a blank. */
static void
read_returns (AssayLineReading *reading, const char *start, const char *end)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gsize physical = 0;
  assay_line_read_assembly (reading, start, end);
  reading->joined = TRUE;
  while (start < end)
    {
      const char *stop = memchr (start, '\r', (gsize)(end - start));
      stop = stop != NULL ? stop : end;
      g_string_append_len (line, start, stop - start);
      read_alone (reading, line, physical);
      if (stop == end || !unjoin (reading, line, physical))
        {
          read_text (reading, line->str, line->str + line->len);
          g_string_truncate (line, 0);
        }
      physical = line->len;
      start = stop + (stop < end ? 1 : 0);
    }
  read_text (reading, line->str, line->str + line->len);
}

static void
read_line (AssayLineReading *reading)
{
  const char *start = reading->line->str;
  const char *end = start + reading->line->len;
  while (end > start && end[-1] == '\r')
    end--;
  if (memchr (start, '\r', (gsize)(end - start)) != NULL)
    read_returns (reading, start, end);
  else
    read_text (reading, start, end);
  g_string_truncate (reading->line, 0);
  reading->physical = 0;
  reading->joined = FALSE;
}

/* What is read of a line before its end. */
static void
cut_line (AssayLineReading *reading, gboolean goes_on)
{
  const char *end = reading->line->str + reading->line->len;
  const char *first = assay_line_skip_blank (reading->line->str, end);
  g_autofree char *last = g_memdup2 (end - OVERLAP_BYTES, OVERLAP_BYTES);
  reading->any = reading->any || *first == '#' || *first == '%' || *first == '?' || *first == '\0';
  read_line (reading);
  if (goes_on)
    g_string_append_len (reading->line, last, OVERLAP_BYTES);
  reading->joined = goes_on;
}

static void
read_part (AssayLineReading *reading, const char *part, gsize length)
{
  const char *end = part + length;
  while (part < end)
    {
      const char *feed = memchr (part, '\n', (gsize)(end - part));
      const char *stop = feed != NULL ? feed : end;
      g_string_append_len (reading->line, part, stop - part);
      if (feed != NULL && reading->joined)
        read_alone (reading, reading->line, reading->physical);
      gboolean goes_on = feed == NULL || unjoin (reading, reading->line, reading->physical);
      if (feed != NULL)
        reading->physical = reading->line->len;
      if (reading->line->len > LINE_BYTES_MAX)
        {
          cut_line (reading, goes_on);
          reading->physical = feed != NULL ? reading->line->len : 0;
        }
      else if (!goes_on)
        read_line (reading);
      else
        reading->joined = reading->joined || feed != NULL;
      part = stop + (feed != NULL ? 1 : 0);
    }
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static AssayLineControl *
conclude (AssayLineReading *reading)
{
  GHashTableIter iterator;
  gpointer name;
  if (!reading->any && g_hash_table_size (reading->names) == 0)
    return NULL;
  AssayLineControl *control = g_new0 (AssayLineControl, 1);
  control->any = reading->any;
  control->names = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iterator, reading->names);
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
  g_auto (AssayLineReading) reading
      = { .names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), .line = g_string_new (NULL) };
  if (!is_precompiled (blob, &reading.any, error))
    return FALSE;
  for (guint64 at = 0; at < size; at += WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (size - at, WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, at, window, length, error))
        return FALSE;
      gsize mark
          = at == 0 && assay_line_begins (window, window + length, BYTE_ORDER_MARK) ? strlen (BYTE_ORDER_MARK) : 0;
      read_part (&reading, window + mark, length - mark);
    }
  read_line (&reading);
  *out = conclude (&reading);
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
