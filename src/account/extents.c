#include "account/extents.h"

#include "util/checked.h"

GArray *
assay_extents_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AssayExtent));
}

void
assay_extents_add (GArray *extents, guint64 offset, guint64 length)
{
  AssayExtent extent = { offset, G_MAXUINT64 };
  assay_u64_add (offset, length, &extent.end);
  if (extent.end > extent.start)
    g_array_append_val (extents, extent);
}

static gint
by_start (gconstpointer a, gconstpointer b)
{
  const AssayExtent *first = a;
  const AssayExtent *second = b;
  return first->start < second->start ? -1 : first->start > second->start;
}

void
assay_extents_settle (GArray *extents)
{
  guint kept = 0;
  g_array_sort (extents, by_start);
  for (guint i = 0; i < extents->len; i++)
    {
      AssayExtent *last = kept == 0 ? NULL : &g_array_index (extents, AssayExtent, kept - 1);
      const AssayExtent extent = g_array_index (extents, AssayExtent, i);
      if (last != NULL && extent.start <= last->end)
        last->end = MAX (last->end, extent.end);
      else
        g_array_index (extents, AssayExtent, kept++) = extent;
    }
  g_array_set_size (extents, kept);
}

GArray *
assay_extents_intersect (const GArray *a, const GArray *b)
{
  GArray *out = assay_extents_new ();
  for (guint i = 0, j = 0; i < a->len && j < b->len;)
    {
      const AssayExtent *left = &g_array_index (a, AssayExtent, i);
      const AssayExtent *right = &g_array_index (b, AssayExtent, j);
      guint64 start = MAX (left->start, right->start);
      guint64 end = MIN (left->end, right->end);
      if (start < end)
        assay_extents_add (out, start, end - start);
      if (left->end <= right->end)
        i++;
      else
        j++;
    }
  return out;
}

GArray *
assay_extents_subtract (const GArray *a, const GArray *b)
{
  GArray *out = assay_extents_new ();
  guint j = 0;
  for (guint i = 0; i < a->len; i++)
    {
      const AssayExtent *left = &g_array_index (a, AssayExtent, i);
      guint64 start = left->start;
      while (j < b->len && g_array_index (b, AssayExtent, j).end <= start)
        j++;
      for (guint k = j; k < b->len && g_array_index (b, AssayExtent, k).start < left->end; k++)
        {
          const AssayExtent *hole = &g_array_index (b, AssayExtent, k);
          if (hole->start > start)
            assay_extents_add (out, start, hole->start - start);
          start = MAX (start, hole->end);
        }
      if (start < left->end)
        assay_extents_add (out, start, left->end - start);
    }
  return out;
}

guint64
assay_extents_count (const GArray *extents)
{
  guint64 bytes = 0;
  for (guint i = 0; i < extents->len; i++)
    {
      const AssayExtent *extent = &g_array_index (extents, AssayExtent, i);
      bytes += extent->end - extent->start;
    }
  return bytes;
}
