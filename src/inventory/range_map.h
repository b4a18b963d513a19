#ifndef ASSAY_INVENTORY_RANGE_MAP_H
#define ASSAY_INVENTORY_RANGE_MAP_H

#include <glib.h>

/**
 * AssayRangeClaim: [start, end) of a domain belongs to @value. Empty and backward claims are allowed and claim nothing.
 */
typedef struct
{
  guint32 domain;
  guint32 value; /* not G_MAXUINT32 */
  guint64 start;
  guint64 end;
} AssayRangeClaim;

/**
 * AssayRangeMap:
 *
 * Who holds a point, where any number of claims may nest and overlap: built in O(n log n), asked in O(log n), whatever
 * the claims are. (A sorted list with the largest end so far would be enough for honest files; a hostile one makes
 * every question O(n).)
 */
typedef struct _AssayRangeMap AssayRangeMap;

/**
 * assay_range_map_new:
 * @claims: (element-type AssayRangeClaim): the most important first; where claims overlap, the first one wins
 *
 * Errors: ASSAY_ERROR_FAILED there is not enough memory.
 */
AssayRangeMap *assay_range_map_new (const GArray *claims, GError **error);
void assay_range_map_free (AssayRangeMap *map);

/** assay_range_map_find: whether a claim holds @point of @domain; then *out_value (nullable) is its value. */
gboolean assay_range_map_find (const AssayRangeMap *map, guint32 domain, guint64 point, guint32 *out_value);

/** assay_range_map_find_end: the same; all points from @point up to *out_end, which is behind it (or the highest number
 * that there is), have the same answer. */
gboolean assay_range_map_find_end (const AssayRangeMap *map, guint32 domain, guint64 point, guint32 *out_value,
                                   guint64 *out_end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRangeMap, assay_range_map_free)

#endif
