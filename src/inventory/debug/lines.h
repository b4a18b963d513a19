#ifndef ASSAY_INVENTORY_DEBUG_LINES_H
#define ASSAY_INVENTORY_DEBUG_LINES_H

#include "inventory/lines.h"

/**
 * AssayDebugLines: what inventory/lines.h promises, in the process that may read debug information. All functions as
 * there, but that no text is escaped.
 */
typedef struct _AssayDebugLines AssayDebugLines;

/** assay_debug_lines_new: nothing of @blob and @split is needed after the call. */
AssayDebugLines *assay_debug_lines_new (AssayBlob *blob, const GPtrArray *split, const AssayLimits *limits,
                                        GError **error);
void assay_debug_lines_free (AssayDebugLines *lines);

/** assay_debug_lines_find: for all addresses from @address up to *out_end, and for @address itself in any case, the
 * answer is the same. */
gboolean assay_debug_lines_find (AssayDebugLines *lines, guint64 address, guint32 section, AssaySourcePlace *out,
                                 guint64 *out_end);

/** assay_debug_lines_count_loads: how often the contents of a unit were read, which takes far longer than to find. */
guint64 assay_debug_lines_count_loads (const AssayDebugLines *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDebugLines, assay_debug_lines_free)

#endif
