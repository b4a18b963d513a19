#include "input/policy.h"

#include "input/path.h"
#include "input/policy_parts.h"
#include "util/text.h"

#define POLICY_FORMAT 1

static AssayPolicy *
new_policy (const char *file)
{
  AssayPolicy *policy = g_new0 (AssayPolicy, 1);
  policy->file = assay_text_escape_line (file, -1);
  policy->directory = assay_path_directory_of (file);
  policy->require.verdict = ASSAY_VERDICT_EQUIVALENT;
  policy->require.expected = ASSAY_POLICY_EXPECTED_REBUILD;
  policy->require.allow_recompressed = TRUE;
  policy->require.allow_cached = TRUE;
  policy->require.allow_unseen = TRUE;
  policy->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  policy->waive = g_ptr_array_new_with_free_func (assay_policy_waiver_free);
  policy->blobs = g_ptr_array_new_with_free_func (assay_policy_blob_free);
  policy->signatures = g_ptr_array_new_with_free_func (assay_policy_signature_free);
  policy->attestations.parties = g_ptr_array_new_with_free_func (assay_policy_party_free);
  return policy;
}

void
assay_policy_free (AssayPolicy *policy)
{
  if (policy == NULL)
    return;
  g_free (policy->file);
  g_free (policy->directory);
  g_hash_table_unref (policy->places);
  for (guint i = 0; i < ASSAY_FORBIDDEN_COUNT; i++)
    g_strfreev (policy->forbid[i].except);
  assay_policy_pins_clear (&policy->pin);
  g_strfreev (policy->scope);
  g_strfreev (policy->require.rules);
  g_clear_pointer (&policy->require.rule_places, g_array_unref);
  g_clear_pointer (&policy->unread, g_array_unref);
  g_ptr_array_unref (policy->waive);
  g_ptr_array_unref (policy->blobs);
  g_ptr_array_unref (policy->signatures);
  g_ptr_array_unref (policy->attestations.parties);
  g_strfreev (policy->attestations.time_stamps.given);
  g_strfreev (policy->attestations.time_stamps.authorities);
  g_strfreev (policy->attestations.time_stamps.given_crls);
  g_strfreev (policy->attestations.time_stamps.crls);
  g_free (policy);
}

static gboolean
read_expires (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicy *policy = out;
  policy->has_expires = assay_schema_read_date (yaml, node, &policy->expires, error);
  return policy->has_expires;
}

#define AT(member) G_STRUCT_OFFSET (AssayPolicy, member)

static const AssaySchemaField policy_fields[] = {
  { "policy", assay_schema_read_format, ASSAY_SCHEMA_REQUIRED, 0 },
  { "expires", read_expires, ASSAY_SCHEMA_OPTIONAL, 0 /* the whole */ },
  { "max-age", assay_schema_read_age, ASSAY_SCHEMA_OPTIONAL, AT (max_age_s) },
  { "pin", assay_policy_read_pins, ASSAY_SCHEMA_OPTIONAL, AT (pin) },
  { "scope", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, AT (scope) },
  { "require", assay_policy_read_require, ASSAY_SCHEMA_OPTIONAL, AT (require) },
  { "forbid", assay_policy_read_forbid, ASSAY_SCHEMA_OPTIONAL, AT (forbid) },
  { "waive", assay_policy_read_waivers, ASSAY_SCHEMA_OPTIONAL, AT (waive) },
  { "unread", assay_policy_read_digests, ASSAY_SCHEMA_OPTIONAL, AT (unread) },
  { "blobs", assay_policy_read_blobs, ASSAY_SCHEMA_OPTIONAL, AT (blobs) },
  { "signatures", assay_policy_read_signatures, ASSAY_SCHEMA_OPTIONAL, AT (signatures) },
  { "attestations", assay_policy_read_attestations, ASSAY_SCHEMA_OPTIONAL, AT (attestations) },
};

static const AssaySchema policy_schema
    = { .what = "a policy", .fields = policy_fields, .n_fields = G_N_ELEMENTS (policy_fields) };

AssayPolicy *
assay_policy_parse (const char *file, GBytes *bytes, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  if (yaml == NULL)
    return NULL;
  g_autoptr (AssayPolicy) policy = new_policy (file);
  policy->sha256 = yaml->sha256;
  if (!assay_schema_check_format (yaml, "policy", POLICY_FORMAT, error)
      || !assay_schema_read (yaml, yaml->root, &policy_schema, policy, error))
    return NULL;
  assay_policy_note_places (policy, yaml->root);
  assay_policy_resolve_keys (policy);
  return g_steal_pointer (&policy);
}

AssayPolicy *
assay_policy_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = assay_yaml_read_file (path, "policy", error);
  return bytes != NULL ? assay_policy_parse (path, bytes, error) : NULL;
}
