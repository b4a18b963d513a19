#ifndef ASSAY_UNPACK_SQUASHFS_H
#define ASSAY_UNPACK_SQUASHFS_H

#include "unpack/container.h"
#include "unpack/sink.h"

#include <sqfs/compressor.h>
#include <sqfs/frag_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

/* squashfs 4.0, as the kernel's Documentation/filesystems/squashfs.rst and libsquashfs's headers describe it. */

/** Bytes that one metadata block decodes to at most. */
#define ASSAY_SQUASHFS_METADATA_BYTES 8192u

/** Stands for a table that the file system does not have. */
#define ASSAY_SQUASHFS_NO_TABLE G_MAXUINT64

/**
 * AssaySquashfsTable:
 * @start: @end: bytes of the image that its metadata blocks take
 * @bytes: what they decode to
 * @blocks: (element-type AssaySquashfsBlock): where each block begins, ascending
 * @child: the node that shows the decoded table
 */
typedef struct
{
  guint64 start;
  guint64 end;
  GByteArray *bytes;
  GArray *blocks;
  AssayNode *child;
} AssaySquashfsTable;

/** AssaySquashfsBlock: a metadata block, by its place from the table's start and in the decoded table. */
typedef struct
{
  guint64 stored;
  guint64 decoded;
  gboolean is_stored; /* as it is, and not compressed */
} AssaySquashfsBlock;

/**
 * AssaySquashfsInode:
 * @place: where it begins in the decoded inode table
 * @number: what it calls itself
 * @type: ASSAY_SQUASHFS_DIRECTORY …, also of an extended one
 * @extended: whether it is of the long form
 * @entries: how many directory entries lead to it
 * @directory: number of the directory of the last of these
 * @children: @subdirectories: of a directory: how many entries its listing has, and how many of these are directories
 */
typedef struct
{
  guint64 place;
  guint32 number;
  guint16 type;
  gboolean extended;
  guint32 entries;
  guint32 directory;
  guint32 children;
  guint32 subdirectories;
} AssaySquashfsInode;

/** Types of inodes, as a directory entry names them too; the long form of an inode adds ASSAY_SQUASHFS_EXTENDED. */
enum
{
  ASSAY_SQUASHFS_DIRECTORY = 1,
  ASSAY_SQUASHFS_FILE = 2,
  ASSAY_SQUASHFS_SYMLINK = 3,
  ASSAY_SQUASHFS_BLOCK_DEVICE = 4,
  ASSAY_SQUASHFS_CHARACTER_DEVICE = 5,
  ASSAY_SQUASHFS_FIFO = 6,
  ASSAY_SQUASHFS_SOCKET = 7,
  ASSAY_SQUASHFS_EXTENDED = 7,
};

/**
 * AssaySquashfs:
 * @file: libsquashfs's view of the node's blob; its reads are ours
 * @fragment_blocks: libsquashfs's view of the fragment table
 * @window_bytes: how far back a stream of xz or zstd may point: Linux has no more memory for one
 * (fs/squashfs/xz_wrapper.c, zstd_wrapper.c)
 * @branches: the filters for branches that the options of xz name: bit 0 that of x86, and so on by their ids
 * @uncommon: (nullable): static: the first form of a block that other readers of its codec take for an error
 * @whole_fragments: (element-type guint8): of each fragment block, whether files' ends fill it from end to end
 * @inode_list: (element-type AssaySquashfsInode): every inode in the table, in its order
 * @inode_places: inode reference (as in the super block) to the inode's place in @inode_list
 *
 * A squashfs that is being read.
 */
typedef struct
{
  AssayContainer *container;
  sqfs_super_t super;
  sqfs_file_t *file;
  sqfs_compressor_t *compressor;
  guint64 window_bytes;
  guint32 branches;
  const char *uncommon;
  AssaySquashfsTable inodes;
  AssaySquashfsTable directories;
  AssaySquashfsTable fragments;
  AssaySquashfsTable exports;
  AssaySquashfsTable ids;
  AssaySquashfsTable xattr_values;
  AssaySquashfsTable xattr_ids;
  sqfs_frag_table_t *fragment_blocks;
  GArray *whole_fragments;
  GArray *inode_list;
  GHashTable *inode_places;
} AssaySquashfs;

/** assay_squashfs_fail: ASSAY_ERROR_MALFORMED, "squashfs: WHAT"; returns FALSE. */
gboolean assay_squashfs_fail (const char *what, GError **error);

/** assay_squashfs_file_new: an sqfs_file_t over a blob, which must outlive it; sqfs_destroy() frees it. */
sqfs_file_t *assay_squashfs_file_new (AssayBlob *blob);

/**
 * assay_squashfs_decode:
 * @length: bytes of one compressed block; @room: bytes that it may decode to at most
 *
 * Decodes a block that is one compressed stream from its first byte to its last. Errors: ASSAY_ERROR_MALFORMED, also
 * where bytes are left behind the stream's end.
 */
gboolean assay_squashfs_decode (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room,
                                gsize *out_length, GError **error);

/** assay_squashfs_read_tables: decodes all metadata and adds it as children, spans of it as encoded. */
gboolean assay_squashfs_read_tables (AssaySquashfs *squashfs, GError **error);
void assay_squashfs_table_clear (AssaySquashfsTable *table);

/**
 * assay_squashfs_check_tables:
 *
 * Walks all tables from end to end, so that no byte of them is left over, and holds every field that no fact tells
 * against what it is derived from: Linux and the unpackers each use other ones of several fields that say the same, and
 * a field that lies would show them another tree than ours. Notes times and positions as fields of the tables' nodes.
 *
 * Errors: ASSAY_ERROR_MALFORMED something does not agree.
 */
gboolean assay_squashfs_check_tables (AssaySquashfs *squashfs, GError **error);

/** assay_squashfs_check_inodes: the inode table alone; fills @inode_list and @inode_places. */
gboolean assay_squashfs_check_inodes (AssaySquashfs *squashfs, GError **error);

/** assay_squashfs_check_directories: the directory table, and what directories' inodes say of it; counts the entries of
 * each inode. */
gboolean assay_squashfs_check_directories (AssaySquashfs *squashfs, GError **error);

/** assay_squashfs_check_links: what inodes say of their entries, once all were counted: each but the root has one. */
gboolean assay_squashfs_check_links (AssaySquashfs *squashfs, GError **error);

/** assay_squashfs_check_xattrs: the tables of extended attributes. */
gboolean assay_squashfs_check_xattrs (AssaySquashfs *squashfs, GError **error);

/** assay_squashfs_find_inode: the inode that a reference leads to, or NULL. */
AssaySquashfsInode *assay_squashfs_find_inode (AssaySquashfs *squashfs, guint64 reference);

/** assay_squashfs_note_field: adds a field of a table's node; assay_squashfs_sort_fields() puts them in order. */
void assay_squashfs_note_field (const AssaySquashfsTable *table, guint64 offset, guint64 length, AssayFieldKind kind);
void assay_squashfs_sort_fields (const AssaySquashfsTable *table);

/** assay_squashfs_table_place: turns a block's stored place and an offset in it into a place in the decoded table; the
 * table's end is one too. */
gboolean assay_squashfs_table_place (const AssaySquashfsTable *table, guint64 stored, guint64 offset,
                                     guint64 *out_place);

/** AssaySquashfsContent: what was read of files' content so far; opaque. */
typedef struct _AssaySquashfsContent AssaySquashfsContent;

AssaySquashfsContent *assay_squashfs_content_new (AssaySquashfs *squashfs, GError **error);
void assay_squashfs_content_free (AssaySquashfsContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySquashfsContent, assay_squashfs_content_free)

/** assay_squashfs_content_read: decodes a file's content into @node, and claims the blocks that are its own. */
gboolean assay_squashfs_content_read (AssaySquashfsContent *content, AssayNode *node, const sqfs_inode_generic_t *inode,
                                      GError **error);

/** assay_squashfs_content_finish: claims the fragment blocks, once all files were read. */
gboolean assay_squashfs_content_finish (AssaySquashfsContent *content, GError **error);

/** assay_squashfs_read_tree: adds every entry with its facts and content. */
gboolean assay_squashfs_read_tree (AssaySquashfs *squashfs, GError **error);

#endif
