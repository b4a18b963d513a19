#include "unpack/bytes.h"
#include "unpack/ext/ext.h"

#include <string.h>
#include <sys/stat.h>

/* What inodes have of a file system that is in order (ext/order.c), those without a name too: the journal, quotas, and
 * what a clean unmount leaves in these. */

/* Where fields stand in an inode. */
enum
{
  AT_REMOVED = 0x14,
  AT_BLOCKS = 0x1c,
  AT_SIZE_HIGH = 0x6c,
  AT_FRAGMENT = 0x70,
  AT_BLOCKS_HIGH = 0x74,
};

/** Flags that mke2fs, or Linux itself, sets in an inode that is not read in another way than others. The last one was
 * set by Linux up to 5.8 where blocks lie behind the end. */
#define KNOWN_FLAGS                                                                                                    \
  (ASSAY_EXT_SHOWN_FLAGS | EXT2_INDEX_FL | EXT4_HUGE_FILE_FL | EXT4_EXTENTS_FL | EXT4_INLINE_DATA_FL | 0x00400000u)

void
assay_ext_order_inode (AssayExt *ext, const AssayExtInode *inode)
{
  const guint8 *bytes = inode->bytes;
  struct ext2_super_block *super = ext->fs->super;
  guint32 unknown = inode->flags & ~(guint32)KNOWN_FLAGS;
  guint32 removed = assay_get_le32 (bytes + AT_REMOVED);
  if ((inode->flags & EXT2_INDEX_FL) != 0 && !(S_ISDIR (inode->mode) && ext2fs_has_feature_dir_index (super)))
    unknown |= EXT2_INDEX_FL;
  if ((inode->flags & EXT4_HUGE_FILE_FL) != 0 && !ext2fs_has_feature_huge_file (super))
    unknown |= EXT4_HUGE_FILE_FL;
  if (removed != 0)
    assay_ext_note_irregular (ext, "inode %u removed at %u", inode->number, removed);
  if (unknown != 0)
    assay_ext_note_irregular (ext, "inode %u flags 0x%x", inode->number, unknown);
  if (assay_get_le32 (bytes + AT_FRAGMENT) != 0)
    assay_ext_note_irregular (ext, "inode %u fragment %u", inode->number, assay_get_le32 (bytes + AT_FRAGMENT));
  if (!S_ISREG (inode->mode) && assay_get_le32 (bytes + AT_SIZE_HIGH) != 0)
    assay_ext_note_irregular (ext, "inode %u size 2^32*%u", inode->number, assay_get_le32 (bytes + AT_SIZE_HIGH));
}

void
assay_ext_order_blocks (AssayExt *ext, const AssayExtInode *inode, guint64 count)
{
  guint64 blocks
      = assay_get_le32 (inode->bytes + AT_BLOCKS) | (guint64)assay_get_le16 (inode->bytes + AT_BLOCKS_HIGH) << 32;
  guint64 unit = (inode->flags & EXT4_HUGE_FILE_FL) != 0 ? 1 : ext->block_bytes / 512;
  if (blocks != (count + (inode->xattr_block != 0 ? 1 : 0)) * unit)
    assay_ext_note_irregular (ext, "inode %u blocks %" G_GUINT64_FORMAT, inode->number, blocks);
}

/* --- inodes of the file system's own --- */

/* How many blocks stand behind each other from the first on. */
static guint64
count_whole (const GArray *runs)
{
  guint64 next = 0;
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      if (run->logical != next || run->unwritten)
        return next;
      next += run->count;
    }
  return next;
}

/** The first block of a journal (Documentation/filesystems/ext4/journal.rst); all numbers are big-endian. */
enum
{
  JOURNAL_TYPE = 0x04,
  JOURNAL_BLOCK = 0x0c,
  JOURNAL_LENGTH = 0x10,
  JOURNAL_FIRST = 0x14,
  JOURNAL_COMPATIBLE = 0x24,
  JOURNAL_INCOMPATIBLE = 0x28,
  JOURNAL_READ_ONLY = 0x2c,
  JOURNAL_SUM_TYPE = 0x50,
  JOURNAL_QUICK = 0x54,
  JOURNAL_SUM = 0xfc,
  JOURNAL_BYTES = 1024,
};

/** Versions of the super block; the first one has no features. */
#define JOURNAL_VERSION_1 3u

#define JOURNAL_KNOWN_COMPATIBLE 0x1u
#define JOURNAL_KNOWN_INCOMPATIBLE 0x3fu
#define JOURNAL_SUMS 0x18u /* of the second or third kind, never both */

#define JOURNAL_CRC32C 4u

/** Linux does not take a shorter one. */
#define JOURNAL_LEAST_BLOCKS 1024u

static gboolean
sum_is_right (const guint8 *head)
{
  guint8 copy[JOURNAL_BYTES];
  guint32 kinds = assay_get_be32 (head + JOURNAL_INCOMPATIBLE) & JOURNAL_SUMS;
  if (kinds == 0)
    return TRUE;
  memcpy (copy, head, sizeof copy);
  memset (copy + JOURNAL_SUM, 0, 4);
  return kinds != JOURNAL_SUMS && head[JOURNAL_SUM_TYPE] == JOURNAL_CRC32C
         && (assay_get_be32 (head + JOURNAL_COMPATIBLE) & JOURNAL_KNOWN_COMPATIBLE) == 0
         && ext2fs_crc32c_le (~0u, copy, sizeof copy) == assay_get_be32 (head + JOURNAL_SUM);
}

void
assay_ext_order_journal (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, const guint8 *head)
{
  guint64 blocks = inode->size / ext->block_bytes;
  guint32 length = assay_get_be32 (head + JOURNAL_LENGTH);
  gboolean old = assay_get_be32 (head + JOURNAL_TYPE) == JOURNAL_VERSION_1;
  guint32 quick = old ? 0 : assay_get_be32 (head + JOURNAL_QUICK);
  if (blocks < JOURNAL_LEAST_BLOCKS || count_whole (runs) < blocks)
    assay_ext_note_irregular (ext, "journal of %" G_GUINT64_FORMAT " blocks", blocks);
  if (assay_get_be32 (head + JOURNAL_BLOCK) != ext->block_bytes)
    assay_ext_note_irregular (ext, "journal block size %u", assay_get_be32 (head + JOURNAL_BLOCK));
  if (length > blocks || length < JOURNAL_LEAST_BLOCKS || quick > length - JOURNAL_LEAST_BLOCKS)
    assay_ext_note_irregular (ext, "journal length %u+%u", length, quick);
  if (assay_get_be32 (head + JOURNAL_FIRST) != 1)
    assay_ext_note_irregular (ext, "journal begins at %u", assay_get_be32 (head + JOURNAL_FIRST));
  if (!old
      && ((assay_get_be32 (head + JOURNAL_COMPATIBLE) & ~JOURNAL_KNOWN_COMPATIBLE) != 0
          || (assay_get_be32 (head + JOURNAL_INCOMPATIBLE) & ~JOURNAL_KNOWN_INCOMPATIBLE) != 0
          || assay_get_be32 (head + JOURNAL_READ_ONLY) != 0))
    assay_ext_note_irregular (ext, "journal features 0x%x, 0x%x, 0x%x", assay_get_be32 (head + JOURNAL_COMPATIBLE),
                              assay_get_be32 (head + JOURNAL_INCOMPATIBLE), assay_get_be32 (head + JOURNAL_READ_ONLY));
  if (!old && !sum_is_right (head))
    assay_ext_note_irregular (ext, "journal checksum 0x%x", assay_get_be32 (head + JOURNAL_SUM));
}

/** What is done with a block of an inode of the file system's own; @block: its number. */
typedef void (*BlockTake) (AssayExt *ext, const AssayExtInode *inode, guint64 block, guint8 *bytes, gpointer data);

static gboolean
each_block (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, BlockTake take, gpointer data,
            GError **error)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      for (guint64 at = run->physical; at < run->physical + run->count; at++)
        {
          g_autofree guint8 *bytes = assay_blob_read_bytes (ext->container->node->blob, at * ext->block_bytes,
                                                            (gsize)ext->block_bytes, error);
          if (bytes == NULL)
            return FALSE;
          take (ext, inode, at, bytes, data);
        }
    }
  return TRUE;
}

/* Linux removes, or cuts, the files of whose inodes the numbers stand there. BlockTake. */
static void
take_orphans (AssayExt *ext, const AssayExtInode *inode, guint64 block, guint8 *bytes, gpointer data)
{
  const struct ext4_orphan_block_tail *tail = ext2fs_orphan_block_tail (ext->fs, (char *)bytes);
  gsize entries = (gsize)ext2fs_inodes_per_orphan_block (ext->fs);
  (void)data;
  for (gsize i = 0; i < entries; i++)
    if (assay_get_le32 (bytes + 4 * i) != 0)
      assay_ext_note_irregular (ext, "orphan %u", assay_get_le32 (bytes + 4 * i));
  if (assay_get_le32 ((const guint8 *)&tail->ob_magic) != EXT4_ORPHAN_BLOCK_MAGIC)
    assay_ext_note_irregular (ext, "orphans without an end at block %" G_GUINT64_FORMAT, block);
  else if (ext->checksums)
    assay_ext_note_sum (ext, ext2fs_orphan_file_block_csum_verify (ext->fs, inode->number, block, (char *)bytes) != 0,
                        "orphans at block", block);
}

/* BlockTake. */
static void
take_digest (AssayExt *ext, const AssayExtInode *inode, guint64 block, guint8 *bytes, gpointer data)
{
  (void)inode;
  (void)block;
  g_checksum_update (data, bytes, (gssize)ext->block_bytes);
}

/* Linux does not mount with quotas that it cannot read, nor write where one is used up. */
static gboolean
order_quota (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!each_block (ext, inode, runs, take_digest, sum, error))
    return FALSE;
  assay_ext_note_irregular (ext, "quota %u %s", inode->number, g_checksum_get_string (sum));
  return TRUE;
}

gboolean
assay_ext_order_own (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, GError **error)
{
  struct ext2_super_block *super = ext->fs->super;
  guint32 number = inode->number;
  gboolean is_journal = number == EXT2_JOURNAL_INO && ext2fs_has_feature_journal (super);
  gboolean is_resize = number == EXT2_RESIZE_INO && ext2fs_has_feature_resize_inode (super);
  gboolean is_orphans = number == super->s_orphan_file_inum;
  gboolean is_quota
      = number == super->s_usr_quota_inum || number == super->s_grp_quota_inum || number == super->s_prj_quota_inum;
  gboolean is_file = is_journal || is_resize || is_orphans || is_quota;
  assay_ext_order_inode (ext, inode);
  if (is_file ? !S_ISREG (inode->mode) || inode->links != 1 : inode->mode != 0 || inode->links != 0)
    assay_ext_note_irregular (ext, "inode %u mode 0%o, %u links", number, inode->mode, inode->links);
  if (is_orphans
      && (inode->size == 0 || inode->size % ext->block_bytes != 0
          || count_whole (runs) * ext->block_bytes != inode->size))
    assay_ext_note_irregular (ext, "inode %u size %" G_GUINT64_FORMAT, number, inode->size);
  if (is_orphans && !each_block (ext, inode, runs, take_orphans, NULL, error))
    return FALSE;
  return !is_quota || order_quota (ext, inode, runs, error);
}

#define PROTECTION_MAGIC 0x004d4d50u
#define PROTECTION_CLEAN 0xff4d4d50u

gboolean
assay_ext_order_protection (AssayExt *ext, GError **error)
{
  struct mmp_struct protection;
  guint64 block = ext->fs->super->s_mmp_block;
  if (!assay_blob_read (ext->container->node->blob, block * ext->block_bytes, &protection, sizeof protection, error))
    return FALSE;
  guint32 magic = assay_get_le32 ((const guint8 *)&protection.mmp_magic);
  guint32 sequence = assay_get_le32 ((const guint8 *)&protection.mmp_seq);
  if (magic != PROTECTION_MAGIC || sequence != PROTECTION_CLEAN)
    assay_ext_note_irregular (ext, "mmp 0x%x, 0x%x", magic, sequence);
  if (ext->checksums)
    assay_ext_note_sum (ext, ext2fs_mmp_csum_verify (ext->fs, &protection) != 0, "mmp at block", block);
  return TRUE;
}
