#include "input/policy_parts.h"

#include "util/digest_table.h"

#include <string.h>

void
assay_policy_pins_clear (AssayPolicyPins *pins)
{
  g_clear_pointer (&pins->product, g_free);
  g_clear_pointer (&pins->source, g_array_unref);
  g_clear_pointer (&pins->recipe, g_array_unref);
  g_clear_pointer (&pins->patches, g_array_unref);
  g_clear_pointer (&pins->inputs, g_array_unref);
  g_clear_pointer (&pins->toolchain, g_array_unref);
}

/* Target: GArray ** of AssayDigest. An exact set has nothing twice. */
static gboolean
read_digests (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  if (!assay_schema_require (yaml, node, ASSAY_YAML_SEQUENCE, error))
    return FALSE;
  g_autoptr (GArray) digests = g_array_new (FALSE, TRUE, sizeof (AssayDigest));
  g_autoptr (GHashTable) seen = assay_digest_table_new (g_free, NULL);
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *item = g_ptr_array_index (node->items, i);
      AssayDigest digest;
      if (!assay_schema_read_digest (yaml, item, &digest, error))
        return FALSE;
      if (!g_hash_table_add (seen, g_memdup2 (&digest, sizeof digest)))
        return assay_yaml_error (yaml, item->line, item->column, error, "this digest stands in the list already");
      g_array_append_val (digests, digest);
    }
  *(GArray **)out = g_steal_pointer (&digests);
  return TRUE;
}

/* There is no rebuild without source and recipe: an empty list could only be a slip. */
gboolean
assay_policy_read_digests (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_require_items (yaml, node, error) && read_digests (yaml, node, out, error);
}

#define PIN(member) G_STRUCT_OFFSET (AssayPolicyPins, member)

static const AssaySchemaField pin_fields[] = {
  { "product", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, PIN (product) },
  { "source", assay_policy_read_digests, ASSAY_SCHEMA_OPTIONAL, PIN (source) },
  { "recipe", assay_policy_read_digests, ASSAY_SCHEMA_OPTIONAL, PIN (recipe) },
  { "patches", read_digests, ASSAY_SCHEMA_OPTIONAL, PIN (patches) },
  { "inputs", read_digests, ASSAY_SCHEMA_OPTIONAL, PIN (inputs) },
  { "toolchain", read_digests, ASSAY_SCHEMA_OPTIONAL, PIN (toolchain) },
};

static const AssaySchema pin_schema = { .what = "`pin`", .fields = pin_fields, .n_fields = G_N_ELEMENTS (pin_fields) };

gboolean
assay_policy_read_pins (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  ((AssayPolicyPins *)out)->line = node->line;
  return assay_schema_read (yaml, node, &pin_schema, out, error);
}

static gboolean
read_verdict (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = {
    { "identical", ASSAY_VERDICT_IDENTICAL },
    { "equivalent", ASSAY_VERDICT_EQUIVALENT },
    { "waived", ASSAY_VERDICT_WAIVED },
  };
  int value = ASSAY_VERDICT_UNDECIDED;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &value, error))
    return FALSE;
  *(AssayVerdict *)out = (AssayVerdict)value;
  return TRUE;
}

static gboolean
read_expected (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = {
    { "rebuild", ASSAY_POLICY_EXPECTED_REBUILD },
    { "reference", ASSAY_POLICY_EXPECTED_REFERENCE },
    { "path", ASSAY_POLICY_EXPECTED_PATH },
  };
  int value = ASSAY_POLICY_EXPECTED_UNKNOWN;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &value, error))
    return FALSE;
  *(AssayPolicyExpected *)out = (AssayPolicyExpected)value;
  return TRUE;
}

static gboolean
read_origin (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = { { "known", TRUE } };
  int value = FALSE;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &value, error))
    return FALSE;
  *(gboolean *)out = value;
  return TRUE;
}

static gboolean
read_maximum (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyCount *count = out;
  count->is_set = assay_schema_read_count (yaml, node, &count->maximum, error);
  return count->is_set;
}

/* Which rules there are is known only where the account is; there the places are needed for the message. */
static gboolean
read_rules (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyRequire *require = out;
  if (!assay_schema_read_texts (yaml, node, &require->rules, error))
    return FALSE;
  require->rule_places = g_array_new (FALSE, FALSE, sizeof (AssayPolicyPlace));
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *item = g_ptr_array_index (node->items, i);
      AssayPolicyPlace place = { item->line, item->column };
      g_array_append_val (require->rule_places, place);
    }
  return TRUE;
}

#define REQUIRE(member) G_STRUCT_OFFSET (AssayPolicyRequire, member)

static const AssaySchemaField require_fields[] = {
  { "verdict", read_verdict, ASSAY_SCHEMA_OPTIONAL, REQUIRE (verdict) },
  { "expected", read_expected, ASSAY_SCHEMA_OPTIONAL, REQUIRE (expected) },
  { "rebuilds", assay_schema_read_positive, ASSAY_SCHEMA_OPTIONAL, REQUIRE (rebuilds) },
  { "origin", read_origin, ASSAY_SCHEMA_OPTIONAL, REQUIRE (origin_known) },
  { "unexplained", read_maximum, ASSAY_SCHEMA_OPTIONAL, REQUIRE (unexplained) },
  { "outside", read_maximum, ASSAY_SCHEMA_OPTIONAL, REQUIRE (outside) },
  { "unreproducible", read_maximum, ASSAY_SCHEMA_OPTIONAL, REQUIRE (unreproducible) },
  { "rules", read_rules, ASSAY_SCHEMA_OPTIONAL, 0 /* the whole */ },
  { "recompressed", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, REQUIRE (allow_recompressed) },
  { "cached", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, REQUIRE (allow_cached) },
  { "unseen", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, REQUIRE (allow_unseen) },
};

static const AssaySchema require_schema
    = { .what = "`require`", .fields = require_fields, .n_fields = G_N_ELEMENTS (require_fields) };

gboolean
assay_policy_read_require (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  ((AssayPolicyRequire *)out)->line = node->line;
  return assay_schema_read (yaml, node, &require_schema, out, error);
}
