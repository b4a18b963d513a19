#include "input/path.h"
#include "input/policy_parts.h"

#include <string.h>

void
assay_policy_signature_free (gpointer data)
{
  AssayPolicySignature *signature = data;
  g_free (signature->slot);
  g_free (signature->covers);
  g_free (signature->given);
  g_free (signature->key);
  g_free (signature);
}

void
assay_policy_party_free (gpointer data)
{
  AssayPolicyParty *party = data;
  g_free (party->name);
  g_strfreev (party->given);
  g_strfreev (party->keys);
  g_free (party);
}

static gboolean
read_scheme (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = {
    { "ecdsa-p256-sha256", 0 }, { "ecdsa-p384-sha384", 1 }, { "rsa-pss-sha256", 2 },
    { "rsa-pkcs1-sha256", 3 },  { "ed25519", 4 },
  };
  int index = 0;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &index, error))
    return FALSE;
  *(const char **)out = words[index].word;
  return TRUE;
}

static gboolean
check_signature (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayPolicySignature *signature = target;
  return strcmp (signature->slot, signature->covers) != 0
         || assay_schema_fail (yaml, assay_yaml_find (node, "covers")->value,
                               "another range than the slot: a signature cannot cover itself", error);
}

#define SIGNATURE(member) G_STRUCT_OFFSET (AssayPolicySignature, member)

static const AssaySchemaField signature_fields[] = {
  { "slot", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, SIGNATURE (slot) },
  { "covers", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, SIGNATURE (covers) },
  { "max-size", assay_schema_read_size, ASSAY_SCHEMA_REQUIRED, SIGNATURE (max_size) },
  { "key", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, SIGNATURE (given) },
  { "scheme", read_scheme, ASSAY_SCHEMA_REQUIRED, SIGNATURE (scheme) },
};

static const AssaySchema signature_schema = { .what = "a signature",
                                              .fields = signature_fields,
                                              .n_fields = G_N_ELEMENTS (signature_fields),
                                              .check = check_signature,
                                              .item_size = sizeof (AssayPolicySignature),
                                              .line_offset = SIGNATURE (line) };

/* Adds the text to those seen; a second one of its kind is an error at its own place. */
static gboolean
require_new (const AssayYaml *yaml, const AssayYamlNode *node, GHashTable *seen, const char *what, GError **error)
{
  if (g_hash_table_add (seen, node->text))
    return TRUE;
  g_autofree char *shown = assay_yaml_quote (node->text);
  return assay_yaml_error (yaml, node->line, node->column, error, "the %s %s stands here twice", what, shown);
}

gboolean
assay_policy_read_signatures (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autoptr (GHashTable) slots = g_hash_table_new (g_str_hash, g_str_equal);
  if (!assay_schema_read_entries (yaml, node, &signature_schema, *(GPtrArray **)out, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    if (!require_new (yaml, assay_yaml_find (g_ptr_array_index (node->items, i), "slot")->value, slots, "slot", error))
      return FALSE;
  return TRUE;
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
      if (!require_new (yaml, assay_yaml_find (party, "name")->value, names, "party", error))
        return FALSE;
      for (guint j = 0; j < files->len; j++)
        if (!require_new (yaml, g_ptr_array_index (files, j), keys, "key", error))
          return FALSE;
    }
  return TRUE;
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

void
assay_policy_resolve_keys (AssayPolicy *policy)
{
  for (guint i = 0; i < policy->signatures->len; i++)
    {
      AssayPolicySignature *signature = g_ptr_array_index (policy->signatures, i);
      signature->key = assay_path_from_file (policy->directory, signature->given);
    }
  for (guint i = 0; i < policy->attestations.parties->len; i++)
    {
      AssayPolicyParty *party = g_ptr_array_index (policy->attestations.parties, i);
      guint count = g_strv_length (party->given);
      party->keys = g_new0 (char *, count + 1);
      for (guint j = 0; j < count; j++)
        party->keys[j] = assay_path_from_file (policy->directory, party->given[j]);
    }
}
