#ifndef ASSAY_UTIL_SORTED_H
#define ASSAY_UTIL_SORTED_H

#include <glib.h>

/**
 * assay_sorted_first:
 * @array: of structs, ascending by the guint64 at @member (G_STRUCT_OFFSET)
 *
 * Returns: the index of the first element whose member is @value or more; @array->len when none is. In logarithmic
 * time.
 */
static inline guint
assay_sorted_first (const GArray *array, gsize member, guint64 value)
{
  gsize size = g_array_get_element_size ((GArray *)array);
  guint low = 0;
  guint high = array->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (G_STRUCT_MEMBER (guint64, array->data + size * middle, member) < value)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/**
 * assay_sorted_last:
 * @array: @member: as above
 *
 * Returns: the index of the last element whose member is @value or less, which holds it where each range begins where
 * the one before ends; 0 when none is, also of an empty @array. In logarithmic time.
 */
static inline guint
assay_sorted_last (const GArray *array, gsize member, guint64 value)
{
  gsize size = g_array_get_element_size ((GArray *)array);
  guint low = 0;
  for (guint high = array->len; high - low > 1;)
    {
      guint middle = low + (high - low) / 2;
      if (G_STRUCT_MEMBER (guint64, array->data + size * middle, member) <= value)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/**
 * assay_sorted_by:
 * @array: of structs; sorted, and equals keep their order
 * @member: of a guint64 of theirs (G_STRUCT_OFFSET): the key
 *
 * Sorts without comparisons, in time that is linear whatever the keys are: a symbol table is sorted several times, and
 * comparing its entries took longer than reading them.
 *
 * Source: Knuth, The Art of Computer Programming 3, 5.2.5, algorithm R.
 */
void assay_sorted_by (GArray *array, gsize member);

/** assay_sorted_elements: the same of @count structs of @size_bytes that lie at @elements. */
void assay_sorted_elements (gpointer elements, guint count, gsize size_bytes, gsize member);

#endif
