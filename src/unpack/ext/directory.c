#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "util/cancel.h"

#include <string.h>

/* Directories: entries in blocks of their own, or in the inode. */

/** An entry: inode, length with all padding, length of the name, type; then the name. */
enum
{
  ENTRY_LENGTH = 4,
  ENTRY_NAME_LENGTH = 6,
  ENTRY_TYPE = 7,
  ENTRY_NAME = 8,
};

/** What the least entry takes, and what the last of a block with a checksum does. */
#define LEAST_BYTES 12u

/** A checksum in the last bytes of each block. */
#define SUM_BYTES 4u

/** Names at the beginning: the directory itself and the one around it. */
#define DOTS 2u

/** A directory that is being read. @names: all so far; @dots: how many of the first two names were read;
 * @removed: names of entries without an inode; @block: where in the directory we are */
typedef struct
{
  AssayExt *ext;
  const AssayExtInode *inode;
  guint32 child;
  guint32 parent;
  AssayExtEntryTake take;
  gpointer data;
  GHashTable *names;
  GHashTable *removed;
  AssayExtIndex *index;
  guint dots;
  guint64 block;
} Directory;

static void
directory_clear (Directory *directory)
{
  g_clear_pointer (&directory->names, g_hash_table_unref);
  g_clear_pointer (&directory->removed, g_hash_table_unref);
  g_clear_pointer (&directory->index, assay_ext_index_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Directory, directory_clear)

static gboolean
take_dot (Directory *directory, const AssayExtEntry *entry, GError **error)
{
  gboolean first = directory->dots == 0;
  if (entry->inode != (first ? directory->inode->number : directory->parent) || entry->length != (first ? 1u : 2u)
      || memcmp (entry->name, "..", entry->length) != 0 || (entry->type != 0 && entry->type != EXT2_FT_DIR))
    return assay_ext_fail ("a directory that does not begin with itself and the one around it", error);
  directory->dots++;
  return TRUE;
}

static gboolean
take_name (Directory *directory, const AssayExtEntry *entry, GError **error)
{
  if (directory->dots < DOTS)
    return take_dot (directory, entry, error);
  if (entry->length == 0 || memchr (entry->name, '/', entry->length) != NULL
      || memchr (entry->name, 0, entry->length) != NULL)
    return assay_ext_fail ("a name that is empty, or with `/` or NUL in it", error);
  if (entry->length <= 2 && memcmp (entry->name, "..", entry->length) == 0)
    return assay_ext_fail ("a second name for a directory itself", error);
  if (!g_hash_table_add (directory->names, g_strndup (entry->name, entry->length)))
    return assay_ext_fail ("a name that a directory has twice", error);
  if (directory->index != NULL && !assay_ext_index_leads (directory->ext, directory->index, entry, directory->block))
    return assay_ext_fail ("a name to which the index of its directory does not lead", error);
  return directory->take (directory->data, entry, error);
}

/* The longest entry, of a block of 64 KiB, does not fit its field. */
static guint64
entry_length (const AssayExt *ext, const guint8 *entry)
{
  guint length = assay_get_le16 (entry + ENTRY_LENGTH);
  if (ext->block_bytes < 65536)
    return length;
  return length == 0 || length == 65535 ? ext->block_bytes : (length & 65532u) | (guint64)(length & 3u) << 16;
}

/* Entries one behind the other, which fill the area. */
static gboolean
read_area (Directory *directory, const guint8 *bytes, guint64 length, GError **error)
{
  gboolean typed = ext2fs_has_feature_filetype (directory->ext->fs->super) != 0;
  for (guint64 at = 0; at < length;)
    {
      const guint8 *bytes_at = bytes + at;
      if (length - at < ENTRY_NAME)
        return assay_ext_fail ("an entry that leaves its directory", error);
      guint64 whole = entry_length (directory->ext, bytes_at);
      const AssayExtEntry entry = { .name = (const char *)bytes_at + ENTRY_NAME,
                                    .length = bytes_at[ENTRY_NAME_LENGTH],
                                    .inode = assay_get_le32 (bytes_at),
                                    .type = bytes_at[ENTRY_TYPE] };
      if (whole < LEAST_BYTES || whole % 4 != 0 || whole > length - at || whole < ENTRY_NAME + entry.length)
        return assay_ext_fail ("an entry of impossible length", error);
      if (entry.inode != 0 && !typed && entry.type != 0)
        return assay_ext_fail ("a name of more than 255 bytes", error);
      if (assay_cancelled (error) || (entry.inode != 0 && !take_name (directory, &entry, error)))
        return FALSE;
      if (entry.inode == 0 && entry.length > 0)
        g_hash_table_add (directory->removed, g_strndup (entry.name, entry.length));
      at += whole;
    }
  return TRUE;
}

/* --- blocks --- */

/* A checksum is in the last entry, which has no name and a type of its own, or behind an index's entries. */
static gboolean
cover_block (const Directory *directory, guint64 offset, guint8 *bytes, GError **error)
{
  AssayExt *ext = directory->ext;
  const guint8 *tail = bytes + ext->block_bytes - LEAST_BYTES;
  gboolean is_index = directory->index == NULL && (directory->inode->flags & EXT2_INDEX_FL) != 0;
  gboolean ended = assay_get_le32 (tail) == 0 && assay_get_le16 (tail + ENTRY_LENGTH) == LEAST_BYTES
                   && tail[ENTRY_NAME_LENGTH] == 0 && tail[ENTRY_TYPE] == EXT2_DIR_NAME_LEN_CSUM >> 8;
  if (ext->checksums && !ended && !is_index)
    return assay_ext_fail ("a block of a directory without its checksum", error);
  gboolean right
      = ext->checksums
        && ext2fs_dir_block_csum_verify (ext->fs, directory->inode->number, (struct ext2_dir_entry *)(void *)bytes);
  if (ext->checksums)
    assay_ext_note_sum (ext, right, "directory at block", offset / ext->block_bytes);
  const AssayExtPart part
      = { ext->block_bytes - SUM_BYTES, ext->checksums ? SUM_BYTES : 0, right, NULL, "ext checksum of a directory" };
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, directory->child, "ext directory");
  span.offset = offset;
  span.length = ext->block_bytes;
  assay_ext_cover (ext, span, &part, 1);
  return TRUE;
}

/* All blocks of a directory, claimed and put one behind the other. */
static gboolean
load_blocks (const Directory *directory, const GArray *runs, GByteArray *out, GError **error)
{
  AssayExt *ext = directory->ext;
  guint block = (guint)ext->block_bytes;
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayExtRun *run = &g_array_index (runs, AssayExtRun, i);
      if (run->unwritten || run->logical * ext->block_bytes != out->len
          || run->count * ext->block_bytes > directory->inode->size - out->len)
        return assay_ext_fail ("a directory with holes, or of another length than it says", error);
      if (!assay_ext_claim (ext, run->physical, run->count, error))
        return FALSE;
      for (guint64 done = 0; done < run->count; done++)
        {
          guint64 offset = (run->physical + done) * ext->block_bytes;
          g_byte_array_set_size (out, out->len + block);
          guint8 *bytes = out->data + out->len - block;
          if (!assay_blob_read (ext->container->node->blob, offset, bytes, block, error)
              || !cover_block (directory, offset, bytes, error))
            return FALSE;
        }
    }
  return out->len == directory->inode->size
         || assay_ext_fail ("a directory with holes, or of another length than it says", error);
}

static gboolean
read_blocks (Directory *directory, GError **error)
{
  AssayExt *ext = directory->ext;
  const AssayExtInode *inode = directory->inode;
  g_autoptr (GArray) runs = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 before = ext->claimed;
  if (!assay_limits_check (ext->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, inode->size,
                           "a larger directory", error)
      || !assay_ext_map_read (ext, inode, directory->child, &runs, error)
      || !load_blocks (directory, runs, bytes, error))
    return FALSE;
  if (bytes->len == 0)
    return assay_ext_fail ("a directory without blocks", error);
  assay_ext_order_blocks (ext, inode, ext->claimed - before);
  if ((inode->flags & EXT2_INDEX_FL) != 0 && ext2fs_has_feature_dir_index (ext->fs->super))
    {
      directory->index = assay_ext_index_read (ext, bytes->data, bytes->len, error);
      if (directory->index == NULL)
        return FALSE;
    }
  for (; directory->block * ext->block_bytes < bytes->len; directory->block++)
    if (!read_area (directory, bytes->data + directory->block * ext->block_bytes, ext->block_bytes, error))
      return FALSE;
  return TRUE;
}

/* In the inode: the directory around it, entries, and more of them in an attribute. */
static gboolean
read_inline (Directory *directory, const GByteArray *more, GError **error)
{
  const guint8 *map = directory->inode->bytes + ASSAY_EXT_MAP_AT;
  if (more == NULL || directory->inode->size != ASSAY_EXT_MAP_BYTES + (guint64)more->len)
    return assay_ext_fail ("a directory with inline data of another length", error);
  if (assay_get_le32 (map) != directory->parent)
    return assay_ext_fail ("a directory that does not begin with itself and the one around it", error);
  directory->dots = DOTS;
  return read_area (directory, map + 4, ASSAY_EXT_MAP_BYTES - 4, error)
         && read_area (directory, more->data, more->len, error);
}

/* U-Boot takes entries that were removed for entries (fs/ext4/ext4_common.c, ext4fs_iterate_dir). */
static gboolean
check_removed (const Directory *directory, GError **error)
{
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init (&iter, directory->removed);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_hash_table_contains (directory->names, name))
      return assay_ext_fail ("a removed entry of a name that its directory has", error);
  return TRUE;
}

gboolean
assay_ext_directory_read (AssayExt *ext, const AssayExtInode *inode, guint32 child, guint32 parent,
                          const GByteArray *more, AssayExtEntryTake take, gpointer data, GError **error)
{
  g_auto (Directory) directory
      = { .ext = ext, .inode = inode, .child = child, .parent = parent, .take = take, .data = data };
  directory.names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  directory.removed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_inline = (inode->flags & EXT4_INLINE_DATA_FL) != 0;
  if (!is_inline && more != NULL)
    return assay_ext_fail ("inline data of an inode that has none", error);
  if (!(is_inline ? read_inline (&directory, more, error) : read_blocks (&directory, error))
      || !check_removed (&directory, error))
    return FALSE;
  return directory.dots == DOTS
         || assay_ext_fail ("a directory that does not begin with itself and the one around it", error);
}
