#include "unpack/zip/zip.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/second.h"
#include "util/cancel.h"
#include "util/checked.h"

/* The end of central directory record (4.3.16). */
typedef struct
{
  guint64 offset;
  guint entries;
  guint64 directory_offset;
  guint64 directory_size;
  guint comment_length;
} End;

/* Where an entry's data lie; libarchive lists entries in this order. */
typedef struct
{
  guint index;
  guint32 local_offset;
} Place;

/* What an entry takes in front of the directory, but for a data descriptor. */
typedef struct
{
  guint64 begin;
  guint64 end;
} Extent;

static void
reader_clear (AssayZipReader *reader)
{
  assay_sink_clear (&reader->sink);
  g_clear_pointer (&reader->parts, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayZipReader, reader_clear)

/* A marker of an archive in several parts, of which this is the only one or the first (APPNOTE 8.5.3). */
static gboolean
is_marked (const guint8 *head)
{
  return (memcmp (head, "PK00", 4) == 0 || memcmp (head, "PK\7\10", 4) == 0) && memcmp (head + 4, "PK\3\4", 4) == 0;
}

gboolean
assay_zip_probe (const guint8 *head, gsize length, guint64 size)
{
  if (length < ASSAY_ZIP_END_BYTES)
    return FALSE;
  return (memcmp (head, "PK\3\4", 4) == 0 && length >= ASSAY_ZIP_LOCAL_BYTES) || is_marked (head)
         || (memcmp (head, "PK\5\6", 4) == 0 && size < ASSAY_ZIP_END_BYTES + 65536u);
}

static gboolean
malformed (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "zip: %s", what);
}

/* The end record is found from behind, by a comment that reaches exactly to the end; two such would be two archives. */
static gboolean
find_end (AssayBlob *blob, guint64 *out_offset, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, ASSAY_ZIP_END_BYTES + 65535u);
  guint found = 0;
  if (length < ASSAY_ZIP_END_BYTES)
    return malformed ("no end record", error);
  g_autofree guint8 *tail = assay_blob_read_bytes (blob, size - length, length, error);
  if (tail == NULL)
    return FALSE;
  for (gsize i = 0; i <= length - ASSAY_ZIP_END_BYTES; i++)
    if (memcmp (tail + i, "PK\5\6", 4) == 0 && assay_get_le16 (tail + i + 20) == length - i - ASSAY_ZIP_END_BYTES)
      {
        found++;
        *out_offset = size - length + i;
      }
  return found == 1 || malformed (found == 0 ? "no end record at the end" : "two end records", error);
}

/* The locator of a zip64 end record stands right before the end record (4.3.15). */
static gboolean
has_zip64_locator (AssayBlob *blob, guint64 end)
{
  gboolean found = FALSE;
  return end >= 20 && assay_blob_equals (blob, end - 20, "PK\6\7", 4, &found, NULL) && found;
}

static gboolean
read_end (AssayBlob *blob, End *out, GError **error)
{
  guint8 bytes[ASSAY_ZIP_END_BYTES];
  if (!find_end (blob, &out->offset, error) || !assay_blob_read (blob, out->offset, bytes, sizeof bytes, error))
    return FALSE;
  out->entries = assay_get_le16 (bytes + 10);
  out->directory_size = assay_get_le32 (bytes + 12);
  out->directory_offset = assay_get_le32 (bytes + 16);
  out->comment_length = assay_get_le16 (bytes + 20);
  if (out->entries == G_MAXUINT16 || out->directory_size == G_MAXUINT32 || out->directory_offset == G_MAXUINT32)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: zip64 is not supported");
  if (assay_get_le32 (bytes + 4) != 0 || assay_get_le16 (bytes + 8) != out->entries)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: an archive of several disks");
  if (has_zip64_locator (blob, out->offset))
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: zip64 is not supported");
  if (out->directory_offset + out->directory_size != out->offset)
    return malformed ("the directory does not end at the end record", error);
  return TRUE;
}

/* All of its fields were compared with what they are derived from; the comment is a fact. */
static gboolean
add_end (AssayContainer *container, const End *end, GError **error)
{
  AssayNode *node = container->node;
  g_autofree guint8 *comment
      = assay_blob_read_bytes (node->blob, end->offset + ASSAY_ZIP_END_BYTES, end->comment_length, error);
  if (comment == NULL)
    return FALSE;
  if (end->comment_length > 0)
    assay_facts_add_raw (node->own_facts, "comment", (const char *)comment, end->comment_length);
  assay_container_add_span (container, (AssaySpan){ end->offset, ASSAY_ZIP_END_BYTES + end->comment_length,
                                                    ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE, "zip end record" });
  return TRUE;
}

static int
compare_extents (gconstpointer a, gconstpointer b)
{
  const Extent *x = a;
  const Extent *y = b;
  return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Bytes that several entries have as their own would be decoded for each of them: that is seen from the lengths alone,
 * before any is. */
static gboolean
check_overlap (GArray *extents, guint64 directory, GError **error)
{
  guint64 end = 0;
  g_array_sort (extents, compare_extents);
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);
      if (extent->begin < end)
        return malformed ("entries that overlap", error);
      end = extent->end;
    }
  return end <= directory || malformed ("entries that overlap the directory", error);
}

static gboolean
check_extents (AssayBlob *blob, const End *end, GError **error)
{
  guint64 position = end->directory_offset;
  g_autoptr (GArray) extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  for (guint i = 0; i < end->entries; i++)
    {
      Extent extent = { 0 };
      if (assay_cancelled (error) || !assay_zip_read_extent (blob, &position, &extent.begin, &extent.end, error))
        return FALSE;
      g_array_append_val (extents, extent);
    }
  return check_overlap (extents, end->directory_offset, error);
}

static gboolean
read_directory (AssayZipReader *reader, const End *end, GArray *places, GError **error)
{
  AssayNode *node = reader->container->node;
  guint64 position = end->directory_offset;
  for (guint i = 0; i < end->entries; i++)
    {
      g_auto (AssayZipRecord) central = { 0 };
      if (assay_cancelled (error) || !assay_zip_read_central (node->blob, position, &central, error))
        return FALSE;
      if (!assay_range_fits (position, central.length, end->offset))
        return malformed ("the directory leaves its place", error);
      if (!assay_zip_add_entry (reader, &central, position, error))
        return FALSE;
      Place place = { i, central.local_offset };
      g_array_append_val (places, place);
      position += central.length;
    }
  return position == end->offset || malformed ("the directory has more than its entries", error);
}

/* Gives compressed entries their bytes, now that all is decoded. */
static gboolean
share_out (AssayZipReader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  g_autoptr (AssayBlob) all = assay_sink_finish (&reader->sink, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < reader->parts->len; i++)
    {
      const AssayZipPart *part = &g_array_index (reader->parts, AssayZipPart, i);
      g_autoptr (AssayBlob) blob = assay_blob_new_slice (all, part->offset, part->length, error);
      if (blob == NULL)
        return FALSE;
      assay_container_set_decoded (g_ptr_array_index (node->children, part->child), blob);
    }
  return TRUE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *x = a;
  const Place *y = b;
  return (x->local_offset > y->local_offset) - (x->local_offset < y->local_offset);
}

static gboolean
read_second (AssayContainer *container, GArray *places, GError **error)
{
  g_autofree guint *order = g_try_new0 (guint, (gsize)places->len + 1);
  if (order == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a second reading");
  g_array_sort (places, compare_places);
  for (guint i = 0; i < places->len; i++)
    order[i] = g_array_index (places, Place, i).index;
  const AssaySecondReading reading = {
    .format = "zip",
    .style = ASSAY_NAME_SLASH,
    .fields = ASSAY_SECOND_PERMISSIONS,
    .length = container->node->size,
    .children = container->node->children->len,
    .order = order,
  };
  return assay_second_compare (container, &reading, error);
}

gboolean
assay_zip_open (AssayContainer *container, GError **error)
{
  End end = { 0 };
  g_auto (AssayZipReader) reader = { .container = container };
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  reader.parts = g_array_new (FALSE, FALSE, sizeof (AssayZipPart));
  guint8 head[8];
  if (!assay_blob_read (container->node->blob, 0, head, sizeof head, error))
    return FALSE;
  if (is_marked (head))
    return malformed ("the marker of an archive in several parts", error);
  assay_sink_init (&reader.sink, container->context);
  return read_end (container->node->blob, &end, error) && check_extents (container->node->blob, &end, error)
         && read_directory (&reader, &end, places, error) && add_end (container, &end, error)
         && share_out (&reader, error) && read_second (container, places, error);
}
