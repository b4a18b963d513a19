#include "input/recipe_parts.h"

#include "input/path.h"
#include "util/text.h"

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
assay_recipe_entry_free (gpointer data)
{
  AssayRecipeEntry *entry = data;
  g_free (entry->at);
  g_clear_pointer (&entry->facts, g_hash_table_unref);
  g_free (entry);
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
  { "from", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, OUTPUT (from) },
  { "at", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, OUTPUT (at) },
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

static void
set_fact (AssayRecipeEntry *entry, const char *name, char *value)
{
  if (entry->facts == NULL)
    entry->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (entry->facts, g_strdup (name), value);
}

/* Each key of an entry but `at` is a reader of its own, whose target is the entry. */
static gboolean
read_mode (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  const char *digits = *text == '0' ? text + 1 : text;
  gsize length = strlen (digits);
  if (length < 3 || length > 4 || strspn (digits, "01234567") != length)
    return assay_schema_fail (yaml, node, "a mode of 3 or 4 octal digits, as 4755", error);
  set_fact (out, "mode", g_strdup_printf ("0%04o", (guint)g_ascii_strtoull (digits, NULL, 8)));
  return TRUE;
}

static gboolean
read_name (const AssayYaml *yaml, const AssayYamlNode *node, const char *fact, const char *number_fact, gpointer out,
           GError **error)
{
  g_autofree char *text = NULL;
  AssayRecipeEntry *entry = out;
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  if (strspn (text, "0123456789") == strlen (text))
    return assay_schema_fail (yaml, node, "a name; a number is written as `uid` or `gid`", error);
  /* root is 0 wherever there are numbers; every other name is what the image's own tables say. */
  if (strcmp (text, "root") == 0 && (entry->facts == NULL || !g_hash_table_contains (entry->facts, number_fact)))
    set_fact (entry, number_fact, g_strdup ("0"));
  set_fact (entry, fact, assay_text_escape_line (text, -1));
  return TRUE;
}

static gboolean
read_owner (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_name (yaml, node, "user", "uid", out, error);
}

static gboolean
read_group (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_name (yaml, node, "group", "gid", out, error);
}

static gboolean
read_number (const AssayYaml *yaml, const AssayYamlNode *node, const char *fact, gpointer out, GError **error)
{
  guint64 value = 0;
  if (!assay_schema_read_count (yaml, node, &value, error))
    return FALSE;
  set_fact (out, fact, g_strdup_printf ("%" G_GUINT64_FORMAT, value));
  return TRUE;
}

static gboolean
read_uid (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_number (yaml, node, "uid", out, error);
}

static gboolean
read_gid (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_number (yaml, node, "gid", out, error);
}

static gboolean
read_link (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  set_fact (out, "link", assay_text_escape_line (text, -1));
  return TRUE;
}

static gboolean
read_device (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  guint64 parts[2] = { 0, 0 };
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  g_auto (GStrv) numbers = g_strsplit (text, ":", -1);
  gboolean is_device = g_strv_length (numbers) == 2;
  for (guint i = 0; is_device && i < 2; i++)
    is_device = g_ascii_string_to_unsigned (numbers[i], 10, 0, G_MAXUINT32, &parts[i], NULL);
  if (!is_device)
    return assay_schema_fail (yaml, node, "a device as MAJOR:MINOR, as 8:1", error);
  set_fact (out, "device", g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, parts[0], parts[1]));
  return TRUE;
}

/* Any other fact, called and written as `assay inspect` shows it: a load address of a boot image, a capability. */
static gboolean
read_facts (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const char *const own[] = { "mode", "uid", "gid", "user", "group", "link", "device", NULL };
  if (!assay_schema_require (yaml, node, ASSAY_YAML_MAPPING, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (node->items, i);
      g_autofree char *text = NULL;
      if (g_strv_contains (own, member->key))
        return assay_yaml_error (yaml, member->line, member->column, error,
                                 "this fact has a key of its own in an entry");
      if (!assay_schema_read_text_or_empty (yaml, member->value, &text, error))
        return FALSE;
      set_fact (out, member->key, g_steal_pointer (&text));
    }
  return TRUE;
}

static gboolean
check_entry (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayRecipeEntry *entry = target;
  return entry->facts != NULL
         || assay_yaml_error (
             yaml, node->line, node->column, error,
             "expected a fact beside `at`: `mode`, `owner`, `group`, `uid`, `gid`, `link`, `device` or `facts`");
}

static const AssaySchemaField entry_fields[] = {
  { "at", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, G_STRUCT_OFFSET (AssayRecipeEntry, at) },
  { "mode", read_mode, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "owner", read_owner, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "group", read_group, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "uid", read_uid, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "gid", read_gid, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "link", read_link, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "device", read_device, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "facts", read_facts, ASSAY_SCHEMA_OPTIONAL, 0 },
};

static const AssaySchema entry_schema = { .what = "an entry",
                                          .fields = entry_fields,
                                          .n_fields = G_N_ELEMENTS (entry_fields),
                                          .check = check_entry,
                                          .item_size = sizeof (AssayRecipeEntry),
                                          .line_offset = G_STRUCT_OFFSET (AssayRecipeEntry, line) };

gboolean
assay_recipe_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_entries (yaml, node, &entry_schema, *(GPtrArray **)out, error);
}
