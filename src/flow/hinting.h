#ifndef ASSAY_FLOW_HINTING_H
#define ASSAY_FLOW_HINTING_H

#include "inventory/hints.h"
#include "unpack/node.h"

/**
 * assay_flow_read_hints:
 * @root: an unpacked image; must stay as long as @hints is read into
 *
 * Looks through all containers and files of an image. Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_flow_read_hints (AssayHints *hints, AssayNode *root, const AssayLimits *limits, GError **error);

#endif
