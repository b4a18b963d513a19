#include "unpack/bytes.h"
#include "unpack/sink.h"
#include "unpack/squashfs/squashfs.h"
#include "util/checked.h"
#include "util/text.h"

/* Bits of a metadata block's length. */
#define BLOCK_STORED 0x8000u
#define BLOCK_LENGTH 0x7fffu

/** An entry of the table of fragments: where a block begins, its length, and four bytes that nobody uses. */
#define FRAGMENT_BYTES 16u
#define FRAGMENT_LENGTH_AT 8u

/* Of a block of data. */
#define DATA_STORED (1u << 24)

void
assay_squashfs_table_clear (AssaySquashfsTable *table)
{
  g_clear_pointer (&table->bytes, g_byte_array_unref);
  g_clear_pointer (&table->blocks, g_array_unref);
}

static gboolean
decode_block (AssaySquashfs *squashfs, AssaySquashfsTable *table, guint64 *position, GError **error)
{
  AssayBlob *blob = squashfs->container->node->blob;
  guint8 header[2];
  guint8 stored[ASSAY_SQUASHFS_METADATA_BYTES];
  guint8 decoded[ASSAY_SQUASHFS_METADATA_BYTES];
  if (!assay_blob_read (blob, *position, header, sizeof header, error))
    return FALSE;
  guint length = assay_get_le16 (header) & BLOCK_LENGTH;
  gboolean plain = (assay_get_le16 (header) & BLOCK_STORED) != 0;
  if (table->bytes->len % ASSAY_SQUASHFS_METADATA_BYTES != 0)
    return assay_squashfs_fail ("a metadata block that is not full, and not the last one", error);
  if (length == 0 || length > sizeof stored || !assay_range_fits (*position + 2, length, table->end))
    return assay_squashfs_fail ("a metadata block of impossible length", error);
  if (!assay_blob_read (blob, *position + 2, stored, length, error))
    return FALSE;
  AssaySquashfsBlock block = { *position - table->start, table->bytes->len, plain };
  g_array_append_val (table->blocks, block);
  if (plain)
    g_byte_array_append (table->bytes, stored, length);
  else
    {
      gsize size = 0;
      if (!assay_squashfs_decode (squashfs, stored, length, decoded, sizeof decoded, &size, error))
        return FALSE;
      g_byte_array_append (table->bytes, decoded, (guint)size);
    }
  *position += 2 + length;
  return assay_limits_check (squashfs->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, table->bytes->len,
                             "a larger squashfs table", error);
}

static void
add_number (GString *list, guint number)
{
  g_string_append_printf (list, "%s%u", list->len > 0 ? " " : "", number);
}

/* Which blocks are stored as they are, by their numbers: U-Boot puts one of the others over what was stored before it
 * (fs/squashfs/sqfs.c, sqfs_read_inode_table()). A last one alone moves nothing: whether a few bytes are compressed
 * goes by the times among them. */
static void
note_stored (AssaySquashfs *squashfs, const AssaySquashfsTable *table, const char *name)
{
  g_autoptr (GString) stored = g_string_new (NULL);
  guint last = table->blocks->len - 1;
  for (guint i = 0; i <= last; i++)
    if (g_array_index (table->blocks, AssaySquashfsBlock, i).is_stored && (i < last || stored->len > 0))
      add_number (stored, i);
  g_autofree char *fact = g_strconcat ("stored-blocks.", name + 1, NULL);
  if (stored->len > 0)
    assay_facts_add (squashfs->container->node->own_facts, assay_text_intern (fact), "%s", stored->str);
}

/* Decodes the blocks of one table and shows it as a child; what it decodes to is compared as content. */
static gboolean
read_table (AssaySquashfs *squashfs, AssaySquashfsTable *table, guint64 start, guint64 end, const char *name,
            GError **error)
{
  AssayContainer *container = squashfs->container;
  table->start = start;
  table->end = end;
  table->bytes = g_byte_array_new ();
  table->blocks = g_array_new (FALSE, FALSE, sizeof (AssaySquashfsBlock));
  if (start > end || end > squashfs->super.bytes_used)
    return assay_squashfs_fail ("tables in an impossible order", error);
  for (guint64 position = start; position < end;)
    if (!decode_block (squashfs, table, &position, error))
      return FALSE;
  if (start == end)
    return TRUE;
  note_stored (squashfs, table, name);
  g_autoptr (AssayBlob) blob = assay_sink_keep (container->context, table->bytes->data, table->bytes->len, error);
  if (blob == NULL)
    return FALSE;
  table->child = assay_container_add_decoded (container, name, error);
  if (table->child == NULL)
    return FALSE;
  assay_container_set_decoded (table->child, blob);
  assay_container_add_span (container, (AssaySpan){ start, end - start, ASSAY_SPAN_ENCODED, table->child->index, FALSE,
                                                    "squashfs table", NULL });
  return TRUE;
}

/** A table that is found by a list of its blocks' positions, which stands behind it. */
typedef struct
{
  guint64 list;        /* where the list of positions begins */
  guint64 entry_bytes; /* decoded */
  guint64 entries;
  const char *name;
} Listed;

/* The list of positions is derived where it names just the blocks that were found. */
static gboolean
check_listed (AssaySquashfs *squashfs, const AssaySquashfsTable *table, const Listed *listed, guint64 count,
              GError **error)
{
  AssayContainer *container = squashfs->container;
  guint8 position[8];
  if (table->bytes->len != listed->entries * listed->entry_bytes || table->blocks->len != count)
    return assay_squashfs_fail ("a table that is not as long as the super block says", error);
  for (guint i = 0; i < count; i++)
    {
      if (!assay_blob_read (container->node->blob, listed->list + i * 8u, position, sizeof position, error))
        return FALSE;
      if (assay_get_le64 (position) != table->start + g_array_index (table->blocks, AssaySquashfsBlock, i).stored)
        return assay_squashfs_fail ("a list of positions that names other places than the blocks'", error);
    }
  assay_container_add_span (container, (AssaySpan){ listed->list, count * 8, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD,
                                                    TRUE, "squashfs list of positions", "positions" });
  return TRUE;
}

/* Reads one such table, from where its list of positions says that it begins up to @end. */
static gboolean
read_listed (AssaySquashfs *squashfs, AssaySquashfsTable *table, const Listed *listed, guint64 end, guint64 *first,
             GError **error)
{
  AssayBlob *blob = squashfs->container->node->blob;
  guint8 position[8];
  guint64 bytes = listed->entries * listed->entry_bytes;
  guint64 count = (bytes + ASSAY_SQUASHFS_METADATA_BYTES - 1) / ASSAY_SQUASHFS_METADATA_BYTES;
  if (count == 0)
    return TRUE;
  if (!assay_range_fits (listed->list, count * 8, squashfs->super.bytes_used))
    return assay_squashfs_fail ("a list of positions that leaves the file system", error);
  if (!assay_blob_read (blob, listed->list, position, sizeof position, error)
      || !read_table (squashfs, table, assay_get_le64 (position), end, listed->name, error))
    return FALSE;
  *first = MIN (*first, table->start);
  return check_listed (squashfs, table, listed, count, error);
}

#define XATTR_HEADER_BYTES 16u

/* Extended attributes: values, then descriptors, then a header of 16 bytes (where the values begin, how many
 * descriptors there are, and four bytes that nobody uses) and the list of the descriptors' blocks. */
static gboolean
read_xattrs (AssaySquashfs *squashfs, guint64 *first, GError **error)
{
  guint8 header[XATTR_HEADER_BYTES];
  guint64 start = squashfs->super.xattr_id_table_start;
  if (start == ASSAY_SQUASHFS_NO_TABLE)
    return TRUE;
  if (!assay_range_fits (start, sizeof header, squashfs->super.bytes_used))
    return assay_squashfs_fail ("a table of extended attributes that leaves the file system", error);
  if (!assay_blob_read (squashfs->container->node->blob, start, header, sizeof header, error))
    return FALSE;
  const Listed listed = { start + sizeof header, 16, assay_get_le32 (header + 8), "#xattr-ids" };
  if (listed.entries == 0 || assay_get_le32 (header + 12) != 0)
    return assay_squashfs_fail ("a table of no extended attributes, or with a number that has no meaning", error);
  if (!read_listed (squashfs, &squashfs->xattr_ids, &listed, start, first, error)
      || !read_table (squashfs, &squashfs->xattr_values, assay_get_le64 (header), squashfs->xattr_ids.start,
                      "#xattr-values", error))
    return FALSE;
  *first = MIN (*first, squashfs->xattr_values.start);
  assay_container_add_span (squashfs->container, (AssaySpan){ start, 8, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE,
                                                              "squashfs xattr position", "positions" });
  assay_container_add_span (squashfs->container, (AssaySpan){ start + 8, 8, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD,
                                                              FALSE, "squashfs xattr header", NULL });
  return TRUE;
}

/* U-Boot up to 2021.01 takes all of these for compressed. */
static void
note_stored_fragments (AssaySquashfs *squashfs)
{
  const GByteArray *bytes = squashfs->fragments.bytes;
  g_autoptr (GString) stored = g_string_new (NULL);
  for (guint i = 0; i < bytes->len / FRAGMENT_BYTES; i++)
    if ((assay_get_le32 (bytes->data + i * FRAGMENT_BYTES + FRAGMENT_LENGTH_AT) & DATA_STORED) != 0)
      add_number (stored, i);
  if (stored->len > 0)
    assay_facts_add (squashfs->container->node->own_facts, "stored-blocks.fragments", "%s", stored->str);
}

/* Where a table of no fragments begins nobody asks; packers say that there is none, or write where it would be. Any
 * other number says something of its own, and is a fact (T6). */
static gboolean
read_fragments (AssaySquashfs *squashfs, guint64 *first, GError **error)
{
  const sqfs_super_t *super = &squashfs->super;
  guint64 start = super->fragment_table_start;
  const Listed fragments = { start, FRAGMENT_BYTES, super->fragment_entry_count, "#fragment-table" };
  if (fragments.entries == 0)
    {
      if (start != ASSAY_SQUASHFS_NO_TABLE && start != *first)
        assay_facts_add (squashfs->container->node->own_facts, "fragment-table", "0x%" G_GINT64_MODIFIER "x", start);
      return TRUE;
    }
  if (start == ASSAY_SQUASHFS_NO_TABLE)
    return assay_squashfs_fail ("fragments without a table of them", error);
  if (!read_listed (squashfs, &squashfs->fragments, &fragments, start, first, error))
    return FALSE;
  note_stored_fragments (squashfs);
  return TRUE;
}

/* Linux mounts nothing where the last table does not end where the file system does. */
static gboolean
check_end (const AssaySquashfs *squashfs, GError **error)
{
  const sqfs_super_t *super = &squashfs->super;
  gboolean has_xattrs = super->xattr_id_table_start != ASSAY_SQUASHFS_NO_TABLE;
  const AssaySquashfsTable *last = has_xattrs ? &squashfs->xattr_ids : &squashfs->ids;
  guint64 list = has_xattrs ? super->xattr_id_table_start + XATTR_HEADER_BYTES : super->id_table_start;
  return list + 8u * (guint64)last->blocks->len == super->bytes_used
         || assay_squashfs_fail ("a last table that does not end where the file system does", error);
}

gboolean
assay_squashfs_read_tables (AssaySquashfs *squashfs, GError **error)
{
  const sqfs_super_t *super = &squashfs->super;
  guint64 first = super->bytes_used;
  const Listed ids = { super->id_table_start, 4, super->id_count, "#id-table" };
  const Listed exports
      = { super->export_table_start, 8, super->export_table_start == ASSAY_SQUASHFS_NO_TABLE ? 0 : super->inode_count,
          "#export-table" };
  if (ids.entries == 0)
    return assay_squashfs_fail ("a table of no owners", error);
  return read_xattrs (squashfs, &first, error) && read_listed (squashfs, &squashfs->ids, &ids, ids.list, &first, error)
         && read_listed (squashfs, &squashfs->exports, &exports, exports.list, &first, error)
         && read_fragments (squashfs, &first, error)
         && read_table (squashfs, &squashfs->directories, super->directory_table_start, first, "#directory-table",
                        error)
         && read_table (squashfs, &squashfs->inodes, super->inode_table_start, super->directory_table_start,
                        "#inode-table", error)
         && check_end (squashfs, error);
}

static gint
by_stored (gconstpointer a, gconstpointer b)
{
  guint64 first = ((const AssaySquashfsBlock *)a)->stored;
  guint64 second = ((const AssaySquashfsBlock *)b)->stored;
  return first < second ? -1 : first > second;
}

gboolean
assay_squashfs_table_place (const AssaySquashfsTable *table, guint64 stored, guint64 offset, guint64 *out_place)
{
  AssaySquashfsBlock wanted = { .stored = stored };
  guint index = 0;
  if (table->blocks == NULL || !g_array_binary_search (table->blocks, &wanted, by_stored, &index))
    return FALSE;
  gboolean last = index + 1 == table->blocks->len;
  guint64 end = last ? table->bytes->len : g_array_index (table->blocks, AssaySquashfsBlock, index + 1).decoded;
  *out_place = g_array_index (table->blocks, AssaySquashfsBlock, index).decoded + offset;
  return *out_place < end || (last && *out_place == end);
}
