#include "unpack/hex/memory_map.h"

#include "util/cancel.h"
#include "util/checked.h"
#include "util/sorted.h"

void
assay_memory_map_init (AssayMemoryMap *map, AssayContainer *container)
{
  *map = (AssayMemoryMap){ .container = container };
  map->regions = g_array_new (FALSE, TRUE, sizeof (AssayMemoryRegion));
  assay_sink_init (&map->sink, container->context);
}

void
assay_memory_map_clear (AssayMemoryMap *map)
{
  assay_sink_clear (&map->sink);
  g_clear_pointer (&map->regions, g_array_unref);
}

static AssayMemoryRegion *
region_at (const AssayMemoryMap *map, guint index)
{
  return &g_array_index (map->regions, AssayMemoryRegion, index);
}

gboolean
assay_memory_map_add (AssayMemoryMap *map, guint64 address, const guint8 *bytes, gsize length_bytes, gsize stored,
                      GError **error)
{
  AssayMemoryRegion *last = map->regions->len > 0 ? region_at (map, map->regions->len - 1) : NULL;
  AssayMemoryRegion next = { .address = address, .length = length_bytes, .place = map->sink.written };
  if (length_bytes == 0)
    return TRUE;
  if (!assay_range_fits (address & G_MAXUINT32, length_bytes, G_GUINT64_CONSTANT (1) << ASSAY_MEMORY_SPACE_BITS))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "content beyond the last address");
  map->sink.stored += stored;
  if (!assay_sink_write (&map->sink, bytes, length_bytes, error))
    return FALSE;
  /* The address of another space never continues this one: no content reaches beyond its space. */
  if (last != NULL && last->address + last->length == address
      && last->address >> ASSAY_MEMORY_SPACE_BITS == address >> ASSAY_MEMORY_SPACE_BITS)
    last->length += length_bytes;
  else
    g_array_append_val (map->regions, next);
  return TRUE;
}

static gint
by_address (gconstpointer a, gconstpointer b)
{
  const AssayMemoryRegion *first = a;
  const AssayMemoryRegion *second = b;
  return (first->address > second->address) - (first->address < second->address);
}

static gboolean
copy_region (AssayBlob *from, const AssayMemoryRegion *region, guint8 *window, AssaySink *to, GError **error)
{
  for (guint64 done = 0; done < region->length;)
    {
      gsize length = (gsize)MIN (region->length - done, ASSAY_BLOB_WINDOW_BYTES);
      to->stored += length;
      if (!assay_blob_read (from, region->place + done, window, length, error)
          || !assay_sink_write (to, window, length, error))
        return FALSE;
      done += length;
    }
  return TRUE;
}

/* All content as one blob, the lowest address first. */
static AssayBlob *
sort_content (AssayMemoryMap *map, GError **error)
{
  gboolean sorted = TRUE;
  guint64 place = 0;
  g_autoptr (AssayBlob) written = assay_sink_finish (&map->sink, error);
  if (written == NULL)
    return NULL;
  for (guint i = 1; i < map->regions->len; i++)
    sorted = sorted && region_at (map, i - 1)->address < region_at (map, i)->address;
  if (sorted)
    return g_steal_pointer (&written);
  g_array_sort (map->regions, by_address);
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_auto (AssaySink) sink = { 0 };
  assay_sink_init (&sink, map->container->context);
  for (guint i = 0; i < map->regions->len; i++)
    {
      AssayMemoryRegion *region = region_at (map, i);
      if (assay_cancelled (error) || !copy_region (written, region, window, &sink, error))
        return NULL;
      region->place = place;
      place += region->length;
    }
  return assay_sink_finish (&sink, error);
}

static gboolean
check_overlaps (const AssayMemoryMap *map, GError **error)
{
  for (guint i = 1; i < map->regions->len; i++)
    {
      const AssayMemoryRegion *last = region_at (map, i - 1);
      const AssayMemoryRegion *region = region_at (map, i);
      if (region->address < last->address + last->length)
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED,
                                  "overlap: two records give a value to address 0x%08" G_GINT64_MODIFIER "x",
                                  region->address & G_MAXUINT32);
    }
  return TRUE;
}

/* Joins what touches: records may come in any order. */
static void
join_regions (AssayMemoryMap *map)
{
  guint kept = 0;
  for (guint i = 0; i < map->regions->len; i++)
    {
      const AssayMemoryRegion region = *region_at (map, i);
      AssayMemoryRegion *last = kept > 0 ? region_at (map, kept - 1) : NULL;
      if (last != NULL && last->address + last->length == region.address
          && last->address >> ASSAY_MEMORY_SPACE_BITS == region.address >> ASSAY_MEMORY_SPACE_BITS)
        last->length += region.length;
      else
        *region_at (map, kept++) = region;
    }
  g_array_set_size (map->regions, kept);
}

static gboolean
add_child (AssayMemoryMap *map, AssayBlob *content, AssayMemoryRegion *region, GError **error)
{
  g_autofree char *name = g_strdup_printf ("@0x%08" G_GINT64_MODIFIER "x", region->address & G_MAXUINT32);
  AssayNode *child = assay_container_add_decoded (map->container, name, error);
  g_autoptr (AssayBlob) bytes
      = child == NULL ? NULL : assay_blob_new_slice (content, region->place, region->length, error);
  if (bytes == NULL)
    return FALSE;
  assay_container_set_decoded (child, bytes);
  child->loaded_from = "none";
  region->child = child;
  region->place = 0;
  return TRUE;
}

gboolean
assay_memory_map_finish (AssayMemoryMap *map, GError **error)
{
  g_autoptr (AssayBlob) content = sort_content (map, error);
  if (content == NULL || !check_overlaps (map, error))
    return FALSE;
  join_regions (map);
  for (guint i = 0; i < map->regions->len; i++)
    if (!add_child (map, content, region_at (map, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
holds (const AssayMemoryRegion *region, guint64 address, gsize length)
{
  return address >= region->address && assay_range_fits (address - region->address, length, region->length);
}

gboolean
assay_memory_map_read (AssayMemoryMap *map, guint64 address, guint8 *out, gsize length_bytes, GError **error)
{
  if (length_bytes == 0)
    return TRUE;
  if (map->last >= map->regions->len || !holds (region_at (map, map->last), address, length_bytes))
    map->last = assay_sorted_last (map->regions, G_STRUCT_OFFSET (AssayMemoryRegion, address), address);
  if (map->last >= map->regions->len || !holds (region_at (map, map->last), address, length_bytes))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "a record of no content");
  const AssayMemoryRegion *region = region_at (map, map->last);
  return assay_blob_read (region->child->blob, address - region->address, out, length_bytes, error);
}
