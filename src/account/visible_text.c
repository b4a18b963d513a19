#include "account/visible_text.h"

#include "util/cancel.h"

#include <string.h>

/** Of a longer line the first bytes count. */
#define LINE_MOST 512u
#define LINE_LEAST 12u

/** More than that is a text for certain. */
#define LINES_MOST (1u << 16)

/** A line that may become one. @length: of all of it; @words: letters, digits and blanks in it; @open: all of it so far
 * may be in one */
typedef struct
{
  GHashTable *lines;
  char bytes[LINE_MOST];
  gsize length;
  gsize words;
  gboolean open;
} Reading;

static void
end_line (Reading *reading)
{
  if (reading->open && reading->length >= LINE_LEAST && reading->words * 4 >= reading->length * 3)
    g_hash_table_add (reading->lines, g_strndup (reading->bytes, MIN (reading->length, LINE_MOST)));
  reading->length = reading->words = 0;
  reading->open = TRUE;
}

static void
take (Reading *reading, guint8 byte)
{
  char letter = (char)byte;
  if (letter == '\n' || letter == '\r')
    {
      end_line (reading);
      return;
    }
  if (!reading->open || !(g_ascii_isprint (letter) || letter == '\t'))
    {
      reading->open = FALSE;
      return;
    }
  if (reading->length < LINE_MOST)
    reading->bytes[reading->length] = letter;
  reading->length++;
  reading->words += g_ascii_isalnum (letter) || letter == ' ';
}

/* The lines of a range: set of utf8. (transfer full) */
static GHashTable *
read_lines (const AssayBlobRange *range, GError **error)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  Reading reading = { .lines = lines, .open = TRUE };
  for (guint64 done = 0; done < range->length && g_hash_table_size (lines) <= LINES_MOST;)
    {
      gsize length = (gsize)MIN (range->length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (range->blob, range->offset + done, window, length, error))
        return NULL;
      for (gsize i = 0; i < length; i++)
        take (&reading, window[i]);
      done += length;
    }
  end_line (&reading);
  return g_steal_pointer (&lines);
}

static gboolean
has_all (GHashTable *lines, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer line = NULL;
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (!g_hash_table_contains (lines, line))
      return FALSE;
  return TRUE;
}

gboolean
assay_visible_text_differs (const AssayBlobRange *first, const AssayBlobRange *second, gboolean *out_differs,
                            GError **error)
{
  g_autoptr (GHashTable) ours = read_lines (first, error);
  g_autoptr (GHashTable) theirs = ours == NULL ? NULL : read_lines (second, error);
  if (theirs == NULL)
    return FALSE;
  *out_differs = g_hash_table_size (ours) > LINES_MOST || g_hash_table_size (theirs) > LINES_MOST
                 || !has_all (ours, theirs) || !has_all (theirs, ours);
  return TRUE;
}
