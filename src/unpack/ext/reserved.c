#include "unpack/bytes.h"
#include "unpack/ext/ext.h"

#include <string.h>

/* Inodes to which no name leads: the journal, quotas, room to grow. */

/** The first block of a journal, in big-endian numbers (Documentation/filesystems/ext4/journal.rst). */
enum
{
  JOURNAL_TYPE = 0x04,
  JOURNAL_START = 0x1c,
  JOURNAL_ERROR = 0x20,
  JOURNAL_FIELDS = 0x54,
  JOURNAL_BYTES = 1024,
};

#define JOURNAL_MAGIC 0xc03b3998u

#define INO_JOURNAL EXT2_JOURNAL_INO
#define INO_RESIZE EXT2_RESIZE_INO

/** The pointer of the inode that keeps room for descriptors. */
#define RESIZE_POINTER 13u

static const char *
name_of (const AssayExt *ext, guint32 number)
{
  const struct ext2_super_block *super = ext->fs->super;
  if (number == EXT2_BAD_INO)
    return "ext bad blocks";
  if (number == INO_JOURNAL)
    return "ext journal";
  if (number == super->s_usr_quota_inum || number == super->s_grp_quota_inum || number == super->s_prj_quota_inum)
    return "ext quota";
  if (number == super->s_orphan_file_inum)
    return "ext orphan file";
  return "ext reserved inode's blocks";
}

/* A journal with something in it would change what is read. */
static gboolean
check_journal (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, GError **error)
{
  guint8 head[JOURNAL_BYTES];
  const AssayExtRun *run = runs->len > 0 ? &g_array_index (runs, AssayExtRun, 0) : NULL;
  if (run == NULL || run->logical != 0 || run->unwritten)
    return assay_ext_fail ("a journal that is not there", error);
  if (!assay_blob_read (ext->container->node->blob, run->physical * ext->block_bytes, head, sizeof head, error))
    return FALSE;
  guint32 type = assay_get_be32 (head + JOURNAL_TYPE);
  if (assay_get_be32 (head) != JOURNAL_MAGIC || (type != 3 && type != 4))
    return assay_ext_fail ("a journal that is none", error);
  assay_facts_add_hex (ext->container->node->own_facts, "journal-fields", head, JOURNAL_FIELDS);
  assay_ext_order_journal (ext, inode, runs, head);
  if (assay_get_be32 (head + JOURNAL_START) != 0)
    return assay_ext_refuse ("a journal that was not played back", error);
  return assay_get_be32 (head + JOURNAL_ERROR) == 0
         || assay_ext_refuse ("a journal that is marked as having errors", error);
}

/* Its map is that of the blocks behind the descriptors, which are claimed already: all but the first block of it. */
static gboolean
claim_resize (AssayExt *ext, const AssayExtInode *inode, GError **error)
{
  guint32 block = assay_get_le32 (inode->bytes + ASSAY_EXT_MAP_AT + (gsize)4 * RESIZE_POINTER);
  for (guint i = 0; i < EXT2_N_BLOCKS; i++)
    if (i != RESIZE_POINTER && assay_get_le32 (inode->bytes + ASSAY_EXT_MAP_AT + (gsize)4 * i) != 0)
      return assay_ext_fail ("room for descriptors in other blocks than it has", error);
  if (assay_ext_inode_uses_extents (inode))
    return assay_ext_fail ("room for descriptors in other blocks than it has", error);
  return block == 0
         || assay_ext_add_blocks (
             ext, block, 1,
             ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext map of reserved descriptor blocks"), error);
}

static gboolean
claim_inode (AssayExt *ext, const AssayExtInode *inode, GError **error)
{
  g_autoptr (GArray) runs = NULL;
  guint64 before = ext->claimed;
  if (inode->number == INO_RESIZE)
    return assay_ext_order_own (ext, inode, NULL, error) && claim_resize (ext, inode, error);
  if ((inode->flags & EXT4_INLINE_DATA_FL) != 0 || inode->xattr_block != 0)
    return assay_ext_refuse ("an inode of its own that holds more than blocks", error);
  if (!assay_ext_map_read (ext, inode, ASSAY_SPAN_NO_CHILD, &runs, error))
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      if (!assay_ext_add_blocks (ext, run->physical, run->count,
                                 ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, name_of (ext, inode->number)),
                                 error))
        return FALSE;
    }
  assay_ext_order_blocks (ext, inode, ext->claimed - before);
  return assay_ext_order_own (ext, inode, runs, error)
         && (inode->number != INO_JOURNAL || !ext2fs_has_feature_journal (ext->fs->super)
             || check_journal (ext, inode, runs, error));
}

static gboolean
read_one (AssayExt *ext, guint32 number, GError **error)
{
  g_auto (AssayExtInode) inode = { 0 };
  gboolean used = FALSE;
  if (number == 0 || g_hash_table_contains (ext->seen, GUINT_TO_POINTER (number)))
    return TRUE;
  if (!assay_ext_inode_read (ext, number, &inode, error))
    return FALSE;
  g_hash_table_insert (ext->seen, GUINT_TO_POINTER (number), g_new0 (AssayExtSeen, 1));
  for (guint64 i = 0; i < EXT2_INODE_SIZE (ext->fs->super); i++)
    used = used || inode.bytes[i] != 0;
  if (!used)
    return number != INO_JOURNAL || !ext2fs_has_feature_journal (ext->fs->super)
           || assay_ext_fail ("a journal that is not there", error);
  g_autofree char *prefix = g_strdup_printf ("inode%u.", number);
  assay_ext_inode_times (ext, &inode, ext->container->node->own_facts, prefix);
  assay_ext_inode_note (ext, &inode);
  return claim_inode (ext, &inode, error);
}

/* Who has mounted it, and when: a block that no inode has. */
static gboolean
claim_protection (AssayExt *ext, GError **error)
{
  return !ext2fs_has_feature_mmp (ext->fs->super)
         || (assay_ext_add_blocks (
                 ext, ext->fs->super->s_mmp_block, 1,
                 ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext protection against a second mount"),
                 error)
             && assay_ext_order_protection (ext, error));
}

gboolean
assay_ext_read_reserved (AssayExt *ext, GError **error)
{
  const struct ext2_super_block *super = ext->fs->super;
  const guint32 others[]
      = { super->s_usr_quota_inum, super->s_grp_quota_inum, super->s_prj_quota_inum, super->s_orphan_file_inum };
  for (guint32 number = 1; number < EXT2_FIRST_INO (super); number++)
    if (number != EXT2_ROOT_INO && !read_one (ext, number, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (others[i] == EXT2_ROOT_INO)
      return assay_ext_fail ("an inode of its own that is the root", error);
    else if (!read_one (ext, others[i], error))
      return FALSE;
  return claim_protection (ext, error);
}
