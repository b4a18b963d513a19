#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "util/text.h"

#include <sys/stat.h>

/* Where fields stand in an inode. */
enum
{
  AT_MODE = 0x00,
  AT_UID = 0x02,
  AT_SIZE = 0x04,
  AT_TIMES = 0x08,
  AT_GID = 0x18,
  AT_LINKS = 0x1a,
  AT_FLAGS = 0x20,
  AT_GENERATION = 0x64,
  AT_XATTR = 0x68,
  AT_SIZE_HIGH = 0x6c,
  AT_XATTR_HIGH = 0x76,
  AT_UID_HIGH = 0x78,
  AT_GID_HIGH = 0x7a,
  AT_SUM = 0x7c,
  AT_EXTRA = 0x80,
  AT_SUM_HIGH = 0x82,
  AT_MORE_TIMES = 0x84,
  END_OF_TIMES = 0x98,
};

#define TIMES_BYTES 12u

/** Flags of an inode that is read in another way than all others. */
static const struct
{
  guint32 flag;
  const char *what;
} refused_flags[] = {
  { EXT4_ENCRYPT_FL, "an encrypted inode" },
  { EXT4_CASEFOLD_FL, "a directory in which capitals do not count" },
  { EXT4_VERITY_FL, "an inode with a tree of digests (verity)" },
  { EXT4_EA_INODE_FL, "an inode that is an attribute of another" },
  { EXT2_COMPRBLK_FL, "a compressed inode" },
  { EXT2_IMAGIC_FL, "an inode of AFS" },
  { EXT4_SNAPFILE_FL, "a snapshot" },
};

/** Times: seconds, and where nanoseconds and the upper two bits of the seconds stand behind the first 128 bytes. */
static const struct
{
  guint seconds;
  guint more;
  const char *name;
} times[] = {
  { 0x08, 0x8c, "atime" },
  { 0x0c, 0x84, "ctime" },
  { 0x10, 0x88, "mtime" },
  { 0x90, 0x94, "birthtime" },
};

#define MOST_NANOSECONDS 999999999u

void
assay_ext_inode_clear (AssayExtInode *inode)
{
  g_clear_pointer (&inode->bytes, g_free);
}

/* Some readers go by the inode alone, and others ask the super block first. */
static gboolean
check_flags (const AssayExt *ext, const AssayExtInode *inode, GError **error)
{
  if ((assay_ext_inode_uses_extents (inode) && !ext2fs_has_feature_extents (ext->fs->super))
      || ((inode->flags & EXT4_INLINE_DATA_FL) != 0 && !ext2fs_has_feature_inline_data (ext->fs->super)))
    return assay_ext_fail ("an inode of a feature that the super block does not have", error);
  for (gsize i = 0; i < G_N_ELEMENTS (refused_flags); i++)
    if ((inode->flags & refused_flags[i].flag) != 0)
      return assay_ext_refuse (refused_flags[i].what, error);
  return TRUE;
}

/* Of anything else than a file or directory the upper half of the size has no meaning. */
static void
parse (AssayExtInode *inode)
{
  const guint8 *bytes = inode->bytes;
  inode->mode = assay_get_le16 (bytes + AT_MODE);
  inode->links = assay_get_le16 (bytes + AT_LINKS);
  inode->flags = assay_get_le32 (bytes + AT_FLAGS);
  inode->generation = assay_get_le32 (bytes + AT_GENERATION);
  inode->size = assay_get_le32 (bytes + AT_SIZE);
  if (S_ISREG (inode->mode) || S_ISDIR (inode->mode))
    inode->size |= (guint64)assay_get_le32 (bytes + AT_SIZE_HIGH) << 32;
  inode->xattr_block = assay_get_le32 (bytes + AT_XATTR) | (guint64)assay_get_le16 (bytes + AT_XATTR_HIGH) << 32;
}

gboolean
assay_ext_inode_read (AssayExt *ext, guint32 number, AssayExtInode *inode, GError **error)
{
  const struct ext2_super_block *super = ext->fs->super;
  guint64 bytes = EXT2_INODE_SIZE (super);
  assay_ext_inode_clear (inode);
  *inode = (AssayExtInode){ .number = number };
  if (number == 0 || number > super->s_inodes_count)
    return assay_ext_fail ("an inode that is not there", error);
  if (!ext2fs_test_inode_bitmap2 (ext->fs->inode_map, number))
    return assay_ext_fail ("an inode in use that the bitmap says is free", error);
  inode->group = (number - 1) / super->s_inodes_per_group;
  inode->offset = (number - 1) % super->s_inodes_per_group * bytes;
  if (inode->group >= ext->tables->len)
    return assay_ext_fail ("an inode that is not there", error);
  const AssayNode *table = g_ptr_array_index (ext->tables, inode->group);
  inode->bytes = assay_blob_read_bytes (table->blob, inode->offset, (gsize)bytes, error);
  if (inode->bytes == NULL)
    return FALSE;
  parse (inode);
  guint extra = bytes > ASSAY_EXT_INODE_BYTES ? assay_get_le16 (inode->bytes + AT_EXTRA) : 0;
  if (extra > bytes - ASSAY_EXT_INODE_BYTES || extra % 4 != 0)
    return assay_ext_fail ("an inode with more fields than it has room for", error);
  return check_flags (ext, inode, error);
}

guint
assay_ext_inode_extra (const AssayExt *ext, const AssayExtInode *inode)
{
  return EXT2_INODE_SIZE (ext->fs->super) > ASSAY_EXT_INODE_BYTES ? assay_get_le16 (inode->bytes + AT_EXTRA) : 0;
}

gboolean
assay_ext_inode_uses_extents (const AssayExtInode *inode)
{
  return (inode->flags & EXT4_EXTENTS_FL) != 0;
}

static gboolean
has_field (const AssayExt *ext, const AssayExtInode *inode, guint at)
{
  return at < ASSAY_EXT_INODE_BYTES || at + 4 <= ASSAY_EXT_INODE_BYTES + assay_ext_inode_extra (ext, inode);
}

static guint32
more_of_time (const AssayExt *ext, const AssayExtInode *inode, guint which)
{
  return has_field (ext, inode, times[which].more) ? assay_get_le32 (inode->bytes + times[which].more) : 0;
}

static gboolean
times_are_valid (const AssayExt *ext, const AssayExtInode *inode)
{
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    if (more_of_time (ext, inode, i) >> EXT4_EPOCH_BITS > MOST_NANOSECONDS)
      return FALSE;
  return TRUE;
}

/* Any 34 bits are a number of seconds, and each number is written in one way. */
static char *
read_time (const AssayExt *ext, const AssayExtInode *inode, guint which)
{
  guint32 stored = assay_get_le32 (inode->bytes + times[which].seconds);
  guint32 more = more_of_time (ext, inode, which);
  guint32 nanoseconds = more >> EXT4_EPOCH_BITS;
  gint64 seconds = (gint64)(gint32)stored + ((gint64)(more & EXT4_EPOCH_MASK) << 32);
  if (nanoseconds > MOST_NANOSECONDS)
    return g_strdup_printf ("0x%08x:0x%08x", stored, more);
  return nanoseconds == 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, seconds)
                          : g_strdup_printf ("%" G_GINT64_FORMAT ".%09u", seconds, nanoseconds);
}

static const char *
fact_name (const char *prefix, const char *name)
{
  g_autofree char *whole = g_strconcat (prefix, name, NULL);
  return assay_text_intern (whole);
}

void
assay_ext_inode_times (const AssayExt *ext, const AssayExtInode *inode, GArray *facts, const char *prefix)
{
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    if (has_field (ext, inode, times[i].seconds))
      assay_facts_take (facts, fact_name (prefix, times[i].name), read_time (ext, inode, i));
}

static gboolean
checksum_is_right (AssayExt *ext, const AssayExtInode *inode)
{
  struct ext2_inode_large large = { 0 };
  if (!ext->checksums)
    return TRUE;
  if (EXT2_INODE_SIZE (ext->fs->super) >= sizeof large)
    return ext2fs_inode_csum_verify (ext->fs, inode->number, (struct ext2_inode_large *)(void *)inode->bytes) != 0;
  memcpy (&large, inode->bytes, EXT2_INODE_SIZE (ext->fs->super));
  return ext2fs_inode_csum_verify (ext->fs, inode->number, &large) != 0;
}

static void
note (GArray *fields, const AssayExtInode *inode, guint from, guint to, AssayFieldKind kind)
{
  AssayField field = { inode->offset + from, to - from, kind };
  if (to > from)
    g_array_append_val (fields, field);
}

void
assay_ext_inode_note (AssayExt *ext, const AssayExtInode *inode)
{
  GArray *fields = ((AssayNode *)g_ptr_array_index (ext->tables, inode->group))->fields;
  guint end = ASSAY_EXT_INODE_BYTES + assay_ext_inode_extra (ext, inode);
  gboolean right = assay_ext_note_sum (ext, checksum_is_right (ext, inode), "inode", inode->number);
  if (!right || !times_are_valid (ext, inode))
    return;
  note (fields, inode, AT_TIMES, AT_TIMES + TIMES_BYTES, ASSAY_FIELD_TIME);
  if (ext->checksums)
    note (fields, inode, AT_SUM, AT_SUM + 2, ASSAY_FIELD_DERIVED);
  if (ext->checksums && end >= AT_MORE_TIMES)
    note (fields, inode, AT_SUM_HIGH, AT_MORE_TIMES, ASSAY_FIELD_DERIVED);
  if (end > AT_MORE_TIMES)
    note (fields, inode, AT_MORE_TIMES, MIN (end, END_OF_TIMES), ASSAY_FIELD_TIME);
}

void
assay_ext_inode_access (const AssayExtInode *inode, GArray *facts, const char *prefix)
{
  const guint8 *bytes = inode->bytes;
  guint32 user = assay_get_le16 (bytes + AT_UID) | (guint32)assay_get_le16 (bytes + AT_UID_HIGH) << 16;
  guint32 group = assay_get_le16 (bytes + AT_GID) | (guint32)assay_get_le16 (bytes + AT_GID_HIGH) << 16;
  assay_facts_add (facts, fact_name (prefix, "mode"), "%07o", inode->mode);
  assay_facts_add_number (facts, fact_name (prefix, "uid"), user);
  assay_facts_add_number (facts, fact_name (prefix, "gid"), group);
  if ((inode->flags & ASSAY_EXT_SHOWN_FLAGS) != 0)
    assay_facts_add (facts, fact_name (prefix, "inode-flags"), "0x%x", inode->flags & ASSAY_EXT_SHOWN_FLAGS);
}
