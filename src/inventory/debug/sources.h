#ifndef ASSAY_INVENTORY_DEBUG_SOURCES_H
#define ASSAY_INVENTORY_DEBUG_SOURCES_H

#include "util/blob.h"
#include "util/limits.h"

/**
 * assay_debug_sources_read:
 * @most_bytes: of all texts together
 * @out_whole: whether that is all: FALSE where the limits are hit
 *
 * The files that the line tables of all units of a file list, as inventory/sources.h has it, not escaped, each once.
 *
 * Returns: (transfer full) (element-type utf8). Errors: those of assay_debug_file_new().
 */
GPtrArray *assay_debug_sources_read (AssayBlob *blob, const AssayLimits *limits, gsize most_bytes, gboolean *out_whole,
                                     GError **error);

#endif
