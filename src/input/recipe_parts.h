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

/** AssayRecipeLayer: a path that names a file, and a digest. */
gboolean assay_recipe_read_layer_file (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_recipe_read_layer_sha256 (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out,
                                         GError **error);

/** AssayRecipe, for its lines and its files of entries. */
gboolean assay_recipe_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** GPtrArray **, which is there already: of AssayRecipeOutput and AssayRecipeLayout. */
gboolean assay_recipe_read_outputs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
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

/** AssayRecipeLines: what lines say of nodes that they name by their paths; of a glob nothing is kept, since whoever
 * names the path says it better. */
typedef struct _AssayRecipeLines AssayRecipeLines;

AssayRecipeLines *assay_recipe_lines_new (void);
void assay_recipe_lines_free (AssayRecipeLines *lines);

/** assay_recipe_lines_add: @entry stays the caller's, and longer than @lines. */
void assay_recipe_lines_add (AssayRecipeLines *lines, const AssayRecipeEntry *entry);

/**
 * assay_recipe_lines_check:
 * @file: that has the lines, as messages call it
 *
 * Returns: (transfer full) (nullable): NULL, or which fact of @entry a line gives another value, as a message
 */
char *assay_recipe_lines_check (const AssayRecipeLines *lines, const char *file, const AssayRecipeEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRecipeLines, assay_recipe_lines_free)

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
