#ifndef ASSAY_UNPACK_EXT_H
#define ASSAY_UNPACK_EXT_H

#include "unpack/container.h"

#include <ext2fs/ext2fs.h>

/*
 * ext2, ext3 and ext4, as Linux's Documentation/filesystems/ext4 describes them. libext2fs opens the file system and
 * works out where its groups keep what, and what checksums must be; directories, maps of blocks and attributes are read
 * here, more strictly: what Linux could see otherwise than we do is not opened. Nothing is written again but times and
 * checksums: every other byte is compared in its place.
 */

/** Bytes before the file system's own: boot code, or nothing. */
#define ASSAY_EXT_BOOT_BYTES 1024u

/** Bytes of the super block. */
#define ASSAY_EXT_SUPER_BYTES 1024u

/** Bytes of an inode that all versions have; where its map of blocks stands in them, and how long it is. */
#define ASSAY_EXT_INODE_BYTES 128u
#define ASSAY_EXT_MAP_AT 0x28u
#define ASSAY_EXT_MAP_BYTES 60u

/** What fills a span that speaks of one child or none. */
#define ASSAY_EXT_SPAN(kind, child, name) ((AssaySpan){ 0, 0, (kind), (child), FALSE, (name), NULL, NULL, FALSE })

/**
 * AssayExt: a file system that is being read.
 * @fs: libext2fs's view, over the node's blob
 * @super: the first super block, as stored
 * @block_bytes: @blocks: of a block; of all of them
 * @checksums: whether its tables have checksums (metadata_csum)
 * @claimed: blocks that something has so far: more than there are is a circle
 * @descriptors: the first table of group descriptors, as stored
 * @tables: (element-type AssayNode): the inode table of each group
 * @seen: inode to what is known of it (AssayExtSeen), of all inodes that something leads to
 * @names: of inodes with several (links.h)
 * @xattr_blocks: block to how many inodes lead to it
 * @wrong_sums: the first checksums that are not right, in words; @wrong: how many there are
 * @irregular: what no file system has that is in order, in words; @more_irregular: (nullable): digest of what is more
 */
typedef struct
{
  AssayContainer *container;
  ext2_filsys fs;
  guint8 super[ASSAY_EXT_SUPER_BYTES];
  guint64 block_bytes;
  guint64 blocks;
  gboolean checksums;
  guint64 claimed;
  GByteArray *descriptors;
  GPtrArray *tables;
  GHashTable *seen;
  GHashTable *names;
  GHashTable *xattr_blocks;
  GString *wrong_sums;
  guint wrong;
  GString *irregular;
  GChecksum *more_irregular;
} AssayExt;

/** AssayExtSeen: an inode that an entry led to. @pieces: @blob: its content, where several names may have it; else
 * NULL. @links: how many names it says that it has, where these are several. */
typedef struct
{
  GArray *pieces;
  AssayBlob *blob;
  guint links;
} AssayExtSeen;

/**
 * AssayExtInode:
 * @bytes: as stored; (owned)
 * @offset: where it stands in its group's table; @group: number of the group
 * @size: of its content; @xattr_block: 0 for none
 */
typedef struct
{
  guint32 number;
  guint32 group;
  guint64 offset;
  guint8 *bytes;
  guint mode;
  guint links;
  guint32 flags;
  guint32 generation;
  guint64 size;
  guint64 xattr_block;
} AssayExtInode;

/** AssayExtRun: blocks of a file that lie behind each other. @unwritten: they read as zeros, whatever they hold. */
typedef struct
{
  guint64 logical;
  guint64 physical;
  guint64 count;
  gboolean unwritten;
} AssayExtRun;

/** AssayExtPart: bytes of a block that are not simply compared. As AssaySpan's; @offset: from the block's beginning. */
typedef struct
{
  guint64 offset;
  guint64 length;
  gboolean rewritable;
  const char *fact;
  const char *name;
} AssayExtPart;

/** assay_ext_fail: ASSAY_ERROR_MALFORMED, "ext: WHAT"; returns FALSE. */
gboolean assay_ext_fail (const char *what, GError **error);

/** assay_ext_refuse: ASSAY_ERROR_UNSUPPORTED, "ext: WHAT"; returns FALSE. */
gboolean assay_ext_refuse (const char *what, GError **error);

/**
 * assay_ext_io_name: / assay_ext_io_manager: what libext2fs opens in place of a path, and reads @blob by, which must
 * outlive it; nothing is written.
 *
 * Returns: (transfer full): a name for assay_ext_io_manager()
 */
char *assay_ext_io_name (AssayBlob *blob);
io_manager assay_ext_io_manager (void);

/** assay_ext_read_super: reads the super block, refuses features that cannot be read, opens @fs, states the facts. */
gboolean assay_ext_read_super (AssayExt *ext, GError **error);

/** assay_ext_format: "ext2", "ext3" or "ext4", by the features as libblkid does. */
const char *assay_ext_format (const AssayExt *ext);

/** assay_ext_cover_super: spans of one super block; times and checksum are rewritable where they follow. */
gboolean assay_ext_cover_super (AssayExt *ext, guint64 offset, GError **error);

/** assay_ext_read_groups: claims what the groups have: super blocks, descriptors, bitmaps, inode tables. */
gboolean assay_ext_read_groups (AssayExt *ext, GError **error);

/**
 * assay_ext_claim: counts blocks as somebody's. Errors: ASSAY_ERROR_MALFORMED they leave the file system, or are more
 * than it has. That nobody else has them is seen when all spans are put in order.
 */
gboolean assay_ext_claim (AssayExt *ext, guint64 block, guint64 count, GError **error);

/** assay_ext_add_blocks: claims blocks, and adds their span. */
gboolean assay_ext_add_blocks (AssayExt *ext, guint64 block, guint64 count, AssaySpan span, GError **error);

/**
 * assay_ext_note_sum:
 * @what: @number: whose checksum
 *
 * Notes one that is not right: Linux does not read what is under it, and others do, so that it is a fact of the file
 * system. Returns: @right
 */
gboolean assay_ext_note_sum (AssayExt *ext, gboolean right, const char *what, guint64 number);

/** assay_ext_note_irregular: notes what the file system has that one in order has not: "WHOSE WHAT VALUE". */
void assay_ext_note_irregular (AssayExt *ext, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** assay_ext_order_super: notes what of the super block is not in order. */
void assay_ext_order_super (AssayExt *ext);

/** assay_ext_order_groups: the same of groups and bitmaps, once everything was read: in use is what something leads to.
 */
void assay_ext_order_groups (AssayExt *ext);

/** assay_ext_cover: adds the span @whole, with @parts (ascending; empty ones are left out) cut out of it. */
void assay_ext_cover (AssayExt *ext, AssaySpan whole, const AssayExtPart *parts, gsize count);

/** assay_ext_inode_read: Errors: ASSAY_ERROR_MALFORMED no such inode, or sizes in it that cannot be. */
gboolean assay_ext_inode_read (AssayExt *ext, guint32 number, AssayExtInode *inode, GError **error);
void assay_ext_inode_clear (AssayExtInode *inode);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayExtInode, assay_ext_inode_clear)

/** assay_ext_inode_extra: how many of the bytes behind the first 128 are fields. */
guint assay_ext_inode_extra (const AssayExt *ext, const AssayExtInode *inode);

/** assay_ext_inode_times: adds the times as facts named @prefix and "mtime", "atime", "ctime", "birthtime"; seconds
 * since 1970, with nanoseconds behind a point; hexadecimal digits of what is no time. */
void assay_ext_inode_times (const AssayExt *ext, const AssayExtInode *inode, GArray *facts, const char *prefix);

/** assay_ext_inode_note: notes times and checksum as fields of the table, where the checksum is right. Once an inode.
 */
void assay_ext_inode_note (AssayExt *ext, const AssayExtInode *inode);

/** assay_ext_inode_access: adds mode, owner and flags as facts whose names begin with @prefix. */
void assay_ext_inode_access (const AssayExtInode *inode, GArray *facts, const char *prefix);

/** Flags that say what whoever uses the file may do, or how it is written: as chattr(1) shows them. */
#define ASSAY_EXT_SHOWN_FLAGS                                                                                          \
  (EXT2_SECRM_FL | EXT2_UNRM_FL | EXT2_COMPR_FL | EXT2_SYNC_FL | EXT2_IMMUTABLE_FL | EXT2_APPEND_FL | EXT2_NODUMP_FL   \
   | EXT2_NOATIME_FL | EXT2_NOCOMPR_FL | EXT3_JOURNAL_DATA_FL | EXT2_NOTAIL_FL | EXT2_DIRSYNC_FL | EXT2_TOPDIR_FL      \
   | EXT4_PROJINHERIT_FL)

/** assay_ext_order_inode: notes what of an inode is not in order (assay_ext_note_irregular()). */
void assay_ext_order_inode (AssayExt *ext, const AssayExtInode *inode);

/** assay_ext_order_blocks: the same of how many blocks it says that it has. @count: how many were claimed for it, but
 * for a block of attributes. */
void assay_ext_order_blocks (AssayExt *ext, const AssayExtInode *inode, guint64 count);

/** assay_ext_order_own: the same of an inode to which no name leads, and of what stands in it. @runs: its blocks. */
gboolean assay_ext_order_own (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, GError **error);

/** assay_ext_order_journal: the same of the journal. @head: the first 1024 bytes of it. */
void assay_ext_order_journal (AssayExt *ext, const AssayExtInode *inode, const GArray *runs, const guint8 *head);

/** assay_ext_order_protection: the same of the block that keeps others from mounting it (mmp). */
gboolean assay_ext_order_protection (AssayExt *ext, GError **error);

/** assay_ext_inode_uses_extents: whether its map is a tree of extents. */
gboolean assay_ext_inode_uses_extents (const AssayExtInode *inode);

/**
 * assay_ext_map_read:
 * @child: whom the map's own blocks belong to
 * @out_runs: (element-type AssayExtRun) (transfer full): ascending by @logical; not claimed yet
 *
 * Reads which blocks an inode has, and claims those that the map itself takes.
 */
gboolean assay_ext_map_read (AssayExt *ext, const AssayExtInode *inode, guint32 child, GArray **out_runs,
                             GError **error);

/**
 * assay_ext_xattrs_read:
 * @first: the inode was not met before, so that its block is counted
 * @out_inline: (nullable) (transfer full): the value of `system.data`, NULL where there is none
 *
 * Adds the extended attributes as facts "xattr.NAME" behind @prefix.
 */
gboolean assay_ext_xattrs_read (AssayExt *ext, const AssayExtInode *inode, GArray *facts, const char *prefix,
                                gboolean first, GByteArray **out_inline, GError **error);

/** assay_ext_content_read: a regular file's content. @more: the inline data beyond the inode's map, or NULL. */
gboolean assay_ext_content_read (AssayExt *ext, AssayNode *child, const AssayExtInode *inode, const GByteArray *more,
                                 GError **error);

/** assay_ext_link_read: (transfer full): the target of a symbolic link, without NUL in it. */
GBytes *assay_ext_link_read (AssayExt *ext, const AssayNode *child, const AssayExtInode *inode, const GByteArray *more,
                             GError **error);

/** AssayExtEntry: one name in a directory; borrowed. @type: as the entry says it, 0 for not at all. */
typedef struct
{
  const char *name;
  gsize length;
  guint32 inode;
  guint type;
} AssayExtEntry;

/** AssayExtEntryTake: is given each name. */
typedef gboolean (*AssayExtEntryTake) (gpointer data, const AssayExtEntry *entry, GError **error);

/**
 * assay_ext_directory_read:
 * @child: number of its node, or ASSAY_SPAN_NO_CHILD for the root
 * @parent: the inode that `..` must lead to
 *
 * Claims a directory's blocks and calls @take for each name but `.` and `..`, in the order in which they stand. Errors:
 * ASSAY_ERROR_MALFORMED, also two equal names, or a hashed index that does not lead to every name.
 */
gboolean assay_ext_directory_read (AssayExt *ext, const AssayExtInode *inode, guint32 child, guint32 parent,
                                   const GByteArray *more, AssayExtEntryTake take, gpointer data, GError **error);

/** AssayExtIndex: the hashed index of a directory, as it is found in its blocks. */
typedef struct _AssayExtIndex AssayExtIndex;

/** assay_ext_index_read: reads the index out of all blocks of a directory (@bytes). Errors: ASSAY_ERROR_MALFORMED. */
AssayExtIndex *assay_ext_index_read (AssayExt *ext, const guint8 *bytes, guint64 length, GError **error);
void assay_ext_index_free (AssayExtIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayExtIndex, assay_ext_index_free)

/** assay_ext_index_leads: whether who looks for the name by its hash comes to that block. */
gboolean assay_ext_index_leads (const AssayExt *ext, const AssayExtIndex *index, const AssayExtEntry *entry,
                                guint64 block);

/** assay_ext_read_reserved: claims what inodes have to which no name leads: journal, quotas. */
gboolean assay_ext_read_reserved (AssayExt *ext, GError **error);

/** assay_ext_read_tree: adds every entry with its facts and content. */
gboolean assay_ext_read_tree (AssayExt *ext, GError **error);

#endif
