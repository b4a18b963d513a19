#include "unpack/sevenzip/sevenzip.h"

#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

/** Words of a header. */
enum
{
  END = 0x00,
  PACK = 0x06,
  UNPACK = 0x07,
  SUBSTREAMS = 0x08,
  SIZES = 0x09,
  CRCS = 0x0a,
  FOLDERS = 0x0b,
  CODER_SIZES = 0x0c,
  COUNTS = 0x0d,
};

/** Flags of a coder. */
enum
{
  ID_BYTES = 0x0f,
  COMPLEX = 0x10,
  PROPERTIES = 0x20,
};

gboolean
assay_sevenzip_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "7z: %s", what);
}

void
assay_sevenzip_streams_clear (AssaySevenzipStreams *streams)
{
  g_clear_pointer (&streams->folders, g_array_unref);
  g_clear_pointer (&streams->contents, g_array_unref);
}

guint8
assay_sevenzip_byte (AssaySevenzipCursor *cursor)
{
  return (guint8)assay_sevenzip_fixed (cursor, 1);
}

guint64
assay_sevenzip_fixed (AssaySevenzipCursor *cursor, guint width_bytes)
{
  guint64 value = 0;
  if (cursor->bad || cursor->length - cursor->at < width_bytes)
    {
      cursor->bad = TRUE;
      return 0;
    }
  for (guint i = 0; i < width_bytes; i++)
    value |= (guint64)cursor->bytes[cursor->at + i] << 8 * i;
  cursor->at += width_bytes;
  return value;
}

guint64
assay_sevenzip_number (AssaySevenzipCursor *cursor)
{
  guint8 first = assay_sevenzip_byte (cursor);
  guint more = 0;
  while (more < 8 && (first & 0x80u >> more) != 0)
    more++;
  guint64 value = assay_sevenzip_fixed (cursor, more);
  if (more < 7)
    value |= (guint64)(first & (0x7fu >> more)) << 8 * more;
  return value;
}

void
assay_sevenzip_put_number (GByteArray *out, guint64 value)
{
  guint more = 0;
  while (more < 8 && value >> (7 * (more + 1)) != 0)
    more++;
  guint8 first = (guint8) ~(0xffu >> more);
  if (more < 8)
    first |= (guint8)(value >> 8 * more);
  g_byte_array_append (out, &first, 1);
  for (guint i = 0; i < more; i++)
    {
      guint8 byte = (guint8)(value >> 8 * i);
      g_byte_array_append (out, &byte, 1);
    }
}

GByteArray *
assay_sevenzip_bits (AssaySevenzipCursor *cursor, guint64 count, gboolean may_be_all, GError **error)
{
  g_autoptr (GByteArray) bits = g_byte_array_new ();
  guint8 all = may_be_all ? assay_sevenzip_byte (cursor) : 0;
  guint8 byte = 0;
  if (all > 1 || (all == 0 && (count + 7) / 8 > cursor->length - cursor->at))
    {
      assay_sevenzip_fail ("a list of bits that is none", error);
      return NULL;
    }
  for (guint64 i = 0; i < count; i++)
    {
      if (all == 0 && i % 8 == 0)
        byte = assay_sevenzip_byte (cursor);
      guint8 bit = all == 1 || (byte & 0x80u >> i % 8) != 0;
      g_byte_array_append (bits, &bit, 1);
    }
  return g_steal_pointer (&bits);
}

static gboolean
expect (AssaySevenzipCursor *cursor, guint8 word, GError **error)
{
  return (assay_sevenzip_byte (cursor) == word && !cursor->bad)
         || assay_sevenzip_fail ("another word than the one that must stand here", error);
}

static guint8
peek (const AssaySevenzipCursor *cursor)
{
  return cursor->at < cursor->length ? cursor->bytes[cursor->at] : END;
}

/* A number of things of which each takes a byte of the header at least. */
static gboolean
read_count (AssayContainer *container, AssaySevenzipCursor *cursor, guint64 *out, GError **error)
{
  *out = assay_sevenzip_number (cursor);
  if (cursor->bad)
    return assay_sevenzip_fail ("a header that is cut off", error);
  return assay_limits_check (container->context->limits, ASSAY_LIMIT_ENTRIES, *out, "more streams", error);
}

/* CRCs of those of so many things that have one. @set: called with the index of each. */
static gboolean
read_crcs (AssaySevenzipCursor *cursor, guint64 count, void (*set) (gpointer data, guint64 index, guint32 crc),
           gpointer data, GError **error)
{
  g_autoptr (GByteArray) bits = assay_sevenzip_bits (cursor, count, TRUE, error);
  if (bits == NULL)
    return FALSE;
  for (guint64 i = 0; i < count; i++)
    if (bits->data[i] != 0)
      set (data, i, (guint32)assay_sevenzip_fixed (cursor, 4));
  return !cursor->bad || assay_sevenzip_fail ("checksums that are cut off", error);
}

static void
ignore_crc (gpointer data, guint64 index, guint32 crc)
{
}

/* Places of the packed streams, one behind the other. */
static gboolean
read_packed (AssayContainer *container, AssaySevenzipCursor *cursor, GArray *runs, GError **error)
{
  guint64 count = 0;
  guint64 at = assay_sevenzip_number (cursor);
  if (!assay_u64_add (at, ASSAY_SEVENZIP_START_BYTES, &at) || !read_count (container, cursor, &count, error)
      || !expect (cursor, SIZES, error))
    return *error == NULL ? assay_sevenzip_fail ("a packed stream that leaves the archive", error) : FALSE;
  for (guint64 i = 0; i < count && !cursor->bad; i++)
    {
      AssaySevenzipFolder run = { .offset = at, .packed = assay_sevenzip_number (cursor) };
      if (!assay_range_fits (run.offset, run.packed, container->node->size))
        return assay_sevenzip_fail ("a packed stream that leaves the archive", error);
      at += run.packed;
      g_array_append_val (runs, run);
    }
  if (peek (cursor) == CRCS)
    {
      assay_sevenzip_byte (cursor);
      if (!read_crcs (cursor, count, ignore_crc, NULL, error))
        return FALSE;
    }
  return expect (cursor, END, error);
}

static gboolean
read_coder (AssaySevenzipCursor *cursor, AssaySevenzipCoder *coder, GError **error)
{
  guint8 flags = assay_sevenzip_byte (cursor);
  guint width = flags & ID_BYTES;
  if ((flags & ~(ID_BYTES | COMPLEX | PROPERTIES)) != 0 || width > 8)
    return assay_sevenzip_fail ("a coder that is none", error);
  for (guint i = 0; i < width; i++)
    coder->id = coder->id << 8 | assay_sevenzip_byte (cursor);
  if ((flags & COMPLEX) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                              "7z: a coder that is not read: 0x%02" G_GINT64_MODIFIER "x (of several streams)",
                              coder->id);
  coder->length = (flags & PROPERTIES) != 0 ? (gsize)assay_sevenzip_number (cursor) : 0;
  if (cursor->bad || coder->length > cursor->length - cursor->at)
    return assay_sevenzip_fail ("a coder that is cut off", error);
  coder->properties = cursor->bytes + cursor->at;
  cursor->at += coder->length;
  return TRUE;
}

/* Which coder reads what which one writes: all of them are one chain, whose last one reads the packed stream. */
static gboolean
put_in_order (AssaySevenzipCursor *cursor, const AssaySevenzipCoder *coders, AssaySevenzipFolder *folder,
              GError **error)
{
  guint next[ASSAY_SEVENZIP_CODERS_MAX];
  gboolean is_read[ASSAY_SEVENZIP_CODERS_MAX] = { FALSE };
  guint count = folder->coder_count;
  for (guint i = 0; i < count; i++)
    next[i] = count;
  for (guint i = 0; i + 1 < count; i++)
    {
      guint64 in = assay_sevenzip_number (cursor);
      guint64 out = assay_sevenzip_number (cursor);
      if (in >= count || out >= count || next[in] != count || is_read[out])
        return assay_sevenzip_fail ("coders that are no chain", error);
      next[in] = (guint)out;
      is_read[out] = TRUE;
    }
  guint first = 0;
  while (first + 1 < count && is_read[first])
    first++;
  folder->main = first;
  for (guint i = 0; i < count; i++, first = next[first])
    {
      if (first >= count)
        return assay_sevenzip_fail ("coders that are no chain", error);
      folder->coders[i] = coders[first];
    }
  return first == count || assay_sevenzip_fail ("coders that are no chain", error);
}

static gboolean
read_folder (AssaySevenzipCursor *cursor, AssaySevenzipFolder *folder, GError **error)
{
  AssaySevenzipCoder coders[ASSAY_SEVENZIP_CODERS_MAX] = { { 0 } };
  folder->bytes = cursor->bytes + cursor->at;
  guint64 count = assay_sevenzip_number (cursor);
  if (count == 0 || count > ASSAY_SEVENZIP_CODERS_MAX)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: so many coders for one stream");
  folder->coder_count = (guint)count;
  for (guint i = 0; i < folder->coder_count; i++)
    if (!read_coder (cursor, &coders[i], error))
      return FALSE;
  if (!put_in_order (cursor, coders, folder, error))
    return FALSE;
  folder->length = (gsize)(cursor->bytes + cursor->at - folder->bytes);
  folder->files = 1;
  return TRUE;
}

static void
set_folder_crc (gpointer data, guint64 index, guint32 crc)
{
  AssaySevenzipFolder *folder = &g_array_index ((GArray *)data, AssaySevenzipFolder, (guint)index);
  folder->has_crc = TRUE;
  folder->crc = crc;
}

/* The size behind each coder. */
static gboolean
read_sizes (AssaySevenzipCursor *cursor, GArray *folders, GError **error)
{
  if (!expect (cursor, CODER_SIZES, error))
    return FALSE;
  for (guint i = 0; i < folders->len; i++)
    {
      AssaySevenzipFolder *folder = &g_array_index (folders, AssaySevenzipFolder, i);
      guint64 sizes[ASSAY_SEVENZIP_CODERS_MAX] = { 0 };
      for (guint j = 0; j < folder->coder_count; j++)
        {
          sizes[j] = assay_sevenzip_number (cursor);
          folder->uneven = folder->uneven || sizes[j] != sizes[0];
        }
      folder->size = sizes[folder->main];
    }
  return TRUE;
}

static gboolean
read_folders (AssayContainer *container, AssaySevenzipCursor *cursor, GArray *runs, GArray *folders, GError **error)
{
  guint64 count = 0;
  if (!expect (cursor, FOLDERS, error) || !read_count (container, cursor, &count, error))
    return FALSE;
  if (assay_sevenzip_byte (cursor) != 0 || count != runs->len)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: another number of packed streams than of contents");
  for (guint i = 0; i < runs->len; i++)
    {
      AssaySevenzipFolder folder = g_array_index (runs, AssaySevenzipFolder, i);
      if (assay_cancelled (error) || !read_folder (cursor, &folder, error))
        return FALSE;
      g_array_append_val (folders, folder);
    }
  if (!read_sizes (cursor, folders, error))
    return FALSE;
  if (peek (cursor) == CRCS)
    {
      assay_sevenzip_byte (cursor);
      if (!read_crcs (cursor, folders->len, set_folder_crc, folders, error))
        return FALSE;
    }
  return expect (cursor, END, error);
}

/* How each folder is divided: the last content is as long as what is left. */
static gboolean
divide (AssayContainer *container, AssaySevenzipCursor *cursor, AssaySevenzipStreams *streams, gboolean has_sizes,
        GError **error)
{
  guint64 total = 0;
  for (guint i = 0; i < streams->folders->len; i++)
    {
      const AssaySevenzipFolder *folder = &g_array_index (streams->folders, AssaySevenzipFolder, i);
      guint64 left = folder->size;
      total += folder->files;
      if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_ENTRIES, total, "more contents", error))
        return FALSE;
      for (guint64 j = 0; j < folder->files; j++)
        {
          AssaySevenzipContent content = { .size = left };
          if (j + 1 < folder->files)
            content.size = has_sizes ? assay_sevenzip_number (cursor) : G_MAXUINT64;
          if (content.size > left)
            return assay_sevenzip_fail ("contents that are longer than what they are in", error);
          left -= content.size;
          content.has_crc = folder->has_crc && folder->files == 1;
          content.crc = folder->crc;
          g_array_append_val (streams->contents, content);
        }
      if (folder->files == 0 && folder->size > 0)
        return assay_sevenzip_fail ("a stream of no file", error);
    }
  return TRUE;
}

typedef struct
{
  GArray *contents;
  GArray *indices; /* guint: of those without a CRC so far */
} Missing;

static void
set_content_crc (gpointer data, guint64 index, guint32 crc)
{
  Missing *missing = data;
  AssaySevenzipContent *content
      = &g_array_index (missing->contents, AssaySevenzipContent, g_array_index (missing->indices, guint, (guint)index));
  content->has_crc = TRUE;
  content->crc = crc;
}

static gboolean
read_content_crcs (AssaySevenzipCursor *cursor, GArray *contents, GError **error)
{
  g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint));
  Missing missing = { contents, indices };
  for (guint i = 0; i < contents->len; i++)
    if (!g_array_index (contents, AssaySevenzipContent, i).has_crc)
      g_array_append_val (indices, i);
  return read_crcs (cursor, indices->len, set_content_crc, &missing, error);
}

static gboolean
read_substreams (AssayContainer *container, AssaySevenzipCursor *cursor, AssaySevenzipStreams *streams, GError **error)
{
  gboolean has_sizes = FALSE;
  if (peek (cursor) == COUNTS)
    {
      assay_sevenzip_byte (cursor);
      for (guint i = 0; i < streams->folders->len; i++)
        if (!read_count (container, cursor, &g_array_index (streams->folders, AssaySevenzipFolder, i).files, error))
          return FALSE;
    }
  if (peek (cursor) == SIZES)
    {
      assay_sevenzip_byte (cursor);
      has_sizes = TRUE;
    }
  if (!divide (container, cursor, streams, has_sizes, error))
    return FALSE;
  if (peek (cursor) == CRCS)
    {
      assay_sevenzip_byte (cursor);
      if (!read_content_crcs (cursor, streams->contents, error))
        return FALSE;
    }
  return expect (cursor, END, error);
}

gboolean
assay_sevenzip_streams_read (AssayContainer *container, AssaySevenzipCursor *cursor, AssaySevenzipStreams *out,
                             GError **error)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, TRUE, sizeof (AssaySevenzipFolder));
  g_autoptr (GError) failure = NULL;
  out->folders = g_array_new (FALSE, TRUE, sizeof (AssaySevenzipFolder));
  out->contents = g_array_new (FALSE, TRUE, sizeof (AssaySevenzipContent));
  gboolean ok = expect (cursor, PACK, &failure) && read_packed (container, cursor, runs, &failure)
                && expect (cursor, UNPACK, &failure) && read_folders (container, cursor, runs, out->folders, &failure);
  if (ok && peek (cursor) == SUBSTREAMS)
    {
      assay_sevenzip_byte (cursor);
      ok = read_substreams (container, cursor, out, &failure);
    }
  else if (ok)
    ok = divide (container, cursor, out, FALSE, &failure);
  ok = ok && expect (cursor, END, &failure);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&failure));
  return ok;
}
