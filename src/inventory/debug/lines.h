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

/**
 * AssayDebugRun: from an address up to @end the line table of the unit number @unit has rows of the file number @file.
 */
typedef struct
{
  guint64 end;
  guint32 unit;
  guint32 file;
} AssayDebugRun;

/** assay_debug_lines_walk: as assay_debug_lines_find(), of files alone. FALSE where no row is, up to out->end. */
gboolean assay_debug_lines_walk (AssayDebugLines *lines, guint64 address, guint32 section, AssayDebugRun *out);

/** assay_debug_lines_name_file: / assay_debug_lines_name_unit: the file of such a run, and the file that was given to
 * the compiler of its unit; absolute where the compiler says where it ran. (transfer full) (nullable) */
char *assay_debug_lines_name_file (AssayDebugLines *lines, guint32 unit, guint32 file);
char *assay_debug_lines_name_unit (AssayDebugLines *lines, guint32 unit);

/** assay_debug_lines_count_loads: how often the contents of a unit were read, which takes far longer than to find. */
guint64 assay_debug_lines_count_loads (const AssayDebugLines *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDebugLines, assay_debug_lines_free)

#endif
