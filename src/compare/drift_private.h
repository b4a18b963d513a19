#ifndef ASSAY_COMPARE_DRIFT_PRIVATE_H
#define ASSAY_COMPARE_DRIFT_PRIVATE_H

#include "compare/drift.h"

/* What drift.c, which finds objects by their bytes, and drift_gaps.c, which places the rest, share. */

/** How far from where its length puts it the beginning of a changed object's neighbour is looked for. */
#define ASSAY_DRIFT_GUESS_BYTES 4096u

static inline void
assay_object_place (AssayObject *object, guint64 shipped_offset, guint64 length, AssayPlacement placement)
{
  object->placement = placement;
  object->shipped_offset = shipped_offset;
  object->shipped_length = length;
}

/**
 * assay_object_has_place: whether a symbol of the shipped file says where in the area the function begins. Its old
 * bytes may well stand in another place: behind new ones, which then are part of it.
 */
static inline gboolean
assay_object_has_place (const AssayDrift *drift, const AssayObject *object)
{
  return object->kind == ASSAY_OBJECT_FUNCTION && object->hint < drift->shipped_length;
}

/** assay_drift_may_search: notes that @length bytes of the shipped area are searched; FALSE, and @cut, where that is
 * more than is allowed. */
gboolean assay_drift_may_search (AssayDrift *drift, guint64 length);

/** assay_drift_bytes_equal: whether @length bytes are equal but for the bits of @mask. */
gboolean assay_drift_bytes_equal (const guint8 *a, const guint8 *b, const guint8 *mask, guint64 length);

/**
 * assay_drift_close_gaps:
 *
 * Gives every object that was not found a place between its neighbours that were, and takes back @moved_away of those
 * that stand between them after all.
 */
void assay_drift_close_gaps (AssayDrift *drift);

#endif
