#ifndef ASSAY_INVENTORY_DEBUG_PRODUCERS_H
#define ASSAY_INVENTORY_DEBUG_PRODUCERS_H

#include "util/blob.h"
#include "util/limits.h"

/**
 * assay_debug_producers_read:
 * @out_whole: whether that is all: FALSE where the limits are hit
 *
 * DW_AT_producer of all units of a file, as they are, each once, up to one more than a reader keeps; see
 * assay_producers_add_debug().
 *
 * Returns: (transfer full) (element-type utf8). Errors: those of assay_debug_file_new().
 */
GPtrArray *assay_debug_producers_read (AssayBlob *blob, const AssayLimits *limits, gboolean *out_whole, GError **error);

#endif
