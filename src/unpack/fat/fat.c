#include "unpack/fat/fat.h"

#include "unpack/formats.h"

static void
fat_clear (AssayFat *fat)
{
  g_clear_pointer (&fat->table, g_free);
  g_clear_pointer (&fat->claimed, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayFat, fat_clear)

/* Boot sectors and tables are compared byte by byte: nothing in them is free. So is what no file has: free clusters,
 * the sectors that make no whole cluster, and what stands behind the file system. */
static void
add_regions (AssayFat *fat)
{
  const AssayFatLayout *layout = &fat->layout;
  AssaySpan boot = { 0, layout->table_offset, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, "fat boot sectors" };
  assay_container_add_span (fat->container, boot);
  for (guint i = 0; i < layout->tables; i++)
    {
      AssaySpan table = { layout->table_offset + i * layout->table_bytes,
                          layout->table_bytes,
                          ASSAY_SPAN_HEADER,
                          ASSAY_SPAN_NO_CHILD,
                          FALSE,
                          "fat table" };
      assay_container_add_span (fat->container, table);
    }
  guint64 end = layout->data_offset + (guint64)layout->clusters * layout->cluster_bytes;
  AssaySpan rest = { end, layout->total_bytes - end, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, FALSE, "fat last sectors" };
  AssaySpan behind = { layout->total_bytes,
                       fat->container->node->size - layout->total_bytes,
                       ASSAY_SPAN_SLACK,
                       ASSAY_SPAN_NO_CHILD,
                       FALSE,
                       "behind the file system" };
  assay_container_add_span (fat->container, rest);
  assay_container_add_span (fat->container, behind);
}

gboolean
assay_fat_open (AssayContainer *container, GError **error)
{
  g_auto (AssayFat) fat = { .container = container };
  if (!assay_fat_read_boot (&fat, error) || !assay_fat_read_table (&fat, error))
    return FALSE;
  assay_fat_state_first_entry (&fat);
  add_regions (&fat);
  container->node->times_are_fields = TRUE;
  return assay_fat_read_tree (&fat, error);
}
