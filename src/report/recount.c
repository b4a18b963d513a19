#include "report/stored.h"

#include "report/form.h"
#include "report/recount_inputs.h"
#include "report/recount_parts.h"
#include "util/checked.h"

#include <string.h>

/** What was added up of one file. */
typedef struct
{
  guint64 found[ASSAY_CLASS_COUNT]; /* bytes of its findings */
  guint64 end;                      /* of the last finding */
  gboolean has_fact[ASSAY_CLASS_COUNT];
} Sum;

static char *
blame (const AssayNode *node, const char *fault)
{
  return g_strdup_printf ("%s %s", strcmp (node->path, ".") == 0 ? "the image" : node->path, fault);
}

static gboolean
add_up (const guint64 totals[ASSAY_CLASS_COUNT], guint64 *out)
{
  *out = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (!assay_u64_add (*out, totals[i], out))
      return FALSE;
  return TRUE;
}

/* Every byte of a file is its own or a payload's. An entry without content has no bytes, whatever it says of a size. */
static gboolean
covers (const AssayNodeAccount *node_account)
{
  guint64 own = 0;
  guint64 all = 0;
  if (!add_up (node_account->totals, &own) || !assay_u64_add (own, node_account->payload, &all))
    return FALSE;
  return all == node_account->node->size || (all == 0 && node_account->node->type != ASSAY_NODE_FILE);
}

static char *
check_files (const AssayStored *stored)
{
  const AssayAccount *account = stored->account;
  const json_t *files = json_object_get (stored->json, "files");
  guint64 totals[ASSAY_CLASS_COUNT] = { 0 };
  guint64 total = 0;
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      guint64 own = 0;
      guint64 said = 0;
      guint64 ignored[ASSAY_CLASS_COUNT];
      const json_t *accounting = json_object_get (json_array_get (files, i), "accounting");
      if (!add_up (node_account->totals, &own) || !assay_form_classes (accounting, "", ignored, &said, NULL)
          || own != said)
        return blame (node_account->node, "has classes that are not the total that it names");
      if (!covers (node_account))
        return blame (node_account->node, "is not accounted for from its first to its last byte");
      for (guint j = 0; j < ASSAY_CLASS_COUNT; j++)
        if (!assay_u64_add (totals[j], node_account->totals[j], &totals[j]))
          return blame (node_account->node, "has more bytes than there can be");
    }
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (totals[i] != account->totals[i])
      return g_strdup_printf ("the %s bytes of all files are not the sum that it names",
                              assay_class_name ((AssayClass)i));
  return add_up (totals, &total) && total == account->total ? NULL
                                                            : g_strdup ("the classes are not the total that it names");
}

static Sum *
sum_of (GHashTable *sums, const AssayNode *node)
{
  return g_hash_table_lookup (sums, node);
}

/* Bytes that passed were read, and are shown. */
static gboolean
shows_enough (const AssayFinding *finding)
{
  gboolean passed = finding->class_ == ASSAY_CLASS_STRUCTURE || finding->class_ == ASSAY_CLASS_EXPLAINED
                    || finding->class_ == ASSAY_CLASS_WAIVED;
  return !passed || finding->shipped_length == MIN (finding->length, ASSAY_FINDING_HEX_BYTES);
}

/* They are written for the reader, what changed by itself before what only moved: here in the order of their bytes. */
static AssayFindingKey
key_of_place (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = finding->order, .minor = finding->offset };
}

/* Findings do not overlap, and leave out nothing that is not identical. */
static char *
check_findings (const AssayStored *stored, AssayFindings *findings, GHashTable *sums)
{
  const AssayAccount *account = stored->account;
  for (guint i = 0; i < assay_findings_length (findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      Sum *sum = sum_of (sums, finding->node);
      gboolean waived = strcmp (finding->rule, "waiver") == 0 || strcmp (finding->rule, "blob") == 0;
      gboolean outside = strcmp (finding->rule, "scope") == 0;
      if (finding->class_ == ASSAY_CLASS_IDENTICAL || finding->length == 0
          || waived != (finding->class_ == ASSAY_CLASS_WAIVED) || outside != (finding->class_ == ASSAY_CLASS_OUTSIDE))
        return blame (finding->node, "has a finding of a class that findings of its rule do not have");
      if (finding->offset < sum->end || !assay_range_fits (finding->offset, finding->length, finding->node->size))
        return blame (finding->node, "has a finding outside of it, or two of the same bytes");
      if (!shows_enough (finding))
        return blame (finding->node, "has a finding that passed and does not show its bytes");
      sum->end = finding->offset + finding->length;
      sum->found[finding->class_] += finding->length;
    }
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      for (guint j = 0; j < ASSAY_CLASS_COUNT; j++)
        if (j != ASSAY_CLASS_IDENTICAL && sum_of (sums, node_account->node)->found[j] != node_account->totals[j])
          return g_strdup_printf ("the %s bytes of %s are not those of its findings", assay_class_name ((AssayClass)j),
                                  node_account->node->path);
    }
  return NULL;
}

static char *
check_facts (const AssayStored *stored, GHashTable *sums)
{
  const AssayAccount *account = stored->account;
  guint64 counted[ASSAY_CLASS_COUNT] = { 0 };
  guint64 total = 0;
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      gboolean waived = strcmp (fact->rule, "waiver") == 0;
      if (fact->class_ == ASSAY_CLASS_IDENTICAL || fact->class_ == ASSAY_CLASS_STRUCTURE
          || fact->class_ == ASSAY_CLASS_OUTSIDE || waived != (fact->class_ == ASSAY_CLASS_WAIVED))
        return blame (fact->node, "has a fact of a class that facts of its rule do not have");
      counted[fact->class_]++;
      sum_of (sums, fact->node)->has_fact[fact->class_] = TRUE;
    }
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (i != ASSAY_CLASS_IDENTICAL && counted[i] != account->fact_totals[i])
      return g_strdup_printf ("the %s facts are not as many as it names", assay_class_name ((AssayClass)i));
  return add_up (account->fact_totals, &total) && total == stored->fact_total
             ? NULL
             : g_strdup ("the classes of facts are not the total that it names");
}

/* What a file is called by its worst byte or fact (T1); "" where all of it is identical or outside. */
static const char *
verdict_of_file (const AssayNodeAccount *node_account, const Sum *sum)
{
  static const struct
  {
    AssayClass class_;
    const char *verdict;
  } order[] = {
    { ASSAY_CLASS_UNEXPLAINED, "mismatch" }, { ASSAY_CLASS_UNREPRODUCIBLE, "mismatch" },
    { ASSAY_CLASS_UNDECIDED, "undecided" },  { ASSAY_CLASS_WAIVED, "waived" },
    { ASSAY_CLASS_EXPLAINED, "equivalent" }, { ASSAY_CLASS_STRUCTURE, "equivalent" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    if (node_account->totals[order[i].class_] > 0 || sum->has_fact[order[i].class_])
      return order[i].verdict;
  return node_account->totals[ASSAY_CLASS_IDENTICAL] > 0 ? "identical" : "";
}

static char *
check_file_verdicts (const AssayStored *stored, GHashTable *sums)
{
  for (guint i = 0; i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      const char *said = g_ptr_array_index (stored->file_verdicts, i);
      const char *found = verdict_of_file (node_account, sum_of (sums, node_account->node));
      gboolean open = *found == '\0' && (strcmp (said, "identical") == 0 || strcmp (said, "outside") == 0);
      if (!open && strcmp (said, found) != 0)
        return blame (node_account->node, "has a verdict that does not follow from its bytes and facts");
      if (node_account->has_origin && node_account->origin == ASSAY_ORIGIN_OPAQUE
          && node_account->totals[ASSAY_CLASS_WAIVED] == 0 && node_account->totals[ASSAY_CLASS_UNEXPLAINED] == 0)
        return blame (node_account->node, "is opaque and has no finding that says so");
    }
  return NULL;
}

/* What the lines of the policy are said to have waived, all in all. */
static char *
check_used (const AssayStored *stored)
{
  const json_t *used = json_object_get (json_object_get (stored->json, "policy"), "used");
  guint64 bytes = 0;
  guint64 facts = 0;
  const json_t *line;
  size_t index;
  if (stored->used->len > 0 && !stored->has_policy)
    return g_strdup ("something is waived without a policy");
  json_array_foreach (used, index, line)
  {
    guint64 line_bytes = 0;
    guint64 line_facts = 0;
    if (!assay_form_count (line, "", "bytes", &line_bytes, NULL)
        || !assay_form_count (line, "", "facts", &line_facts, NULL) || !assay_u64_add (bytes, line_bytes, &bytes)
        || !assay_u64_add (facts, line_facts, &facts))
      return g_strdup ("the lines of the policy are not as they should be");
  }
  return bytes == stored->account->totals[ASSAY_CLASS_WAIVED]
                 && facts == stored->account->fact_totals[ASSAY_CLASS_WAIVED]
             ? NULL
             : g_strdup ("what the lines of the policy waive is not what is waived");
}

static gboolean
is_pass (AssayVerdict verdict)
{
  return verdict == ASSAY_VERDICT_IDENTICAL || verdict == ASSAY_VERDICT_EQUIVALENT || verdict == ASSAY_VERDICT_WAIVED;
}

static gboolean
same_texts (const GPtrArray *a, const GPtrArray *b)
{
  gboolean same = a->len == b->len;
  for (guint i = 0; same && i < a->len; i++)
    same = strcmp (g_ptr_array_index (a, i), g_ptr_array_index (b, i)) == 0;
  return same;
}

static char *
check_verdict (const AssayStored *stored)
{
  g_autoptr (AssayJudgement) judgement = assay_judgement_recount (stored->account, stored->pairing, stored->failures);
  if (judgement->verdict != stored->verdict)
    return g_strdup_printf ("the verdict is %s, and not %s, by what it says", assay_verdict_name (judgement->verdict),
                            assay_verdict_name (stored->verdict));
  if (judgement->judged != stored->judged || stored->judged_of != stored->account->total)
    return g_strdup ("the bytes that were judged are not those that it names");
  if (!is_pass (stored->verdict))
    return stored->reasons->len > 0 ? NULL : g_strdup ("it gives no reason");
  if (!same_texts (judgement->reasons, stored->reasons))
    return g_strdup ("its reasons do not follow from what it says");
  if (!stored->has_image)
    return g_strdup ("it does not say which image it speaks of");
  return stored->expected != ASSAY_POLICY_EXPECTED_UNKNOWN
             ? NULL
             : g_strdup ("it does not say what the image was compared with");
}

char *
assay_stored_audit (const AssayStored *stored)
{
  g_autoptr (GHashTable) sums = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < stored->nodes->len; i++)
    g_hash_table_insert (sums, g_ptr_array_index (stored->nodes, i), g_new0 (Sum, 1));
  g_autoptr (AssayFindings) findings = assay_findings_sort (stored->account->findings, key_of_place);
  char *fault = check_files (stored);
  if (fault == NULL)
    fault = check_findings (stored, findings, sums);
  if (fault == NULL)
    fault = check_facts (stored, sums);
  if (fault == NULL)
    fault = check_file_verdicts (stored, sums);
  if (fault == NULL)
    fault = assay_stored_audit_parts (stored, findings);
  if (fault == NULL)
    fault = check_used (stored);
  if (fault == NULL)
    fault = assay_stored_audit_inputs (stored);
  return fault != NULL ? fault : check_verdict (stored);
}
