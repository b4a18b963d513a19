#ifndef ASSAY_INVENTORY_DEBUG_PRODUCERS_H
#define ASSAY_INVENTORY_DEBUG_PRODUCERS_H

#include "util/blob.h"
#include "util/limits.h"

/**
 * AssayDebugText: which text of the first entry of a unit.
 *
 * @ASSAY_DEBUG_TEXT_PRODUCER: DW_AT_producer: who compiled it, mostly with options
 * @ASSAY_DEBUG_TEXT_DIRECTORY: DW_AT_comp_dir: where the compiler ran
 */
typedef enum
{
  ASSAY_DEBUG_TEXT_PRODUCER = 0,
  ASSAY_DEBUG_TEXT_DIRECTORY,
} AssayDebugText;

/**
 * assay_debug_producers_read:
 * @text: what is asked of each unit
 * @out_whole: whether that is all: FALSE where the limits are hit
 *
 * That text of all units of a file, as they are, each once, up to one more than a reader keeps; see
 * assay_producers_add_debug().
 *
 * Returns: (transfer full) (element-type utf8). Errors: those of assay_debug_file_new().
 */
GPtrArray *assay_debug_producers_read (AssayBlob *blob, const AssayLimits *limits, AssayDebugText text,
                                       gboolean *out_whole, GError **error);

#endif
