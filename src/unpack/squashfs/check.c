#include "unpack/bytes.h"
#include "unpack/squashfs/squashfs.h"

/* What of the tables is neither inodes nor directories nor attributes, and the order in which all are checked. */

/* Places of the fields of a fragment block's entry. */
enum
{
  FRAGMENT_UNUSED = 12,
  FRAGMENT_BYTES = 16,
};

void
assay_squashfs_note_field (const AssaySquashfsTable *table, guint64 offset, guint64 length, AssayFieldKind kind)
{
  AssayField field;
  memset (&field, 0, sizeof field); /* compared as bytes, padding too */
  field.offset = offset;
  field.length = length;
  field.kind = kind;
  if (table->child->fields == NULL)
    table->child->fields = g_array_new (FALSE, FALSE, sizeof (AssayField));
  g_array_append_val (table->child->fields, field);
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  guint64 first = ((const AssayField *)a)->offset;
  guint64 second = ((const AssayField *)b)->offset;
  return first < second ? -1 : first > second;
}

void
assay_squashfs_sort_fields (const AssaySquashfsTable *table)
{
  if (table->child != NULL && table->child->fields != NULL)
    g_array_sort (table->child->fields, by_offset);
}

/* Each entry of the export table is the reference of one inode, in the order of their numbers. */
static gboolean
check_exports (AssaySquashfs *squashfs, GError **error)
{
  const AssaySquashfsTable *table = &squashfs->exports;
  if (table->child == NULL)
    return TRUE;
  for (guint i = 0; i + 8 <= table->bytes->len; i += 8)
    {
      const AssaySquashfsInode *inode = assay_squashfs_find_inode (squashfs, assay_get_le64 (table->bytes->data + i));
      if (inode == NULL || inode->number != i / 8 + 1)
        return assay_squashfs_fail ("an export table that names another inode", error);
      assay_squashfs_note_field (table, i, 8, ASSAY_FIELD_DERIVED);
    }
  return TRUE;
}

/* Where a fragment block stands and how long it is: followed when the ends of files were read out of it, and they fill
 * it. */
static gboolean
check_fragments (const AssaySquashfs *squashfs, GError **error)
{
  const AssaySquashfsTable *table = &squashfs->fragments;
  if (table->child == NULL)
    return TRUE;
  for (guint i = 0; i < squashfs->whole_fragments->len && (i + 1) * FRAGMENT_BYTES <= table->bytes->len; i++)
    {
      if (assay_get_le32 (table->bytes->data + i * FRAGMENT_BYTES + FRAGMENT_UNUSED) != 0)
        return assay_squashfs_fail ("a fragment with a number that has no meaning", error);
      if (g_array_index (squashfs->whole_fragments, guint8, i))
        assay_squashfs_note_field (table, i * FRAGMENT_BYTES, FRAGMENT_UNUSED, ASSAY_FIELD_DERIVED);
    }
  return TRUE;
}

gboolean
assay_squashfs_check_tables (AssaySquashfs *squashfs, GError **error)
{
  if (squashfs->inodes.child == NULL)
    return assay_squashfs_fail ("no inodes", error);
  if (!assay_squashfs_check_inodes (squashfs, error) || !assay_squashfs_check_directories (squashfs, error)
      || !assay_squashfs_check_links (squashfs, error) || !assay_squashfs_check_xattrs (squashfs, error))
    return FALSE;
  assay_squashfs_sort_fields (&squashfs->inodes);
  assay_squashfs_sort_fields (&squashfs->directories);
  return check_fragments (squashfs, error) && check_exports (squashfs, error);
}
