#include "input/path.h"
#include "input/policy_parts.h"

void
assay_policy_party_free (gpointer data)
{
  AssayPolicyParty *party = data;
  g_free (party->name);
  g_strfreev (party->given);
  g_strfreev (party->keys);
  g_free (party);
}

gboolean
assay_policy_require_new (const AssayYaml *yaml, const AssayYamlNode *node, GHashTable *seen, const char *what,
                          GError **error)
{
  if (g_hash_table_add (seen, node->text))
    return TRUE;
  g_autofree char *shown = assay_yaml_quote (node->text);
  return assay_yaml_error (yaml, node->line, node->column, error, "the %s %s stands here twice", what, shown);
}

#define PARTY(member) G_STRUCT_OFFSET (AssayPolicyParty, member)

static const AssaySchemaField party_fields[] = {
  { "name", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, PARTY (name) },
  { "keys", assay_schema_read_texts, ASSAY_SCHEMA_REQUIRED, PARTY (given) },
};

static const AssaySchema party_schema = { .what = "a party",
                                          .fields = party_fields,
                                          .n_fields = G_N_ELEMENTS (party_fields),
                                          .item_size = sizeof (AssayPolicyParty),
                                          .line_offset = PARTY (line) };

/* Names and key files stand once: whoever stood twice would count twice (T22). */
static gboolean
read_parties (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  if (!assay_schema_require_items (yaml, node, error)
      || !assay_schema_read_entries (yaml, node, &party_schema, *(GPtrArray **)out, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *party = g_ptr_array_index (node->items, i);
      const GPtrArray *files = assay_yaml_find (party, "keys")->value->items;
      if (!assay_policy_require_new (yaml, assay_yaml_find (party, "name")->value, names, "party", error))
        return FALSE;
      for (guint j = 0; j < files->len; j++)
        if (!assay_policy_require_new (yaml, g_ptr_array_index (files, j), keys, "key", error))
          return FALSE;
    }
  return TRUE;
}

#define TIME_STAMPS(member) G_STRUCT_OFFSET (AssayPolicyTimeStamps, member)

static const AssaySchemaField time_stamps_fields[] = {
  { "authorities", assay_schema_read_texts, ASSAY_SCHEMA_REQUIRED, TIME_STAMPS (given) },
  { "required", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, TIME_STAMPS (required) },
};

static const AssaySchema time_stamps_schema
    = { .what = "`time-stamps`", .fields = time_stamps_fields, .n_fields = G_N_ELEMENTS (time_stamps_fields) };

static gboolean
read_time_stamps (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read (yaml, node, &time_stamps_schema, out, error);
}

static gboolean
check_attestations (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayPolicyAttestations *attestations = target;
  const AssayYamlNode *threshold = assay_yaml_find (node, "threshold")->value;
  return attestations->threshold <= attestations->parties->len
         || assay_yaml_error (yaml, threshold->line, threshold->column, error,
                              "the threshold is higher than the number of parties, which is %u",
                              attestations->parties->len);
}

#define ATTESTATIONS(member) G_STRUCT_OFFSET (AssayPolicyAttestations, member)

static const AssaySchemaField attestations_fields[] = {
  { "threshold", assay_schema_read_positive, ASSAY_SCHEMA_REQUIRED, ATTESTATIONS (threshold) },
  { "parties", read_parties, ASSAY_SCHEMA_REQUIRED, ATTESTATIONS (parties) },
  { "time-stamps", read_time_stamps, ASSAY_SCHEMA_OPTIONAL, ATTESTATIONS (time_stamps) },
};

static const AssaySchema attestations_schema = { .what = "`attestations`",
                                                 .fields = attestations_fields,
                                                 .n_fields = G_N_ELEMENTS (attestations_fields),
                                                 .check = check_attestations };

gboolean
assay_policy_read_attestations (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  ((AssayPolicyAttestations *)out)->line = node->line;
  return assay_schema_read (yaml, node, &attestations_schema, out, error);
}

static char **
resolve (const AssayPolicy *policy, char **given)
{
  guint count = g_strv_length (given);
  char **paths = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++)
    paths[i] = assay_path_from_file (policy->directory, given[i]);
  return paths;
}

void
assay_policy_resolve_keys (AssayPolicy *policy)
{
  for (guint i = 0; i < policy->signatures->len; i++)
    {
      AssayPolicySignature *signature = g_ptr_array_index (policy->signatures, i);
      signature->keys = resolve (policy, signature->given);
    }
  for (guint i = 0; i < policy->attestations.parties->len; i++)
    {
      AssayPolicyParty *party = g_ptr_array_index (policy->attestations.parties, i);
      party->keys = resolve (policy, party->given);
    }
  AssayPolicyTimeStamps *stamps = &policy->attestations.time_stamps;
  if (stamps->given != NULL)
    stamps->authorities = resolve (policy, stamps->given);
}
