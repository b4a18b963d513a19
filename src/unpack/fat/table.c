#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/fat/fat.h"
#include "util/cancel.h"

/** Entries of the table from this one on end a chain; of FAT32 the upper four bits are not used. */
#define END_OF_CHAIN(bits) ((bits) == 12 ? 0xff8u : (bits) == 16 ? 0xfff8u : 0x0ffffff8u)

static gboolean
check_copy (AssayFat *fat, guint index, guint8 *window, GError **error)
{
  const AssayFatLayout *layout = &fat->layout;
  guint64 offset = layout->table_offset + index * layout->table_bytes;
  for (guint64 done = 0; done < layout->table_bytes;)
    {
      gsize take = (gsize)MIN (layout->table_bytes - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (fat->container->node->blob, offset + done, window, take, error))
        return FALSE;
      if (memcmp (window, fat->table + done, take) != 0)
        return assay_fat_fail ("two tables that are not the same", error);
      done += take;
    }
  return TRUE;
}

gboolean
assay_fat_read_table (AssayFat *fat, GError **error)
{
  const AssayFatLayout *layout = &fat->layout;
  if (!assay_limits_check (fat->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, layout->table_bytes,
                           "a larger fat table", error))
    return FALSE;
  fat->table
      = assay_blob_read_bytes (fat->container->node->blob, layout->table_offset, (gsize)layout->table_bytes, error);
  if (fat->table == NULL)
    return FALSE;
  fat->claimed = g_try_malloc0 ((gsize)layout->clusters + 2);
  if (fat->claimed == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for the clusters of a fat");
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint i = 1; i < layout->tables; i++)
    if (!check_copy (fat, i, window, error))
      return FALSE;
  return TRUE;
}

/* The entry of a cluster that is known to have one. */
static guint32
next_of (const AssayFat *fat, guint32 cluster)
{
  if (fat->layout.bits == 32)
    return assay_get_le32 (fat->table + 4 * (gsize)cluster) & 0x0fffffffu;
  if (fat->layout.bits == 16)
    return assay_get_le16 (fat->table + 2 * (gsize)cluster);
  guint pair = assay_get_le16 (fat->table + cluster + cluster / 2);
  return cluster % 2 != 0 ? pair >> 4 : pair & 0xfffu;
}

static void
append_cluster (const AssayFat *fat, GArray *runs, guint32 cluster)
{
  AssayFatRun run
      = { fat->layout.data_offset + (guint64)(cluster - 2) * fat->layout.cluster_bytes, fat->layout.cluster_bytes };
  AssayFatRun *last = runs->len > 0 ? &g_array_index (runs, AssayFatRun, runs->len - 1) : NULL;
  if (last != NULL && last->offset + last->length == run.offset)
    last->length += run.length;
  else
    g_array_append_val (runs, run);
}

/* The first entry, which is no cluster's, repeats the medium of the boot sector; where it does not, GRUB and mtools
 * find no file system. */
void
assay_fat_state_first_entry (const AssayFat *fat)
{
  guint32 ones = fat->layout.bits == 32 ? 0x0fffff00u : fat->layout.bits == 16 ? 0xff00u : 0xf00u;
  guint32 first = next_of (fat, 0);
  if (first != (ones | fat->layout.medium))
    assay_facts_add (fat->container->node->own_facts, "first-entry", "0x%x", first);
}

gboolean
assay_fat_read_chain (AssayFat *fat, guint32 first, guint64 most_bytes, GArray **out_runs, GError **error)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (AssayFatRun));
  guint64 length = 0;
  guint32 cluster = first;
  do
    {
      if (cluster < 2 || cluster - 2 >= fat->layout.clusters)
        return assay_fat_fail ("a chain that leaves the clusters", error);
      if (fat->claimed[cluster] != 0)
        return assay_fat_fail ("a cluster that two chains have, or one twice", error);
      length += fat->layout.cluster_bytes;
      if (length > most_bytes)
        return assay_fat_fail ("a chain that is longer than what it holds", error);
      if (assay_cancelled (error))
        return FALSE;
      fat->claimed[cluster] = 1;
      append_cluster (fat, runs, cluster);
      cluster = next_of (fat, cluster);
  } while (cluster < END_OF_CHAIN (fat->layout.bits));
  *out_runs = g_steal_pointer (&runs);
  return TRUE;
}
