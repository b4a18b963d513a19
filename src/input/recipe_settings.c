#include "input/recipe_parts.h"
#include "util/checked.h"

#include <string.h>

#define LIMIT(member) G_STRUCT_OFFSET (AssayRecipeLimits, member)

static const AssaySchemaField limit_fields[] = {
  { "time", assay_schema_read_duration, ASSAY_SCHEMA_OPTIONAL, LIMIT (time_s) },
  { "memory", assay_schema_read_size, ASSAY_SCHEMA_OPTIONAL, LIMIT (memory_bytes) },
  { "processes", assay_schema_read_positive, ASSAY_SCHEMA_OPTIONAL, LIMIT (processes) },
  { "output", assay_schema_read_size, ASSAY_SCHEMA_OPTIONAL, LIMIT (output_bytes) },
};

static const AssaySchema limits_schema
    = { .what = "`limits`", .fields = limit_fields, .n_fields = G_N_ELEMENTS (limit_fields) };

gboolean
assay_recipe_read_limits (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read (yaml, node, &limits_schema, out, error);
}

static gboolean
is_variable_name (const char *text)
{
  if (!g_ascii_isalpha (*text) && *text != '_')
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_')
      return FALSE;
  return TRUE;
}

gboolean
assay_recipe_read_environment (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  GHashTable *environment = *(GHashTable **)out;
  if (!assay_schema_require (yaml, node, ASSAY_YAML_MAPPING, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (node->items, i);
      g_autofree char *value = NULL;
      if (!is_variable_name (member->key))
        {
          g_autofree char *shown = assay_yaml_quote (member->key);
          return assay_yaml_error (
              yaml, member->line, member->column, error,
              "%s is not the name of an environment variable: letters, digits and `_`, no digit first", shown);
        }
      if (!assay_schema_read_text_or_empty (yaml, member->value, &value, error))
        return FALSE;
      g_hash_table_insert (environment, g_strdup (member->key), g_steal_pointer (&value));
    }
  return TRUE;
}

static gboolean
read_layout_size (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (node->kind != ASSAY_YAML_SCALAR || strcmp (node->text, "rest") != 0)
    return assay_schema_read_size (yaml, node, out, error);
  *(guint64 *)out = G_MAXUINT64;
  return TRUE;
}

static gboolean
read_layout_kind (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = {
    { "header", 0 }, { "payload", 1 }, { "signature-slot", 2 }, { "filler", 3 }, { "mutable", 4 },
  };
  int index = 0;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &index, error))
    return FALSE;
  *(char **)out = g_strdup (words[index].word);
  return TRUE;
}

static gboolean
read_byte_swap (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = { { "2", 2 }, { "4", 4 } };
  int bytes = 0;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &bytes, error))
    return FALSE;
  *(guint64 *)out = (guint64)bytes;
  return TRUE;
}

static gboolean
check_layout (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayRecipeLayout *layout = target;
  guint64 end = 0;
  const AssayYamlNode *size = assay_yaml_find (node, "size")->value;
  gboolean is_rest = strcmp (size->text, "rest") == 0;
  if (!is_rest && (!assay_u64_add (layout->offset, layout->size, &end) || end > G_MAXINT64))
    return assay_schema_fail (yaml, size, "a size that a file can have behind this offset", error);
  if (layout->offset > G_MAXINT64)
    return assay_schema_fail (yaml, assay_yaml_find (node, "offset")->value, "an offset that a file can have", error);
  if (layout->byte_swap != 0
      && (strcmp (layout->kind, "payload") != 0 || (!is_rest && layout->size % layout->byte_swap != 0)))
    return assay_schema_fail (yaml, assay_yaml_find (node, "byte-swap")->value,
                              "a swap of a payload whose size is a multiple of it", error);
  if (layout->in == NULL)
    layout->in = g_strdup (".");
  return TRUE;
}

#define LAYOUT(member) G_STRUCT_OFFSET (AssayRecipeLayout, member)

static const AssaySchemaField layout_fields[] = {
  { "in", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, LAYOUT (in) },
  { "name", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, LAYOUT (name) },
  { "offset", assay_schema_read_offset, ASSAY_SCHEMA_REQUIRED, LAYOUT (offset) },
  { "size", read_layout_size, ASSAY_SCHEMA_REQUIRED, LAYOUT (size) },
  { "kind", read_layout_kind, ASSAY_SCHEMA_REQUIRED, LAYOUT (kind) },
  { "byte-swap", read_byte_swap, ASSAY_SCHEMA_OPTIONAL, LAYOUT (byte_swap) },
};

static const AssaySchema layout_schema = { .what = "a layout",
                                           .fields = layout_fields,
                                           .n_fields = G_N_ELEMENTS (layout_fields),
                                           .check = check_layout,
                                           .item_size = sizeof (AssayRecipeLayout),
                                           .line_offset = LAYOUT (line) };

static int
compare_layouts (gconstpointer a, gconstpointer b)
{
  const AssayRecipeLayout *first = *(const AssayRecipeLayout *const *)a;
  const AssayRecipeLayout *second = *(const AssayRecipeLayout *const *)b;
  int order = strcmp (first->in, second->in);
  return order != 0 ? order : (first->offset > second->offset) - (first->offset < second->offset);
}

static gboolean
fail_range (const AssayYaml *yaml, const AssayYamlNode *node, guint index, const char *problem, int other_line,
            GError **error)
{
  const AssayYamlNode *name = assay_yaml_find (g_ptr_array_index (node->items, index), "name")->value;
  g_autofree char *shown = assay_yaml_quote (name->text);
  return assay_yaml_error (yaml, name->line, name->column, error, "the range %s %s the one at line %d", shown, problem,
                           other_line);
}

/* Overlapping ranges would give a byte two kinds, and a name used twice would let a policy speak of the wrong one. */
static gboolean
check_ranges (const AssayYaml *yaml, const AssayYamlNode *node, GPtrArray *layouts, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint index = 0;
  for (guint i = 0; i < layouts->len; i++)
    {
      AssayRecipeLayout *layout = g_ptr_array_index (layouts, i);
      const AssayRecipeLayout *first = g_hash_table_lookup (names, layout->name);
      if (first != NULL)
        return fail_range (yaml, node, i, "has the name of", first->line, error);
      g_hash_table_insert (names, layout->name, layout);
      g_ptr_array_add (sorted, layout);
    }
  g_ptr_array_sort (sorted, compare_layouts);
  for (guint i = 1; i < sorted->len; i++)
    {
      const AssayRecipeLayout *before = g_ptr_array_index (sorted, i - 1);
      const AssayRecipeLayout *layout = g_ptr_array_index (sorted, i);
      if (strcmp (before->in, layout->in) == 0 && layout->offset - before->offset < before->size
          && g_ptr_array_find (layouts, layout, &index))
        return fail_range (yaml, node, index, "overlaps", before->line, error);
    }
  return TRUE;
}

gboolean
assay_recipe_read_layout (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  GPtrArray *layouts = *(GPtrArray **)out;
  return assay_schema_read_entries (yaml, node, &layout_schema, layouts, error)
         && check_ranges (yaml, node, layouts, error);
}
