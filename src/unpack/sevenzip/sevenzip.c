#include "unpack/sevenzip/sevenzip.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/second.h"
#include "unpack/sink.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define START ASSAY_SEVENZIP_START_BYTES

/** Words that a header begins with, and of its parts. */
enum
{
  END = 0x00,
  HEADER = 0x01,
  STREAMS = 0x04,
  FILES = 0x05,
  ENCODED_HEADER = 0x17,
};

/** Attributes say a mode of POSIX in their upper half. */
#define ATTRIBUTE_MODE 0x8000u

/** Between 1601 and 1970, in seconds. */
#define EPOCH_SECONDS G_GINT64_CONSTANT (11644473600)
#define TICKS 10000000u

static const char *const time_names[ASSAY_SEVENZIP_TIMES] = { "birthtime", "atime", "mtime" };

gboolean
assay_sevenzip_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= START && memcmp (head, "7z\xbc\xaf\x27\x1c", 6) == 0;
}

static void
add_span (AssayContainer *container, guint64 offset, guint64 length, gboolean rewritable, const char *name)
{
  assay_container_add_span (container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, rewritable, name });
}

/** Where the header stands that says all. */
typedef struct
{
  guint64 offset;
  guint64 length;
} Place;

/* What the first bytes say is checked against what it speaks of; so it may be written again. */
static gboolean
read_start (AssayContainer *container, Place *out, guint32 *out_crc, GError **error)
{
  guint8 start[START];
  AssayNode *node = container->node;
  if (!assay_blob_read (node->blob, 0, start, START, error))
    return FALSE;
  if (start[6] != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a version that is not known");
  if (crc32 (0, start + 12, 20) != assay_get_le32 (start + 8))
    return assay_sevenzip_fail ("a wrong checksum of the first header", error);
  out->offset = assay_get_le64 (start + 12);
  out->length = assay_get_le64 (start + 20);
  *out_crc = assay_get_le32 (start + 28);
  if (!assay_u64_add (out->offset, START, &out->offset) || !assay_range_fits (out->offset, out->length, node->size))
    return assay_sevenzip_fail ("a header that leaves the archive", error);
  add_span (container, 0, 8, FALSE, "7z magic");
  add_span (container, 8, START - 8, TRUE, "7z place of the header");
  return TRUE;
}

/* --- what is decoded --- */

/** A folder that is being divided. @next: which content comes; @end: behind the last of the folder */
typedef struct
{
  AssayContainer *container;
  const GArray *contents;
  const GPtrArray *nodes; /* AssayNode of each content */
  guint next;
  guint end;
  AssaySink sink;
  guint32 crc;
} Dividing;

static gboolean
begin_content (Dividing *dividing)
{
  assay_sink_clear (&dividing->sink);
  assay_sink_init (&dividing->sink, dividing->container->context);
  dividing->crc = (guint32)crc32 (0, NULL, 0);
  return TRUE;
}

/* The target of a link is its content. */
static gboolean
set_target (Dividing *dividing, AssayNode *node, AssayBlob *blob, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  if (size == 0)
    return assay_sevenzip_fail ("a link to nothing", error);
  if (!assay_limits_check (dividing->container->context->limits, ASSAY_LIMIT_NAME_BYTES, size, "a longer link target",
                           error))
    return FALSE;
  g_autofree guint8 *target = assay_blob_read_bytes (blob, 0, (gsize)size, error);
  if (target == NULL)
    return FALSE;
  if (memchr (target, 0, (gsize)size) != NULL)
    return assay_sevenzip_fail ("a link target with a zero byte in it", error);
  assay_facts_add_raw (node->facts, "link", (const char *)target, (gsize)size);
  return TRUE;
}

static gboolean
finish_content (Dividing *dividing, GError **error)
{
  const AssaySevenzipContent *content = &g_array_index (dividing->contents, AssaySevenzipContent, dividing->next);
  AssayNode *node = g_ptr_array_index (dividing->nodes, dividing->next);
  g_autoptr (AssayBlob) blob = assay_sink_finish (&dividing->sink, error);
  if (blob == NULL)
    return FALSE;
  if (content->has_crc && content->crc != dividing->crc)
    return assay_sevenzip_fail ("a wrong checksum of content", error);
  if (node->type == ASSAY_NODE_SYMLINK)
    {
      if (!set_target (dividing, node, blob, error))
        return FALSE;
    }
  else
    assay_container_set_decoded (node, blob);
  dividing->next++;
  return begin_content (dividing);
}

/* Contents that are complete, of no bytes among them. */
static gboolean
finish_complete (Dividing *dividing, GError **error)
{
  while (dividing->next < dividing->end
         && g_array_index (dividing->contents, AssaySevenzipContent, dividing->next).size == dividing->sink.written)
    if (!finish_content (dividing, error))
      return FALSE;
  return TRUE;
}

/* AssaySevenzipTake. */
static gboolean
take_content (gpointer data, const guint8 *bytes, gsize length, guint64 consumed, GError **error)
{
  Dividing *dividing = data;
  while (length > 0)
    {
      if (!finish_complete (dividing, error))
        return FALSE;
      if (dividing->next == dividing->end)
        return assay_sevenzip_fail ("more content than files", error);
      const AssaySevenzipContent *content = &g_array_index (dividing->contents, AssaySevenzipContent, dividing->next);
      gsize take = (gsize)MIN (length, content->size - dividing->sink.written);
      dividing->sink.stored = consumed;
      if (!assay_sink_write (&dividing->sink, bytes, take, error))
        return FALSE;
      dividing->crc = (guint32)crc32 (dividing->crc, bytes, (uInt)take);
      bytes += take;
      length -= take;
    }
  return finish_complete (dividing, error);
}

static void
dividing_clear (Dividing *dividing)
{
  assay_sink_clear (&dividing->sink);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Dividing, dividing_clear)

/* The stream speaks of the first file in it that has content; what the decoder did not need of it is compared, as is
 * all of a stream that speaks of none. */
static void
add_stream (AssayContainer *container, const AssaySevenzipFolder *folder, const AssayNode *first, guint64 consumed)
{
  if (first == NULL)
    consumed = 0;
  else
    assay_container_add_span (
        container, (AssaySpan){ folder->offset, consumed, ASSAY_SPAN_ENCODED, first->index, FALSE, "7z stream" });
  add_span (container, folder->offset + consumed, folder->packed - consumed, FALSE, "7z end of a stream");
}

/* Targets of links are facts. */
static const AssayNode *
first_of (const Dividing *dividing)
{
  for (guint i = dividing->next; i < dividing->end; i++)
    {
      const AssayNode *node = g_ptr_array_index (dividing->nodes, i);
      if (node->type == ASSAY_NODE_FILE && g_array_index (dividing->contents, AssaySevenzipContent, i).size > 0)
        return node;
    }
  return NULL;
}

static gboolean
decode_folder (Dividing *dividing, const AssaySevenzipFolder *folder, GError **error)
{
  guint64 consumed = 0;
  dividing->end = dividing->next + (guint)folder->files;
  const AssayNode *first = first_of (dividing);
  begin_content (dividing);
  if (!assay_sevenzip_decode (dividing->container, folder, take_content, dividing, &consumed, error)
      || !finish_complete (dividing, error))
    return FALSE;
  if (dividing->next != dividing->end)
    return assay_sevenzip_fail ("less content than files", error);
  add_stream (dividing->container, folder, first, consumed);
  return TRUE;
}

/* --- what the header says --- */

static void
state_file (const AssaySevenzipFile *file, AssayNode *child)
{
  if (file->has_attributes)
    assay_facts_add (child->facts, "attributes", "0x%08x", file->attributes);
  if (file->has_attributes && (file->attributes & ATTRIBUTE_MODE) != 0)
    assay_facts_add (child->facts, "mode", "0%06o", file->attributes >> 16);
  for (guint i = 0; i < ASSAY_SEVENZIP_TIMES; i++)
    if (file->time_at[i] != 0)
      {
        gint64 seconds = (gint64)(file->times[i] / TICKS) - EPOCH_SECONDS;
        assay_facts_add (child->facts, time_names[i], "%" G_GINT64_FORMAT ".%07u", seconds,
                         (guint)(file->times[i] % TICKS));
      }
}

static gboolean
type_of (const AssaySevenzipFile *file, AssayNodeType *out, GError **error)
{
  guint32 mode = file->has_attributes && (file->attributes & ATTRIBUTE_MODE) != 0 ? file->attributes >> 16 : 0;
  *out = file->is_directory ? ASSAY_NODE_DIRECTORY : ASSAY_NODE_FILE;
  if (mode == 0 || (mode & S_IFMT) == (file->is_directory ? S_IFDIR : S_IFREG))
    return TRUE;
  if ((mode & S_IFMT) != S_IFLNK || !file->has_content)
    return assay_sevenzip_fail ("a file of two types", error);
  *out = ASSAY_NODE_SYMLINK;
  return TRUE;
}

static void
add_fields (AssayNode *table, const AssaySevenzipFile *file)
{
  for (guint i = 0; i < ASSAY_SEVENZIP_TIMES; i++)
    {
      AssayField field = { file->time_at[i], 8, ASSAY_FIELD_TIME };
      if (field.offset != 0)
        g_array_append_val (table->fields, field);
    }
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const AssayField *first = a;
  const AssayField *second = b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* One child for each file; @nodes gets those that have content. */
static gboolean
add_files (AssayContainer *container, AssayNode *table, const GArray *files, GPtrArray *nodes, GError **error)
{
  table->fields = g_array_new (FALSE, FALSE, sizeof (AssayField));
  for (guint i = 0; i < files->len; i++)
    {
      const AssaySevenzipFile *file = &g_array_index (files, AssaySevenzipFile, i);
      AssayNodeType type = ASSAY_NODE_UNKNOWN;
      if (!type_of (file, &type, error))
        return FALSE;
      /* as libarchive calls directories */
      g_autofree char *name = g_strconcat (file->name, file->is_directory ? "/" : "", NULL);
      AssayNode *child = assay_container_add_entry (container, name, strlen (name), type, ASSAY_NAME_SLASH, error);
      if (child == NULL)
        return FALSE;
      state_file (file, child);
      add_fields (table, file);
      if (file->has_content)
        g_ptr_array_add (nodes, child);
      else if (type == ASSAY_NODE_FILE && !assay_container_add_payload (container, child, 0, 0, "7z empty file", error))
        return FALSE;
    }
  g_array_sort (table->fields, by_offset);
  return TRUE;
}

static gboolean
parse_header (AssayContainer *container, const guint8 *bytes, guint64 length, AssaySevenzipHeader *out, GError **error)
{
  AssaySevenzipCursor cursor = { bytes, length, 1, FALSE };
  guint8 word = assay_sevenzip_byte (&cursor);
  if (word == STREAMS)
    {
      if (!assay_sevenzip_streams_read (container, &cursor, &out->streams, error))
        return FALSE;
      word = assay_sevenzip_byte (&cursor);
    }
  if (word == FILES)
    {
      if (!assay_sevenzip_files_read (container, &cursor, &out->files, error))
        return FALSE;
      word = assay_sevenzip_byte (&cursor);
    }
  if (word != END && !cursor.bad)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a part of the header that is not known: 0x%02x",
                              word);
  return (!cursor.bad && cursor.at == length) || assay_sevenzip_fail ("a header that ends early or late", error);
}

/* Two readers that see other files than each other mean that nobody can say what is inside. */
static gboolean
read_again (AssayContainer *container, guint first, GError **error)
{
  const AssaySecondReading reading = {
    .format = "7zip",
    .style = ASSAY_NAME_SLASH,
    .length = container->node->size,
    .first_child = first,
    .children = container->node->children->len - first,
  };
  return assay_second_compare (container, &reading, error);
}

static gboolean
read_archive (AssayContainer *container, AssayNode *table, const guint8 *bytes, guint64 length, GError **error)
{
  g_auto (AssaySevenzipHeader) header = { { NULL } };
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  guint first = container->node->children->len;
  if (!parse_header (container, bytes, length, &header, error)
      || (header.files != NULL && !add_files (container, table, header.files, nodes, error)))
    return FALSE;
  guint contents = header.streams.contents == NULL ? 0 : header.streams.contents->len;
  if (nodes->len != contents)
    return assay_sevenzip_fail ("another number of contents than of files", error);
  g_auto (Dividing) dividing = { .container = container, .contents = header.streams.contents, .nodes = nodes };
  for (guint i = 0; contents > 0 && i < header.streams.folders->len; i++)
    if (!decode_folder (&dividing, &g_array_index (header.streams.folders, AssaySevenzipFolder, i), error))
      return FALSE;
  return read_again (container, first, error);
}

/* --- a header that is packed --- */

/* What it decodes to, twice: for the child, and to be read here. */
typedef struct
{
  AssaySink sink;
  GByteArray *bytes;
} Unpacked;

static void
unpacked_clear (Unpacked *unpacked)
{
  assay_sink_clear (&unpacked->sink);
  g_clear_pointer (&unpacked->bytes, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Unpacked, unpacked_clear)

/* AssaySevenzipTake. */
static gboolean
take_header (gpointer data, const guint8 *bytes, gsize length, guint64 consumed, GError **error)
{
  Unpacked *unpacked = data;
  unpacked->sink.stored = consumed;
  g_byte_array_append (unpacked->bytes, bytes, (guint)length);
  return assay_sink_write (&unpacked->sink, bytes, length, error);
}

/* The header of the packed header, from what it speaks of; only the coders are taken as they are. */
static GByteArray *
write_again (const AssaySevenzipFolder *folder, gsize *out_coders)
{
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *)"\x17\x06", 2);
  assay_sevenzip_put_number (out, folder->offset - START);
  g_byte_array_append (out, (const guint8 *)"\x01\x09", 2);
  assay_sevenzip_put_number (out, folder->packed);
  g_byte_array_append (out, (const guint8 *)"\x00\x07\x0b\x01\x00", 5);
  *out_coders = out->len;
  g_byte_array_append (out, folder->bytes, (guint)folder->length);
  for (guint i = 0; i < folder->coder_count; i++)
    {
      if (i == 0)
        g_byte_array_append (out, (const guint8 *)"\x0c", 1);
      assay_sevenzip_put_number (out, folder->size);
    }
  g_byte_array_append (out, (const guint8 *)"\x0a\x01", 2);
  assay_append_le (out, folder->crc, 4);
  g_byte_array_append (out, (const guint8 *)"\x00\x00", 2);
  return out;
}

static void
add_packed_header (AssayContainer *container, const Place *place, const guint8 *bytes,
                   const AssaySevenzipFolder *folder)
{
  gsize coders = 0;
  g_autoptr (GByteArray) again = write_again (folder, &coders);
  gboolean same = again->len == place->length && memcmp (again->data, bytes, again->len) == 0;
  guint64 behind = coders + folder->length;
  if (!same)
    {
      add_span (container, place->offset, place->length, FALSE, "7z place of the packed header");
      return;
    }
  add_span (container, place->offset, coders, TRUE, "7z place of the packed header");
  add_span (container, place->offset + coders, folder->length, FALSE, "7z coders of the packed header");
  add_span (container, place->offset + behind, place->length - behind, TRUE, "7z size of the packed header");
}

static gboolean
read_packed (AssayContainer *container, const Place *place, const guint8 *bytes, GError **error)
{
  g_auto (AssaySevenzipStreams) streams = { NULL };
  g_auto (Unpacked) unpacked = { { NULL } };
  guint64 consumed = 0;
  AssaySevenzipCursor cursor = { bytes, place->length, 1, FALSE };
  if (!assay_sevenzip_streams_read (container, &cursor, &streams, error))
    return FALSE;
  if (streams.folders->len != 1 || streams.contents->len != 1 || cursor.at != place->length)
    return assay_sevenzip_fail ("a packed header that is not one", error);
  const AssaySevenzipFolder *folder = &g_array_index (streams.folders, AssaySevenzipFolder, 0);
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES, folder->size, "a longer header",
                           error))
    return FALSE;
  AssayNode *table = assay_container_add_decoded (container, "#header", error);
  unpacked.bytes = g_byte_array_new ();
  assay_sink_init (&unpacked.sink, container->context);
  if (table == NULL || !assay_sevenzip_decode (container, folder, take_header, &unpacked, &consumed, error))
    return FALSE;
  if (!folder->has_crc || crc32_z (0, unpacked.bytes->data, unpacked.bytes->len) != folder->crc)
    return assay_sevenzip_fail ("a wrong checksum of the header", error);
  g_autoptr (AssayBlob) blob = assay_sink_finish (&unpacked.sink, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (table, blob);
  add_stream (container, folder, table, consumed);
  add_packed_header (container, place, bytes, folder);
  if (unpacked.bytes->len == 0 || unpacked.bytes->data[0] != HEADER)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a header that is packed twice");
  return read_archive (container, table, unpacked.bytes->data, unpacked.bytes->len, error);
}

gboolean
assay_sevenzip_open (AssayContainer *container, GError **error)
{
  Place place = { 0, 0 };
  guint32 crc = 0;
  container->node->times_are_fields = TRUE;
  container->node->shares_extents = TRUE;
  if (!read_start (container, &place, &crc, error)
      || !assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES, place.length, "a longer header",
                              error))
    return FALSE;
  if (place.length == 0)
    return assay_sevenzip_fail ("no header", error);
  g_autofree guint8 *bytes = assay_blob_read_bytes (container->node->blob, place.offset, (gsize)place.length, error);
  if (bytes == NULL)
    return FALSE;
  if (crc32_z (0, bytes, (gsize)place.length) != crc)
    return assay_sevenzip_fail ("a wrong checksum of the header", error);
  if (bytes[0] == ENCODED_HEADER)
    return read_packed (container, &place, bytes, error);
  if (bytes[0] != HEADER)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: a header that is not known: 0x%02x", bytes[0]);
  AssayNode *table = assay_container_add_part (container, "#header", place.offset, place.length, "7z header", error);
  return table != NULL && read_archive (container, table, bytes, place.length, error);
}
