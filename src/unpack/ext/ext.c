#include "unpack/ext/ext.h"

#include "unpack/formats.h"
#include "unpack/links.h"

static void
seen_free (gpointer data)
{
  AssayExtSeen *seen = data;
  g_clear_pointer (&seen->pieces, g_array_unref);
  g_clear_pointer (&seen->blob, assay_blob_unref);
  g_free (seen);
}

static void
ext_init (AssayExt *ext, AssayContainer *container)
{
  ext->container = container;
  ext->tables = g_ptr_array_new ();
  ext->names = assay_links_new ();
  ext->seen = g_hash_table_new_full (NULL, NULL, NULL, seen_free);
  ext->wrong_sums = g_string_new (NULL);
  ext->irregular = g_string_new (NULL);
  ext->xattr_blocks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

static void
ext_clear (AssayExt *ext)
{
  g_clear_pointer (&ext->descriptors, g_byte_array_unref);
  g_clear_pointer (&ext->tables, g_ptr_array_unref);
  g_clear_pointer (&ext->seen, g_hash_table_unref);
  g_clear_pointer (&ext->names, g_hash_table_unref);
  g_clear_pointer (&ext->xattr_blocks, g_hash_table_unref);
  if (ext->wrong_sums != NULL)
    g_string_free (ext->wrong_sums, TRUE);
  ext->wrong_sums = NULL;
  if (ext->irregular != NULL)
    g_string_free (ext->irregular, TRUE);
  ext->irregular = NULL;
  g_clear_pointer (&ext->more_irregular, g_checksum_free);
  if (ext->fs != NULL)
    ext2fs_free (ext->fs);
  ext->fs = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayExt, ext_clear)

static int
by_offset (gconstpointer a, gconstpointer b)
{
  const AssaySpan *first = a;
  const AssaySpan *second = b;
  return (first->offset > second->offset) - (first->offset < second->offset);
}

/* Mount and mkfs write nothing there, so that what stands there is compared with the rebuild's as everything else. */
static void
add_free (AssayExt *ext, guint64 from, guint64 to)
{
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, "ext blocks in no use");
  span.offset = from;
  span.length = to > from ? to - from : 0;
  assay_container_add_span (ext->container, span);
}

/* What nothing leads to, and what stands behind the file system. */
static void
add_rest (AssayExt *ext)
{
  GArray *spans = ext->container->node->spans;
  guint64 end = 0;
  guint64 total = ext->blocks * ext->block_bytes;
  g_array_sort (spans, by_offset);
  for (guint i = 0, count = spans->len; i < count; i++)
    {
      const AssaySpan span = g_array_index (spans, AssaySpan, i);
      add_free (ext, end, span.offset);
      end = MAX (end, span.offset + span.length);
    }
  add_free (ext, end, total);
  AssaySpan behind = ASSAY_EXT_SPAN (ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, "behind the file system");
  behind.offset = total;
  behind.length = ext->container->node->size - total;
  assay_container_add_span (ext->container, behind);
}

static void
state_irregular (const AssayExt *ext)
{
  if (ext->irregular->len == 0)
    return;
  const char *more = ext->more_irregular == NULL ? "" : g_checksum_get_string (ext->more_irregular);
  assay_facts_add (ext->container->node->own_facts, "irregular", "%s%s%s", ext->irregular->str,
                   *more == '\0' ? "" : ", and more: ", more);
}

static int
by_place (gconstpointer a, gconstpointer b)
{
  const AssayField *first = a;
  const AssayField *second = b;
  return (first->offset > second->offset) - (first->offset < second->offset);
}

gboolean
assay_ext_open (AssayContainer *container, GError **error)
{
  g_auto (AssayExt) ext = { NULL };
  ext_init (&ext, container);
  if (!assay_ext_read_super (&ext, error))
    return FALSE;
  container->node->format = assay_ext_format (&ext);
  container->node->times_are_fields = TRUE;
  container->node->shares_extents = TRUE;
  if (!assay_ext_read_groups (&ext, error) || !assay_ext_read_reserved (&ext, error)
      || !assay_ext_read_tree (&ext, error))
    return FALSE;
  for (guint i = 0; i < ext.tables->len; i++)
    g_array_sort (((AssayNode *)g_ptr_array_index (ext.tables, i))->fields, by_place);
  if (ext.wrong > 0)
    assay_facts_add (container->node->own_facts, "wrong-checksums", "%u%s", ext.wrong, ext.wrong_sums->str);
  assay_ext_order_super (&ext);
  assay_ext_order_groups (&ext);
  state_irregular (&ext);
  add_rest (&ext);
  return TRUE;
}
