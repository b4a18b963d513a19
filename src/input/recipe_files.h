#ifndef ASSAY_INPUT_RECIPE_FILES_H
#define ASSAY_INPUT_RECIPE_FILES_H

#include <glib.h>

/** The file in a directory of recipes that is none itself, but what they may name as their `defaults`. */
#define ASSAY_RECIPE_DEFAULTS_NAME "defaults.yaml"

/** The end of the name of a recipe in a directory of recipes. */
#define ASSAY_RECIPE_SUFFIX ".yaml"

/** AssayRecipeFilesKind: which of the files of a directory. */
typedef enum
{
  ASSAY_RECIPE_FILES_RECIPES = 0,
  ASSAY_RECIPE_FILES_WITH_DEFAULTS,
} AssayRecipeFilesKind;

/**
 * assay_recipe_files_list:
 * @given: (array zero-terminated): recipes, `-`, and directories of recipes
 *
 * Puts in the place of each directory the files in it whose names end in ASSAY_RECIPE_SUFFIX and begin with no dot, but
 * for ASSAY_RECIPE_DEFAULTS_NAME, sorted bytewise; with defaults that is the first of them, where it is there. None of
 * them is opened.
 *
 * Returns: (transfer full): paths. Errors: ASSAY_ERROR_USAGE a directory that cannot be listed, or has no recipe; one
 * file that is named twice.
 */
char **assay_recipe_files_list (const char *const *given, AssayRecipeFilesKind kind, GError **error);

#endif
