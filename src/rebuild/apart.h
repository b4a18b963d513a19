#ifndef ASSAY_REBUILD_APART_H
#define ASSAY_REBUILD_APART_H

#include "input/recipe.h"

/**
 * assay_apart_check:
 * @work_dir: where build trees are to be kept; need not exist
 *
 * Whether it lies in none of the directories that the recipe names, by way of whatever links: what is written there
 * would change a source that was digested already. Makes nothing. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_apart_check (const AssayRecipe *recipe, const char *work_dir, GError **error);

#endif
