#include "unpack/bytes.h"
#include "unpack/ext/ext.h"

#include <errno.h>
#include <string.h>

/* Where checksums stand in a group's descriptor: of the two bitmaps, and its own. */
enum
{
  AT_BLOCK_BITMAP_SUM = 0x18,
  AT_INODE_BITMAP_SUM = 0x1a,
  AT_SUM = 0x1e,
  AT_BLOCK_BITMAP_SUM_HIGH = 0x38,
  AT_INODE_BITMAP_SUM_HIGH = 0x3a,
  LONG_BYTES = 0x40,
};

/** What a group's checksums are: right, each in the first table of descriptors. */
typedef struct
{
  gboolean own;
  gboolean block_bitmap;
  gboolean inode_bitmap;
} Sums;

/** All groups. @sums: (element-type Sums). */
typedef struct
{
  AssayExt *ext;
  guint64 descriptor_bytes;
  guint64 per_block; /* descriptors */
  GArray *sums;
} Groups;

gboolean
assay_ext_claim (AssayExt *ext, guint64 block, guint64 count, GError **error)
{
  guint64 first = ext->fs->super->s_first_data_block;
  if (block < first || block >= ext->blocks || count > ext->blocks - block)
    return assay_ext_fail ("a block outside of the file system", error);
  if (count > ext->blocks - ext->claimed)
    return assay_ext_fail ("more blocks in use than there are", error);
  ext->claimed += count;
  /* Who mounts it to write gives such a block to another file. */
  blk64_t free = 0;
  return ext2fs_find_first_zero_block_bitmap2 (ext->fs->block_map, block, block + count - 1, &free) == ENOENT
         || assay_ext_fail ("a block in use that the bitmap says is free", error);
}

gboolean
assay_ext_add_blocks (AssayExt *ext, guint64 block, guint64 count, AssaySpan span, GError **error)
{
  if (!assay_ext_claim (ext, block, count, error))
    return FALSE;
  span.offset = block * ext->block_bytes;
  span.length = count * ext->block_bytes;
  assay_container_add_span (ext->container, span);
  return TRUE;
}

void
assay_ext_cover (AssayExt *ext, AssaySpan whole, const AssayExtPart *parts, gsize count)
{
  guint64 at = 0;
  for (gsize i = 0; i <= count; i++)
    {
      AssaySpan before = whole;
      AssaySpan part = whole;
      guint64 next = i < count ? parts[i].offset : whole.length;
      if (i < count && parts[i].length == 0)
        continue;
      before.offset = whole.offset + at;
      before.length = next - at;
      assay_container_add_span (ext->container, before);
      if (i == count)
        return;
      part.offset = whole.offset + next;
      part.length = parts[i].length;
      part.rewritable = parts[i].rewritable;
      part.fact = parts[i].fact;
      part.name = parts[i].name;
      assay_container_add_span (ext->container, part);
      at = next + part.length;
    }
}

/* --- super blocks --- */

/* A block that holds a super block; the first one of blocks of more than 1024 bytes begins with the boot sectors. */
static gboolean
add_super (AssayExt *ext, guint64 block, GError **error)
{
  guint64 offset = block * ext->block_bytes;
  guint64 end = offset + ext->block_bytes;
  if (!assay_ext_claim (ext, block, 1, error))
    return FALSE;
  offset = MAX (offset, ASSAY_EXT_BOOT_BYTES);
  AssaySpan rest = ASSAY_EXT_SPAN (ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, "behind an ext super block");
  rest.offset = offset + ASSAY_EXT_SUPER_BYTES;
  rest.length = end - rest.offset;
  assay_container_add_span (ext->container, rest);
  return assay_ext_cover_super (ext, offset, error);
}

/* --- descriptors --- */

/* The checksum of a copy of a descriptor follows where the copy is one. */
static void
add_descriptor (const Groups *groups, guint64 group, guint64 offset, const guint8 *bytes)
{
  AssayExt *ext = groups->ext;
  guint64 length = groups->descriptor_bytes;
  const Sums *sums = &g_array_index (groups->sums, Sums, group);
  gboolean same = memcmp (bytes, ext->descriptors->data + group * length, length) == 0;
  guint sum = ext2fs_has_group_desc_csum (ext->fs) ? 2 : 0;
  guint low = ext->checksums ? 2 : 0;
  guint high = length >= LONG_BYTES ? low : 0;
  const AssayExtPart parts[] = {
    { AT_BLOCK_BITMAP_SUM, low, same && sums->block_bitmap, NULL, "ext checksum of a block bitmap" },
    { AT_INODE_BITMAP_SUM, low, same && sums->inode_bitmap, NULL, "ext checksum of an inode bitmap" },
    { AT_SUM, sum, same && sums->own, NULL, "ext checksum of a group" },
    { AT_BLOCK_BITMAP_SUM_HIGH, high, same && sums->block_bitmap, NULL, "ext checksum of a block bitmap" },
    { AT_INODE_BITMAP_SUM_HIGH, high, same && sums->inode_bitmap, NULL, "ext checksum of an inode bitmap" },
  };
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext group descriptor");
  span.offset = offset;
  span.length = length;
  assay_ext_cover (ext, span, parts, G_N_ELEMENTS (parts));
}

/* One block of a table of descriptors, the first of which is of @group. */
static gboolean
add_descriptor_block (const Groups *groups, guint64 block, guint64 group, GError **error)
{
  AssayExt *ext = groups->ext;
  guint64 offset = block * ext->block_bytes;
  if (!assay_ext_claim (ext, block, 1, error))
    return FALSE;
  g_autofree guint8 *bytes = assay_blob_read_bytes (ext->container->node->blob, offset, (gsize)ext->block_bytes, error);
  if (bytes == NULL)
    return FALSE;
  guint64 end = MIN (group + groups->per_block, ext->fs->group_desc_count);
  guint64 used = 0;
  for (; group < end; group++, used += groups->descriptor_bytes)
    add_descriptor (groups, group, offset + used, bytes + used);
  AssaySpan rest = ASSAY_EXT_SPAN (ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, "ext unused descriptors");
  rest.offset = offset + used;
  rest.length = ext->block_bytes - used;
  assay_container_add_span (ext->container, rest);
  return TRUE;
}

/* The first table, as stored: libext2fs has it in the machine's order. */
static gboolean
load_descriptors (Groups *groups, GError **error)
{
  AssayExt *ext = groups->ext;
  guint64 blocks = ext->fs->desc_blocks;
  guint64 first = ext2fs_group_first_block2 (ext->fs, 0);
  if (blocks > ext->blocks
      || !assay_limits_check (ext->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, blocks * ext->block_bytes,
                              "a larger ext table of groups", error))
    return blocks <= ext->blocks ? FALSE : assay_ext_fail ("more groups than blocks", error);
  ext->descriptors = g_byte_array_new ();
  for (guint64 i = 0; i < blocks; i++)
    {
      guint64 block = ext2fs_descriptor_block_loc2 (ext->fs, first, (dgrp_t)i);
      guint length = (guint)ext->block_bytes;
      g_byte_array_set_size (ext->descriptors, ext->descriptors->len + length);
      if (!assay_blob_read (ext->container->node->blob, block * ext->block_bytes,
                            ext->descriptors->data + ext->descriptors->len - length, length, error))
        return FALSE;
    }
  return TRUE;
}

typedef int (*BitmapVerify) (ext2_filsys fs, dgrp_t group, char *bitmap, int size);

static gboolean
bitmap_is_right (AssayExt *ext, dgrp_t group, guint64 block, guint64 bits, BitmapVerify verify, gboolean *out_right,
                 GError **error)
{
  guint64 length = bits / 8;
  *out_right = FALSE;
  if (!ext->checksums || block >= ext->blocks || length > ext->block_bytes)
    return TRUE;
  g_autofree guint8 *bytes
      = assay_blob_read_bytes (ext->container->node->blob, block * ext->block_bytes, (gsize)length, error);
  if (bytes == NULL)
    return FALSE;
  *out_right = verify (ext->fs, group, (char *)bytes, (int)length) != 0;
  return TRUE;
}

/* A bitmap that is not made yet has none. */
static void
note_bitmap (AssayExt *ext, dgrp_t group, guint16 not_made, gboolean right, const char *what)
{
  if (ext->checksums && !ext2fs_bg_flags_test (ext->fs, group, not_made))
    assay_ext_note_sum (ext, right, what, group);
}

static gboolean
read_sums (Groups *groups, GError **error)
{
  AssayExt *ext = groups->ext;
  ext2_filsys fs = ext->fs;
  for (dgrp_t group = 0; group < fs->group_desc_count; group++)
    {
      Sums sums = { 0 };
      sums.own = ext2fs_has_group_desc_csum (fs)
                 && assay_ext_note_sum (ext, ext2fs_group_desc_csum_verify (fs, group) != 0, "group", group);
      if (!bitmap_is_right (ext, group, ext2fs_block_bitmap_loc (fs, group), fs->super->s_clusters_per_group,
                            ext2fs_block_bitmap_csum_verify, &sums.block_bitmap, error)
          || !bitmap_is_right (ext, group, ext2fs_inode_bitmap_loc (fs, group), fs->super->s_inodes_per_group,
                               ext2fs_inode_bitmap_csum_verify, &sums.inode_bitmap, error))
        return FALSE;
      note_bitmap (ext, group, EXT2_BG_BLOCK_UNINIT, sums.block_bitmap, "block bitmap of group");
      note_bitmap (ext, group, EXT2_BG_INODE_UNINIT, sums.inode_bitmap, "inode bitmap of group");
      g_array_append_val (groups->sums, sums);
    }
  return TRUE;
}

/* --- one group --- */

/* The table of descriptors behind a super block, and the room that is kept for it to grow. */
static gboolean
add_old_descriptors (const Groups *groups, guint64 block, GError **error)
{
  AssayExt *ext = groups->ext;
  gboolean meta = ext2fs_has_feature_meta_bg (ext->fs->super) != 0;
  guint64 count = meta ? ext->fs->super->s_first_meta_bg : ext->fs->desc_blocks;
  guint64 reserved = meta ? 0 : ext->fs->super->s_reserved_gdt_blocks;
  for (guint64 i = 0; i < count; i++)
    if (!add_descriptor_block (groups, block + i, i * groups->per_block, error))
      return FALSE;
  return reserved == 0
         || assay_ext_add_blocks (
             ext, block + count, reserved,
             ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext reserved descriptor blocks"), error);
}

static gboolean
add_table (AssayExt *ext, dgrp_t group, GError **error)
{
  guint64 block = ext2fs_inode_table_loc (ext->fs, group);
  guint64 count = ext->fs->inode_blocks_per_group;
  g_autofree char *name = g_strdup_printf ("#inode-table%u", group);
  if (!assay_ext_claim (ext, block, count, error))
    return FALSE;
  AssayNode *table = assay_container_add_part (ext->container, name, block * ext->block_bytes, count * ext->block_bytes,
                                               "ext inode table", error);
  if (table == NULL)
    return FALSE;
  table->fields = g_array_new (FALSE, TRUE, sizeof (AssayField));
  g_ptr_array_add (ext->tables, table);
  return TRUE;
}

static gboolean
add_group (const Groups *groups, dgrp_t group, GError **error)
{
  AssayExt *ext = groups->ext;
  ext2_filsys fs = ext->fs;
  blk64_t super = 0;
  blk64_t old_table = 0;
  blk64_t new_table = 0;
  ext2fs_super_and_bgd_loc2 (fs, group, &super, &old_table, &new_table, NULL);
  if (ext2fs_bg_has_super (fs, group) && !add_super (ext, super, error))
    return FALSE;
  if (old_table != 0 && !add_old_descriptors (groups, old_table, error))
    return FALSE;
  if (new_table != 0 && !add_descriptor_block (groups, new_table, group / groups->per_block * groups->per_block, error))
    return FALSE;
  return assay_ext_add_blocks (ext, ext2fs_block_bitmap_loc (fs, group), 1,
                               ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext block bitmap"), error)
         && assay_ext_add_blocks (ext, ext2fs_inode_bitmap_loc (fs, group), 1,
                                  ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext inode bitmap"), error)
         && add_table (ext, group, error);
}

gboolean
assay_ext_read_groups (AssayExt *ext, GError **error)
{
  g_autoptr (GArray) sums = g_array_new (FALSE, FALSE, sizeof (Sums));
  Groups groups = { ext, EXT2_DESC_SIZE (ext->fs->super), 0, sums };
  groups.per_block = ext->block_bytes / groups.descriptor_bytes;
  AssaySpan boot = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext boot sectors");
  boot.length = ASSAY_EXT_BOOT_BYTES;
  assay_container_add_span (ext->container, boot);
  if (!load_descriptors (&groups, error) || !read_sums (&groups, error))
    return FALSE;
  for (dgrp_t group = 0; group < ext->fs->group_desc_count; group++)
    if (!add_group (&groups, group, error))
      return FALSE;
  return TRUE;
}
