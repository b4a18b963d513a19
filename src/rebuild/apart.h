#ifndef ASSAY_REBUILD_APART_H
#define ASSAY_REBUILD_APART_H

#include "input/recipe.h"

/**
 * assay_apart_check:
 * @option: that names it, for messages
 * @place: a file or directory that is written, as the one that build trees are kept in; need not exist
 *
 * Whether it lies in none of the directories that the recipe names, by way of whatever links: what is written there
 * would change a source that was digested already, and be seen by the build. Makes nothing. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_apart_check (const AssayRecipe *recipe, const char *option, const char *place, GError **error);

#endif
