#ifndef ASSAY_INVENTORY_DEBUG_PLACE_H
#define ASSAY_INVENTORY_DEBUG_PLACE_H

#include "inventory/debug/line_table.h"
#include "inventory/debug/scopes.h"
#include "inventory/lines.h"

/**
 * AssayDebugPlaceParts: what of a unit a place is told from.
 * @context: of the entries
 * @scopes: (nullable)
 * @rows: (nullable): the lines of the unit's code
 * @files: (nullable): what file numbers in entries mean
 * @compilation_directory: (nullable): borrowed
 */
typedef struct
{
  AssayDebugContext context;
  const AssayDebugScopes *scopes;
  const AssayLineTable *rows;
  const AssayLineTable *files;
  const char *compilation_directory;
} AssayDebugPlaceParts;

/** assay_debug_place_find: fills @out when something is known of the address; see assay_lines_find(). Up to *out_end
 * the answer is the same. Its texts are as they are in the file, up to ASSAY_SOURCE_TEXT_MAX of each name, and nothing
 * is escaped. */
gboolean assay_debug_place_find (const AssayDebugPlaceParts *parts, guint64 address, AssaySourcePlace *out,
                                 guint64 *out_end);

#endif
