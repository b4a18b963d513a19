#include "crypto/cms.h"
#include "input/policy_parts.h"

#include <string.h>

void
assay_policy_signature_free (gpointer data)
{
  AssayPolicySignature *signature = data;
  g_free (signature->slot);
  g_free (signature->path);
  g_strfreev (signature->covers);
  g_strfreev (signature->zeroed);
  g_strfreev (signature->given);
  g_strfreev (signature->keys);
  g_free (signature->index);
  g_free (signature->mask);
  g_free (signature->signer_version);
  g_free (signature->key_name);
  g_free (signature);
}

static void
add_words (GArray *words, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      AssaySchemaWord word = { *names, (int)words->len };
      g_array_append_val (words, word);
    }
}

static gboolean
read_scheme (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (AssaySchemaWord));
  int index = 0;
  add_words (words, assay_signature_scheme_names ());
  add_words (words, assay_cms_scheme_names ());
  if (!assay_schema_read_word (yaml, node, (const AssaySchemaWord *)(gpointer)words->data, words->len, &index, error))
    return FALSE;
  *(const char **)out = g_array_index (words, AssaySchemaWord, index).word;
  return TRUE;
}

static gboolean
read_encoding (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const AssaySchemaWord words[] = {
    { "raw", ASSAY_SIGNATURE_RAW },
    { "raw-little-endian", ASSAY_SIGNATURE_RAW_LITTLE },
    { "der", ASSAY_SIGNATURE_DER },
  };
  int value = ASSAY_SIGNATURE_RAW;
  if (!assay_schema_read_word (yaml, node, words, G_N_ELEMENTS (words), &value, error))
    return FALSE;
  *(AssaySignatureEncoding *)out = (AssaySignatureEncoding)value;
  return TRUE;
}

/* Target: char **: one text or a list of them, none of them twice. */
static gboolean
read_names (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  char *one = NULL;
  if (node->kind == ASSAY_YAML_SEQUENCE)
    {
      for (guint i = 0; i < node->items->len; i++)
        {
          const AssayYamlNode *item = g_ptr_array_index (node->items, i);
          if (item->kind == ASSAY_YAML_SCALAR && !assay_policy_require_new (yaml, item, seen, "name", error))
            return FALSE;
        }
      return assay_schema_read_texts (yaml, node, out, error);
    }
  if (!assay_schema_read_text (yaml, node, &one, error))
    return FALSE;
  char **names = g_new0 (char *, 2);
  names[0] = one;
  *(char ***)out = names;
  return TRUE;
}

static gboolean
read_key_files (const AssayYaml *yaml, const AssayYamlNode *node, AssayYamlKind kind, char ***out, GError **error)
{
  if (*out != NULL)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "expected one of the keys `key` and `keys`, not both");
  return assay_schema_require (yaml, node, kind, error) && read_names (yaml, node, out, error);
}

/* `key` is a list of one. */
static gboolean
read_key (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_key_files (yaml, node, ASSAY_YAML_SCALAR, out, error);
}

static gboolean
read_keys (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_key_files (yaml, node, ASSAY_YAML_SEQUENCE, out, error);
}

static gboolean
has_name (char **names, const char *name)
{
  return names != NULL && g_strv_contains ((const char *const *)names, name);
}

static gboolean
fail_at (const AssayYaml *yaml, const AssayYamlNode *node, const char *key, GError **error, const char *message)
{
  const AssayYamlMember *member = assay_yaml_find (node, key);
  const AssayYamlNode *place = member != NULL ? member->value : node;
  return assay_yaml_error (yaml, place->line, place->column, error, "%s", message);
}

static gboolean
check_covers (const AssayYaml *yaml, const AssayYamlNode *node, const AssayPolicySignature *signature, GError **error)
{
  gboolean all = has_name (signature->covers, "*");
  if (all && g_strv_length (signature->covers) > 1)
    return fail_at (yaml, node, "covers", error, "`*` is all of the container: nothing can stand beside it");
  for (char **name = signature->zeroed; name != NULL && *name != NULL; name++)
    if (!all && !has_name (signature->covers, *name))
      return fail_at (yaml, node, "zeroed", error, "what is zeroed must be a part of what `covers` names");
  if (has_name (signature->covers, signature->slot) && !has_name (signature->zeroed, signature->slot))
    return fail_at (yaml, node, "covers", error,
                    "a signature cannot cover itself, unless its slot stands in `zeroed` as well");
  return TRUE;
}

static gboolean
check_keys (const AssayYaml *yaml, const AssayYamlNode *node, const AssayPolicySignature *signature, GError **error)
{
  gboolean several = assay_yaml_find (node, "keys") != NULL;
  gboolean joint = strstr (signature->scheme, "-cosi-") != NULL;
  gboolean cms = assay_cms_scheme_has (signature->scheme);
  if (signature->given == NULL)
    return fail_at (yaml, node, "keys", error, "expected one of the keys `key` and `keys`");
  if (signature->index != NULL && (!several || joint))
    return fail_at (yaml, node, "index", error, "an index says which of several `keys` signed");
  if (assay_yaml_find (node, "index-from") != NULL && signature->index == NULL)
    return fail_at (yaml, node, "index-from", error, "there is no `index`");
  /* The number of a key is added to it. */
  if (signature->index_from > G_MAXUINT32)
    return fail_at (yaml, node, "index-from", error, "expected a number below 2^32");
  if (joint != (signature->mask != NULL) || joint != (signature->threshold != 0) || (joint && !several))
    return fail_at (yaml, node, "mask", error,
                    "`mask`, `threshold` and several `keys` belong to a scheme in which keys sign together");
  if (cms && assay_yaml_find (node, "encoding") != NULL)
    return fail_at (yaml, node, "encoding", error, "CMS has an encoding of its own");
  return TRUE;
}

static gboolean
check_signature (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  return check_covers (yaml, node, target, error) && check_keys (yaml, node, target, error);
}

#define SIGNATURE(member) G_STRUCT_OFFSET (AssayPolicySignature, member)

static const AssaySchemaField signature_fields[] = {
  { "slot", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, SIGNATURE (slot) },
  { "path", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (path) },
  { "covers", read_names, ASSAY_SCHEMA_REQUIRED, SIGNATURE (covers) },
  { "zeroed", read_names, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (zeroed) },
  { "max-size", assay_schema_read_size, ASSAY_SCHEMA_REQUIRED, SIGNATURE (max_size) },
  { "key", read_key, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (given) },
  { "keys", read_keys, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (given) },
  { "scheme", read_scheme, ASSAY_SCHEMA_REQUIRED, SIGNATURE (scheme) },
  { "encoding", read_encoding, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (encoding) },
  { "index", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (index) },
  { "index-from", assay_schema_read_count, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (index_from) },
  { "mask", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (mask) },
  { "threshold", assay_schema_read_positive, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (threshold) },
  { "signer-version", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (signer_version) },
  { "key-name", assay_schema_read_text, ASSAY_SCHEMA_OPTIONAL, SIGNATURE (key_name) },
};

static const AssaySchema signature_schema = { .what = "a signature",
                                              .fields = signature_fields,
                                              .n_fields = G_N_ELEMENTS (signature_fields),
                                              .check = check_signature,
                                              .item_size = sizeof (AssayPolicySignature),
                                              .line_offset = SIGNATURE (line) };

gboolean
assay_policy_read_signatures (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  GPtrArray *signatures = *(GPtrArray **)out;
  g_autoptr (GHashTable) slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!assay_schema_read_entries (yaml, node, &signature_schema, signatures, error))
    return FALSE;
  for (guint i = 0; i < node->items->len; i++)
    {
      const AssayPolicySignature *signature = g_ptr_array_index (signatures, i);
      const AssayYamlNode *slot = assay_yaml_find (g_ptr_array_index (node->items, i), "slot")->value;
      g_autofree char *shown = assay_yaml_quote (slot->text);
      if (!g_hash_table_add (slots, g_strconcat (signature->slot, "\n", signature->path, NULL)))
        return assay_yaml_error (yaml, slot->line, slot->column, error, "the slot %s stands here twice", shown);
    }
  return TRUE;
}
