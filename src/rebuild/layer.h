#ifndef ASSAY_REBUILD_LAYER_H
#define ASSAY_REBUILD_LAYER_H

#include "input/recipe.h"
#include "rebuild/extract.h"
#include "util/known_files.h"

/**
 * AssayUnpacking: what the layers of one recipe have in common; all borrowed. @digests: (element-type
 * AssayInputDigest); that of a commit becomes the digest of what was written out;
 * @known: (nullable): the files of the source, as long as nothing is laid over them
 */
typedef struct
{
  AssayWorkspace *workspace;
  const AssayRecipe *recipe;
  GArray *digests;
  AssayKnownFiles *known;
} AssayUnpacking;

/**
 * assay_layer_unpack:
 * @into: the layer is laid over what is there
 *
 * Copies, unpacks or exports one layer into a directory of its own, checks that it is what was checked before, and
 * moves it to its place.
 *
 * Errors: begin with recipe file, line and the layer's path: ASSAY_ERROR_CHANGED; those of assay_extract_archive(),
 * assay_git_export(), assay_copy_tree()
 */
gboolean assay_layer_unpack (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
                             AssayDirectory *into, GError **error);

/** assay_layer_copy_file: copies a layer that is one file (a patch) to @name in the workspace's private directory, and
 * checks it. */
gboolean assay_layer_copy_file (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, const char *name,
                                GError **error);

/** assay_layer_prefix: puts "RECIPE:LINE: GIVEN: " before the message of an error. Returns FALSE. */
gboolean assay_layer_prefix (const AssayRecipe *recipe, const AssayRecipeLayer *layer, GError **error);

#endif
