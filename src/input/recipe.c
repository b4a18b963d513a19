#include "input/recipe.h"

#include "crypto/sha256.h"
#include "input/path.h"
#include "input/recipe_parts.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

#define RECIPE_FORMAT 1
#define DEFAULTS_FORMAT 1

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
  recipe->mtrees = g_ptr_array_new_with_free_func (assay_recipe_layer_free);
  recipe->layout = g_ptr_array_new_with_free_func (assay_recipe_layout_free);
  return recipe;
}

static void
defaults_free (AssayRecipeDefaults *defaults)
{
  g_free (defaults->file);
  g_free (defaults->path);
  g_free (defaults->directory);
  g_free (defaults);
}

void
assay_recipe_free (AssayRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->file);
  g_clear_pointer (&recipe->defaults, defaults_free);
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
  g_ptr_array_unref (recipe->mtrees);
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
  static const AssaySchemaWord words[] = { { "user" }, { "root", TRUE } };
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

/* What a recipe has and its defaults may have, @NEED in the one and optional in the other. */
#define SHARED_FIELDS(NEED)                                                                                            \
  { "licence", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, AT (licence) },                                          \
      { "source", assay_recipe_read_source, NEED, AT (source) },                                                       \
      { "patches", assay_recipe_read_patches, ASSAY_SCHEMA_OPTIONAL, AT (patches) },                                   \
      { "inputs", assay_recipe_read_inputs, ASSAY_SCHEMA_OPTIONAL, AT (inputs) },                                      \
      { "toolchain", assay_recipe_read_toolchain, ASSAY_SCHEMA_OPTIONAL, AT (toolchain) },                             \
      { "path", read_path, NEED, AT (path) }, { "run_as", read_run_as, ASSAY_SCHEMA_OPTIONAL, AT (run_as_root) },      \
      { "environment", assay_recipe_read_environment, ASSAY_SCHEMA_MERGED, AT (environment) },                         \
      { "limits", assay_recipe_read_limits, ASSAY_SCHEMA_MERGED, AT (limits) }, { "steps", read_steps, NEED, 0 },      \
      { "outputs", assay_recipe_read_outputs, NEED, AT (outputs) },                                                    \
      { "entries", assay_recipe_read_entries, ASSAY_SCHEMA_OPTIONAL, 0 },                                              \
      { "scope", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, AT (scope) },                                         \
      { "layout", assay_recipe_read_layout, ASSAY_SCHEMA_OPTIONAL, AT (layout) },

/* What `defaults` of a recipe names is read before all others. */
static const AssaySchemaField recipe_fields[]
    = { { "recipe", assay_schema_read_format, ASSAY_SCHEMA_REQUIRED, 0 },
        { "defaults", assay_schema_read_format, ASSAY_SCHEMA_OPTIONAL, 0 },
        { "product", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, AT (product) },
        SHARED_FIELDS (ASSAY_SCHEMA_REQUIRED) };

static const AssaySchemaField defaults_fields[]
    = { { "defaults", assay_schema_read_format, ASSAY_SCHEMA_REQUIRED, 0 }, SHARED_FIELDS (ASSAY_SCHEMA_OPTIONAL) };

static const AssaySchema recipe_schema
    = { .what = "a recipe", .fields = recipe_fields, .n_fields = G_N_ELEMENTS (recipe_fields) };

static const AssaySchema defaults_schema
    = { .what = "a file of defaults", .fields = defaults_fields, .n_fields = G_N_ELEMENTS (defaults_fields) };

/* Every value is of its type, whether or not a recipe has another in its place. */
static AssayRecipe *
read_defaults (const AssayYaml *yaml, const char *file, GError **error)
{
  g_autoptr (AssayRecipe) defaults = new_recipe (file);
  return assay_schema_check_format (yaml, "defaults", DEFAULTS_FORMAT, error)
                 && assay_schema_read (yaml, yaml->root, &defaults_schema, defaults, error)
             ? g_steal_pointer (&defaults)
             : NULL;
}

gboolean
assay_recipe_yaml_is_defaults (const AssayYaml *yaml)
{
  return assay_yaml_find (yaml->root, "defaults") != NULL && assay_yaml_find (yaml->root, "recipe") == NULL;
}

AssayRecipe *
assay_recipe_parse_defaults (const char *file, GBytes *bytes, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  g_autoptr (AssayRecipe) defaults = yaml == NULL ? NULL : read_defaults (yaml, file, error);
  if (defaults == NULL)
    return NULL;
  defaults->sha256 = defaults->file_sha256 = yaml->sha256;
  assay_recipe_resolve_layers (defaults);
  return g_steal_pointer (&defaults);
}

/* As it is called from where the recipe's own name is one. */
static char *
name_beside (const char *file, const char *given)
{
  g_autofree char *directory = g_path_get_dirname (file);
  return strcmp (directory, ".") == 0 ? g_strdup (given) : assay_path_from_file (directory, given);
}

/* The file that `defaults` names, read and checked. */
static AssayYaml *
load_defaults (AssayRecipe *recipe, const AssayYaml *yaml, const char *file, GError **error)
{
  const AssayYamlMember *member = assay_yaml_find (yaml->root, "defaults");
  g_autofree char *given = NULL;
  g_autoptr (GError) problem = NULL;
  if (!assay_schema_read_text (yaml, member->value, &given, error))
    return NULL;
  recipe->defaults = g_new0 (AssayRecipeDefaults, 1);
  recipe->defaults->path = assay_path_from_file (recipe->directory, given);
  recipe->defaults->directory = assay_path_directory_of (recipe->defaults->path);
  g_autofree char *name = name_beside (file, given);
  recipe->defaults->file = assay_text_escape_line (name, -1);
  g_autoptr (GBytes) bytes = assay_yaml_read_file (recipe->defaults->path, "defaults", &problem);
  if (bytes == NULL && !g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_USAGE))
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (bytes == NULL)
    assay_yaml_error (yaml, member->value->line, member->value->column, error, "%s", problem->message);
  if (bytes == NULL)
    return NULL;
  g_autoptr (AssayYaml) defaults = assay_yaml_parse (name, bytes, error);
  g_autoptr (AssayRecipe) checked = defaults == NULL ? NULL : read_defaults (defaults, name, error);
  if (checked == NULL)
    return NULL;
  recipe->defaults->sha256 = defaults->sha256;
  return g_steal_pointer (&defaults);
}

/* T19: of both texts, and told apart from the digest of any one. */
static void
bind (AssayRecipe *recipe, const AssayYaml *yaml)
{
  char own[ASSAY_DIGEST_HEX_SIZE], other[ASSAY_DIGEST_HEX_SIZE];
  recipe->sha256 = recipe->file_sha256 = yaml->sha256;
  if (recipe->defaults == NULL)
    return;
  assay_digest_to_hex (&recipe->file_sha256, own);
  assay_digest_to_hex (&recipe->defaults->sha256, other);
  g_autofree char *lines = g_strdup_printf ("recipe %s\ndefaults %s\n", own, other);
  assay_sha256_bytes (lines, strlen (lines), &recipe->sha256);
}

/* What the recipe itself does not have is of its defaults. */
static void
mark_defaults (AssayRecipe *recipe, const AssayYaml *yaml)
{
  const struct
  {
    const char *key;
    const GPtrArray *layers;
  } lists[] = { { "source", recipe->source },
                { "patches", recipe->patches },
                { "inputs", recipe->inputs },
                { "toolchain", recipe->toolchain },
                { "entries", recipe->mtrees } };
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list].layers->len; i++)
      ((AssayRecipeLayer *)g_ptr_array_index (lists[list].layers, i))->is_default
          = assay_yaml_find (yaml->root, lists[list].key) == NULL;
  for (guint i = 0; i < recipe->outputs->len; i++)
    ((AssayRecipeOutput *)g_ptr_array_index (recipe->outputs, i))->is_default
        = assay_yaml_find (yaml->root, "outputs") == NULL;
  recipe->steps_are_default = assay_yaml_find (yaml->root, "steps") == NULL;
}

AssayRecipe *
assay_recipe_parse (const char *file, GBytes *bytes, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  g_autoptr (AssayYaml) beneath = NULL;
  if (yaml == NULL)
    return NULL;
  g_autoptr (AssayRecipe) recipe = new_recipe (file);
  if (!assay_schema_check_format (yaml, "recipe", RECIPE_FORMAT, error))
    return NULL;
  if (assay_recipe_yaml_is_defaults (yaml))
    {
      assay_yaml_error (yaml, yaml->root->line, yaml->root->column, error,
                        "these are defaults, which recipes name; they are no recipe by themselves");
      return NULL;
    }
  if (assay_yaml_find (yaml->root, "defaults") != NULL && (beneath = load_defaults (recipe, yaml, file, error)) == NULL)
    return NULL;
  if (!assay_schema_read_over (yaml, beneath, &recipe_schema, recipe, error)
      || !assay_recipe_check_outputs (assay_yaml_find (yaml->root, "outputs") == NULL ? beneath : yaml, recipe, error))
    return NULL;
  bind (recipe, yaml);
  mark_defaults (recipe, yaml);
  assay_recipe_resolve_layers (recipe);
  return g_steal_pointer (&recipe);
}

const char *
assay_recipe_file_of_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer)
{
  return layer->is_default ? recipe->defaults->file : recipe->file;
}

const char *
assay_recipe_file_of_output (const AssayRecipe *recipe, const AssayRecipeOutput *output)
{
  return output->is_default ? recipe->defaults->file : recipe->file;
}

const char *
assay_recipe_file_of_steps (const AssayRecipe *recipe)
{
  return recipe->steps_are_default ? recipe->defaults->file : recipe->file;
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
