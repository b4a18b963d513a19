#ifndef ASSAY_INVENTORY_DEBUG_SPLIT_H
#define ASSAY_INVENTORY_DEBUG_SPLIT_H

#include "inventory/debug/unit.h"

/** AssayDebugSplits: the split units of some .dwo and .dwp files, by their identifiers. */
typedef struct _AssayDebugSplits AssayDebugSplits;

/**
 * assay_debug_splits_new:
 * @blobs: (nullable) (element-type AssayBlob)
 *
 * Looks through the files. One that cannot be read holds nothing.
 *
 * Errors: ASSAY_ERROR_LIMIT, I/O.
 */
AssayDebugSplits *assay_debug_splits_new (const GPtrArray *blobs, const AssayLimits *limits, GError **error);
void assay_debug_splits_free (AssayDebugSplits *splits);

/**
 * assay_debug_splits_find:
 * @out_file: @out_unit: borrowed
 *
 * Returns: whether there is a split unit of that identifier
 */
gboolean assay_debug_splits_find (AssayDebugSplits *splits, guint64 id, AssayDebugFile **out_file,
                                  const AssayDebugUnit **out_unit);

/**
 * assay_debug_splits_find_supplement:
 * @out: (transfer none) (nullable): the file among them that has this build identifier, in hexadecimal: what dwz moved
 *   parts to; NULL where there is none
 *
 * Errors: ASSAY_ERROR_LIMIT, I/O.
 */
gboolean assay_debug_splits_find_supplement (AssayDebugSplits *splits, const char *build_id, const AssayDebugFile **out,
                                             GError **error);

/** assay_debug_splits_forget: gives back what libdw has read of units. */
void assay_debug_splits_forget (AssayDebugSplits *splits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDebugSplits, assay_debug_splits_free)

#endif
