#include "unpack/zip/zip.h"

#include "unpack/bytes.h"
#include "unpack/codec/codec.h"
#include "unpack/codec/deflate_codes.h"
#include "util/checked.h"

#include <zlib.h>

/* The places of one entry, and what it decodes to. */
typedef struct
{
  AssayZipReader *reader;
  const AssayZipRecord *central;
  guint64 data;
  guint64 decoded; /* where in the sink, if it is compressed */
} Entry;

static gboolean
fail (const Entry *entry, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "zip: %s of the entry at %u", what,
                            entry->central->local_offset);
}

/* Reads content: of the node where it is stored, of the sink where it was compressed. */
static gboolean
read_content (const Entry *entry, guint64 offset, void *out, gsize length, GError **error)
{
  if (entry->central->method == ASSAY_ZIP_STORED)
    return assay_blob_read (entry->reader->container->node->blob, entry->data + offset, out, length, error);
  return assay_sink_read (&entry->reader->sink, entry->decoded + offset, out, length, error);
}

static gboolean
check_content (const Entry *entry, GError **error)
{
  guint8 window[16384];
  uLong check = crc32 (0, NULL, 0);
  if (entry->central->method != ASSAY_ZIP_STORED)
    return entry->reader->sink.check == entry->central->crc || fail (entry, "wrong checksum", error);
  for (guint64 done = 0; done < entry->central->size;)
    {
      gsize count = (gsize)MIN (entry->central->size - done, sizeof window);
      if (!assay_blob_read (entry->reader->container->node->blob, entry->data + done, window, count, error))
        return FALSE;
      check = crc32 (check, window, (uInt)count);
      done += count;
    }
  return check == entry->central->crc || fail (entry, "wrong checksum", error);
}

/* Compression methods (4.4.5) of which one member is one entry. */
static const struct
{
  guint16 method;
  const char *codec;
} methods[] = { { ASSAY_ZIP_DEFLATED, "deflate" }, { 12, "bzip2" }, { 93, "zstd" }, { 95, "xz" } };

const char *
assay_zip_codec_of (guint64 method)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (methods[i].method == method)
      return methods[i].codec;
  return NULL;
}

static gboolean
decode (Entry *entry, AssayNode *child, GError **error)
{
  AssaySink *sink = &entry->reader->sink;
  const AssayZipRecord *central = entry->central;
  guint64 consumed = 0;
  if (central->method == ASSAY_ZIP_STORED)
    return central->stored_size == central->size || fail (entry, "two sizes", error);
  const char *codec = assay_zip_codec_of (central->method);
  if (codec == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: compression method %u is not supported",
                              central->method);
  assay_sink_begin_part (sink);
  assay_sink_begin_check (sink);
  entry->decoded = sink->written;
  if (!assay_codec_decode (assay_codec_find (codec), entry->reader->container->node->blob, entry->data,
                           central->stored_size, sink, &consumed, error))
    return FALSE;
  if (sink->uncommon != NULL)
    assay_facts_add (child->facts, ASSAY_DEFLATE_CODES, "%s", sink->uncommon);
  return (consumed == central->stored_size && sink->written - entry->decoded == central->size)
         || fail (entry, "wrong size", error);
}

/* The 12 or 16 bytes behind the data (4.3.9), which repeat the directory; the signature is optional. */
static gboolean
add_descriptor (const Entry *entry, AssayNode *child, GError **error)
{
  AssayContainer *container = entry->reader->container;
  const AssayZipRecord *central = entry->central;
  guint64 offset = entry->data + central->stored_size;
  g_autoptr (GByteArray) descriptor = g_byte_array_new ();
  gboolean same = FALSE;
  if ((central->flags & ASSAY_ZIP_FLAG_DESCRIPTOR) == 0)
    return TRUE;
  assay_append_le (descriptor, 0x08074b50, 4);
  assay_append_le (descriptor, central->crc, 4);
  assay_append_le (descriptor, central->stored_size, 4);
  assay_append_le (descriptor, central->size, 4);
  for (guint skip = 0; skip <= 4 && !same; skip += 4)
    {
      gsize length = descriptor->len - skip;
      if (!assay_blob_equals (container->node->blob, offset, descriptor->data + skip, length, &same, error))
        return FALSE;
      if (!same)
        continue;
      assay_facts_add (child->facts, "data-descriptor", "%s", skip == 0 ? "signature" : "plain");
      assay_container_add_span (
          container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, child->index, TRUE, "zip data descriptor" });
    }
  return same || fail (entry, "data descriptor", error);
}

static gboolean
add_file (const Entry *entry, AssayNode *child, GError **error)
{
  AssayContainer *container = entry->reader->container;
  const AssayZipRecord *central = entry->central;
  if (central->method == ASSAY_ZIP_STORED)
    return assay_container_add_payload (container, child, entry->data, central->stored_size, "zip content", error);
  AssayZipPart part = { child->index, entry->decoded, central->size };
  g_array_append_val (entry->reader->parts, part);
  child->decoded = TRUE;
  assay_container_add_span (container, (AssaySpan){ entry->data, central->stored_size, ASSAY_SPAN_ENCODED, child->index,
                                                    FALSE, "zip compressed content" });
  return TRUE;
}

/* The target of a link is its content; what was compressed cannot be written again. */
static gboolean
add_link (const Entry *entry, AssayNode *child, GError **error)
{
  AssayContainer *container = entry->reader->container;
  const AssayZipRecord *central = entry->central;
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_NAME_BYTES, central->size, "a longer link target",
                           error))
    return FALSE;
  g_autofree char *target = g_try_malloc (central->size + 1u);
  if (target == NULL || central->size == 0)
    return fail (entry, "no link target", error);
  if (!read_content (entry, 0, target, central->size, error))
    return FALSE;
  if (memchr (target, 0, central->size) != NULL)
    return fail (entry, "a link target with a zero byte in it", error);
  assay_facts_add_raw (child->facts, "link", target, central->size);
  assay_container_add_span (container, (AssaySpan){ entry->data, central->stored_size, ASSAY_SPAN_HEADER, child->index,
                                                    central->method == ASSAY_ZIP_STORED, "zip link target" });
  return TRUE;
}

/* Some writers deflate the nothing that a directory holds. */
static gboolean
add_directory (const Entry *entry, AssayNode *child, GError **error)
{
  if (entry->central->size != 0)
    return fail (entry, "a directory with content", error);
  assay_container_add_span (entry->reader->container,
                            (AssaySpan){ entry->data, entry->central->stored_size, ASSAY_SPAN_HEADER, child->index,
                                         FALSE, "zip data of a directory" });
  return TRUE;
}

static gboolean
add_record_span (const Entry *entry, const AssayNode *child, guint64 offset, guint64 length, const GByteArray *again,
                 const char *name, GError **error)
{
  AssayContainer *container = entry->reader->container;
  gboolean same = FALSE;
  if (again != NULL && again->len == length
      && !assay_blob_equals (container->node->blob, offset, again->data, again->len, &same, error))
    return FALSE;
  assay_container_add_span (container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, child->index, same, name });
  return TRUE;
}

static gboolean
add_records (const Entry *entry, AssayNode *child, const AssayZipRecord *local, guint64 central_offset, GError **error)
{
  const AssayZipRecord *central = entry->central;
  assay_zip_add_facts (child, central, local);
  g_autoptr (GByteArray) local_again = assay_zip_write_local (child, central);
  g_autoptr (GByteArray) central_again = assay_zip_write_central (child, central);
  return add_record_span (entry, child, central->local_offset, local->length, local_again, "zip local header", error)
         && add_record_span (entry, child, central_offset, central->length, central_again, "zip central header", error);
}

static gboolean
add_content (const Entry *entry, AssayNode *child, GError **error)
{
  switch (child->type)
    {
    case ASSAY_NODE_FILE:
      return add_file (entry, child, error);
    case ASSAY_NODE_SYMLINK:
      return add_link (entry, child, error);
    case ASSAY_NODE_DIRECTORY:
      return add_directory (entry, child, error);
    default:
      return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: an entry that is no file, directory or link");
    }
}

gboolean
assay_zip_add_entry (AssayZipReader *reader, const AssayZipRecord *central, guint64 central_offset, GError **error)
{
  g_auto (AssayZipRecord) local = { 0 };
  AssayNode *node = reader->container->node;
  gsize name_length = 0;
  const char *name = g_bytes_get_data (central->name, &name_length);
  Entry entry = { reader, central, 0, 0 };
  if (!assay_zip_read_local (node->blob, central->local_offset, &local, error))
    return FALSE;
  if (!assay_zip_records_agree (central, &local))
    return fail (&entry, "central and local headers disagree", error);
  entry.data = (guint64)central->local_offset + local.length;
  if (!assay_range_fits (entry.data, central->stored_size, node->size))
    return fail (&entry, "content that leaves the archive", error);
  AssayNode *child = assay_container_add_entry (reader->container, name_length > 0 ? name : "", name_length,
                                                assay_zip_type_of (central), ASSAY_NAME_SLASH, error);
  if (child == NULL)
    return FALSE;
  return add_records (&entry, child, &local, central_offset, error) && decode (&entry, child, error)
         && check_content (&entry, error) && add_content (&entry, child, error)
         && add_descriptor (&entry, child, error);
}
