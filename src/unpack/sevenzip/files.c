#include "unpack/sevenzip/sevenzip.h"

#include "util/cancel.h"

#include <string.h>

/** Words of the list of files. */
enum
{
  END = 0x00,
  EMPTY_STREAMS = 0x0e,
  EMPTY_FILES = 0x0f,
  NAMES = 0x11,
  CREATED = 0x12,
  ACCESSED = 0x13,
  MODIFIED = 0x14,
  ATTRIBUTES = 0x15,
  DUMMY = 0x19,
};

#define ATTRIBUTE_DIRECTORY 0x10u

static void
file_clear (gpointer data)
{
  AssaySevenzipFile *file = data;
  g_clear_pointer (&file->name, g_free);
}

void
assay_sevenzip_header_clear (AssaySevenzipHeader *header)
{
  assay_sevenzip_streams_clear (&header->streams);
  g_clear_pointer (&header->files, g_array_unref);
}

static AssaySevenzipFile *
file_at (GArray *files, guint64 index)
{
  return &g_array_index (files, AssaySevenzipFile, (guint)index);
}

/* UTF-16 of the one byte order, up to a zero. */
static char *
read_name (AssayContainer *container, AssaySevenzipCursor *cursor, GError **error)
{
  g_autoptr (GArray) units = g_array_new (FALSE, FALSE, sizeof (gunichar2));
  for (;;)
    {
      gunichar2 unit = (gunichar2)assay_sevenzip_fixed (cursor, 2);
      if (unit == 0)
        break;
      g_array_append_val (units, unit);
    }
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_NAME_BYTES, units->len, "a longer entry name",
                           error))
    return NULL;
  char *name = units->len == 0
                   ? NULL
                   : g_utf16_to_utf8 (&g_array_index (units, gunichar2, 0), (glong)units->len, NULL, NULL, NULL);
  if (name == NULL || cursor->bad)
    {
      g_free (name);
      assay_sevenzip_fail ("a name that is none", error);
      return NULL;
    }
  return name;
}

static gboolean
read_names (AssayContainer *container, AssaySevenzipCursor *cursor, GArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      AssaySevenzipFile *file = file_at (files, i);
      if (assay_cancelled (error) || file->name != NULL)
        return *error == NULL ? assay_sevenzip_fail ("names that stand twice", error) : FALSE;
      file->name = read_name (container, cursor, error);
      if (file->name == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Of the files without content those that are files; the others are directories. */
static gboolean
read_empty_files (AssaySevenzipCursor *cursor, GArray *files, GError **error)
{
  guint64 count = 0;
  guint64 index = 0;
  for (guint i = 0; i < files->len; i++)
    count += !file_at (files, i)->has_content;
  g_autoptr (GByteArray) bits = assay_sevenzip_bits (cursor, count, FALSE, error);
  if (bits == NULL)
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    if (!file_at (files, i)->has_content)
      file_at (files, i)->is_directory = bits->data[index++] == 0;
  return TRUE;
}

static gboolean
read_empty_streams (AssaySevenzipCursor *cursor, GArray *files, GError **error)
{
  g_autoptr (GByteArray) bits = assay_sevenzip_bits (cursor, files->len, FALSE, error);
  if (bits == NULL)
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    {
      file_at (files, i)->has_content = bits->data[i] == 0;
      file_at (files, i)->is_directory = bits->data[i] != 0;
    }
  return TRUE;
}

/* What some of the files have: which ones, and then a number for each. */
static gboolean
read_values (AssaySevenzipCursor *cursor, guint64 base, GArray *files, guint8 word, GError **error)
{
  g_autoptr (GByteArray) bits = assay_sevenzip_bits (cursor, files->len, TRUE, error);
  if (bits == NULL)
    return FALSE;
  if (assay_sevenzip_byte (cursor) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a list that stands elsewhere");
  for (guint i = 0; i < files->len; i++)
    {
      AssaySevenzipFile *file = file_at (files, i);
      if (bits->data[i] == 0)
        continue;
      if (word == ATTRIBUTES)
        {
          file->has_attributes = TRUE;
          file->attributes = (guint32)assay_sevenzip_fixed (cursor, 4);
          continue;
        }
      file->time_at[word - CREATED] = base + cursor->at;
      file->times[word - CREATED] = assay_sevenzip_fixed (cursor, 8);
    }
  return TRUE;
}

static gboolean
read_zeros (AssaySevenzipCursor *cursor, GError **error)
{
  while (cursor->at < cursor->length)
    if (assay_sevenzip_byte (cursor) != 0)
      return assay_sevenzip_fail ("something in a place that is for nothing", error);
  return TRUE;
}

static gboolean
read_property (AssayContainer *container, AssaySevenzipCursor *cursor, guint64 base, GArray *files, guint8 word,
               GError **error)
{
  switch (word)
    {
    case EMPTY_STREAMS:
      return read_empty_streams (cursor, files, error);
    case EMPTY_FILES:
      return read_empty_files (cursor, files, error);
    case NAMES:
      if (assay_sevenzip_byte (cursor) != 0)
        return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: names that stand elsewhere");
      return read_names (container, cursor, files, error);
    case CREATED:
    case ACCESSED:
    case MODIFIED:
    case ATTRIBUTES:
      return read_values (cursor, base, files, word, error);
    case DUMMY:
      return read_zeros (cursor, error);
    default:
      return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a property of files that is not known: 0x%02x",
                                word);
    }
}

static gboolean
read_properties (AssayContainer *container, AssaySevenzipCursor *cursor, GArray *files, GError **error)
{
  guint64 seen = 0;
  for (;;)
    {
      guint64 word = assay_sevenzip_number (cursor);
      if (word == END && !cursor->bad)
        return TRUE;
      guint64 size = assay_sevenzip_number (cursor);
      if (cursor->bad || word > 63 || size > cursor->length - cursor->at)
        return assay_sevenzip_fail ("a property of files that is cut off", error);
      if (word != DUMMY && (seen & G_GUINT64_CONSTANT (1) << word) != 0)
        return assay_sevenzip_fail ("a property of files that stands twice", error);
      seen |= G_GUINT64_CONSTANT (1) << word;
      AssaySevenzipCursor inner = { cursor->bytes + cursor->at, size, 0, FALSE };
      if (!read_property (container, &inner, cursor->at, files, (guint8)word, error))
        return FALSE;
      if (inner.bad || inner.at != inner.length)
        return assay_sevenzip_fail ("a property of files of another length", error);
      cursor->at += size;
    }
}

static gboolean
check_file (const AssaySevenzipFile *file, GError **error)
{
  gboolean by_attribute = (file->attributes & ATTRIBUTE_DIRECTORY) != 0;
  if (file->name == NULL)
    return assay_sevenzip_fail ("a file without name", error);
  return !file->has_attributes || by_attribute == file->is_directory
         || assay_sevenzip_fail ("a file that is a directory, or the other way round", error);
}

gboolean
assay_sevenzip_files_read (AssayContainer *container, AssaySevenzipCursor *cursor, GArray **out_files, GError **error)
{
  guint64 count = assay_sevenzip_number (cursor);
  /* each has a name, of two bytes at least */
  if (cursor->bad || count > cursor->length / 2)
    return assay_sevenzip_fail ("more files than there is room for", error);
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_ENTRIES, count, "more files", error))
    return FALSE;
  GArray *files = g_array_new (FALSE, TRUE, sizeof (AssaySevenzipFile));
  *out_files = files;
  g_array_set_clear_func (files, file_clear);
  g_array_set_size (files, (guint)count);
  for (guint i = 0; i < files->len; i++)
    file_at (files, i)->has_content = TRUE;
  g_autoptr (GError) failure = NULL;
  gboolean ok = read_properties (container, cursor, files, &failure);
  for (guint i = 0; ok && i < files->len; i++)
    ok = check_file (file_at (files, i), &failure);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&failure));
  return ok;
}
