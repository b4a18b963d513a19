#ifndef ASSAY_FLOW_PIN_H
#define ASSAY_FLOW_PIN_H

#include "input/pinning.h"

/**
 * assay_flow_pin:
 * @recipe: a path, or `-` for standard input
 * @output: (nullable): where the pinned recipe goes, `-` standard output; NULL: in place of @recipe
 *
 * Fills in the digests of a recipe. In place nothing is written where nothing changes, and nothing where the recipe is
 * another by then: ASSAY_ERROR_CHANGED. Other errors: those of assay_recipe_pin() and AssayOutput.
 */
AssayPinning *assay_flow_pin (const char *recipe, const char *output, AssayPinMode mode, GError **error);

#endif
