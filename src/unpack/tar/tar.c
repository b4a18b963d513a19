#include "unpack/tar/tar.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/second.h"
#include "util/cancel.h"
#include "util/checked.h"

/* A block, or an entry with its body, that stands before an entry and speaks of it. */
typedef struct
{
  AssayTarRole role;
  guint64 offset;
  AssayTarHeader header;
} Extra;

static void
clear_extra (gpointer data)
{
  Extra *extra = data;
  assay_tar_header_clear (&extra->header);
}

/*
 * @extras: (element-type Extra): read since the last entry
 * @extended: what they say
 * @map_bytes: between the entry's header and its content, of the map of a sparse file
 * @has_global: a global pax header was read
 */
typedef struct
{
  AssayContainer *container;
  guint64 position;
  guint64 map_bytes;
  GArray *extras;
  AssayTarExtended extended;
  gboolean has_global;
  guint8 block[ASSAY_TAR_BLOCK_BYTES];
} Reader;

static void
reader_clear (Reader *reader)
{
  g_clear_pointer (&reader->extras, g_array_unref);
  assay_tar_extended_clear (&reader->extended);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

gboolean
assay_tar_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= ASSAY_TAR_BLOCK_BYTES && memcmp (head + 257, "ustar", 5) == 0;
}

/* Before ustar there was no magic: the checksum, numbers that are numbers, and nothing behind but GNU tar's device
 * numbers. */
gboolean
assay_tar_probe_v7 (const guint8 *head, gsize length, guint64 size)
{
  g_auto (AssayTarHeader) header = { 0 };
  if (length < ASSAY_TAR_BLOCK_BYTES || head[0] == 0 || !assay_tar_has_checksum (head))
    return FALSE;
  for (guint i = 257; i < ASSAY_TAR_BLOCK_BYTES; i++)
    if (head[i] != 0 && !(head[i] == '0' && i >= 329 && i < 345))
      return FALSE;
  return assay_tar_parse_header (head, &header, NULL) && header.size <= size;
}

/* GNU tar, libarchive and Python take a header with a right checksum for one of v7 whatever its magic is, also with one
 * of signed bytes, as old ones wrote it. */
gboolean
assay_tar_probe_odd (const guint8 *head, gsize length, guint64 size)
{
  return length >= ASSAY_TAR_BLOCK_BYTES && head[0] != 0
         && (assay_tar_has_checksum (head) || assay_tar_has_signed_checksum (head))
         && !assay_tar_probe_v7 (head, length, size);
}

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: %s at %" G_GUINT64_FORMAT, what, reader->position);
}

static gboolean
unsupported (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "tar: %s at %" G_GUINT64_FORMAT, what, reader->position);
}

/* Where the block behind @length bytes of body begins. Errors: it leaves the archive. */
static gboolean
body_end (const Reader *reader, guint64 length, guint64 *out_end, GError **error)
{
  guint64 start = reader->position + ASSAY_TAR_BLOCK_BYTES + reader->map_bytes;
  guint64 padded;
  if (!assay_u64_align (length, ASSAY_TAR_BLOCK_BYTES, &padded)
      || !assay_range_fits (start, padded, reader->container->node->size))
    return fail (reader, "content that leaves the archive", error);
  *out_end = start + padded;
  return TRUE;
}

/* Whether these bytes are what a header from the facts is written as. */
static gboolean
is_header_again (Reader *reader, const AssayNode *child, AssayTarRole role, guint64 size, guint64 offset,
                 gboolean *out_same, GError **error)
{
  g_auto (AssayTarHeader) again = { 0 };
  guint8 block[ASSAY_TAR_BLOCK_BYTES];
  AssayNode *node = reader->container->node;
  *out_same = FALSE;
  if (!assay_tar_from_facts (child, node, role, size, &again) || !assay_tar_write_header (&again, block))
    return TRUE;
  return assay_blob_equals (node->blob, offset, block, sizeof block, out_same, error);
}

static void
add_header_span (Reader *reader, guint64 offset, guint64 length, const AssayNode *child, gboolean rewritable,
                 const char *name)
{
  assay_container_add_span (reader->container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, child->index, rewritable, name });
}

/* What the body of an extra entry would be, from the facts; NULL where they do not give it. */
static GByteArray *
write_body (const Extra *extra, const AssayNode *child)
{
  if (extra->role == ASSAY_TAR_PAX)
    return assay_tar_write_records (child, child->size);
  g_autofree char *text = extra->role == ASSAY_TAR_LONG_NAME ? assay_entry_get_raw_name (child, ASSAY_NAME_SLASH)
                                                             : assay_facts_get_text (child->facts, "link");
  GByteArray *out = g_byte_array_new ();
  /* With the zero byte at the end, as GNU tar does. */
  return g_byte_array_append (out, (const guint8 *)text, (guint)strlen (text) + 1);
}

static gboolean
add_extra (Reader *reader, const Extra *extra, AssayNode *child, GError **error)
{
  static const char *const header_names[] = { NULL, "tar pax header", "tar long name header", "tar long link header" };
  static const char *const body_names[] = { NULL, "tar pax records", "tar long name", "tar long link" };
  AssayNode *node = reader->container->node;
  guint64 size = extra->header.size;
  guint64 start = extra->offset + ASSAY_TAR_BLOCK_BYTES;
  gboolean same = FALSE;
  assay_tar_add_facts (child, node, extra->role, &extra->header);
  g_autoptr (GByteArray) body = write_body (extra, child);
  /* The size too comes from the body that the facts give, not from the header itself. */
  if (body != NULL && !is_header_again (reader, child, extra->role, body->len, extra->offset, &same, error))
    return FALSE;
  add_header_span (reader, extra->offset, ASSAY_TAR_BLOCK_BYTES, child, same, header_names[extra->role]);
  same = FALSE;
  if (body != NULL && body->len == size && !assay_blob_equals (node->blob, start, body->data, body->len, &same, error))
    return FALSE;
  add_header_span (reader, start, size, child, same, body_names[extra->role]);
  guint64 padding = (ASSAY_TAR_BLOCK_BYTES - size % ASSAY_TAR_BLOCK_BYTES) % ASSAY_TAR_BLOCK_BYTES;
  return assay_container_add_zeros (reader->container, start + size, padding, "tar padding", error);
}

/* An extra entry's body in memory. */
static guint8 *
read_body (Reader *reader, const AssayTarHeader *header, guint64 *out_end, GError **error)
{
  if (!assay_limits_check (reader->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, header->size,
                           "a longer tar header", error)
      || !body_end (reader, header->size, out_end, error))
    return NULL;
  return assay_blob_read_bytes (reader->container->node->blob, reader->position + ASSAY_TAR_BLOCK_BYTES,
                                (gsize)header->size, error);
}

static gboolean
note_extra (Reader *reader, AssayTarRole role, const guint8 *body, gsize size, GError **error)
{
  AssayTarExtended *extended = &reader->extended;
  if (role == ASSAY_TAR_PAX)
    return extended->records == NULL ? assay_tar_parse_records (body, size, extended, error)
                                     : fail (reader, "a second pax header for one entry", error);
  char **field = role == ASSAY_TAR_LONG_NAME ? &extended->name : &extended->link;
  if (*field != NULL)
    return fail (reader, "a second long name for one entry", error);
  *field = g_strndup ((const char *)body, size);
  return TRUE;
}

static gboolean
read_extra (Reader *reader, AssayTarRole role, AssayTarHeader *header, GError **error)
{
  guint64 end = 0;
  g_autofree guint8 *body = read_body (reader, header, &end, error);
  if (body == NULL || !note_extra (reader, role, body, (gsize)header->size, error))
    return FALSE;
  Extra extra = { role, reader->position, *header };
  *header = (AssayTarHeader){ 0 };
  g_array_append_val (reader->extras, extra);
  reader->position = end;
  return TRUE;
}

/* A global header: comments are facts of the archive; anything else would change every entry, and no two readers agree
 * how. */
static gboolean
read_global (Reader *reader, const AssayTarHeader *header, GError **error)
{
  AssayNode *node = reader->container->node;
  guint64 end = 0;
  g_auto (AssayTarExtended) global = { 0 };
  g_autofree guint8 *body = read_body (reader, header, &end, error);
  if (body == NULL || !assay_tar_parse_records (body, (gsize)header->size, &global, error))
    return FALSE;
  if (reader->has_global)
    return unsupported (reader, "a second global pax header", error);
  reader->has_global = TRUE;
  /* a file of that name, to who does not know pax (GRUB) */
  assay_facts_add_raw (reader->container->node->own_facts, "global-name", header->name, strlen (header->name));
  for (guint i = 0; i < global.records->len; i++)
    {
      const AssayTarRecord *record = &g_array_index (global.records, AssayTarRecord, i);
      gsize size = 0;
      const char *data = g_bytes_get_data (record->value, &size);
      if (strcmp (record->key, "comment") != 0)
        return unsupported (reader, "a global pax header that is no comment", error);
      assay_facts_add_raw (node->own_facts, "pax.comment", size > 0 ? data : "", size);
    }
  assay_container_add_span (reader->container, (AssaySpan){ reader->position, end - reader->position, ASSAY_SPAN_HEADER,
                                                            ASSAY_SPAN_NO_CHILD, FALSE, "tar global pax header" });
  reader->position = end;
  return TRUE;
}

/** What the size field of ustar cannot hold. */
#define LARGE_BYTES (G_GUINT64_CONSTANT (1) << 33)

/* Readers that do not know pax go by the header's own size, and take what stands behind that for entries. Where the
 * field cannot hold the size, writers leave 0 or the most that it holds. */
static gboolean
is_same_size (guint64 of_header, guint64 size)
{
  return of_header == size || (size >= LARGE_BYTES && (of_header == 0 || of_header == LARGE_BYTES - 1));
}

/* The header with all that stood before it applied. */
static gboolean
apply_extras (Reader *reader, AssayTarHeader *header, GError **error)
{
  const AssayTarExtended *extended = &reader->extended;
  guint64 of_header = header->size;
  if (extended->records != NULL && (extended->name != NULL || extended->link != NULL || header->joined_name != NULL))
    return unsupported (reader, "pax and GNU headers for one entry", error);
  if (extended->records != NULL && header->sparse != ASSAY_TAR_SPARSE_NONE)
    return unsupported (reader, "a pax header of a sparse file of another kind", error);
  if (extended->name != NULL)
    {
      g_free (header->name);
      header->name = g_strdup (extended->name);
    }
  if (extended->link != NULL)
    {
      g_free (header->link);
      header->link = g_strdup (extended->link);
    }
  if (!assay_tar_apply_records (extended, header, error))
    return FALSE;
  if (header->size != of_header)
    reader->container->node->ordered = TRUE;
  return is_same_size (of_header, header->size) || fail (reader, "two sizes of one entry", error);
}

/* The map of a sparse file stands before what is stored of it, and in version 1.0 counts as part of that. */
static gboolean
add_sparse_content (Reader *reader, AssayNode *child, AssayTarHeader *entry, guint64 start, GError **error)
{
  guint64 map_bytes = 0;
  if (entry->sparse == ASSAY_TAR_SPARSE_OTHER)
    return assay_container_charge_hole (reader->container, entry->real_size, error)
           && unsupported (reader, "a sparse file of a version that is not supported", error);
  if (!assay_tar_sparse_read_map (reader->container, start, entry, &map_bytes, error))
    return FALSE;
  if (entry->sparse == ASSAY_TAR_SPARSE_OLD)
    reader->map_bytes = map_bytes;
  assay_tar_sparse_add_fact (child, entry);
  return assay_tar_sparse_add_spans (reader->container, child, start, map_bytes, entry, error)
         && assay_tar_sparse_add_content (reader->container, child, start + map_bytes, entry, error);
}

static gboolean
add_content (Reader *reader, AssayNode *child, AssayTarHeader *entry, GError **error)
{
  guint64 start = reader->position + ASSAY_TAR_BLOCK_BYTES;
  guint64 end = 0;
  guint64 size = entry->size;
  if (entry->sparse != ASSAY_TAR_SPARSE_NONE && !add_sparse_content (reader, child, entry, start, error))
    return FALSE;
  if (!body_end (reader, size, &end, error))
    return FALSE;
  start += reader->map_bytes;
  if (child->type == ASSAY_NODE_FILE && entry->sparse == ASSAY_TAR_SPARSE_NONE
      && !assay_container_add_payload (reader->container, child, start, size, "tar content", error))
    return FALSE;
  return assay_container_add_zeros (reader->container, start + size, end - start - size, "tar padding", error);
}

/** Bytes of a name, and of where a link leads, that stand in the header itself. */
#define HEADER_NAME_BYTES 100u

/* Which headers of GNU tar stand before the entry's own, where that does not follow from its names: to who does not
 * know them each is a file (cpio, pax). */
static void
state_extras (const Reader *reader, AssayNode *child)
{
  const AssayTarExtended *extended = &reader->extended;
  g_autoptr (GString) kinds = g_string_new (NULL);
  gboolean follows = TRUE;
  for (guint i = 0; i < reader->extras->len; i++)
    {
      AssayTarRole role = g_array_index (reader->extras, Extra, i).role;
      if (role == ASSAY_TAR_PAX)
        continue;
      const char *text = role == ASSAY_TAR_LONG_NAME ? extended->name : extended->link;
      follows = follows && strlen (text) > HEADER_NAME_BYTES;
      g_string_append_c (kinds, role == ASSAY_TAR_LONG_NAME ? 'L' : 'K');
    }
  if (!follows || kinds->len > 1)
    assay_facts_add (child->facts, "header.extensions", "%s", kinds->str);
}

static gboolean
add_entry_spans (Reader *reader, AssayNode *child, const AssayTarHeader *header, GError **error)
{
  AssayNode *node = reader->container->node;
  gboolean same = FALSE;
  assay_tar_add_record_facts (child, &reader->extended);
  state_extras (reader, child);
  assay_tar_add_facts (child, node, ASSAY_TAR_ENTRY, header);
  if (!is_header_again (reader, child, ASSAY_TAR_ENTRY, child->size, reader->position, &same, error))
    return FALSE;
  add_header_span (reader, reader->position, ASSAY_TAR_BLOCK_BYTES, child, same, "tar member header");
  for (guint i = 0; i < reader->extras->len; i++)
    if (!add_extra (reader, &g_array_index (reader->extras, Extra, i), child, error))
      return FALSE;
  g_array_set_size (reader->extras, 0);
  assay_tar_extended_clear (&reader->extended);
  return TRUE;
}

static gboolean
read_entry (Reader *reader, const AssayTarHeader *header, GError **error)
{
  g_auto (AssayTarHeader) entry = { 0 };
  if (!assay_tar_parse_header (reader->block, &entry, error) || !apply_extras (reader, &entry, error))
    return FALSE;
  AssayNodeType type = assay_tar_type_of (&entry);
  if (type == ASSAY_NODE_UNKNOWN)
    return unsupported (reader, "an entry of a type that is not supported (multi-volume, vendor)", error);
  if (entry.sparse != ASSAY_TAR_SPARSE_NONE && type != ASSAY_NODE_FILE)
    return unsupported (reader, "a sparse entry that is no file", error);
  /* A header alone cannot say whether a size without content counts; readers differ. */
  if (type != ASSAY_NODE_FILE && entry.size != 0)
    return unsupported (reader, "an entry that is no file and has a size", error);
  AssayNode *child
      = assay_container_add_entry (reader->container, entry.name, strlen (entry.name), type, ASSAY_NAME_SLASH, error);
  if (child == NULL)
    return FALSE;
  assay_tar_add_entry_facts (child, &entry);
  if (!add_content (reader, child, &entry, error) || !add_entry_spans (reader, child, header, error)
      || !body_end (reader, entry.size, &reader->position, error))
    return FALSE;
  reader->map_bytes = 0;
  return TRUE;
}

static gboolean
read_next (Reader *reader, GError **error)
{
  g_auto (AssayTarHeader) header = { 0 };
  if (!assay_tar_parse_header (reader->block, &header, error))
    return FALSE;
  switch (header.typeflag)
    {
    case 'x':
      return read_extra (reader, ASSAY_TAR_PAX, &header, error);
    case 'L':
      return read_extra (reader, ASSAY_TAR_LONG_NAME, &header, error);
    case 'K':
      return read_extra (reader, ASSAY_TAR_LONG_LINK, &header, error);
    case 'g':
      return read_global (reader, &header, error);
    default:
      return read_entry (reader, &header, error);
    }
}

static gboolean
is_zero_block (const guint8 *block)
{
  for (guint i = 0; i < ASSAY_TAR_BLOCK_BYTES; i++)
    if (block[i] != 0)
      return FALSE;
  return TRUE;
}

/* Two zero blocks end the archive; zeros behind them fill the last record; and what is not zero there nobody reads. */
static gboolean
read_end (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  guint64 nonzero = 0;
  guint64 rest = node->size - reader->position;
  if (reader->extras->len > 0)
    return fail (reader, "the end behind a header that speaks of another entry", error);
  if (rest < 2 * ASSAY_TAR_BLOCK_BYTES)
    return fail (reader, "no two zero blocks at the end", error);
  if (!assay_blob_find_nonzero (node->blob, reader->position, rest, &nonzero, error))
    return FALSE;
  guint64 blocks = (nonzero - reader->position) / ASSAY_TAR_BLOCK_BYTES;
  if (nonzero == node->size)
    blocks = rest / ASSAY_TAR_BLOCK_BYTES;
  if (blocks < 2)
    return fail (reader, "a lone zero block", error);
  guint64 behind = reader->position + 2 * ASSAY_TAR_BLOCK_BYTES;
  guint64 end = nonzero == node->size ? node->size : reader->position + blocks * ASSAY_TAR_BLOCK_BYTES;
  assay_container_add_span (reader->container, (AssaySpan){ reader->position, 2 * ASSAY_TAR_BLOCK_BYTES,
                                                            ASSAY_SPAN_PADDING, ASSAY_SPAN_NO_CHILD, TRUE, "tar end" });
  assay_container_add_span (reader->container, (AssaySpan){ behind, end - behind, ASSAY_SPAN_PADDING,
                                                            ASSAY_SPAN_NO_CHILD, TRUE, "tar record padding" });
  assay_container_add_span (reader->container, (AssaySpan){ end, node->size - end, ASSAY_SPAN_SLACK,
                                                            ASSAY_SPAN_NO_CHILD, FALSE, "behind tar" });
  if (end == node->size)
    assay_container_note_last_block (reader->container, (const guint[]){ ASSAY_TAR_BLOCK_BYTES, 0 });
  return TRUE;
}

static gboolean
read_all (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  for (;;)
    {
      if (assay_cancelled (error))
        return FALSE;
      if (!assay_range_fits (reader->position, ASSAY_TAR_BLOCK_BYTES, node->size))
        return fail (reader, "no two zero blocks at the end", error);
      if (!assay_blob_read (node->blob, reader->position, reader->block, sizeof reader->block, error))
        return FALSE;
      if (is_zero_block (reader->block))
        return read_end (reader, error);
      if (!read_next (reader, error))
        return FALSE;
    }
}

gboolean
assay_tar_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  g_auto (Reader) reader = { .container = container };
  reader.extras = g_array_new (FALSE, TRUE, sizeof (Extra));
  g_array_set_clear_func (reader.extras, clear_extra);
  if (!read_all (&reader, error))
    return FALSE;
  const AssaySecondReading reading = {
    .format = "tar",
    .style = ASSAY_NAME_SLASH,
    .fields = ASSAY_SECOND_PERMISSIONS | ASSAY_SECOND_OWNERS | ASSAY_SECOND_TIME | ASSAY_SECOND_DEVICES,
    .length = node->size,
    .children = node->children->len,
  };
  return assay_second_compare (container, &reading, error);
}
