#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "util/text.h"

#include <string.h>

/* Extended attributes: in the inode behind its fields, and in a block that several inodes may share. */

#define MAGIC 0xea020000u

/** Bytes of a block's header, and of the magic in an inode. */
#define BLOCK_HEADER_BYTES 32u
#define INODE_HEADER_BYTES 4u

/** Where a block's header says how many inodes lead to it, and has its checksum. */
enum
{
  AT_INODES = 4,
  AT_BLOCKS = 8,
  AT_SUM = 16,
};

/** An entry: its fields, then the name, at a multiple of four bytes. */
enum
{
  ENTRY_NAME_LENGTH = 0,
  ENTRY_PREFIX = 1,
  ENTRY_VALUE = 2,
  ENTRY_VALUE_INODE = 4,
  ENTRY_VALUE_LENGTH = 8,
  ENTRY_BYTES = 16,
};

/** What names begin with, by number; "" that one has no name of its own behind it. */
static const char *const prefixes[] = {
  NULL,        "user.",   "system.posix_acl_access", "system.posix_acl_default", "trusted.", NULL,
  "security.", "system.", "system.richacl",
};

enum
{
  PREFIX_ACL_ACCESS = 2,
  PREFIX_ACL_DEFAULT = 3,
  PREFIX_SYSTEM = 7,
};

/** An area of entries. @values: what the places of values count from; @facts: where attributes go, and @prefix: what
 * their names begin with there; @inline_data: gets the value of `system.data`; @sorted: whether entries must be in
 * order. */
typedef struct
{
  const guint8 *bytes;
  guint64 length;
  guint64 values;
  GArray *facts;
  const char *prefix;
  GByteArray **inline_data;
  gboolean sorted;
} Area;

static void
append_number (GByteArray *out, guint64 value, guint bytes)
{
  assay_append_le (out, value, bytes);
}

/* An access list as the kernel shows it (linux/posix_acl_xattr.h): ext leaves out what has no number. NULL where it is
 * none. */
static GByteArray *
convert_list (const guint8 *value, gsize length)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize at = 4;
  if (length < 4 || assay_get_le32 (value) != 1)
    return NULL;
  append_number (out, 2, 4);
  while (at + 4 <= length)
    {
      guint tag = assay_get_le16 (value + at);
      gboolean numbered = tag == 2 || tag == 8;
      if (numbered && at + 8 > length)
        return NULL;
      append_number (out, tag, 2);
      append_number (out, assay_get_le16 (value + at + 2), 2);
      append_number (out, numbered ? assay_get_le32 (value + at + 4) : G_MAXUINT32, 4);
      at += numbered ? 8 : 4;
    }
  return at == length ? g_steal_pointer (&out) : NULL;
}

static gboolean
add_value (const Area *area, guint prefix, const char *name, const guint8 *value, gsize length, GError **error)
{
  const char *start = prefix < G_N_ELEMENTS (prefixes) ? prefixes[prefix] : NULL;
  gboolean is_list = prefix == PREFIX_ACL_ACCESS || prefix == PREFIX_ACL_DEFAULT;
  if (start == NULL || (is_list && *name != '\0'))
    return assay_ext_fail ("an extended attribute of no kind", error);
  if (prefix == PREFIX_SYSTEM && strcmp (name, "data") == 0)
    {
      if (area->inline_data == NULL || *area->inline_data != NULL)
        return assay_ext_fail ("inline data in the wrong place", error);
      *area->inline_data = g_byte_array_new ();
      g_byte_array_append (*area->inline_data, value, (guint)length);
      return TRUE;
    }
  g_autofree char *safe = assay_text_escape_line (name, -1);
  g_autofree char *whole = g_strconcat (area->prefix, "xattr.", start, safe, NULL);
  g_autoptr (GByteArray) list = is_list ? convert_list (value, length) : NULL;
  if (assay_facts_get (area->facts, whole) != NULL)
    return assay_ext_fail ("an extended attribute that an inode has twice", error);
  assay_facts_add_hex (area->facts, assay_text_intern (whole), list == NULL ? value : list->data,
                       list == NULL ? length : list->len);
  return TRUE;
}

/* One entry at @at; *out_next is where the one behind it begins. */
static gboolean
read_entry (const Area *area, guint64 at, guint64 *out_next, GError **error)
{
  const guint8 *entry = area->bytes + at;
  if (at + ENTRY_BYTES > area->length)
    return assay_ext_fail ("extended attributes without an end", error);
  guint64 name_length = entry[ENTRY_NAME_LENGTH];
  guint64 length = assay_get_le32 (entry + ENTRY_VALUE_LENGTH);
  guint64 place = area->values + assay_get_le16 (entry + ENTRY_VALUE);
  *out_next = at + (ENTRY_BYTES + name_length + 3) / 4 * 4;
  if (assay_get_le32 (entry + ENTRY_VALUE_INODE) != 0)
    return assay_ext_refuse ("an extended attribute that is an inode of its own", error);
  if (*out_next > area->length || (length > 0 && (place > area->length || length > area->length - place)))
    return assay_ext_fail ("an extended attribute that leaves its place", error);
  if (memchr (entry + ENTRY_BYTES, 0, name_length) != NULL)
    return assay_ext_fail ("an extended attribute with NUL in its name", error);
  g_autofree char *name = g_strndup ((const char *)entry + ENTRY_BYTES, name_length);
  return add_value (area, entry[ENTRY_PREFIX], name, length == 0 ? entry : area->bytes + place, length, error);
}

static gint
compare_entries (const guint8 *a, const guint8 *b)
{
  if (a[ENTRY_PREFIX] != b[ENTRY_PREFIX])
    return a[ENTRY_PREFIX] < b[ENTRY_PREFIX] ? -1 : 1;
  if (a[ENTRY_NAME_LENGTH] != b[ENTRY_NAME_LENGTH])
    return a[ENTRY_NAME_LENGTH] < b[ENTRY_NAME_LENGTH] ? -1 : 1;
  return memcmp (a + ENTRY_BYTES, b + ENTRY_BYTES, a[ENTRY_NAME_LENGTH]);
}

/* Entries end with four zero bytes. In a block Linux looks for a name only up to where it would stand in order. */
static gboolean
read_area (const Area *area, guint64 first, GError **error)
{
  guint64 last = G_MAXUINT64;
  for (guint64 at = first;;)
    {
      guint64 here = at;
      if (at + 4 > area->length)
        return assay_ext_fail ("extended attributes without an end", error);
      if (assay_get_le32 (area->bytes + at) == 0)
        return TRUE;
      if (!read_entry (area, at, &at, error))
        return FALSE;
      if (area->sorted && last != G_MAXUINT64 && compare_entries (area->bytes + last, area->bytes + here) >= 0)
        return assay_ext_fail ("extended attributes in disorder", error);
      last = here;
    }
}

/* Claims a block that may be several inodes', for the first of them. */
static gboolean
claim_block (AssayExt *ext, const AssayExtInode *inode, guint8 *bytes, gboolean first, GError **error)
{
  guint64 block = inode->xattr_block;
  gpointer known = g_hash_table_lookup (ext->xattr_blocks, &block);
  guint count = GPOINTER_TO_UINT (known) + (first ? 1 : 0);
  if (count > assay_get_le32 (bytes + AT_INODES))
    return assay_ext_fail ("a block of extended attributes of more inodes than it says", error);
  g_hash_table_insert (ext->xattr_blocks, g_memdup2 (&block, sizeof block), GUINT_TO_POINTER (count));
  if (known != NULL)
    return TRUE;
  gboolean right = ext->checksums
                   && ext2fs_ext_attr_block_csum_verify (ext->fs, inode->number, block,
                                                         (struct ext2_ext_attr_header *)(void *)bytes);
  if (ext->checksums)
    assay_ext_note_sum (ext, right, "attributes at block", block);
  const AssayExtPart part = { AT_SUM, ext->checksums ? 4 : 0, right, NULL, "ext checksum of attributes" };
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, "ext block of attributes");
  span.offset = block * ext->block_bytes;
  span.length = ext->block_bytes;
  if (!assay_ext_claim (ext, block, 1, error))
    return FALSE;
  assay_ext_cover (ext, span, &part, 1);
  return TRUE;
}

static gboolean
read_block (AssayExt *ext, const AssayExtInode *inode, Area *area, gboolean first, GError **error)
{
  if (inode->xattr_block == 0)
    return TRUE;
  if (inode->xattr_block >= ext->blocks)
    return assay_ext_fail ("a block outside of the file system", error);
  g_autofree guint8 *bytes = assay_blob_read_bytes (ext->container->node->blob, inode->xattr_block * ext->block_bytes,
                                                    (gsize)ext->block_bytes, error);
  if (bytes == NULL)
    return FALSE;
  if (assay_get_le32 (bytes) != MAGIC || assay_get_le32 (bytes + AT_BLOCKS) != 1)
    return assay_ext_fail ("a block of extended attributes that is none", error);
  if (!claim_block (ext, inode, bytes, first, error))
    return FALSE;
  area->bytes = bytes;
  area->length = ext->block_bytes;
  area->values = 0;
  area->inline_data = NULL;
  area->sorted = TRUE;
  return read_area (area, BLOCK_HEADER_BYTES, error);
}

gboolean
assay_ext_xattrs_read (AssayExt *ext, const AssayExtInode *inode, GArray *facts, const char *prefix, gboolean first,
                       GByteArray **out_inline, GError **error)
{
  guint64 bytes = EXT2_INODE_SIZE (ext->fs->super);
  guint64 begin = ASSAY_EXT_INODE_BYTES + assay_ext_inode_extra (ext, inode);
  Area area = { .facts = facts, .prefix = prefix, .inline_data = out_inline };
  /* Without fields behind the first 128 bytes nothing is there that would be an attribute (Linux too). */
  if (bytes > ASSAY_EXT_INODE_BYTES && begin > ASSAY_EXT_INODE_BYTES && begin + INODE_HEADER_BYTES <= bytes
      && assay_get_le32 (inode->bytes + begin) == MAGIC)
    {
      area.bytes = inode->bytes + begin + INODE_HEADER_BYTES;
      area.length = bytes - begin - INODE_HEADER_BYTES;
      if (!read_area (&area, 0, error))
        return FALSE;
    }
  return read_block (ext, inode, &area, first, error);
}
