#include "input/recipe.h"

#include "input/path.h"
#include "input/recipe_parts.h"
#include "util/text.h"

#include <string.h>

#define RECIPE_FORMAT 1

static AssayRecipe *
new_recipe (const char *file)
{
  AssayRecipe *recipe = g_new0 (AssayRecipe, 1);
  recipe->file = assay_text_escape_line (file, -1);
  recipe->directory = assay_path_directory_of (file);
  recipe->source = g_ptr_array_new_with_free_func (assay_recipe_layer_free);
  recipe->patches = g_ptr_array_new_with_free_func (assay_recipe_layer_free);
  recipe->inputs = g_ptr_array_new_with_free_func (assay_recipe_layer_free);
  recipe->toolchain = g_ptr_array_new_with_free_func (assay_recipe_layer_free);
  recipe->environment = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  recipe->steps = g_ptr_array_new_with_free_func (g_free);
  recipe->step_lines = g_array_new (FALSE, FALSE, sizeof (int));
  recipe->outputs = g_ptr_array_new_with_free_func (assay_recipe_output_free);
  recipe->entries = g_ptr_array_new_with_free_func (assay_recipe_entry_free);
  recipe->layout = g_ptr_array_new_with_free_func (assay_recipe_layout_free);
  return recipe;
}

void
assay_recipe_free (AssayRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->file);
  g_free (recipe->directory);
  g_free (recipe->product);
  g_free (recipe->licence);
  g_ptr_array_unref (recipe->source);
  g_ptr_array_unref (recipe->patches);
  g_ptr_array_unref (recipe->inputs);
  g_ptr_array_unref (recipe->toolchain);
  g_free (recipe->path);
  g_hash_table_unref (recipe->environment);
  g_ptr_array_unref (recipe->steps);
  g_array_unref (recipe->step_lines);
  g_ptr_array_unref (recipe->outputs);
  g_ptr_array_unref (recipe->entries);
  g_strfreev (recipe->scope);
  g_ptr_array_unref (recipe->layout);
  g_free (recipe);
}

static gboolean
read_path (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *path = NULL;
  if (!assay_schema_read_absolute (yaml, node, &path, error))
    return FALSE;
  if (!assay_path_is_beneath (path, "/build"))
    return assay_schema_fail (yaml, node, "a path beneath /build", error);
  *(char **)out = g_steal_pointer (&path);
  return TRUE;
}

static gboolean
read_run_as (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = { { "user", FALSE }, { "root", TRUE } };
  int is_root = FALSE;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &is_root, error))
    return FALSE;
  *(gboolean *)out = is_root;
  return TRUE;
}

/* Target: the recipe, for steps and their lines. */
static gboolean
read_steps (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayRecipe *recipe = out;
  if (!assay_schema_require_items (yaml, node, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *item = g_ptr_array_index (node->items, i);
      char *step = NULL;
      if (!assay_schema_read_block (yaml, item, &step, error))
        return FALSE;
      g_ptr_array_add (recipe->steps, step);
      g_array_append_val (recipe->step_lines, item->line);
    }
  return TRUE;
}

#define AT(member) G_STRUCT_OFFSET (AssayRecipe, member)

static const AssaySchemaField recipe_fields[] = {
  { "recipe", assay_schema_read_format, ASSAY_SCHEMA_REQUIRED, 0 },
  { "product", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, AT (product) },
  { "licence", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, AT (licence) },
  { "source", assay_recipe_read_source, ASSAY_SCHEMA_REQUIRED, AT (source) },
  { "patches", assay_recipe_read_patches, ASSAY_SCHEMA_OPTIONAL, AT (patches) },
  { "inputs", assay_recipe_read_inputs, ASSAY_SCHEMA_OPTIONAL, AT (inputs) },
  { "toolchain", assay_recipe_read_toolchain, ASSAY_SCHEMA_OPTIONAL, AT (toolchain) },
  { "path", read_path, ASSAY_SCHEMA_REQUIRED, AT (path) },
  { "run_as", read_run_as, ASSAY_SCHEMA_OPTIONAL, AT (run_as_root) },
  { "environment", assay_recipe_read_environment, ASSAY_SCHEMA_OPTIONAL, AT (environment) },
  { "limits", assay_recipe_read_limits, ASSAY_SCHEMA_OPTIONAL, AT (limits) },
  { "steps", read_steps, ASSAY_SCHEMA_REQUIRED, 0 },
  { "outputs", assay_recipe_read_outputs, ASSAY_SCHEMA_REQUIRED, AT (outputs) },
  { "entries", assay_recipe_read_entries, ASSAY_SCHEMA_OPTIONAL, AT (entries) },
  { "scope", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, AT (scope) },
  { "layout", assay_recipe_read_layout, ASSAY_SCHEMA_OPTIONAL, AT (layout) },
};

static const AssaySchema recipe_schema
    = { .what = "a recipe", .fields = recipe_fields, .n_fields = G_N_ELEMENTS (recipe_fields) };

AssayRecipe *
assay_recipe_parse (const char *file, GBytes *bytes, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  if (yaml == NULL)
    return NULL;
  g_autoptr (AssayRecipe) recipe = new_recipe (file);
  recipe->sha256 = yaml->sha256;
  if (!assay_schema_check_format (yaml, "recipe", RECIPE_FORMAT, error)
      || !assay_schema_read (yaml, yaml->root, &recipe_schema, recipe, error)
      || !assay_recipe_check_outputs (yaml, recipe, error))
    return NULL;
  assay_recipe_resolve_layers (recipe);
  return g_steal_pointer (&recipe);
}

AssayRecipe *
assay_recipe_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = assay_yaml_read_file (path, "recipe", error);
  return bytes != NULL ? assay_recipe_parse (path, bytes, error) : NULL;
}

#define LAYOUT_AT(member) G_STRUCT_OFFSET (AssayLayoutFile, member)

static const AssaySchemaField layout_file_fields[]
    = { { "layout", assay_recipe_read_layout, ASSAY_SCHEMA_REQUIRED, LAYOUT_AT (layout) } };

static const AssaySchema layout_file_schema
    = { .what = "a layout file", .fields = layout_file_fields, .n_fields = G_N_ELEMENTS (layout_file_fields) };

void
assay_layout_file_free (AssayLayoutFile *file)
{
  if (file == NULL)
    return;
  g_ptr_array_unref (file->layout);
  g_free (file);
}

AssayLayoutFile *
assay_layout_file_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = assay_yaml_read_file (path, "layout", error);
  g_autoptr (AssayYaml) yaml = bytes == NULL ? NULL : assay_yaml_parse (path, bytes, error);
  if (yaml == NULL)
    return NULL;
  g_autoptr (AssayLayoutFile) file = g_new0 (AssayLayoutFile, 1);
  file->layout = g_ptr_array_new_with_free_func (assay_recipe_layout_free);
  file->sha256 = yaml->sha256;
  return assay_schema_read (yaml, yaml->root, &layout_file_schema, file, error) ? g_steal_pointer (&file) : NULL;
}
