#include "input/recipe_parts.h"

#include "input/path.h"

#include <string.h>

void
assay_recipe_output_free (gpointer data)
{
  AssayRecipeOutput *output = data;
  g_free (output->from);
  g_free (output->at);
  g_strfreev (output->symbols);
  g_free (output);
}

void
assay_recipe_layout_free (gpointer data)
{
  AssayRecipeLayout *layout = data;
  g_free (layout->in);
  g_free (layout->name);
  g_free (layout->kind);
  g_free (layout);
}

/* What a value's place is called where the key may have been left out: the mapping. */
static gboolean
fail_member (const AssayYaml *yaml, const AssayYamlNode *node, const char *key, GError **error, const char *message)
{
  const AssayYamlMember *member = assay_yaml_find (node, key);
  const AssayYamlNode *place = member != NULL ? member->value : node;
  return assay_yaml_error (yaml, place->line, place->column, error, "%s", message);
}

/* A file has the content of one node and no entries. A tree may stand for a container by its path alone. */
static gboolean
check_output (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayRecipeOutput *output = target;
  const AssayYamlNode *from = assay_yaml_find (node, "from")->value;
  output->line = from->line;
  output->column = from->column;
  if (output->at == NULL || g_str_has_suffix (output->from, "/") || !g_str_has_suffix (output->at, "/"))
    return TRUE;
  return fail_member (yaml, node, "at", error, "`at` is a tree, so `from` must be one too and end in `/`");
}

#define OUTPUT(member) G_STRUCT_OFFSET (AssayRecipeOutput, member)

static const AssaySchemaField output_fields[] = {
  { "from", assay_schema_read_glob, ASSAY_SCHEMA_REQUIRED, OUTPUT (from) },
  { "at", assay_schema_read_glob, ASSAY_SCHEMA_OPTIONAL, OUTPUT (at) },
  { "symbols", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, OUTPUT (symbols) },
};

static const AssaySchema output_schema = { .what = "an output",
                                           .fields = output_fields,
                                           .n_fields = G_N_ELEMENTS (output_fields),
                                           .check = check_output,
                                           .item_size = sizeof (AssayRecipeOutput),
                                           .line_offset = OUTPUT (line) };

gboolean
assay_recipe_read_outputs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_require_items (yaml, node, error)
         && assay_schema_read_entries (yaml, node, &output_schema, *(GPtrArray **)out, error);
}

/* Seen from /build as the root, so that a path which leaves it on the way and comes back is refused too. */
static gboolean
check_built (const AssayYaml *yaml, const AssayYamlNode *node, const AssayRecipe *recipe, GError **error)
{
  g_autofree char *resolved = assay_path_resolve (recipe->path + strlen ("/build"), node->text);
  /* /build itself is a tree, and no file. */
  if (resolved != NULL && (strcmp (resolved, "/") != 0 || g_str_has_suffix (node->text, "/")))
    return TRUE;
  return assay_schema_fail (yaml, node, "a path relative to the recipe's `path` that stays beneath /build", error);
}

gboolean
assay_recipe_check_outputs (const AssayYaml *yaml, const AssayRecipe *recipe, GError **error)
{
  const GPtrArray *outputs = assay_yaml_find (yaml->root, "outputs")->value->items;
  for (guint i = 0; i < outputs->len; i++)
    {
      const AssayYamlNode *output = g_ptr_array_index (outputs, i);
      const AssayYamlMember *symbols = assay_yaml_find (output, "symbols");
      if (!check_built (yaml, assay_yaml_find (output, "from")->value, recipe, error))
        return FALSE;
      for (guint j = 0; symbols != NULL && j < symbols->value->items->len; j++)
        if (!check_built (yaml, g_ptr_array_index (symbols->value->items, j), recipe, error))
          return FALSE;
    }
  return TRUE;
}
