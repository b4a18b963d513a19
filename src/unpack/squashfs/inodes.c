#include "unpack/bytes.h"
#include "unpack/squashfs/squashfs.h"
#include "util/checked.h"

/* Places of the fields of an inode, in bytes from its start (D: directory, F: file, X: the extended form of it). */
enum
{
  MODE = 2,
  TIME = 8,
  NUMBER = 12,
  COMMON_BYTES = 16,
  LINK_LENGTH = 20,
  LINK_TARGET = 24,
  D_LINKS = 20,
  D_PARENT = 28, /* in both forms */
  DX_LINKS = 16,
  DX_INDEX_ENTRIES = 32,
  DX_INDEX = 40,
  F_START = 16, /* in both forms */
  F_FRAGMENT = 20,
  F_OFFSET = 24,
  F_SIZE = 28,
  F_BLOCKS = 32,
  FX_SIZE = 24,
  FX_SPARSE = 32,
  FX_LINKS = 40,
  FX_FRAGMENT = 44,
  FX_OFFSET = 48,
  FX_BLOCKS = 56,
};

/** Bits of a mode; what type an inode is stands elsewhere, and Linux puts both together. */
#define MODE_BITS 07777u

/** Stands for "no fragment". */
#define NO_FRAGMENT G_MAXUINT32

/** Bytes of a data block as stored, out of its size. */
#define BLOCK_LENGTH 0xffffffu

/** An inode that is being looked at. */
typedef struct
{
  AssaySquashfs *squashfs;
  const guint8 *bytes; /* from its start */
  guint64 place;
  guint64 room; /* bytes from its start to the table's end */
  guint type;   /* as it says: 1 to 14 */
} Inode;

/** What a file's inode says of its content. */
typedef struct
{
  guint64 size;
  guint32 fragment;
  guint32 offset;
  guint64 blocks_at; /* from the inode's start */
  guint64 blocks;    /* how many */
} FileFields;

static FileFields
file_fields (const Inode *inode)
{
  gboolean extended = inode->type > ASSAY_SQUASHFS_EXTENDED;
  const guint8 *bytes = inode->bytes;
  guint64 block = inode->squashfs->super.block_size;
  FileFields file = { .size = extended ? assay_get_le64 (bytes + FX_SIZE) : assay_get_le32 (bytes + F_SIZE),
                      .fragment = assay_get_le32 (bytes + (extended ? FX_FRAGMENT : F_FRAGMENT)),
                      .offset = assay_get_le32 (bytes + (extended ? FX_OFFSET : F_OFFSET)),
                      .blocks_at = extended ? FX_BLOCKS : F_BLOCKS };
  file.blocks = file.size / block + (file.size % block != 0 && file.fragment == NO_FRAGMENT);
  return file;
}

/* Bytes of the index behind an extended directory inode. */
static gboolean
index_bytes (const Inode *inode, guint64 *out)
{
  guint entries = assay_get_le16 (inode->bytes + DX_INDEX_ENTRIES);
  *out = 0;
  for (guint i = 0; i < entries; i++)
    {
      guint64 at = DX_INDEX + *out;
      if (!assay_range_fits (at, 12, inode->room))
        return FALSE;
      *out += 12 + assay_get_le32 (inode->bytes + at + 8) + 1ull;
    }
  return TRUE;
}

/* Length of the inode; FALSE where it leaves the table. */
static gboolean
inode_length (const Inode *inode, guint64 *out)
{
  static const guint8 fixed[] = { 0, 16, 16, 8, 8, 8, 4, 4, 24, 40, 8, 12, 12, 8, 8 };
  guint64 more = 0;
  gboolean fits = TRUE;
  if (inode->type == 0 || inode->type >= G_N_ELEMENTS (fixed)
      || inode->room < (guint64)COMMON_BYTES + fixed[inode->type])
    return FALSE;
  switch (inode->type)
    {
    case ASSAY_SQUASHFS_FILE:
    case ASSAY_SQUASHFS_FILE + ASSAY_SQUASHFS_EXTENDED:
      fits = assay_u64_multiply (file_fields (inode).blocks, 4, &more);
      break;
    case ASSAY_SQUASHFS_SYMLINK:
      more = assay_get_le32 (inode->bytes + LINK_LENGTH);
      break;
    case ASSAY_SQUASHFS_SYMLINK + ASSAY_SQUASHFS_EXTENDED:
      more = assay_get_le32 (inode->bytes + LINK_LENGTH) + 4ull;
      break;
    case ASSAY_SQUASHFS_DIRECTORY + ASSAY_SQUASHFS_EXTENDED:
      fits = index_bytes (inode, &more);
      break;
    default:
      break;
    }
  *out = COMMON_BYTES + fixed[inode->type] + more;
  return fits && more <= inode->room && *out <= inode->room;
}

/* Bytes of the file that are holes, and of the image that its blocks take. */
static void
count_blocks (const Inode *inode, const FileFields *file, guint64 *out_holes, guint64 *out_stored)
{
  guint64 block = inode->squashfs->super.block_size;
  *out_holes = 0;
  *out_stored = 0;
  for (guint64 i = 0; i < file->blocks; i++)
    {
      guint32 size = assay_get_le32 (inode->bytes + file->blocks_at + i * 4);
      *out_stored += size & BLOCK_LENGTH;
      if (size == 0)
        *out_holes += MIN (block, file->size - i * block);
    }
}

/* Where a file's blocks begin and how long they are was followed when its content was read, and the blocks tile. Of one
 * that stores nothing nobody asks where, and packers say 0 or where they were: that is compared. mksquashfs says of a
 * file of nothing but holes one byte less, and packers have two ways to say where in no fragment an end lies. */
static gboolean
check_file (const Inode *inode, GError **error)
{
  const AssaySquashfsTable *table = &inode->squashfs->inodes;
  gboolean extended = inode->type > ASSAY_SQUASHFS_EXTENDED;
  FileFields file = file_fields (inode);
  guint64 holes = 0;
  guint64 stored = 0;
  if (file.fragment != NO_FRAGMENT && file.size % inode->squashfs->super.block_size == 0)
    return assay_squashfs_fail ("a fragment for a file that has no end to put there", error);
  if (file.fragment == NO_FRAGMENT && file.offset != 0 && file.offset != G_MAXUINT32)
    return assay_squashfs_fail ("a place in a fragment, and no fragment", error);
  count_blocks (inode, &file, &holes, &stored);
  guint64 start = extended ? assay_get_le64 (inode->bytes + F_START) : assay_get_le32 (inode->bytes + F_START);
  if (start > inode->squashfs->super.inode_table_start)
    return assay_squashfs_fail ("a file whose data would begin behind all data", error);
  guint64 sparse = extended ? assay_get_le64 (inode->bytes + FX_SPARSE) : holes;
  if (sparse != holes && !(holes == file.size && sparse + 1 == holes))
    return assay_squashfs_fail ("a file with another number of bytes in holes than its inode says", error);
  if (stored > 0)
    assay_squashfs_note_field (table, inode->place + F_START, extended ? 8 : 4, ASSAY_FIELD_DERIVED);
  if (file.blocks > 0)
    assay_squashfs_note_field (table, inode->place + file.blocks_at, file.blocks * 4, ASSAY_FIELD_DERIVED);
  return TRUE;
}

/* Linux reads a target up to a NUL. */
static gboolean
check_symlink (const Inode *inode, GError **error)
{
  guint32 length = assay_get_le32 (inode->bytes + LINK_LENGTH);
  return (length > 0 && memchr (inode->bytes + LINK_TARGET, '\0', length) == NULL)
         || assay_squashfs_fail ("a link that leads to nothing, or to a name with NUL in it", error);
}

static gboolean
check_inode (const Inode *inode, GError **error)
{
  guint type = inode->type > ASSAY_SQUASHFS_EXTENDED ? inode->type - ASSAY_SQUASHFS_EXTENDED : inode->type;
  guint32 number = assay_get_le32 (inode->bytes + NUMBER);
  if ((assay_get_le16 (inode->bytes + MODE) & ~MODE_BITS) != 0)
    return assay_squashfs_fail ("a mode with more bits than permissions", error);
  if (number == 0 || number > inode->squashfs->super.inode_count)
    return assay_squashfs_fail ("an inode with a number that none can have", error);
  assay_squashfs_note_field (&inode->squashfs->inodes, inode->place + TIME, 4, ASSAY_FIELD_TIME);
  if (type == ASSAY_SQUASHFS_FILE)
    return check_file (inode, error);
  return type != ASSAY_SQUASHFS_SYMLINK || check_symlink (inode, error);
}

/* The reference of the inode at a place of the decoded table, as the super block and the export table write it. */
static guint64
inode_reference (const AssaySquashfsTable *table, guint64 place, guint *cursor)
{
  while (*cursor + 1 < table->blocks->len
         && g_array_index (table->blocks, AssaySquashfsBlock, *cursor + 1).decoded <= place)
    ++*cursor;
  const AssaySquashfsBlock *block = &g_array_index (table->blocks, AssaySquashfsBlock, *cursor);
  return block->stored << 16 | (place - block->decoded);
}

static void
remember (const Inode *inode, guint *cursor)
{
  AssaySquashfs *squashfs = inode->squashfs;
  gboolean extended = inode->type > ASSAY_SQUASHFS_EXTENDED;
  AssaySquashfsInode found = { .place = inode->place,
                               .number = assay_get_le32 (inode->bytes + NUMBER),
                               .type = (guint16)(extended ? inode->type - ASSAY_SQUASHFS_EXTENDED : inode->type),
                               .extended = extended };
  guint64 reference = inode_reference (&squashfs->inodes, inode->place, cursor);
  g_hash_table_insert (squashfs->inode_places, g_memdup2 (&reference, sizeof reference),
                       GUINT_TO_POINTER (squashfs->inode_list->len));
  g_array_append_val (squashfs->inode_list, found);
}

AssaySquashfsInode *
assay_squashfs_find_inode (AssaySquashfs *squashfs, guint64 reference)
{
  gpointer index = NULL;
  if (!g_hash_table_lookup_extended (squashfs->inode_places, &reference, NULL, &index))
    return NULL;
  return &g_array_index (squashfs->inode_list, AssaySquashfsInode, GPOINTER_TO_UINT (index));
}

gboolean
assay_squashfs_check_inodes (AssaySquashfs *squashfs, GError **error)
{
  const GByteArray *table = squashfs->inodes.bytes;
  guint cursor = 0;
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  squashfs->inode_list = g_array_new (FALSE, TRUE, sizeof (AssaySquashfsInode));
  squashfs->inode_places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint64 place = 0, length = 0; place < table->len; place += length)
    {
      Inode inode = { .squashfs = squashfs, .bytes = table->data + place, .place = place, .room = table->len - place };
      if (inode.room < COMMON_BYTES)
        return assay_squashfs_fail ("the inode table ends inside an inode", error);
      inode.type = assay_get_le16 (inode.bytes);
      if (!inode_length (&inode, &length))
        return assay_squashfs_fail ("an inode that leaves the inode table", error);
      if (!g_hash_table_add (numbers, GUINT_TO_POINTER (assay_get_le32 (inode.bytes + NUMBER))))
        return assay_squashfs_fail ("two inodes of one number", error);
      if (!check_inode (&inode, error))
        return FALSE;
      remember (&inode, &cursor);
    }
  return squashfs->inode_list->len == squashfs->super.inode_count
         || assay_squashfs_fail ("another number of inodes than the super block says", error);
}

/** In which ways the image's directories may count their links: two and one for each directory in it, or (libsquashfs)
 * two and one for each entry. */
typedef struct
{
  gboolean directories;
  gboolean entries;
} Counting;

/* How many links an inode says that it has. The short form of a file says nothing, and that is one. All directories of
 * an image count in one way. */
static gboolean
links_agree (const AssaySquashfs *squashfs, const AssaySquashfsInode *inode, Counting *counting)
{
  const guint8 *bytes = squashfs->inodes.bytes->data + inode->place;
  guint32 links = assay_get_le32 (bytes + COMMON_BYTES);
  if (inode->type == ASSAY_SQUASHFS_FILE)
    links = inode->extended ? assay_get_le32 (bytes + FX_LINKS) : 1;
  if (inode->type != ASSAY_SQUASHFS_DIRECTORY)
    return links == inode->entries;
  links = assay_get_le32 (bytes + (inode->extended ? DX_LINKS : D_LINKS));
  counting->directories = counting->directories && links == inode->subdirectories + 2;
  counting->entries = counting->entries && links == inode->children + 2;
  return counting->directories || counting->entries;
}

/* The root is in no directory: packers say that it is in itself, in none, or in one behind all others. */
static gboolean
parent_agrees (const AssaySquashfs *squashfs, const AssaySquashfsInode *inode, gboolean root)
{
  guint32 parent = assay_get_le32 (squashfs->inodes.bytes->data + inode->place + D_PARENT);
  if (!root)
    return parent == inode->directory;
  return parent == 0 || parent == inode->number || parent == squashfs->super.inode_count + 1;
}

static gboolean
check_inode_links (const AssaySquashfs *squashfs, const AssaySquashfsInode *inode, gboolean root, Counting *counting,
                   GError **error)
{
  gboolean directory = inode->type == ASSAY_SQUASHFS_DIRECTORY;
  if (root && inode->entries > 0)
    return assay_squashfs_fail ("a root directory that is in another", error);
  if (!root && inode->entries == 0)
    return assay_squashfs_fail ("an inode that no entry leads to", error);
  if (directory && inode->entries > 1)
    return assay_squashfs_fail ("a directory that is in two places", error);
  if (directory && !parent_agrees (squashfs, inode, root))
    return assay_squashfs_fail ("a directory that says it is in another one than it is", error);
  return links_agree (squashfs, inode, counting)
         || assay_squashfs_fail ("another number of links than entries that lead to the inode", error);
}

gboolean
assay_squashfs_check_links (AssaySquashfs *squashfs, GError **error)
{
  const AssaySquashfsInode *root = assay_squashfs_find_inode (squashfs, squashfs->super.root_inode_ref);
  Counting counting = { TRUE, TRUE };
  if (root == NULL)
    return assay_squashfs_fail ("a root directory that is no inode", error);
  for (guint i = 0; i < squashfs->inode_list->len; i++)
    {
      const AssaySquashfsInode *inode = &g_array_index (squashfs->inode_list, AssaySquashfsInode, i);
      if (!check_inode_links (squashfs, inode, inode == root, &counting, error))
        return FALSE;
    }
  return TRUE;
}
