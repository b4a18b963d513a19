#include "account/named/sums.h"

#include "account/names/collisions.h"
#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "util/cancel.h"

#include <string.h>
#include <zlib.h>

/** Bytes of the longest text that is looked at. */
#define TEXT_BYTES (1u << 20)

/** How far from a sum a name may stand, where it is not in the same line: a few entries of a list in JSON. */
#define NEAR_BYTES 2048u

/** Bytes of text in which names are looked for; behind these a sum alone is enough. Few sums of an image are equal to
 * one that is looked for, if nobody made them so. */
#define SEARCHED_BYTES (G_GUINT64_CONSTANT (1) << 30)

/** What looking for the names of one file costs beside. */
#define EACH_BYTES 4096u

/** What a sum is no part of: letters and digits. */
#define IS_LETTER(c) (g_ascii_isalnum (c))

typedef struct
{
  const AssayNode *node;
  guint owner;
} File;

/** @files: sum, as a text has it, to (element-type File); @searched: bytes in which names were looked for */
struct _AssayNamedSums
{
  AssayWork *work;
  GHashTable *files;
  guint64 searched;
};

AssayNamedSums *
assay_named_sums_new (AssayWork *work)
{
  AssayNamedSums *sums = g_new0 (AssayNamedSums, 1);
  sums->work = work;
  sums->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  return sums;
}

void
assay_named_sums_free (AssayNamedSums *sums)
{
  if (sums == NULL)
    return;
  g_hash_table_unref (sums->files);
  g_free (sums);
}

/* POSIX, "cksum": the same polynomial with the first bit first. */
static guint32
add_posix (guint32 crc, guint8 byte)
{
  static guint32 table[256];
  static gsize made = 0;
  if (g_once_init_enter (&made))
    {
      for (guint32 i = 0; i < 256; i++)
        {
          guint32 value = i << 24;
          for (guint bit = 0; bit < 8; bit++)
            value = (value & 0x80000000u) != 0 ? (value << 1) ^ 0x04c11db7u : value << 1;
          table[i] = value;
        }
      g_once_init_leave (&made, 1);
    }
  return (crc << 8) ^ table[(crc >> 24) ^ byte];
}

void
assay_crcs_update (AssayCrcs *crcs, const void *data, gsize length_bytes)
{
  const guint8 *bytes = data;
  crcs->crc32 = (guint32)crc32_z (crcs->crc32, bytes, length_bytes);
  for (gsize i = 0; i < length_bytes; i++)
    crcs->posix = add_posix (crcs->posix, bytes[i]);
  crcs->length += length_bytes;
}

/* Behind the bytes come those of their number, the smallest first. */
static guint32
finish_posix (const AssayCrcs *crcs)
{
  guint32 crc = crcs->posix;
  for (guint64 left = crcs->length; left != 0; left >>= 8)
    crc = add_posix (crc, (guint8)left);
  return ~crc;
}

static void
add_sum (AssayNamedSums *sums, char *sum, const File *file)
{
  GArray *files = g_hash_table_lookup (sums->files, sum);
  if (files == NULL)
    {
      files = g_array_new (FALSE, FALSE, sizeof (File));
      g_hash_table_insert (sums->files, g_strdup (sum), files);
    }
  /* two ways to write one sum may be one text */
  if (files->len == 0 || g_array_index (files, File, files->len - 1).owner != file->owner)
    g_array_append_val (files, *file);
  g_free (sum);
}

/* In hexadecimal digits, with and without zeros in front, and as a number with and without a sign. */
static void
add_forms (AssayNamedSums *sums, guint32 sum, const File *file)
{
  add_sum (sums, g_strdup_printf ("%08x", sum), file);
  add_sum (sums, g_strdup_printf ("%x", sum), file);
  add_sum (sums, g_strdup_printf ("%u", sum), file);
  add_sum (sums, g_strdup_printf ("%u", sum > G_MAXINT32 ? ~sum + 1 : sum), file);
}

void
assay_named_sums_add (AssayNamedSums *sums, const AssayNode *node, const AssayCrcs *expected, guint owner)
{
  const File file = { node, owner };
  add_forms (sums, expected->crc32, &file);
  add_forms (sums, finish_posix (expected), &file);
}

/** A text that is read: @node: that it is of; a line of it, and where in this the sum stands. */
typedef struct
{
  const AssayNode *node;
  const char *text;
  const char *end;
  const char *line;
  const char *line_end;
  const char *sum;
  AssaySumFound found;
  gpointer data;
} Reading;

/* Capitals do not count. */
static char *
fold (const char *bytes, gsize length)
{
  g_autofree char *text = g_utf8_make_valid (bytes, (gssize)length);
  return assay_account_fold (text);
}

/* Whether a text has the name as a word, with directories before it or not. @name: as a node path has it */
static gboolean
has_word (const char *text, const char *name)
{
  g_autoptr (GBytes) raw = g_uri_unescape_bytes (name, -1, NULL, NULL);
  gsize length = raw == NULL ? 0 : g_bytes_get_size (raw);
  if (length == 0)
    return FALSE;
  g_autofree char *word = fold (g_bytes_get_data (raw, NULL), length);
  length = strlen (word);
  for (const char *at = text; length > 0 && (at = strstr (at, word)) != NULL; at++)
    if ((at == text || !IS_LETTER (at[-1])) && !IS_LETTER (at[length]))
      return TRUE;
  return FALSE;
}

static gboolean
has_name_of (AssayWork *work, const char *text, const AssayNode *node)
{
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  gboolean found = names == NULL;
  for (guint i = 0; names != NULL && i < names->len && !found; i++)
    found = has_word (text, g_ptr_array_index (names, i));
  return found;
}

/* (transfer full): what stands near a sum, folded, and the name of the text: a file of one sum is called as what it is
 * of
 */
static char *
text_near (AssayNamedSums *sums, const Reading *reading)
{
  const char *begin = MIN (reading->line, reading->sum - MIN (NEAR_BYTES, (gsize)(reading->sum - reading->text)));
  const char *end = MAX (reading->line_end, reading->sum + MIN (NEAR_BYTES, (gsize)(reading->end - reading->sum)));
  const char *own = assay_account_last_component (reading->node->path);
  g_autofree char *near = fold (begin, (gsize)(end - begin));
  g_autofree char *name = fold (own, strlen (own));
  sums->searched += (guint64)(end - begin);
  return g_strconcat (name, "\n", near, NULL);
}

/* By any name of the file, or of what it is packed in or stands in. */
static gboolean
names (AssayNamedSums *sums, const char *text, const AssayNode *node)
{
  gboolean found = FALSE;
  for (; node != NULL && node->parent != NULL && !found; node = node->parent)
    {
      found = has_name_of (sums->work, text, node);
      sums->searched += strlen (text) + EACH_BYTES;
    }
  return found;
}

static void
read_word (AssayNamedSums *sums, const Reading *reading, const char *word)
{
  GArray *files = g_hash_table_lookup (sums->files, g_str_has_prefix (word, "0x") ? word + 2 : word);
  g_autofree char *text = NULL;
  for (guint i = files == NULL ? 0 : files->len; i-- > 0;)
    {
      const File file = g_array_index (files, File, i);
      gboolean exhausted = sums->searched > SEARCHED_BYTES;
      if (text == NULL && !exhausted)
        text = text_near (sums, reading);
      if ((exhausted || names (sums, text, file.node)) && reading->found (file.owner, word, reading->data))
        g_array_remove_index_fast (files, i);
    }
}

static void
read_line (AssayNamedSums *sums, Reading *reading)
{
  char word[16];
  gsize letters = 0;
  for (const char *at = reading->line; at <= reading->line_end; at++)
    if (at < reading->line_end && IS_LETTER (*at))
      {
        if (letters < sizeof word - 1)
          word[letters] = g_ascii_tolower (*at);
        letters++;
      }
    else
      {
        if (letters > 0 && letters < sizeof word)
          {
            word[letters] = '\0';
            reading->sum = at - letters;
            read_word (sums, reading, word);
          }
        letters = 0;
      }
}

gboolean
assay_named_sums_read (AssayNamedSums *sums, const AssayNode *node, AssaySumFound found, gpointer data, GError **error)
{
  if (node->blob == NULL || node->spans != NULL || node->size == 0 || node->size > TEXT_BYTES
      || strcmp (node->format, "raw") != 0)
    return TRUE;
  g_autofree char *text = g_malloc ((gsize)node->size);
  if (assay_cancelled (error) || !assay_blob_read (node->blob, 0, text, (gsize)node->size, error))
    return FALSE;
  const char *end = text + node->size;
  Reading reading = { .node = node, .text = text, .end = end, .found = found, .data = data };
  if (memchr (text, '\0', (gsize)node->size) != NULL)
    return TRUE;
  for (const char *line = text; line < end;)
    {
      const char *newline = memchr (line, '\n', (gsize)(end - line));
      const char *behind = newline != NULL ? newline : end;
      reading.line = line;
      reading.line_end = behind;
      read_line (sums, &reading);
      line = behind + 1;
    }
  return TRUE;
}
