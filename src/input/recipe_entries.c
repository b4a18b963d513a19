#include "input/recipe_parts.h"

#include "util/text.h"

#include <string.h>

/** An item of `entries`: a line, or a file of many (mtree.h). */
typedef struct
{
  AssayRecipeEntry *entry;
  AssayRecipeLayer *mtree;
  int line;
} Item;

void
assay_recipe_entry_free (gpointer data)
{
  AssayRecipeEntry *entry = data;
  g_free (entry->at);
  g_clear_pointer (&entry->facts, g_hash_table_unref);
  g_free (entry);
}

static void
item_free (gpointer data)
{
  Item *item = data;
  g_clear_pointer (&item->entry, assay_recipe_entry_free);
  g_clear_pointer (&item->mtree, assay_recipe_layer_free);
  g_free (item);
}

static AssayRecipeEntry *
entry_of (Item *item)
{
  if (item->entry == NULL)
    item->entry = g_new0 (AssayRecipeEntry, 1);
  return item->entry;
}

static AssayRecipeLayer *
mtree_of (Item *item)
{
  if (item->mtree == NULL)
    item->mtree = g_new0 (AssayRecipeLayer, 1);
  return item->mtree;
}

static void
set_fact (gpointer item, const char *name, char *value)
{
  AssayRecipeEntry *entry = entry_of (item);
  if (entry->facts == NULL)
    entry->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (entry->facts, g_strdup (name), value);
}

static gboolean
read_at (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_glob (yaml, node, &entry_of (out)->at, error);
}

static gboolean
read_mtree (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_recipe_read_layer_file (yaml, node, mtree_of (out), error);
}

static gboolean
read_sha256 (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_recipe_read_layer_sha256 (yaml, node, mtree_of (out), error);
}

/* Each key of a line is a reader of its own, whose target is the item. */
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
  const AssayRecipeEntry *entry = entry_of (out);
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  if (strspn (text, "0123456789") == strlen (text))
    return assay_schema_fail (yaml, node, "a name; a number is written as `uid` or `gid`", error);
  /* root is 0 wherever there are numbers; every other name is what the image's own tables say. */
  if (strcmp (text, "root") == 0 && (entry->facts == NULL || !g_hash_table_contains (entry->facts, number_fact)))
    set_fact (out, number_fact, g_strdup ("0"));
  set_fact (out, fact, assay_text_escape_line (text, -1));
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
check_line (const AssayYaml *yaml, const AssayYamlNode *node, const Item *item, GError **error)
{
  if (item->entry == NULL || item->entry->at == NULL)
    return assay_yaml_error (yaml, node->line, node->column, error, "the key `at` is missing in an entry");
  if (item->mtree != NULL)
    return assay_yaml_error (yaml, item->mtree->digest_line, item->mtree->digest_column, error,
                             "`sha256` is of a `mtree`, and there is none");
  return item->entry->facts != NULL
         || assay_yaml_error (
             yaml, node->line, node->column, error,
             "expected a fact beside `at`: `mode`, `owner`, `group`, `uid`, `gid`, `link`, `device` or `facts`");
}

/* What the text says are paths, and a node has one. */
static gboolean
check_item (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  Item *item = target;
  if (item->mtree == NULL || item->mtree->given == NULL)
    return check_line (yaml, node, item, error);
  const char *at = item->entry == NULL ? NULL : item->entry->at;
  if (item->entry != NULL && item->entry->facts != NULL)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "a `mtree` has `sha256` and `at` beside it and no fact: these are in the file");
  if (at != NULL && assay_text_has_glob (at))
    {
      const AssayYamlNode *place = assay_yaml_find (node, "at")->value;
      return assay_schema_fail (yaml, place, "the path of one tree, which is no glob", error);
    }
  item->mtree->into = assay_recipe_tree_prefix (at);
  return TRUE;
}

#define KEY(name, reader)                                                                                              \
  {                                                                                                                    \
    name, reader, ASSAY_SCHEMA_OPTIONAL, 0                                                                             \
  }

static const AssaySchemaField item_fields[]
    = { KEY ("mtree", read_mtree), KEY ("sha256", read_sha256), KEY ("at", read_at),      KEY ("mode", read_mode),
        KEY ("owner", read_owner), KEY ("group", read_group),   KEY ("uid", read_uid),    KEY ("gid", read_gid),
        KEY ("link", read_link),   KEY ("device", read_device), KEY ("facts", read_facts) };

static const AssaySchema item_schema = { .what = "an entry",
                                         .fields = item_fields,
                                         .n_fields = G_N_ELEMENTS (item_fields),
                                         .check = check_item,
                                         .item_size = sizeof (Item),
                                         .line_offset = G_STRUCT_OFFSET (Item, line) };

/* Two lines of one node may each say something, but not two things of one fact. */
static gboolean
add_line (const AssayYaml *yaml, const AssayYamlNode *node, AssayRecipeLines *lines, const AssayRecipeEntry *entry,
          GError **error)
{
  g_autofree char *problem = assay_recipe_lines_check (lines, yaml->file, entry);
  assay_recipe_lines_add (lines, entry);
  return problem == NULL || assay_yaml_error (yaml, node->line, node->column, error, "%s", problem);
}

gboolean
assay_recipe_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayRecipe *recipe = out;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  g_autoptr (AssayRecipeLines) lines = assay_recipe_lines_new ();
  if (!assay_schema_read_entries (yaml, node, &item_schema, items, error))
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    {
      Item *item = g_ptr_array_index (items, i);
      if (item->mtree != NULL)
        {
          g_ptr_array_add (recipe->mtrees, g_steal_pointer (&item->mtree));
          continue;
        }
      AssayRecipeEntry *entry = g_steal_pointer (&item->entry);
      entry->line = item->line;
      g_ptr_array_add (recipe->entries, entry);
      if (!add_line (yaml, g_ptr_array_index (node->items, i), lines, entry, error))
        return FALSE;
    }
  return TRUE;
}
