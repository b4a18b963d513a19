#ifndef ASSAY_REBUILD_PATCH_H
#define ASSAY_REBUILD_PATCH_H

#include "rebuild/layer.h"

/**
 * assay_patches_apply:
 *
 * Applies the recipe's patches in order, by GNU patch of this machine behind the walls. Every line of context must
 * agree (-F0); a patch that is applied already is a failure.
 *
 * Errors: ASSAY_ERROR_STEP naming the patch and its line
 */
gboolean assay_patches_apply (const AssayUnpacking *unpacking, GError **error);

#endif
