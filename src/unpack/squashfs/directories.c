#include "unpack/bytes.h"
#include "unpack/squashfs/squashfs.h"
#include "util/checked.h"

/*
 * A directory's listing is a run of headers, each with up to 256 entries. An unpacker reads it from its beginning to
 * its end; Linux looks a name up by an index that a large directory has, and only up to a name that is greater. Both
 * see the same where the listing is sorted, as long as its inode says, and no other directory's, and where the index
 * says of headers in it what they are.
 */

/* Places of fields, in bytes from the start of what has them. */
enum
{
  HEADER_START = 4,
  HEADER_NUMBER = 8,
  HEADER_BYTES = 12,
  ENTRY_DELTA = 2,
  ENTRY_TYPE = 4,
  ENTRY_LENGTH = 6, /* of the name, less one */
  ENTRY_BYTES = 8,
  INDEX_START = 4,
  INDEX_LENGTH = 8, /* of the name, less one */
  INDEX_BYTES = 12,
};

#define HEADER_ENTRIES_MAX 256u

/** Bytes of a name, which Linux reads no longer ones of. */
#define NAME_BYTES_MAX 256u

/** What an inode counts for a listing beside its bytes: for `.` and `..`, which it does not have. */
#define EMPTY_BYTES 3u

/** A header with its entries: where it begins and ends in the decoded directory table. */
typedef struct
{
  guint64 place;
  guint64 end;
  gboolean taken; /* a directory has it */
} Header;

/** A directory's word on its listing. */
typedef struct
{
  AssaySquashfs *squashfs;
  AssaySquashfsInode *directory;
  GArray *headers; /* of the whole table */
  guint first;     /* of them, in the listing */
  guint end;
  guint64 field; /* of the stored place, in the inode table */
  guint64 offset_field;
  guint64 stored;
  guint64 offset;
  guint64 size;
  guint64 index; /* in the inode table */
  guint index_entries;
} Listing;

static const guint8 *
table_bytes (const AssaySquashfs *squashfs)
{
  return squashfs->directories.bytes->data;
}

/* A name and what follows from it: not empty, and none that a reader of paths takes for something else. */
static gboolean
name_is_plain (const guint8 *name, gsize length)
{
  return length <= NAME_BYTES_MAX && memchr (name, '/', length) == NULL && memchr (name, '\0', length) == NULL
         && !(name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')));
}

/* An entry at @at of the table: it names an inode that must be where it says, of its number and type. */
static gboolean
check_entry (AssaySquashfs *squashfs, guint64 at, guint64 stored, guint32 number, guint64 *out_end, GError **error)
{
  const AssaySquashfsTable *table = &squashfs->directories;
  if (!assay_range_fits (at, ENTRY_BYTES, table->bytes->len))
    return assay_squashfs_fail ("the directory table ends inside an entry", error);
  const guint8 *entry = table->bytes->data + at;
  gsize length = assay_get_le16 (entry + ENTRY_LENGTH) + 1u;
  if (!assay_range_fits (at + ENTRY_BYTES, length, table->bytes->len))
    return assay_squashfs_fail ("a name that leaves the directory table", error);
  if (!name_is_plain (entry + ENTRY_BYTES, length))
    return assay_squashfs_fail ("a name that is too long, or none", error);
  guint32 wanted = number + (guint32)(gint32)(gint16)assay_get_le16 (entry + ENTRY_DELTA);
  const AssaySquashfsInode *inode = assay_squashfs_find_inode (squashfs, stored << 16 | assay_get_le16 (entry));
  if (inode == NULL || inode->number != wanted)
    return assay_squashfs_fail ("a directory entry that names another inode than the one it points at", error);
  if (inode->type != assay_get_le16 (entry + ENTRY_TYPE))
    return assay_squashfs_fail ("a directory entry of another type than its inode", error);
  assay_squashfs_note_field (table, at, 2, ASSAY_FIELD_DERIVED);
  *out_end = at + ENTRY_BYTES + length;
  return TRUE;
}

/* Walks the table from end to end. */
static gboolean
read_headers (AssaySquashfs *squashfs, GArray *headers, GError **error)
{
  const AssaySquashfsTable *table = &squashfs->directories;
  for (guint64 place = 0; place < table->bytes->len;)
    {
      Header header = { .place = place };
      if (!assay_range_fits (place, HEADER_BYTES, table->bytes->len))
        return assay_squashfs_fail ("the directory table ends inside a header", error);
      const guint8 *bytes = table->bytes->data + place;
      guint64 count = assay_get_le32 (bytes) + 1ull;
      if (count > HEADER_ENTRIES_MAX)
        return assay_squashfs_fail ("a directory header of more than 256 entries", error);
      assay_squashfs_note_field (table, place + HEADER_START, 4, ASSAY_FIELD_DERIVED);
      place += HEADER_BYTES;
      for (guint64 i = 0; i < count; i++)
        if (!check_entry (squashfs, place, assay_get_le32 (bytes + HEADER_START),
                          assay_get_le32 (bytes + HEADER_NUMBER), &place, error))
          return FALSE;
      header.end = place;
      g_array_append_val (headers, header);
    }
  return TRUE;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  guint64 first = ((const Header *)a)->place;
  guint64 second = ((const Header *)b)->place;
  return first < second ? -1 : first > second;
}

static gboolean
find_header (GArray *headers, guint64 place, guint *out_index)
{
  const Header wanted = { .place = place };
  return g_array_binary_search (headers, &wanted, by_place, out_index);
}

static Listing
listing_of (AssaySquashfs *squashfs, AssaySquashfsInode *directory, GArray *headers)
{
  const guint8 *inode = squashfs->inodes.bytes->data + directory->place;
  gboolean extended = directory->extended;
  guint start = extended ? 24 : 16;
  guint offset = extended ? 34 : 26;
  return (Listing){ .squashfs = squashfs,
                    .directory = directory,
                    .headers = headers,
                    .field = directory->place + start,
                    .offset_field = directory->place + offset,
                    .stored = assay_get_le32 (inode + start),
                    .offset = assay_get_le16 (inode + offset),
                    .size = extended ? assay_get_le32 (inode + 20) : assay_get_le16 (inode + 24),
                    .index = directory->place + 40,
                    .index_entries = extended ? assay_get_le16 (inode + 32) : 0 };
}

/* The order of strcmp() and Linux, of the names of two entries. */
static gboolean
name_is_less (const guint8 *a, const guint8 *b)
{
  gsize a_length = assay_get_le16 (a + ENTRY_LENGTH) + 1u;
  gsize b_length = assay_get_le16 (b + ENTRY_LENGTH) + 1u;
  int order = memcmp (a + ENTRY_BYTES, b + ENTRY_BYTES, MIN (a_length, b_length));
  return order < 0 || (order == 0 && a_length < b_length);
}

/* The entries of one header of the listing: each greater than the one before, @last of them all so far (0: none; no
 * entry begins there), which is moved on. Counts them. */
static gboolean
take_entries (const Listing *listing, const Header *header, guint64 *last, GError **error)
{
  AssaySquashfs *squashfs = listing->squashfs;
  const guint8 *bytes = table_bytes (squashfs);
  guint64 stored = assay_get_le32 (bytes + header->place + HEADER_START);
  for (guint64 at = header->place + HEADER_BYTES; at < header->end;)
    {
      if (*last != 0 && !name_is_less (bytes + *last, bytes + at))
        return assay_squashfs_fail ("a directory that is not sorted, or has a name twice", error);
      AssaySquashfsInode *inode = assay_squashfs_find_inode (squashfs, stored << 16 | assay_get_le16 (bytes + at));
      if (inode == NULL)
        return assay_squashfs_fail ("a directory entry without its inode", error);
      inode->entries++;
      inode->directory = listing->directory->number;
      listing->directory->children++;
      listing->directory->subdirectories += inode->type == ASSAY_SQUASHFS_DIRECTORY;
      *last = at;
      at += ENTRY_BYTES + assay_get_le16 (bytes + at + ENTRY_LENGTH) + 1u;
    }
  return TRUE;
}

/* The headers of the listing, which must end where the inode says; no other directory may have them. */
static gboolean
take_headers (Listing *listing, guint64 place, GError **error)
{
  guint64 end = place + listing->size - EMPTY_BYTES;
  guint64 last = 0;
  guint index = 0;
  if (!find_header (listing->headers, place, &index))
    return assay_squashfs_fail ("a directory whose listing begins inside another", error);
  listing->first = index;
  for (; index < listing->headers->len; index++)
    {
      Header *header = &g_array_index (listing->headers, Header, index);
      if (header->place >= end)
        break;
      if (header->taken)
        return assay_squashfs_fail ("two directories that share a listing", error);
      if (header->end > end)
        return assay_squashfs_fail ("a listing that is not as long as its directory says", error);
      header->taken = TRUE;
      if (!take_entries (listing, header, &last, error))
        return FALSE;
    }
  listing->end = index;
  return g_array_index (listing->headers, Header, index - 1).end == end
         || assay_squashfs_fail ("a listing that is not as long as its directory says", error);
}

/* The header that an entry of the index at @at of the inode table speaks of; FALSE where it says something else of it
 * than the listing. An index may have fewer entries than the listing has headers: a name is then looked for from an
 * earlier one on. */
static gboolean
index_agrees (const Listing *listing, guint64 at, guint *out_header)
{
  const AssaySquashfs *squashfs = listing->squashfs;
  const AssaySquashfsTable *table = &squashfs->directories;
  const guint8 *index = squashfs->inodes.bytes->data + at;
  guint64 place = g_array_index (listing->headers, Header, listing->first).place + assay_get_le32 (index);
  guint64 block = 0;
  gsize length = assay_get_le32 (index + INDEX_LENGTH) + (gsize)1;
  if (!find_header (listing->headers, place, out_header) || *out_header >= listing->end
      || !assay_squashfs_table_place (table, assay_get_le32 (index + INDEX_START), 0, &block) || block > place
      || place - block >= ASSAY_SQUASHFS_METADATA_BYTES)
    return FALSE;
  const guint8 *entry = table_bytes (squashfs) + place + HEADER_BYTES;
  return length == assay_get_le16 (entry + ENTRY_LENGTH) + 1u
         && memcmp (entry + ENTRY_BYTES, index + INDEX_BYTES, length) == 0;
}

static gboolean
check_index (const Listing *listing, GError **error)
{
  const AssaySquashfsTable *inodes = &listing->squashfs->inodes;
  guint64 at = listing->index;
  guint next = listing->first;
  for (guint i = 0; i < listing->index_entries; i++)
    {
      guint header = 0;
      if (!index_agrees (listing, at, &header) || header < next)
        return assay_squashfs_fail ("an index of a directory that says something else than its listing", error);
      next = header + 1;
      assay_squashfs_note_field (inodes, at + INDEX_START, 4, ASSAY_FIELD_DERIVED);
      at += INDEX_BYTES + assay_get_le32 (inodes->bytes->data + at + INDEX_LENGTH) + 1ull;
    }
  return TRUE;
}

/* Where a listing of nothing would begin: nobody goes there, and packers write where they were. At a header or at the
 * table's end that is derived; anything else is compared. */
static gboolean
empty_listing_place (const Listing *listing)
{
  const AssaySquashfsTable *table = &listing->squashfs->directories;
  guint64 place = 0;
  guint index = 0;
  if (table->bytes == NULL)
    return FALSE;
  if (listing->stored == table->end - table->start && listing->offset == 0)
    return TRUE;
  return assay_squashfs_table_place (table, listing->stored, listing->offset, &place)
         && (place == table->bytes->len || find_header (listing->headers, place, &index));
}

static gboolean
check_listing (Listing *listing, GError **error)
{
  const AssaySquashfs *squashfs = listing->squashfs;
  guint64 place = 0;
  if (listing->size < EMPTY_BYTES || (listing->size == EMPTY_BYTES && listing->index_entries > 0))
    return assay_squashfs_fail ("a directory of impossible size", error);
  if (listing->size == EMPTY_BYTES && !empty_listing_place (listing))
    return TRUE;
  if (listing->size > EMPTY_BYTES)
    {
      if (squashfs->directories.child == NULL
          || !assay_squashfs_table_place (&squashfs->directories, listing->stored, listing->offset, &place))
        return assay_squashfs_fail ("a directory whose listing begins nowhere", error);
      if (!take_headers (listing, place, error) || !check_index (listing, error))
        return FALSE;
    }
  assay_squashfs_note_field (&squashfs->inodes, listing->field, 4, ASSAY_FIELD_DERIVED);
  assay_squashfs_note_field (&squashfs->inodes, listing->offset_field, 2, ASSAY_FIELD_DERIVED);
  return TRUE;
}

gboolean
assay_squashfs_check_directories (AssaySquashfs *squashfs, GError **error)
{
  g_autoptr (GArray) headers = g_array_new (FALSE, FALSE, sizeof (Header));
  if (squashfs->directories.child != NULL && !read_headers (squashfs, headers, error))
    return FALSE;
  for (guint i = 0; i < squashfs->inode_list->len; i++)
    {
      AssaySquashfsInode *inode = &g_array_index (squashfs->inode_list, AssaySquashfsInode, i);
      Listing listing = { NULL };
      if (inode->type != ASSAY_SQUASHFS_DIRECTORY)
        continue;
      listing = listing_of (squashfs, inode, headers);
      if (!check_listing (&listing, error))
        return FALSE;
    }
  for (guint i = 0; i < headers->len; i++)
    if (!g_array_index (headers, Header, i).taken)
      return assay_squashfs_fail ("a listing that no directory has", error);
  return TRUE;
}
