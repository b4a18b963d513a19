#ifndef ASSAY_ACCOUNT_EXTENTS_H
#define ASSAY_ACCOUNT_EXTENTS_H

#include <glib.h>

/**
 * AssayExtent: bytes [start, end) of a file; never empty.
 *
 * A list of them (element-type AssayExtent) is a set of bytes: what follows takes and gives lists in ascending order,
 * in which no two touch, once assay_extents_settle() was called on what assay_extents_add() made.
 */
typedef struct
{
  guint64 start;
  guint64 end;
} AssayExtent;

GArray *assay_extents_new (void);

/** assay_extents_add: appends; an empty range is left out, and one that has no end in 64 bits reaches to the last. */
void assay_extents_add (GArray *extents, guint64 offset, guint64 length);

/** assay_extents_settle: sorts, and joins what overlaps or touches. */
void assay_extents_settle (GArray *extents);

/** assay_extents_intersect: what is in both. Transfer full. */
GArray *assay_extents_intersect (const GArray *a, const GArray *b);

/** assay_extents_subtract: what is in @a and not in @b. Transfer full. */
GArray *assay_extents_subtract (const GArray *a, const GArray *b);

/** assay_extents_count: how many bytes they hold. */
guint64 assay_extents_count (const GArray *extents);

#endif
