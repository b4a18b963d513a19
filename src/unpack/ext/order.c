#include "unpack/bytes.h"
#include "unpack/ext/ext.h"

#include <string.h>

/*
 * What a file system has that is in order: what Linux asks for when it mounts it and e2fsck when it checks it, in the
 * super block and in the groups. All else is a fact of the file system (`irregular`), since who judges only some files
 * of it compares none of this. Only what nobody's mkfs or clean unmount leaves is named.
 */

/* Where fields stand in the super block. */
enum
{
  AT_ROOT_BLOCKS = 0x08,
  AT_CLUSTER_SIZE = 0x1c,
  AT_ERROR_BEHAVIOUR = 0x3c,
  AT_JOURNAL_UUID = 0xd0,
  AT_JOURNAL_DEVICE = 0xe4,
  AT_HASH_VERSION = 0xfc,
  AT_JOURNAL_BACKUP = 0xfd,
  AT_DEFAULT_OPTIONS = 0x100,
  AT_ROOT_BLOCKS_HIGH = 0x154,
  AT_EXTRA_LEAST = 0x15c,
  AT_EXTRA_WANTED = 0x15e,
  AT_FLAGS = 0x160,
  AT_PROTECTION_INTERVAL = 0x166,
  AT_FLEX_SHIFT = 0x174,
  AT_ERROR_RECORD = 0x194,
  AT_OPTIONS = 0x200,
};

#define OPTIONS_BYTES 64u

/** What mke2fs and Android's and Buildroot's tools set, and Linux takes for its default. */
#define USUAL_OPTIONS (EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL | EXT3_DEFM_JMODE_ORDERED)

/** By which sign of letters names are hashed. */
#define HASH_FLAGS (EXT2_FLAGS_SIGNED_HASH | EXT2_FLAGS_UNSIGNED_HASH)

#define GROUP_FLAGS (EXT2_BG_INODE_UNINIT | EXT2_BG_BLOCK_UNINIT | EXT2_BG_INODE_ZEROED)

/** Linux refuses a file system with more groups in one. */
#define MOST_FLEX_SHIFT 31u

/** So many words are said of it; the rest is a digest, so that other ones are never taken for the same. */
#define MOST_WORDS_BYTES 4096u

void
assay_ext_note_irregular (AssayExt *ext, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (ext->irregular->len < MOST_WORDS_BYTES)
    g_string_append_printf (ext->irregular, "%s%s", ext->irregular->len > 0 ? ", " : "", words);
  else
    {
      if (ext->more_irregular == NULL)
        ext->more_irregular = g_checksum_new (G_CHECKSUM_SHA256);
      g_checksum_update (ext->more_irregular, (const guchar *)words, (gssize)strlen (words) + 1);
    }
}

static gboolean
has_bytes (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return TRUE;
  return FALSE;
}

/* A number of the super block that is none of those that Linux takes. */
static void
ask (AssayExt *ext, gboolean right, const char *what, guint64 value)
{
  if (!right)
    assay_ext_note_irregular (ext, "super block %s %" G_GUINT64_FORMAT, what, value);
}

static void
order_sizes (AssayExt *ext)
{
  const struct ext2_super_block *super = ext->fs->super;
  guint64 bits = ext->block_bytes * 8;
  guint64 inode_bytes = EXT2_INODE_SIZE (super);
  guint64 inodes = EXT2_INODES_PER_GROUP (super);
  guint64 for_root = assay_get_le32 (ext->super + AT_ROOT_BLOCKS);
  guint64 cluster = assay_get_le32 (ext->super + AT_CLUSTER_SIZE);
  if (ext2fs_has_feature_64bit (ext->fs->super))
    for_root |= (guint64)assay_get_le32 (ext->super + AT_ROOT_BLOCKS_HIGH) << 32;
  ask (ext, cluster == super->s_log_block_size, "cluster size", cluster);
  ask (ext, super->s_blocks_per_group <= bits, "blocks of a group", super->s_blocks_per_group);
  ask (ext, super->s_clusters_per_group == super->s_blocks_per_group, "clusters of a group",
       super->s_clusters_per_group);
  ask (ext, inodes <= bits && inodes >= ext->block_bytes / inode_bytes, "inodes of a group", inodes);
  ask (ext, inodes * ext->fs->group_desc_count == super->s_inodes_count, "inodes", super->s_inodes_count);
  ask (ext, for_root <= ext->blocks / 2, "blocks that are kept for root", for_root);
  ask (ext, super->s_reserved_gdt_blocks <= ext->block_bytes / 4, "blocks that are kept for descriptors",
       super->s_reserved_gdt_blocks);
  ask (ext, super->s_overhead_clusters <= ext->blocks, "overhead", super->s_overhead_clusters);
  if (super->s_rev_level == EXT2_GOOD_OLD_REV)
    return;
  ask (ext, super->s_first_ino >= EXT2_GOOD_OLD_FIRST_INO, "first inode", super->s_first_ino);
  ask (ext, inode_bytes >= EXT2_GOOD_OLD_INODE_SIZE && (inode_bytes & (inode_bytes - 1)) == 0, "inode size",
       inode_bytes);
}

/* Features that are not there without others, and sizes that go with them. */
static void
order_features (AssayExt *ext)
{
  struct ext2_super_block *super = ext->fs->super;
  guint64 descriptor = super->s_desc_size;
  if (ext2fs_has_feature_64bit (super))
    ask (ext,
         descriptor >= EXT2_MIN_DESC_SIZE_64BIT && descriptor <= ext->block_bytes
             && (descriptor & (descriptor - 1)) == 0,
         "descriptor size", descriptor);
  if (ext2fs_has_feature_meta_bg (super))
    {
      ask (ext, super->s_first_meta_bg <= ext->fs->desc_blocks, "first group of meta_bg", super->s_first_meta_bg);
      ask (ext, !ext2fs_has_feature_resize_inode (super), "meta_bg with resize_inode", 1);
    }
  ask (ext, !ext2fs_has_feature_metadata_csum (super) || !ext2fs_has_feature_gdt_csum (super), "two kinds of checksums",
       2);
  ask (ext, !ext2fs_has_feature_csum_seed (super) || ext->checksums, "seed without checksums", 1);
  ask (ext, !ext2fs_has_feature_readonly (super), "read-only", 1);
  ask (ext, super->s_log_groups_per_flex <= MOST_FLEX_SHIFT, "groups of flex_bg", super->s_log_groups_per_flex);
}

static void
order_policy (AssayExt *ext)
{
  const guint8 *super = ext->super;
  guint errors = assay_get_le16 (super + AT_ERROR_BEHAVIOUR);
  guint32 options = assay_get_le32 (super + AT_DEFAULT_OPTIONS);
  guint32 flags = assay_get_le32 (super + AT_FLAGS);
  guint64 room = EXT2_INODE_SIZE (ext->fs->super) - EXT2_GOOD_OLD_INODE_SIZE;
  static const guint extra[] = { AT_EXTRA_LEAST, AT_EXTRA_WANTED };
  /* 0 goes on or remounts read-only, as Linux's version has it */
  ask (ext, errors <= EXT2_ERRORS_RO, "behaviour at errors", errors);
  ask (ext, (options & ~(guint32)USUAL_OPTIONS) == 0, "default options", options);
  ask (ext, (flags & ~(guint32)HASH_FLAGS) == 0 && (flags & HASH_FLAGS) != HASH_FLAGS, "flags", flags);
  ask (ext, super[AT_HASH_VERSION] <= EXT2_HASH_TEA, "hash", super[AT_HASH_VERSION]);
  ask (ext, super[AT_JOURNAL_BACKUP] <= EXT3_JNL_BACKUP_BLOCKS, "copy of the journal", super[AT_JOURNAL_BACKUP]);
  ask (ext, assay_get_le32 (super + AT_JOURNAL_DEVICE) == 0, "journal's device",
       assay_get_le32 (super + AT_JOURNAL_DEVICE));
  ask (ext, assay_get_le16 (super + AT_PROTECTION_INTERVAL) <= EXT4_MMP_MAX_UPDATE_INTERVAL, "interval of mmp",
       assay_get_le16 (super + AT_PROTECTION_INTERVAL));
  for (gsize i = 0; i < G_N_ELEMENTS (extra); i++)
    {
      guint bytes = assay_get_le16 (super + extra[i]);
      ask (ext, bytes <= room && bytes % 4 == 0, "fields of inodes", bytes);
    }
  if (has_bytes (super + AT_JOURNAL_UUID, 16))
    assay_ext_note_irregular (ext, "super block journal's UUID");
  if (has_bytes (super + AT_OPTIONS, OPTIONS_BYTES))
    assay_ext_note_irregular (ext, "super block mount options");
  if (has_bytes (super + AT_ERROR_RECORD, AT_OPTIONS - AT_ERROR_RECORD))
    assay_ext_note_irregular (ext, "super block record of errors");
}

void
assay_ext_order_super (AssayExt *ext)
{
  order_sizes (ext);
  order_features (ext);
  order_policy (ext);
}

/* --- groups --- */

/** What a group's descriptor is held against. @inodes: how many are in use; @last: the last of these, counted from 1
 * in the group. */
typedef struct
{
  guint32 inodes;
  guint32 last;
} Use;

/* Inodes in use that nothing leads to wait for e2fsck, which asks a person. */
static void
count_inodes (AssayExt *ext, dgrp_t group, Use *use)
{
  guint32 per_group = EXT2_INODES_PER_GROUP (ext->fs->super);
  guint32 first = group * per_group + 1;
  guint32 end = MIN (first + per_group - 1, ext->fs->super->s_inodes_count);
  ext2_ino_t next = 0;
  for (guint32 at = first; at <= end && ext2fs_find_first_set_inode_bitmap2 (ext->fs->inode_map, at, end, &next) == 0;
       at = next + 1)
    {
      use->inodes++;
      use->last = next - first + 1;
      if (!g_hash_table_contains (ext->seen, GUINT_TO_POINTER (next)))
        assay_ext_note_irregular (ext, "inode %u in use without a name", next);
    }
}

static guint64
count_blocks (AssayExt *ext, dgrp_t group)
{
  blk64_t end = ext2fs_group_last_block2 (ext->fs, group);
  blk64_t next = 0;
  guint64 count = 0;
  for (blk64_t at = ext2fs_group_first_block2 (ext->fs, group);
       at <= end && ext2fs_find_first_set_block_bitmap2 (ext->fs->block_map, at, end, &next) == 0;)
    {
      blk64_t free = end + 1;
      if (ext2fs_find_first_zero_block_bitmap2 (ext->fs->block_map, next, end, &free) != 0)
        free = end + 1;
      count += free - next;
      at = free;
    }
  return count;
}

/* Without flex_bg a group's tables lie in it. */
static void
order_places (AssayExt *ext, dgrp_t group)
{
  ext2_filsys fs = ext->fs;
  blk64_t first = ext2fs_group_first_block2 (fs, group);
  blk64_t last = ext2fs_group_last_block2 (fs, group);
  const blk64_t places[]
      = { ext2fs_block_bitmap_loc (fs, group), ext2fs_inode_bitmap_loc (fs, group), ext2fs_inode_table_loc (fs, group),
          ext2fs_inode_table_loc (fs, group) + fs->inode_blocks_per_group - 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (places) && !ext2fs_has_feature_flex_bg (fs->super); i++)
    if (places[i] < first || places[i] > last)
      assay_ext_note_irregular (ext, "group %u table at block %" G_GUINT64_FORMAT, group, (guint64)places[i]);
}

/* What a descriptor calls not used yet, Linux makes anew: a bitmap, or zeros in place of inodes (ext4lazyinit). */
static void
order_unused (AssayExt *ext, dgrp_t group, const Use *use, guint64 *out_used)
{
  ext2_filsys fs = ext->fs;
  guint flags = ext2fs_bg_flags (fs, group);
  guint32 unused = ext2fs_bg_itable_unused (fs, group);
  guint32 inodes = EXT2_INODES_PER_GROUP (fs->super);
  guint64 blocks = ext2fs_group_blocks_count (fs, group);
  guint64 used = count_blocks (ext, group);
  gboolean summed = ext2fs_has_group_desc_csum (fs);
  *out_used += used;
  if ((flags & ~(summed ? GROUP_FLAGS : 0)) != 0)
    assay_ext_note_irregular (ext, "group %u flags 0x%x", group, flags);
  if (summed && (unused > inodes || use->last > inodes - unused))
    assay_ext_note_irregular (ext, "group %u unused inodes %u", group, unused);
  if ((flags & EXT2_BG_INODE_UNINIT) != 0 && use->inodes > 0)
    assay_ext_note_irregular (ext, "group %u has inodes", group);
  if (ext2fs_bg_free_blocks_count (fs, group) != blocks - used)
    assay_ext_note_irregular (ext, "group %u free blocks %u", group, ext2fs_bg_free_blocks_count (fs, group));
  if (ext2fs_bg_free_inodes_count (fs, group) != inodes - use->inodes)
    assay_ext_note_irregular (ext, "group %u free inodes %u", group, ext2fs_bg_free_inodes_count (fs, group));
}

void
assay_ext_order_groups (AssayExt *ext)
{
  guint64 used = 0;
  for (dgrp_t group = 0; group < ext->fs->group_desc_count; group++)
    {
      Use use = { 0 };
      count_inodes (ext, group, &use);
      order_places (ext, group);
      order_unused (ext, group, &use, &used);
    }
  if (used != ext->claimed)
    assay_ext_note_irregular (ext, "blocks in use %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, ext->claimed, used);
}
