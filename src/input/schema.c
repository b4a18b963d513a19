#include "input/schema.h"

#include "util/nearest.h"

#include <string.h>

static const char *
kind_name (AssayYamlKind kind)
{
  switch (kind)
    {
    case ASSAY_YAML_SCALAR:
      return "a text";
    case ASSAY_YAML_SEQUENCE:
      return "a list";
    case ASSAY_YAML_MAPPING:
      return "a mapping";
    default:
      return "nothing";
    }
}

gboolean
assay_schema_require (const AssayYaml *yaml, const AssayYamlNode *node, AssayYamlKind kind, GError **error)
{
  if (node->kind == kind)
    return TRUE;
  gboolean is_empty = node->kind == ASSAY_YAML_SCALAR && node->is_plain && *node->text == '\0';
  return assay_yaml_error (yaml, node->line, node->column, error, "expected %s, found %s", kind_name (kind),
                           is_empty ? "no value" : kind_name (node->kind));
}

gboolean
assay_schema_require_items (const AssayYaml *yaml, const AssayYamlNode *node, GError **error)
{
  if (!assay_schema_require (yaml, node, ASSAY_YAML_SEQUENCE, error))
    return FALSE;
  return node->items->len > 0
         || assay_yaml_error (yaml, node->line, node->column, error, "expected at least one item, found an empty list");
}

/* The key that was meant, if there is one. */
static const char *
nearest_field (const AssaySchema *schema, const char *key)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  for (gsize i = 0; i < schema->n_fields; i++)
    g_ptr_array_add (keys, (gpointer)schema->fields[i].key);
  g_ptr_array_add (keys, NULL);
  return assay_nearest_find (key, (const char *const *)keys->pdata);
}

static gboolean
fail_unknown (const AssayYaml *yaml, const AssayYamlMember *member, const AssaySchema *schema, GError **error)
{
  g_autofree char *shown = assay_yaml_quote (member->key);
  g_autoptr (GString) expected = g_string_new (NULL);
  for (gsize i = 0; i < schema->n_fields; i++)
    g_string_append_printf (expected, "%s`%s`", i > 0 ? ", " : "", schema->fields[i].key);
  const char *nearest = nearest_field (schema, member->key);
  if (nearest != NULL)
    g_string_append_printf (expected, ", did you mean `%s`?", nearest);
  return assay_yaml_error (yaml, member->line, member->column, error, "unknown key %s; expected one of %s", shown,
                           expected->str);
}

static const AssaySchemaField *
find_field (const AssaySchema *schema, const char *key)
{
  for (gsize i = 0; i < schema->n_fields; i++)
    if (strcmp (schema->fields[i].key, key) == 0)
      return &schema->fields[i];
  return NULL;
}

/* All keys first: a misspelt one shall be named as such, not its right form as missing. */
static gboolean
check_keys (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema, GError **error)
{
  if (!assay_schema_require (yaml, node, ASSAY_YAML_MAPPING, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (node->items, i);
      if (find_field (schema, member->key) == NULL)
        return fail_unknown (yaml, member, schema, error);
    }
  return TRUE;
}

static gboolean
require_fields (const AssayYaml *yaml, const AssayYamlNode *node, const AssayYamlNode *beneath,
                const AssaySchema *schema, GError **error)
{
  for (gsize i = 0; i < schema->n_fields; i++)
    if (schema->fields[i].need == ASSAY_SCHEMA_REQUIRED && assay_yaml_find (node, schema->fields[i].key) == NULL
        && assay_yaml_find (beneath, schema->fields[i].key) == NULL)
      return assay_yaml_error (yaml, node->line, node->column, error, "the key `%s` is missing in %s",
                               schema->fields[i].key, schema->what);
  return TRUE;
}

static gboolean
read_members (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema, gpointer target,
              GError **error)
{
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (node->items, i);
      const AssaySchemaField *field = find_field (schema, member->key);
      if (!field->read (yaml, member->value, (guint8 *)target + field->offset, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_schema_read (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema, gpointer target,
                   GError **error)
{
  if (!check_keys (yaml, node, schema, error) || !require_fields (yaml, node, NULL, schema, error))
    return FALSE;
  return read_members (yaml, node, schema, target, error)
         && (schema->check == NULL || schema->check (yaml, node, target, error));
}

gboolean
assay_schema_read_over (const AssayYaml *yaml, const AssayYaml *beneath, const AssaySchema *schema, gpointer target,
                        GError **error)
{
  const AssayYamlNode *under = beneath == NULL ? NULL : beneath->root;
  if (!check_keys (yaml, yaml->root, schema, error) || !require_fields (yaml, yaml->root, under, schema, error))
    return FALSE;
  for (guint i = 0; under != NULL && i < under->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (under->items, i);
      const AssaySchemaField *field = find_field (schema, member->key);
      gboolean counts
          = field != NULL && (field->need == ASSAY_SCHEMA_MERGED || assay_yaml_find (yaml->root, member->key) == NULL);
      if (counts && !field->read (beneath, member->value, (guint8 *)target + field->offset, error))
        return FALSE;
    }
  return read_members (yaml, yaml->root, schema, target, error);
}

gboolean
assay_schema_read_entries (const AssayYaml *yaml, const AssayYamlNode *node, const AssaySchema *schema, GPtrArray *out,
                           GError **error)
{
  if (!assay_schema_require (yaml, node, ASSAY_YAML_SEQUENCE, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *item = g_ptr_array_index (node->items, i);
      guint8 *entry = g_malloc0 (schema->item_size);
      g_ptr_array_add (out, entry);
      memcpy (entry + schema->line_offset, &item->line, sizeof item->line);
      if (!assay_schema_read (yaml, item, schema, entry, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_schema_check_format (const AssayYaml *yaml, const char *key, guint64 format, GError **error)
{
  guint64 found = 0;
  const AssayYamlMember *member = assay_yaml_find (yaml->root, key);
  if (member == NULL)
    return TRUE;
  if (!assay_schema_read_count (yaml, member->value, &found, error))
    return FALSE;
  return found == format
         || assay_yaml_error (yaml, member->value->line, member->value->column, error,
                              "this is format %" G_GUINT64_FORMAT
                              " of a %s, and assay %s reads format %" G_GUINT64_FORMAT,
                              found, key, ASSAY_VERSION, format);
}

gboolean
assay_schema_read_format (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return TRUE;
}
