#include "account/rules/rule.h"

#include <string.h>

/* The first rule that explains a byte is the one that is named. */
static const AssayRule rules[] = {
  /* of leaves */
  { "filler", "uniform fill between the segments or behind them, where the rebuild has no bytes", assay_rule_filler },
  { "fields", "fields of a file system's table that follow from accepted facts", assay_rule_fields },
  { "strip", "what strip makes of the rebuilt file, derived to the last field and offset", assay_rule_strip },
  { "debuglink", "name and checksum of a debug file that the rebuild made", assay_rule_debuglink },
  { "build-id", "the build-id, made again from all other bytes of the file", assay_rule_build_id },
  { "rom-checksum", "the byte that makes the sum of an option ROM zero, as all its other bytes have it",
    assay_rule_rom_checksum },
  /* of containers and facts: the format's reader wrote these again (T6) */
  { "rewritten", "container bytes, written again from accepted facts and content", NULL },
  { "container-time", "a time that the container keeps, written again with the shipped value", NULL },
  { "process-number", "the process that packed a tar, in a name that GNU tar gives to a file with holes beside its own",
    NULL },
  { "recompressed", "equal content, compressed in another way", NULL },
  { "member-order", "another order of members, of which the policy says that nobody goes by it", NULL, TRUE },
  { "rebuilt-at-time", "a rebuild at the time that the image carries", NULL },
  { "signature", "a signature that verifies under the key that the policy gives", NULL },
};

const AssayRule *
assay_rules_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i].name, name) == 0)
      return &rules[i];
  return NULL;
}

gboolean
assay_rule_is_granted (const char *name, const AssayPolicy *policy)
{
  const AssayRule *rule = assay_rules_find (name);
  if (rule == NULL || !rule->only_named)
    return rule != NULL;
  return policy != NULL && policy->require.rules != NULL
         && g_strv_contains ((const char *const *)policy->require.rules, name);
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const AssayProof *first = a;
  const AssayProof *second = b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* Adds to @parts what of a proof the rules before it, @taken from @from on, do not explain already. */
static void
add_parts (GArray *parts, const AssayProof *proof, const GArray *taken, guint from)
{
  AssayProof part = *proof;
  guint64 end = proof->offset + proof->length;
  for (guint i = from; i < taken->len && part.offset < end; i++)
    {
      const AssayProof *other = &g_array_index (taken, AssayProof, i);
      guint64 other_end = other->offset + other->length;
      if (other->offset >= end)
        break;
      part.length = other->offset > part.offset ? other->offset - part.offset : 0;
      if (part.length > 0)
        g_array_append_val (parts, part);
      part.offset = MAX (part.offset, other_end);
    }
  part.length = end > part.offset ? end - part.offset : 0;
  if (part.length > 0)
    g_array_append_val (parts, part);
}

/* Adds what one rule @found to what the rules before it said; what it says twice counts once. */
static void
merge (GArray *taken, GArray *found)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (AssayProof));
  guint64 reached = 0;
  guint from = 0;
  g_array_sort (found, by_offset);
  for (guint i = 0; i < found->len; i++)
    {
      AssayProof proof = g_array_index (found, AssayProof, i);
      guint64 end = proof.offset + proof.length;
      proof.offset = MAX (proof.offset, reached);
      if (end <= proof.offset)
        continue;
      proof.length = end - proof.offset;
      reached = end;
      while (from < taken->len
             && g_array_index (taken, AssayProof, from).offset + g_array_index (taken, AssayProof, from).length
                    <= proof.offset)
        from++;
      add_parts (parts, &proof, taken, from);
    }
  g_array_append_vals (taken, parts->data, parts->len);
  g_array_sort (taken, by_offset);
}

gboolean
assay_rules_prove (AssayRuleCase *rule_case, GError **error)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (AssayProof));
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      if (rules[i].prove == NULL)
        continue;
      g_array_set_size (rule_case->proofs, 0);
      if (!rules[i].prove (rule_case, error))
        return FALSE;
      if (rule_case->proofs->len > 0)
        merge (taken, rule_case->proofs);
    }
  g_array_set_size (rule_case->proofs, 0);
  g_array_append_vals (rule_case->proofs, taken->data, taken->len);
  return TRUE;
}
