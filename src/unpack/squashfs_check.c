#include "unpack/bytes.h"
#include "unpack/squashfs.h"
#include "util/checked.h"

/*
 * Walks the decoded tables from end to end, so that no byte of them is left over, and notes which of their bytes are
 * times or positions. All other bytes are compared with the rebuilt tables as they are.
 */

/* Types of inodes, and the places of their fields, in bytes from the inode's start. */
enum
{
  INODE_DIRECTORY = 1,
  INODE_FILE = 2,
  INODE_SYMLINK = 3,
  INODE_BLOCK_DEVICE = 4,
  INODE_CHARACTER_DEVICE = 5,
  INODE_FIFO = 6,
  INODE_SOCKET = 7,
  INODE_EXTENDED = 7, /* added to the above */
  INODE_COMMON_BYTES = 16,
  INODE_TIME = 8,
  INODE_NUMBER = 12,
};

/** A directory inode's word on where its listing stands, to be checked once the listings are known. */
typedef struct
{
  guint64 field; /* of the stored place, in the inode table */
  guint64 offset_field;
  guint64 stored;
  guint64 offset;
  guint64 size;
  guint64 index; /* of the index behind an extended inode, in the inode table; 0: none */
  guint entries;
} Listing;

/** The walk through one table. */
typedef struct
{
  AssaySquashfs *squashfs;
  const guint8 *bytes;
  guint64 length;
  guint64 position;
  GArray *fields;
  GArray *listings;
} Walk;

static void
note_field (GArray *fields, guint64 offset, guint64 length, AssayFieldKind kind)
{
  AssayField field;
  memset (&field, 0, sizeof field); /* compared as bytes, padding too */
  field.offset = offset;
  field.length = length;
  field.kind = kind;
  g_array_append_val (fields, field);
}

static gboolean
has (const Walk *walk, guint64 length)
{
  return assay_range_fits (walk->position, length, walk->length);
}

static void
note_listing (Walk *walk, const guint8 *inode, gboolean extended)
{
  guint64 at = walk->position;
  Listing listing = { .field = at + (extended ? 24 : 16),
                      .offset_field = at + (extended ? 34 : 26),
                      .stored = assay_get_le32 (inode + (extended ? 24 : 16)),
                      .offset = assay_get_le16 (inode + (extended ? 34 : 26)),
                      .size = extended ? assay_get_le32 (inode + 20) : assay_get_le16 (inode + 24),
                      .index = extended ? at + 40 : 0,
                      .entries = extended ? assay_get_le16 (inode + 32) : 0 };
  g_array_append_val (walk->listings, listing);
}

/* Bytes of block sizes behind a file inode. */
static gboolean
block_list_bytes (const Walk *walk, guint64 file_size, guint32 fragment, guint64 *out)
{
  guint64 block = walk->squashfs->super.block_size;
  guint64 count = file_size / block;
  if (file_size % block != 0 && fragment == G_MAXUINT32)
    count++;
  return assay_u64_multiply (count, 4, out);
}

/* Bytes of the index behind an extended directory inode. */
static gboolean
index_bytes (const Walk *walk, guint entries, guint64 *out)
{
  guint64 length = 0;
  for (guint i = 0; i < entries; i++)
    {
      guint64 at = walk->position + 40 + length;
      if (!assay_range_fits (at, 12, walk->length))
        return FALSE;
      length += 12 + assay_get_le32 (walk->bytes + at + 8) + 1ull;
    }
  *out = length;
  return TRUE;
}

/* Length of the inode at the walk's position; FALSE where it leaves the table. */
static gboolean
inode_length (const Walk *walk, guint type, guint64 *out)
{
  static const guint8 fixed[] = { 0, 16, 16, 8, 8, 8, 4, 4, 24, 40, 8, 12, 12, 8, 8 };
  const guint8 *inode = walk->bytes + walk->position;
  guint64 more = 0;
  if (type == 0 || type >= G_N_ELEMENTS (fixed) || !has (walk, INODE_COMMON_BYTES + fixed[type]))
    return FALSE;
  gboolean fits = TRUE;
  if (type == INODE_FILE)
    fits = block_list_bytes (walk, assay_get_le32 (inode + 28), assay_get_le32 (inode + 20), &more);
  else if (type == INODE_FILE + INODE_EXTENDED)
    fits = block_list_bytes (walk, assay_get_le64 (inode + 24), assay_get_le32 (inode + 44), &more);
  else if (type == INODE_SYMLINK)
    more = assay_get_le32 (inode + 20);
  else if (type == INODE_SYMLINK + INODE_EXTENDED)
    more = assay_get_le32 (inode + 20) + 4ull;
  else if (type == INODE_DIRECTORY + INODE_EXTENDED)
    fits = index_bytes (walk, assay_get_le16 (inode + 32), &more);
  *out = INODE_COMMON_BYTES + fixed[type] + more;
  return fits && more <= walk->length && has (walk, *out);
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

static guint64 *
key_new (guint64 value)
{
  return g_memdup2 (&value, sizeof value);
}

/* Where a file's blocks begin and how long they are was followed when its content was read, and the blocks tile. */
static void
note_blocks (Walk *walk, const guint8 *inode, gboolean extended)
{
  guint64 at = walk->position;
  guint64 bytes = 0;
  guint32 fragment = assay_get_le32 (inode + (extended ? 44 : 20));
  guint64 size = extended ? assay_get_le64 (inode + 24) : assay_get_le32 (inode + 28);
  if (!block_list_bytes (walk, size, fragment, &bytes) || bytes == 0)
    return;
  note_field (walk->fields, at + 16, extended ? 8 : 4, ASSAY_FIELD_DERIVED);
  note_field (walk->fields, at + (extended ? 56 : 32), bytes, ASSAY_FIELD_DERIVED);
}

/* What an inode says that the tree has said already, or that was followed. Of one that no entry stands for nothing is
 * known, and every byte of it is compared. */
static void
note_inode (Walk *walk, const guint8 *inode, guint type)
{
  guint32 number = assay_get_le32 (inode + INODE_NUMBER);
  if (!g_hash_table_contains (walk->squashfs->used_inodes, GUINT_TO_POINTER (number)))
    return;
  note_field (walk->fields, walk->position + INODE_TIME, 4, ASSAY_FIELD_TIME);
  if (type == INODE_DIRECTORY || type == INODE_DIRECTORY + INODE_EXTENDED)
    note_listing (walk, inode, type != INODE_DIRECTORY);
  else if (type == INODE_FILE || type == INODE_FILE + INODE_EXTENDED)
    note_blocks (walk, inode, type != INODE_FILE);
}

static gboolean
check_inodes (Walk *walk, GError **error)
{
  AssaySquashfs *squashfs = walk->squashfs;
  guint cursor = 0;
  guint count = 0;
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  for (; walk->position < walk->length; count++)
    {
      guint64 length = 0;
      if (!has (walk, INODE_COMMON_BYTES))
        return assay_squashfs_fail ("the inode table ends inside an inode", error);
      const guint8 *inode = walk->bytes + walk->position;
      guint type = assay_get_le16 (inode);
      if (!inode_length (walk, type, &length))
        return assay_squashfs_fail ("an inode that leaves the inode table", error);
      if (!g_hash_table_add (numbers, GUINT_TO_POINTER (assay_get_le32 (inode + INODE_NUMBER))))
        return assay_squashfs_fail ("two inodes of one number", error);
      g_hash_table_insert (squashfs->inode_places,
                           key_new (inode_reference (&squashfs->inodes, walk->position, &cursor)),
                           GUINT_TO_POINTER (assay_get_le32 (inode + INODE_NUMBER)));
      note_inode (walk, inode, type);
      walk->position += length;
    }
  return count == squashfs->super.inode_count
         || assay_squashfs_fail ("another number of inodes than the super block says", error);
}

/* The entries behind one directory header; each names an inode that must be where it says. */
static gboolean
check_entries (Walk *walk, guint count, guint64 stored, guint32 number, GError **error)
{
  for (guint i = 0; i < count; i++)
    {
      if (!has (walk, 8))
        return assay_squashfs_fail ("the directory table ends inside an entry", error);
      const guint8 *entry = walk->bytes + walk->position;
      guint64 reference = stored << 16 | assay_get_le16 (entry);
      guint32 wanted = number + (guint32)(gint32)(gint16)assay_get_le16 (entry + 2);
      gpointer found = NULL;
      if (!g_hash_table_lookup_extended (walk->squashfs->inode_places, &reference, NULL, &found)
          || GPOINTER_TO_UINT (found) != wanted)
        return assay_squashfs_fail ("a directory entry that names another inode than the one it points at", error);
      note_field (walk->fields, walk->position, 2, ASSAY_FIELD_DERIVED);
      guint64 length = 8 + assay_get_le16 (entry + 6) + 1ull;
      if (!has (walk, length))
        return assay_squashfs_fail ("a name that leaves the directory table", error);
      walk->position += length;
    }
  return TRUE;
}

static gboolean
check_directories (Walk *walk, GError **error)
{
  while (walk->position < walk->length)
    {
      if (!has (walk, 12))
        return assay_squashfs_fail ("the directory table ends inside a header", error);
      const guint8 *header = walk->bytes + walk->position;
      guint64 count = assay_get_le32 (header) + 1ull;
      if (count > 256)
        return assay_squashfs_fail ("a directory header of more than 256 entries", error);
      g_hash_table_add (walk->squashfs->directory_places, key_new (walk->position));
      note_field (walk->fields, walk->position + 4, 4, ASSAY_FIELD_DERIVED);
      guint64 stored = assay_get_le32 (header + 4);
      guint32 number = assay_get_le32 (header + 8);
      walk->position += 12;
      if (!check_entries (walk, (guint)count, stored, number, error))
        return FALSE;
    }
  return TRUE;
}

/* The index of a large directory names metadata blocks in which parts of its listing begin; each part begins with a
 * header. An index that says something else is not derived, and so compared. */
static void
note_index (const Walk *inodes, const Listing *listing, guint64 listing_place)
{
  AssaySquashfs *squashfs = inodes->squashfs;
  guint64 at = listing->index;
  for (guint i = 0; i < listing->entries; i++)
    {
      guint64 place = listing_place + assay_get_le32 (inodes->bytes + at);
      guint64 block = 0;
      if (assay_squashfs_table_place (&squashfs->directories, assay_get_le32 (inodes->bytes + at + 4), 0, &block)
          && block <= place && place - block < ASSAY_SQUASHFS_METADATA_BYTES
          && g_hash_table_contains (squashfs->directory_places, &place))
        note_field (inodes->fields, at + 4, 4, ASSAY_FIELD_DERIVED);
      at += 12 + assay_get_le32 (inodes->bytes + at + 8) + 1ull;
    }
}

/* Where a listing of nothing would begin: nobody goes there, and packers write where they were. At a header or at the
 * table's end that is derived; anything else is compared. */
static gboolean
empty_listing_place (const AssaySquashfs *squashfs, const Listing *listing)
{
  const AssaySquashfsTable *table = &squashfs->directories;
  guint64 place = 0;
  if (table->bytes == NULL)
    return FALSE;
  if (listing->stored == table->end - table->start && listing->offset == 0)
    return TRUE;
  return assay_squashfs_table_place (table, listing->stored, listing->offset, &place)
         && (place == table->bytes->len || g_hash_table_contains (squashfs->directory_places, &place));
}

/* A directory's listing begins at a header; an empty one (size 3) has none. */
static gboolean
check_listings (const Walk *inodes, GError **error)
{
  AssaySquashfs *squashfs = inodes->squashfs;
  for (guint i = 0; i < inodes->listings->len; i++)
    {
      const Listing *listing = &g_array_index (inodes->listings, Listing, i);
      guint64 place = 0;
      if (listing->size <= 3 && !empty_listing_place (squashfs, listing))
        continue;
      if (listing->size > 3
          && (!assay_squashfs_table_place (&squashfs->directories, listing->stored, listing->offset, &place)
              || !g_hash_table_contains (squashfs->directory_places, &place)))
        return assay_squashfs_fail ("a directory whose listing begins inside another", error);
      note_field (inodes->fields, listing->field, 4, ASSAY_FIELD_DERIVED);
      note_field (inodes->fields, listing->offset_field, 2, ASSAY_FIELD_DERIVED);
      if (listing->size > 3 && listing->index > 0)
        note_index (inodes, listing, place);
    }
  return TRUE;
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  guint64 first = ((const AssayField *)a)->offset;
  guint64 second = ((const AssayField *)b)->offset;
  return first < second ? -1 : first > second;
}

/* Each entry of the export table is the reference of one inode, in the order of their numbers. */
static gboolean
check_exports (AssaySquashfs *squashfs, GError **error)
{
  AssaySquashfsTable *table = &squashfs->exports;
  if (table->child == NULL)
    return TRUE;
  table->child->fields = g_array_new (FALSE, FALSE, sizeof (AssayField));
  for (guint i = 0; i + 8 <= table->bytes->len; i += 8)
    {
      guint64 reference = assay_get_le64 (table->bytes->data + i);
      gpointer number = NULL;
      if (!g_hash_table_lookup_extended (squashfs->inode_places, &reference, NULL, &number)
          || GPOINTER_TO_UINT (number) != i / 8 + 1)
        return assay_squashfs_fail ("an export table that names another inode", error);
      note_field (table->child->fields, i, 8, ASSAY_FIELD_DERIVED);
    }
  return TRUE;
}

/* Where a fragment block stands and how long it is: followed when the ends of files were read out of it, and they fill
 * it. */
static void
note_fragments (AssaySquashfs *squashfs)
{
  AssaySquashfsTable *table = &squashfs->fragments;
  if (table->child == NULL)
    return;
  table->child->fields = g_array_new (FALSE, FALSE, sizeof (AssayField));
  for (guint i = 0; i < squashfs->whole_fragments->len && (i + 1) * 16u <= table->bytes->len; i++)
    if (g_array_index (squashfs->whole_fragments, guint8, i))
      note_field (table->child->fields, i * 16u, 12, ASSAY_FIELD_DERIVED);
}

gboolean
assay_squashfs_check_tables (AssaySquashfs *squashfs, GError **error)
{
  g_autoptr (GArray) listings = g_array_new (FALSE, FALSE, sizeof (Listing));
  if (squashfs->inodes.child == NULL)
    return assay_squashfs_fail ("no inodes", error);
  squashfs->inode_places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  squashfs->directory_places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Walk inodes = { .squashfs = squashfs,
                  .bytes = squashfs->inodes.bytes->data,
                  .length = squashfs->inodes.bytes->len,
                  .fields = g_array_new (FALSE, FALSE, sizeof (AssayField)),
                  .listings = listings };
  squashfs->inodes.child->fields = inodes.fields;
  if (!check_inodes (&inodes, error))
    return FALSE;
  if (!g_hash_table_contains (squashfs->inode_places, &squashfs->super.root_inode_ref))
    return assay_squashfs_fail ("a root directory that is no inode", error);
  if (squashfs->directories.child != NULL)
    {
      Walk directories = { .squashfs = squashfs,
                           .bytes = squashfs->directories.bytes->data,
                           .length = squashfs->directories.bytes->len,
                           .fields = g_array_new (FALSE, FALSE, sizeof (AssayField)) };
      squashfs->directories.child->fields = directories.fields;
      if (!check_directories (&directories, error))
        return FALSE;
    }
  if (!check_listings (&inodes, error))
    return FALSE;
  g_array_sort (inodes.fields, by_offset);
  note_fragments (squashfs);
  return check_exports (squashfs, error);
}
