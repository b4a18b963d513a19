#ifndef ASSAY_INPUT_RECIPE_PARTS_H
#define ASSAY_INPUT_RECIPE_PARTS_H

#include "input/recipe.h"
#include "input/schema.h"

/* The types of a recipe's top-level keys, for recipe.c and pinning.c alone. Each reader's target is the array or struct
 * that its name says. */

/** GPtrArray **, which is there already: of AssayRecipeLayer. */
gboolean assay_recipe_read_source (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_patches (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_inputs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_toolchain (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** GPtrArray **, which is there already: of AssayRecipeOutput, AssayRecipeEntry and AssayRecipeLayout. */
gboolean assay_recipe_read_outputs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_layout (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** AssayRecipeLimits. */
gboolean assay_recipe_read_limits (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** GHashTable **, which is there already: utf8 to utf8. */
gboolean assay_recipe_read_environment (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** assay_recipe_yaml_is_defaults: whether a text is meant as a file of defaults, and not as a recipe. */
gboolean assay_recipe_yaml_is_defaults (const AssayYaml *yaml);

/** Free functions of the arrays; take structs that are filled in part. */
void assay_recipe_layer_free (gpointer layer);
void assay_recipe_output_free (gpointer output);
void assay_recipe_entry_free (gpointer entry);
void assay_recipe_layout_free (gpointer layout);

/**
 * assay_recipe_resolve_layers:
 *
 * What reading a layer alone could not say: where its file lies, and whether an input is a file or a directory.
 */
void assay_recipe_resolve_layers (const AssayRecipe *recipe);

/** assay_recipe_check_outputs: whether each `from` and symbol file, seen from the recipe's `path`, stays beneath
 * /build. @yaml: the file that has them. */
gboolean assay_recipe_check_outputs (const AssayYaml *yaml, const AssayRecipe *recipe, GError **error);

#endif
