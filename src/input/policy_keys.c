#include "input/path.h"
#include "input/policy_parts.h"

#include <string.h>

void
assay_policy_party_free (gpointer data)
{
  AssayPolicyParty *party = data;
  g_free (party->name);
  g_strfreev (party->given);
  g_strfreev (party->keys);
  g_strfreev (party->given_roots);
  g_strfreev (party->roots);
  g_strfreev (party->given_crls);
  g_strfreev (party->crls);
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
  { "keys", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, PARTY (given) },
  { "ca", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, PARTY (given_roots) },
  { "crls", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, PARTY (given_crls) },
};

/* Who has neither key nor authority never signs, and a list revokes nothing where nobody vouches. */
static gboolean
check_party (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayPolicyParty *party = target;
  const AssayYamlMember *crls = assay_yaml_find (node, "crls");
  if (party->given == NULL && party->given_roots == NULL)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "expected `keys` or `ca`, or both: who signs for it");
  if (crls != NULL && party->given_roots == NULL)
    return assay_yaml_error (yaml, crls->value->line, crls->value->column, error,
                             "there is no `ca` whose certificates these lists could revoke");
  return TRUE;
}

static const AssaySchema party_schema = { .what = "a party",
                                          .fields = party_fields,
                                          .n_fields = G_N_ELEMENTS (party_fields),
                                          .check = check_party,
                                          .item_size = sizeof (AssayPolicyParty),
                                          .line_offset = PARTY (line) };

/* The files that a key of a party names, none of which stands twice in the policy. */
static gboolean
require_new_files (const AssayYaml *yaml, const AssayYamlNode *party, const char *key, GHashTable *seen, GError **error)
{
  const AssayYamlMember *member = assay_yaml_find (party, key);
  for (guint i = 0; member != NULL && i < member->value->items->len; i++)
    if (!assay_policy_require_new (yaml, g_ptr_array_index (member->value->items, i), seen,
                                   strcmp (key, "ca") == 0 ? "authority" : "key", error))
      return FALSE;
  return TRUE;
}

/* Names, key files and authorities stand once: whoever stood twice would count twice (T22). */
static gboolean
read_parties (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) roots = g_hash_table_new (g_str_hash, g_str_equal);
  if (!assay_schema_require_items (yaml, node, error)
      || !assay_schema_read_entries (yaml, node, &party_schema, *(GPtrArray **)out, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayYamlNode *party = g_ptr_array_index (node->items, i);
      if (!assay_policy_require_new (yaml, assay_yaml_find (party, "name")->value, names, "party", error)
          || !require_new_files (yaml, party, "keys", keys, error)
          || !require_new_files (yaml, party, "ca", roots, error))
        return FALSE;
    }
  return TRUE;
}

#define TIME_STAMPS(member) G_STRUCT_OFFSET (AssayPolicyTimeStamps, member)

static const AssaySchemaField time_stamps_fields[] = {
  { "authorities", assay_schema_read_texts, ASSAY_SCHEMA_REQUIRED, TIME_STAMPS (given) },
  { "crls", assay_schema_read_texts, ASSAY_SCHEMA_OPTIONAL, TIME_STAMPS (given_crls) },
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
  { "imported", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, ATTESTATIONS (imported) },
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

/* NULL where there is nothing. */
static char **
resolve (const AssayPolicy *policy, char **given)
{
  if (given == NULL)
    return NULL;
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
      party->roots = resolve (policy, party->given_roots);
      party->crls = resolve (policy, party->given_crls);
    }
  AssayPolicyTimeStamps *stamps = &policy->attestations.time_stamps;
  stamps->authorities = resolve (policy, stamps->given);
  stamps->crls = resolve (policy, stamps->given_crls);
}
