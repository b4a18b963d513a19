#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "unpack/formats.h"

/* Where fields stand in the super block. */
enum
{
  AT_INODES = 0x00,
  AT_BLOCKS = 0x04,
  AT_BLOCK_SIZE = 0x18,
  AT_GROUP_BLOCKS = 0x20,
  AT_GROUP_INODES = 0x28,
  AT_MAGIC = 0x38,
  AT_STATE = 0x3a,
  AT_CREATOR = 0x48,
  AT_REVISION = 0x4c,
  AT_COMPATIBLE = 0x5c,
  AT_INCOMPATIBLE = 0x60,
  AT_READ_ONLY = 0x64,
  AT_UUID = 0x68,
  AT_LABEL = 0x78,
  AT_MOUNTED_ON = 0x88,
  AT_JOURNAL = 0xe0,
  AT_LAST_ORPHAN = 0xe8,
  AT_HASH_SEED = 0xec,
  AT_DEFAULT_OPTIONS = 0x100,
  AT_BLOCKS_HIGH = 0x150,
  AT_ERRORS = 0x194,
  AT_OPTIONS = 0x200,
  AT_CHECKSUM = 0x3fc,
};

#define MAGIC 0xef53u

/** What a file system is that was unmounted as it should be, and has no errors or orphans. */
#define STATE_CLEAN 1u

/** The largest block that there is: 64 KiB. */
#define MOST_BLOCK_SHIFT 6u

/** Inodes that names do not lead to stand before this one; all that make file systems keep ten. */
#define MOST_RESERVED 64u

/** AssayExtTime: a time of the super block: its lower four bytes and its fifth. */
static const struct
{
  guint low;
  guint high;
  const char *fact;
} times[] = { { 0x2c, 0x275, "super.mount-time" },
              { 0x30, 0x274, "super.write-time" },
              { 0x40, 0x277, "super.check-time" },
              { 0x108, 0x276, "super.mkfs-time" } };

#define MOUNT_TIME 0u
#define CHECK_TIME 2u

/** In the order in which they stand. */
static const struct
{
  guint offset;
  guint length;
  guint time;
} time_parts[] = { { 0x2c, 4, 0 },  { 0x30, 4, 1 },  { 0x40, 4, 2 },  { 0x108, 4, 3 },
                   { 0x274, 1, 1 }, { 0x275, 1, 0 }, { 0x276, 1, 3 }, { 0x277, 1, 2 } };

/** Features. @name: of one that cannot be read, for whoever asks why. */
typedef struct
{
  guint at;
  guint32 known;
  const char *kind;
  struct
  {
    guint32 bit;
    const char *name;
  } refused[8];
} FeatureWord;

static const FeatureWord features[] = {
  { AT_COMPATIBLE,
    EXT2_FEATURE_COMPAT_DIR_PREALLOC | EXT3_FEATURE_COMPAT_HAS_JOURNAL | EXT2_FEATURE_COMPAT_EXT_ATTR
        | EXT2_FEATURE_COMPAT_RESIZE_INODE | EXT2_FEATURE_COMPAT_DIR_INDEX | EXT4_FEATURE_COMPAT_SPARSE_SUPER2
        | EXT4_FEATURE_COMPAT_FAST_COMMIT | EXT4_FEATURE_COMPAT_STABLE_INODES | EXT4_FEATURE_COMPAT_ORPHAN_FILE,
    "compatible",
    { { EXT2_FEATURE_COMPAT_IMAGIC_INODES, "imagic_inodes" },
      { EXT2_FEATURE_COMPAT_LAZY_BG, "lazy_bg" },
      { EXT2_FEATURE_COMPAT_EXCLUDE_BITMAP, "exclude_bitmap" } } },
  { AT_INCOMPATIBLE,
    EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG | EXT3_FEATURE_INCOMPAT_EXTENTS
        | EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_MMP | EXT4_FEATURE_INCOMPAT_FLEX_BG
        | EXT4_FEATURE_INCOMPAT_CSUM_SEED | EXT4_FEATURE_INCOMPAT_LARGEDIR | EXT4_FEATURE_INCOMPAT_INLINE_DATA,
    "incompatible",
    { { EXT2_FEATURE_INCOMPAT_COMPRESSION, "compression" },
      { EXT3_FEATURE_INCOMPAT_RECOVER, "needs_recovery (a journal that was not played back)" },
      { EXT3_FEATURE_INCOMPAT_JOURNAL_DEV, "journal_dev (a journal without its file system)" },
      { EXT4_FEATURE_INCOMPAT_EA_INODE, "ea_inode" },
      { EXT4_FEATURE_INCOMPAT_DIRDATA, "dirdata" },
      { EXT4_FEATURE_INCOMPAT_ENCRYPT, "encrypt" },
      { EXT4_FEATURE_INCOMPAT_CASEFOLD, "casefold" } } },
  { AT_READ_ONLY,
    EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE | EXT4_FEATURE_RO_COMPAT_HUGE_FILE
        | EXT4_FEATURE_RO_COMPAT_GDT_CSUM | EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE
        | EXT4_FEATURE_RO_COMPAT_QUOTA | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM | EXT4_FEATURE_RO_COMPAT_READONLY
        | EXT4_FEATURE_RO_COMPAT_PROJECT,
    "read-only compatible",
    { { EXT4_FEATURE_RO_COMPAT_HAS_SNAPSHOT, "has_snapshot" },
      { EXT4_FEATURE_RO_COMPAT_BIGALLOC, "bigalloc" },
      { EXT4_FEATURE_RO_COMPAT_REPLICA, "replica" },
      { EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS, "shared_blocks" },
      { EXT4_FEATURE_RO_COMPAT_VERITY, "verity" },
      { EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT, "orphan_present (files that wait to be removed)" } } },
};

#define MOST_REVISION 1u

/* The magic is of two bytes only, far from the beginning: what else must be so in every file system belongs to it. */
gboolean
assay_ext_probe (const guint8 *head, gsize length, guint64 size)
{
  if (length < ASSAY_EXT_BOOT_BYTES + AT_REVISION + 4 || size < ASSAY_EXT_BOOT_BYTES + ASSAY_EXT_SUPER_BYTES)
    return FALSE;
  const guint8 *super = head + ASSAY_EXT_BOOT_BYTES;
  return assay_get_le16 (super + AT_MAGIC) == MAGIC && assay_get_le32 (super + AT_BLOCK_SIZE) <= MOST_BLOCK_SHIFT
         && assay_get_le32 (super + AT_INODES) != 0 && assay_get_le32 (super + AT_GROUP_BLOCKS) != 0
         && assay_get_le32 (super + AT_GROUP_INODES) != 0;
}

static gboolean
check_word (const guint8 *super, const FeatureWord *word, GError **error)
{
  guint32 set = assay_get_le32 (super + word->at);
  if ((set & ~word->known) == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (word->refused) && word->refused[i].name != NULL; i++)
    if ((set & word->refused[i].bit) != 0)
      return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "ext: the feature %s cannot be read",
                                word->refused[i].name);
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "ext: a %s feature that is not known (0x%x)", word->kind,
                            set & ~word->known);
}

/* What Linux would change, or read in another way, before it shows anything. */
static gboolean
check_state (const guint8 *super, GError **error)
{
  guint32 compatible = assay_get_le32 (super + AT_COMPATIBLE);
  guint state = assay_get_le16 (super + AT_STATE);
  /* Linux mounts a later one all the same, for reading. */
  if (assay_get_le32 (super + AT_REVISION) > MOST_REVISION)
    return assay_ext_refuse ("of a later revision", error);
  if (assay_get_le32 (super + AT_CREATOR) != EXT2_OS_LINUX)
    return assay_ext_refuse ("made for another system than Linux", error);
  if ((state & EXT2_ERROR_FS) != 0 || assay_get_le32 (super + AT_ERRORS) != 0)
    return assay_ext_refuse ("marked as having errors", error);
  if (state != STATE_CLEAN)
    return assay_ext_refuse ("not unmounted as it should be", error);
  if (assay_get_le32 (super + AT_LAST_ORPHAN) != 0)
    return assay_ext_refuse ("files that wait to be removed", error);
  if ((compatible & EXT3_FEATURE_COMPAT_HAS_JOURNAL) == 0)
    return TRUE;
  guint32 journal = assay_get_le32 (super + AT_JOURNAL);
  return journal == EXT2_JOURNAL_INO || assay_ext_refuse ("its journal is elsewhere", error);
}

/* Before libext2fs makes room for as many groups as the super block says. */
static gboolean
check_size (const AssayExt *ext, GError **error)
{
  gboolean wide = (assay_get_le32 (ext->super + AT_INCOMPATIBLE) & EXT4_FEATURE_INCOMPAT_64BIT) != 0;
  guint64 high = wide ? assay_get_le32 (ext->super + AT_BLOCKS_HIGH) : 0;
  guint64 blocks = assay_get_le32 (ext->super + AT_BLOCKS) | high << 32;
  guint32 shift = assay_get_le32 (ext->super + AT_BLOCK_SIZE);
  return (shift <= MOST_BLOCK_SHIFT && blocks <= (ext->container->node->size >> 10) >> shift)
         || assay_ext_fail ("the image ends before the file system does", error);
}

static gboolean
open_library (AssayExt *ext, GError **error)
{
  AssayBlob *blob = ext->container->node->blob;
  g_autofree char *name = assay_ext_io_name (blob);
  errcode_t failed = ext2fs_open2 (name, NULL, EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS | EXT2_FLAG_SKIP_MMP, 0,
                                   0, assay_ext_io_manager (), &ext->fs);
  if (failed == EXT2_ET_SHORT_READ)
    return assay_ext_fail ("the image ends before the file system does", error);
  if (failed == EXT2_ET_NO_MEMORY)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "ext: no memory for its groups");
  if (failed != 0)
    return assay_ext_fail ("the super block holds impossible values", error);
  ext->block_bytes = ext->fs->blocksize;
  ext->blocks = ext2fs_blocks_count (ext->fs->super);
  ext->checksums = ext2fs_has_feature_metadata_csum (ext->fs->super) != 0;
  if (ext->blocks > assay_blob_get_size (blob) / ext->block_bytes)
    return assay_ext_fail ("the image ends before the file system does", error);
  if (ext->block_bytes % EXT2_DESC_SIZE (ext->fs->super) != 0 || EXT2_FIRST_INO (ext->fs->super) > MOST_RESERVED
      || ext->fs->inode_blocks_per_group == 0
      || ext->fs->super->s_first_data_block != (ext->block_bytes == 1024 ? 1 : 0))
    return assay_ext_fail ("the super block holds impossible values", error);
  if (ext->checksums && !ext2fs_verify_csum_type (ext->fs, ext->fs->super))
    return assay_ext_refuse ("a kind of checksum that is not known", error);
  failed = ext2fs_read_bitmaps (ext->fs);
  if (failed == EXT2_ET_NO_MEMORY)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "ext: no memory for its bitmaps");
  return failed == 0 || assay_ext_fail ("bitmaps that cannot be read", error);
}

/** Fields that decide whether the file system is mounted, and how it is read: all but counters, times, names and what
 * is reserved. */
static const struct
{
  guint offset;
  guint length;
} deciding[] = { { 0x14, 0x18 }, { 0x36, 2 },     { 0x3c, 4 },     { 0x44, 0x24 },
                 { 0xc8, 0x40 }, { 0x15c, 0x1c }, { 0x240, 0x34 }, { 0x27c, 8 } };

/* Of a file system of which only some files are judged nobody compares the super block. */
static void
state_deciding (AssayExt *ext)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (deciding); i++)
    g_byte_array_append (bytes, ext->super + deciding[i].offset, deciding[i].length);
  assay_facts_add_hex (ext->container->node->own_facts, "super-fields", bytes->data, bytes->len);
}

static guint64
time_at (const guint8 *super, guint which)
{
  return assay_get_le32 (super + times[which].low) | (guint64)super[times[which].high] << 32;
}

static void
state_super (AssayExt *ext)
{
  GArray *facts = ext->container->node->own_facts;
  const guint8 *super = ext->super;
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    assay_facts_add_number (facts, times[i].fact, time_at (super, i));
  /* resize2fs and tune2fs then want it checked first, whatever the times are */
  if (time_at (super, MOUNT_TIME) > time_at (super, CHECK_TIME))
    assay_facts_add (facts, "mounted-since-check", "yes");
  assay_facts_add_hex (facts, "uuid", super + AT_UUID, 16);
  assay_facts_add_hex (facts, "hash-seed", super + AT_HASH_SEED, 16);
  assay_facts_add_raw (facts, "label", (const char *)super + AT_LABEL, strnlen ((const char *)super + AT_LABEL, 16));
  assay_facts_add_raw (facts, "last-mounted", (const char *)super + AT_MOUNTED_ON,
                       strnlen ((const char *)super + AT_MOUNTED_ON, 64));
  assay_facts_add (facts, "default-mount-options", "0x%x", assay_get_le32 (super + AT_DEFAULT_OPTIONS));
  assay_facts_add_raw (facts, "mount-options", (const char *)super + AT_OPTIONS,
                       strnlen ((const char *)super + AT_OPTIONS, 64));
  assay_facts_add_number (facts, "block-size", ext->block_bytes);
  assay_facts_add_number (facts, "blocks", ext->blocks);
  assay_facts_add_number (facts, "inodes", ext->fs->super->s_inodes_count);
  assay_facts_add (facts, "features", "0x%x, 0x%x, 0x%x", assay_get_le32 (super + AT_COMPATIBLE),
                   assay_get_le32 (super + AT_INCOMPATIBLE), assay_get_le32 (super + AT_READ_ONLY));
  /* U-Boot does not ask for these, and reads out of an inode, or where it thinks descriptors are, what it takes for
   * blocks */
  gboolean is_inline = ext2fs_has_feature_inline_data (ext->fs->super);
  gboolean is_spread = ext2fs_has_feature_meta_bg (ext->fs->super);
  if (is_inline || is_spread)
    assay_facts_add (facts, "unknown-to-boot-loaders", "%s%s%s", is_inline ? "inline_data" : "",
                     is_inline && is_spread ? "," : "", is_spread ? "meta_bg" : "");
}

gboolean
assay_ext_read_super (AssayExt *ext, GError **error)
{
  if (!assay_blob_read (ext->container->node->blob, ASSAY_EXT_BOOT_BYTES, ext->super, sizeof ext->super, error))
    return FALSE;
  /* version 0 has no features, and none of these fields */
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++)
    if (!check_word (ext->super, &features[i], error))
      return FALSE;
  if (!check_state (ext->super, error) || !check_size (ext, error) || !open_library (ext, error))
    return FALSE;
  state_super (ext);
  state_deciding (ext);
  return TRUE;
}

const char *
assay_ext_format (const AssayExt *ext)
{
  guint32 old_incompatible = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG;
  guint32 old_read_only = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
  if ((assay_get_le32 (ext->super + AT_INCOMPATIBLE) & ~old_incompatible) != 0
      || (assay_get_le32 (ext->super + AT_READ_ONLY) & ~old_read_only) != 0)
    return "ext4";
  return (assay_get_le32 (ext->super + AT_COMPATIBLE) & EXT3_FEATURE_COMPAT_HAS_JOURNAL) != 0 ? "ext3" : "ext2";
}

/* A copy's times are those of the first, or they say something of their own. */
gboolean
assay_ext_cover_super (AssayExt *ext, guint64 offset, GError **error)
{
  struct ext2_super_block copy;
  AssayExtPart parts[G_N_ELEMENTS (time_parts) + 1] = { 0 };
  const guint8 *bytes = (const guint8 *)&copy;
  G_STATIC_ASSERT (sizeof copy == ASSAY_EXT_SUPER_BYTES);
  if (!assay_blob_read (ext->container->node->blob, offset, &copy, sizeof copy, error))
    return FALSE;
  gboolean right = !ext->checksums || ext2fs_superblock_csum_verify (ext->fs, &copy);
  if (offset == ASSAY_EXT_BOOT_BYTES)
    assay_ext_note_sum (ext, right, "super block", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (time_parts); i++)
    {
      const char *fact = times[time_parts[i].time].fact;
      gboolean same = time_at (bytes, time_parts[i].time) == time_at (ext->super, time_parts[i].time);
      parts[i] = (AssayExtPart){ time_parts[i].offset, time_parts[i].length, right && same, fact, fact };
    }
  parts[G_N_ELEMENTS (time_parts)]
      = (AssayExtPart){ AT_CHECKSUM, ext->checksums ? 4 : 0, right, NULL, "ext super block checksum" };
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD,
                                   offset == ASSAY_EXT_BOOT_BYTES ? "ext super block" : "ext super block copy");
  span.offset = offset;
  span.length = ASSAY_EXT_SUPER_BYTES;
  assay_ext_cover (ext, span, parts, G_N_ELEMENTS (parts));
  return TRUE;
}
