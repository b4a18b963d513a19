#ifndef ASSAY_INVENTORY_DEBUG_PACKAGE_H
#define ASSAY_INVENTORY_DEBUG_PACKAGE_H

#include "inventory/debug/file.h"

/** AssayDebugPackageEntry: a unit of a .dwp file and its parts of the sections. */
typedef struct
{
  guint64 id;
  AssayDebugBytes sections[ASSAY_DEBUG_COUNT];
} AssayDebugPackageEntry;

/**
 * assay_debug_package_read: the compilation units that the index of a .dwp file lists; empty for a file without index.
 * An entry whose parts leave their sections is left out.
 *
 * Returns: (transfer full) (element-type AssayDebugPackageEntry). Errors: ASSAY_ERROR_LIMIT "debug-units".
 * Source: DWARF 5, 7.3.5; for version 2 GNU's "DWARF Package File Format".
 */
GArray *assay_debug_package_read (const AssayDebugFile *file, const AssayLimits *limits, GError **error);

#endif
