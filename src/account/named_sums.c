#include "account/named_sums.h"

#include "util/cancel.h"

#include <string.h>
#include <zlib.h>

/** Bytes of the longest text that is looked at. */
#define TEXT_BYTES (1u << 20)

/** What a sum is no part of: letters and digits. */
#define IS_LETTER(c) (g_ascii_isalnum (c))

typedef struct
{
  const char *name;
  guint owner;
} File;

struct _AssayNamedSums
{
  GHashTable *files; /* sum, as a text has it, to (element-type File) */
};

AssayNamedSums *
assay_named_sums_new (void)
{
  AssayNamedSums *sums = g_new0 (AssayNamedSums, 1);
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
assay_named_sums_add (AssayNamedSums *sums, const char *name, const AssayCrcs *expected, guint owner)
{
  const File file = { name, owner };
  add_forms (sums, expected->crc32, &file);
  add_forms (sums, finish_posix (expected), &file);
}

/* Whether a line has the name as a word, with directories before it or not. */
static gboolean
names (const char *line, gsize length, const char *name)
{
  gsize name_length = strlen (name);
  const char *end = line + length;
  for (const char *at = line; name_length > 0 && (at = memmem (at, (gsize)(end - at), name, name_length)) != NULL; at++)
    if ((at == line || !IS_LETTER (at[-1])) && (at + name_length == end || !IS_LETTER (at[name_length])))
      return TRUE;
  return FALSE;
}

static void
read_word (const AssayNamedSums *sums, const char *line, gsize length, const char *word, AssaySumFound found,
           gpointer data)
{
  const GArray *files = g_hash_table_lookup (sums->files, g_str_has_prefix (word, "0x") ? word + 2 : word);
  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      const File *file = &g_array_index (files, File, i);
      if (names (line, length, file->name))
        found (file->owner, word, data);
    }
}

static void
read_line (const AssayNamedSums *sums, const char *line, gsize length, AssaySumFound found, gpointer data)
{
  char word[16];
  gsize letters = 0;
  for (gsize i = 0; i <= length; i++)
    if (i < length && IS_LETTER (line[i]))
      {
        if (letters < sizeof word - 1)
          word[letters] = g_ascii_tolower (line[i]);
        letters++;
      }
    else
      {
        if (letters > 0 && letters < sizeof word)
          {
            word[letters] = '\0';
            read_word (sums, line, length, word, found, data);
          }
        letters = 0;
      }
}

gboolean
assay_named_sums_read (const AssayNamedSums *sums, const AssayNode *node, AssaySumFound found, gpointer data,
                       GError **error)
{
  if (node->blob == NULL || node->spans != NULL || node->size == 0 || node->size > TEXT_BYTES
      || strcmp (node->format, "raw") != 0)
    return TRUE;
  g_autofree char *text = g_malloc ((gsize)node->size);
  if (assay_cancelled (error) || !assay_blob_read (node->blob, 0, text, (gsize)node->size, error))
    return FALSE;
  const char *end = text + node->size;
  if (memchr (text, '\0', (gsize)node->size) != NULL)
    return TRUE;
  for (const char *line = text; line < end;)
    {
      const char *newline = memchr (line, '\n', (gsize)(end - line));
      const char *behind = newline != NULL ? newline : end;
      read_line (sums, line, (gsize)(behind - line), found, data);
      line = behind + 1;
    }
  return TRUE;
}
