#ifndef ASSAY_UNPACK_LAYOUT_H
#define ASSAY_UNPACK_LAYOUT_H

#include "unpack/container.h"

/**
 * assay_layout_of: the ranges that the options' layout names in this node, or NULL when it names none.
 *
 * Returns: (transfer container) (element-type AssayUnpackLayout): ascending
 */
GPtrArray *assay_layout_of (const AssayUnpackContext *context, const AssayNode *node);

/**
 * assay_layout_open:
 *
 * Divides raw bytes as a layout says: a payload is a child of that name, everything else a span of the node's own.
 * Nothing is believed of what the ranges hold. Errors: ASSAY_ERROR_MALFORMED a range leaves the node.
 */
gboolean assay_layout_open (AssayContainer *container, const GPtrArray *layout, GError **error);

#endif
