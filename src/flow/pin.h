#ifndef ASSAY_FLOW_PIN_H
#define ASSAY_FLOW_PIN_H

#include "input/pinning.h"

/** AssayPinnedFile: one recipe or file of defaults. */
typedef struct
{
  char *path;
  GBytes *bytes; /* as it was */
  AssayPinning *pinning;
} AssayPinnedFile;

/**
 * assay_flow_pin:
 * @given: a recipe or a file of defaults, `-` for one on standard input, or a directory of recipes: that is its
 * `defaults.yaml`, where it has one, and all recipes in it
 * @output: (nullable): where the pinned recipe goes, `-` standard output; NULL: in place. Not for a directory
 *
 * Fills in the digests of recipes. Nothing is written before all of them are known; in place nothing where nothing
 * changes, and nothing where the recipe is another by then: ASSAY_ERROR_CHANGED. Other errors: those of
 * assay_recipe_pin(), of all files, where digests are others; of assay_recipe_files_list() and AssayOutput.
 *
 * Returns: (transfer full) (element-type AssayPinnedFile)
 */
GPtrArray *assay_flow_pin (const char *given, const char *output, AssayPinMode mode, GError **error);

#endif
