#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "unpack/pieces.h"
#include "unpack/sink.h"

#include <string.h>

/* Content of files: stored in one piece, in several, with holes, or in the inode itself. */

/** Where an inode says how many blocks it has, in units of 512 bytes or, with a flag, of the file system. */
enum
{
  AT_BLOCKS = 0x1c,
  AT_BLOCKS_HIGH = 0x74,
};

static void
add_slack (AssayExt *ext, const AssayNode *child, guint64 offset, guint64 length, const char *name)
{
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_SLACK, child->index, name);
  span.offset = offset;
  span.length = length;
  assay_container_add_span (ext->container, span);
}

/* What of a run lies before the file's end, and what behind it. */
static guint64
split_run (AssayExt *ext, const AssayNode *child, const AssayExtRun *run, guint64 size)
{
  guint64 begin = run->logical * ext->block_bytes;
  guint64 length = run->count * ext->block_bytes;
  guint64 offset = run->physical * ext->block_bytes;
  guint64 inside = begin >= size ? 0 : MIN (length, size - begin);
  guint64 whole = (inside + ext->block_bytes - 1) / ext->block_bytes * ext->block_bytes;
  if (!run->unwritten)
    add_slack (ext, child, offset + inside, whole - inside, "ext file slack");
  add_slack (ext, child, offset + whole, length - whole, "ext blocks behind the end of a file");
  return inside;
}

static gboolean
add_run (AssayExt *ext, AssayNode *child, const AssayExtRun *run, guint64 size, GError **error)
{
  guint64 begin = run->logical * ext->block_bytes;
  guint64 offset = run->physical * ext->block_bytes;
  guint64 inside = split_run (ext, child, run, size);
  if (inside == 0)
    return TRUE;
  if (begin > child->size && !assay_pieces_add_hole (ext->container, child, begin - child->size, error))
    return FALSE;
  if (!run->unwritten)
    return assay_pieces_add_stored (ext->container, child, offset, inside, "ext piece of a file", error);
  guint64 whole = (inside + ext->block_bytes - 1) / ext->block_bytes * ext->block_bytes;
  add_slack (ext, child, offset, whole, "ext blocks that are not written");
  return assay_pieces_add_hole (ext->container, child, inside, error);
}

static gboolean
add_pieces (AssayExt *ext, AssayNode *child, const GArray *runs, guint64 size, GError **error)
{
  for (guint i = 0; i < runs->len; i++)
    if (!add_run (ext, child, &g_array_index (runs, AssayExtRun, i), size, error))
      return FALSE;
  return child->size == size || assay_pieces_add_hole (ext->container, child, size - child->size, error);
}

static gboolean
claim_runs (AssayExt *ext, const GArray *runs, GError **error)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      if (!assay_ext_claim (ext, run->physical, run->count, error))
        return FALSE;
    }
  return TRUE;
}

/* Content that stands in one piece, and is nobody else's. */
static gboolean
is_plain (const AssayExt *ext, const AssayExtInode *inode, const GArray *runs)
{
  if (inode->links > 1 || runs->len == 0)
    return FALSE;
  const AssayExtRun *run = &g_array_index (runs, AssayExtRun, 0);
  return run->logical == 0 && !run->unwritten && run->count * ext->block_bytes >= inode->size;
}

/* Zeros to Linux; GRUB and U-Boot take the length for what it would be of an extent that is written, and find in the
 * file the blocks behind it. So whoever made the file must have made it so. */
static void
note_unwritten (const AssayExt *ext, const AssayNode *child, const GArray *runs, guint64 size)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      if (run->unwritten && run->logical * ext->block_bytes < size)
        g_string_append_printf (text, "%s%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, text->len > 0 ? "," : "",
                                (guint64)run->logical, (guint64)run->count);
    }
  if (text->len > 0)
    assay_facts_add (child->facts, "unwritten", "%s", text->str);
}

static gboolean
read_mapped (AssayExt *ext, AssayNode *child, const AssayExtInode *inode, GError **error)
{
  g_autoptr (GArray) runs = NULL;
  if (!assay_ext_map_read (ext, inode, child->index, &runs, error) || !claim_runs (ext, runs, error))
    return FALSE;
  gboolean plain = inode->size == 0 || is_plain (ext, inode, runs);
  note_unwritten (ext, child, runs, inode->size);
  if (!plain)
    return add_pieces (ext, child, runs, inode->size, error);
  for (guint i = 0; i < runs->len; i++)
    split_run (ext, child, &g_array_index (runs, AssayExtRun, i), inode->size);
  guint64 offset = inode->size == 0 ? 0 : g_array_index (runs, AssayExtRun, 0).physical * ext->block_bytes;
  return assay_container_add_payload (ext->container, child, offset, inode->size, "ext file", error);
}

/* The first bytes in the inode's map, what is more in an attribute of it. */
static GBytes *
read_inline (const AssayExtInode *inode, const GByteArray *more, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, inode->bytes + ASSAY_EXT_MAP_AT, ASSAY_EXT_MAP_BYTES);
  if (more == NULL)
    {
      assay_ext_fail ("inline data that is not there", error);
      return NULL;
    }
  g_byte_array_append (bytes, more->data, more->len);
  if (inode->size > bytes->len)
    {
      assay_ext_fail ("inline data that is longer than its place", error);
      return NULL;
    }
  g_byte_array_set_size (bytes, (guint)inode->size);
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

gboolean
assay_ext_content_read (AssayExt *ext, AssayNode *child, const AssayExtInode *inode, const GByteArray *more,
                        GError **error)
{
  if ((inode->flags & EXT4_INLINE_DATA_FL) == 0)
    return more == NULL ? read_mapped (ext, child, inode, error)
                        : assay_ext_fail ("inline data of an inode that has none", error);
  if (inode->size == 0)
    return assay_container_add_payload (ext->container, child, 0, 0, "ext file", error);
  g_autoptr (GBytes) bytes = read_inline (inode, more, error);
  if (bytes == NULL)
    return FALSE;
  g_autoptr (AssayBlob) blob
      = assay_sink_keep (ext->container->context, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (child, blob);
  return TRUE;
}

/* A target that is too long for the inode has a block. */
static GBytes *
read_link_block (AssayExt *ext, const AssayNode *child, const AssayExtInode *inode, GError **error)
{
  g_autoptr (GArray) runs = NULL;
  if (!assay_ext_map_read (ext, inode, child->index, &runs, error))
    return NULL;
  const AssayExtRun *run = runs->len == 1 ? &g_array_index (runs, AssayExtRun, 0) : NULL;
  if (run == NULL || run->logical != 0 || run->count != 1 || run->unwritten || inode->size >= ext->block_bytes)
    {
      assay_ext_fail ("a link that is not in one block", error);
      return NULL;
    }
  if (!assay_ext_add_blocks (ext, run->physical, 1,
                             ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, child->index, "ext target of a link"), error))
    return NULL;
  guint8 *bytes
      = assay_blob_read_bytes (ext->container->node->blob, run->physical * ext->block_bytes, (gsize)inode->size, error);
  return bytes == NULL ? NULL : g_bytes_new_take (bytes, (gsize)inode->size);
}

/* Linux goes by whether the inode has blocks, others by how long the target is: both must say the same. */
static gboolean
has_block (const AssayExt *ext, const AssayExtInode *inode)
{
  guint64 blocks
      = assay_get_le32 (inode->bytes + AT_BLOCKS) | (guint64)assay_get_le16 (inode->bytes + AT_BLOCKS_HIGH) << 32;
  guint64 of_attributes = inode->xattr_block == 0                   ? 0
                          : (inode->flags & EXT4_HUGE_FILE_FL) != 0 ? 1
                                                                    : ext->block_bytes / 512;
  return blocks != of_attributes;
}

GBytes *
assay_ext_link_read (AssayExt *ext, const AssayNode *child, const AssayExtInode *inode, const GByteArray *more,
                     GError **error)
{
  g_autoptr (GBytes) target = NULL;
  gboolean is_inline = (inode->flags & EXT4_INLINE_DATA_FL) != 0;
  gboolean fits = inode->size < ASSAY_EXT_MAP_BYTES;
  if (is_inline)
    target = read_inline (inode, more, error);
  else if (has_block (ext, inode) == fits || (fits && assay_ext_inode_uses_extents (inode)))
    assay_ext_fail ("a link of which readers think otherwise", error);
  else if (fits)
    target = g_bytes_new (inode->bytes + ASSAY_EXT_MAP_AT, (gsize)inode->size);
  else
    target = read_link_block (ext, child, inode, error);
  gsize length = 0;
  const char *text = target == NULL ? NULL : g_bytes_get_data (target, &length);
  if (target == NULL)
    return NULL;
  if (length > 0 && memchr (text, 0, length) == NULL)
    return g_steal_pointer (&target);
  assay_ext_fail ("a link that is empty, or has NUL in its target", error);
  return NULL;
}
