#include "flow/gate.h"

#include "account/rules/rule.h"
#include "account/waive/waive.h"
#include "attest/statement.h"
#include "crypto/sha256.h"
#include "flow/gate_blobs.h"
#include "flow/gate_image.h"
#include "flow/gate_rules.h"
#include "flow/image.h"
#include "flow/judging.h"
#include "flow/slots.h"
#include "report/load.h"
#include "report/stored.h"
#include "util/json.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

void
assay_gate_result_free (AssayGateResult *result)
{
  if (result == NULL)
    return;
  g_free (result->fault);
  g_clear_pointer (&result->failures, g_ptr_array_unref);
  g_clear_pointer (&result->notes, g_ptr_array_unref);
  g_clear_pointer (&result->rules, assay_policy_rules_free);
  g_clear_pointer (&result->policy, assay_policy_free);
  g_free (result);
}

gboolean
assay_gate_result_passed (const AssayGateResult *result)
{
  gboolean pass = result->verdict == ASSAY_VERDICT_IDENTICAL || result->verdict == ASSAY_VERDICT_EQUIVALENT
                  || result->verdict == ASSAY_VERDICT_WAIVED;
  return pass && result->fault == NULL && result->failures != NULL && result->failures->len == 0;
}

/** A report at the gate. */
typedef struct
{
  const AssayGateOptions *options;
  AssayPolicy *policy; /* of @result */
  AssayStored *stored;
  AssayGateResult *result;
  AssayImage *image;   /* NULL where only its digest is given */
  GHashTable *digests; /* of its files, as far as they were made */
  AssayGateBlobs *blobs;
} Gate;

static void
gate_clear (Gate *gate)
{
  g_clear_pointer (&gate->blobs, assay_gate_blobs_free);
  g_clear_pointer (&gate->stored, assay_stored_free);
  g_clear_pointer (&gate->result, assay_gate_result_free);
  g_clear_pointer (&gate->digests, g_hash_table_unref);
  g_clear_pointer (&gate->image, assay_image_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gate, gate_clear)

/** What the gate asks beside the policy: whether the report is one of this policy. */
#define REPORT_RULE "report"

static AssayPolicyRule *
ask (const Gate *gate, const char *key)
{
  return assay_policy_rule_ask (gate->result->rules, key);
}

static AssayGateTrust
trust_of (const Gate *gate)
{
  gboolean forbids = assay_policy_forbids (gate->policy);
  gboolean is_signed = gate->options->signed_report != NULL;
  return (AssayGateTrust){ .opens_all = forbids || gate->stored->scope != NULL,
                           .is_signed = is_signed,
                           .is_strict = forbids && !is_signed };
}

/* Which image is at the gate. */
static gboolean
digest_image (Gate *gate, GError **error)
{
  AssayTimings *timings = gate->options->timings;
  ASSAY_TIMED (timings, ASSAY_STAGE_DIGESTING);
  AssayDigest *out = &gate->result->image_sha256;
  if (gate->options->image == NULL)
    {
      *out = gate->options->image_sha256;
      return TRUE;
    }
  AssayLimits limits;
  assay_gate_read_limits (gate->stored, &limits);
  AssayUnpackOptions reading = { .limits = &limits, .progress = gate->options->progress };
  gate->image = assay_image_open (gate->options->image, &reading, error);
  const AssayImage *image = gate->image;
  if (image == NULL)
    return FALSE;
  assay_timings_add (timings, ASSAY_STAGE_DIGESTING, image->size);
  if (image->directory != NULL)
    return assay_gate_digest_directory (gate->stored, gate->image, &reading, gate->digests, trust_of (gate).opens_all,
                                        out, error);
  *out = image->sha256;
  return TRUE;
}

/* A report, or the one that a signed statement holds. */
static AssayStored *
load_report (Gate *gate, GError **error)
{
  const json_t *given = gate->options->signed_report;
  AssayDigest *sha256 = &gate->result->report_sha256;
  if (given == NULL)
    {
      g_autoptr (AssayListing) findings = NULL;
      g_autoptr (json_t) report = assay_report_load_split (gate->options->report, sha256, &findings, error);
      const AssayReportSource source = { .json = report, .findings = findings };
      return report == NULL ? NULL : assay_stored_read_source (&source, error);
    }
  char *text = assay_json_canonical (given);
  assay_sha256_bytes (text, strlen (text), sha256);
  free (text);
  g_autoptr (json_t) report = json_incref ((json_t *)(gsize)given);
  return assay_stored_read (report, error);
}

static gboolean
read_inputs (Gate *gate, GError **error)
{
  ASSAY_TIMED (gate->options->timings, ASSAY_STAGE_READING);
  gate->policy = gate->result->policy = assay_policy_load (gate->options->policy, error);
  if (gate->policy == NULL || !assay_flow_check_rule_names (gate->policy, error))
    return FALSE;
  gate->result->policy_sha256 = gate->policy->sha256;
  gate->stored = load_report (gate, error);
  return gate->stored != NULL && digest_image (gate, error);
}

/* The keys that lie there now must be those that the report's signatures were verified under. */
static gboolean
check_keys (const Gate *gate, gboolean *out_same, GError **error)
{
  g_autoptr (GPtrArray) slots = assay_flow_load_slots (gate->policy, error);
  if (slots == NULL)
    return FALSE;
  g_autoptr (GArray) digests = assay_flow_key_digests (slots);
  gboolean same = digests->len == gate->stored->keys->len;
  for (guint i = 0; same && i < digests->len; i++)
    same = assay_digest_equal (&g_array_index (digests, AssayKeyDigest, i).sha256,
                               &g_array_index (gate->stored->keys, AssayDigest, i));
  *out_same = same;
  return TRUE;
}

static gboolean
same_globs (char *const *a, char *const *b)
{
  if (a == NULL || b == NULL)
    return a == NULL && b == NULL;
  return g_strv_equal ((const char *const *)a, (const char *const *)b);
}

static void
check_policy (const Gate *gate, gboolean same_keys)
{
  const AssayStored *stored = gate->stored;
  AssayPolicyRule *rule = ask (gate, REPORT_RULE);
  assay_policy_rule_found (rule, "the report was made under this policy, which held then");
  if (!stored->has_policy)
    assay_policy_rule_fail (rule, "the report was made without a policy");
  else if (!assay_digest_equal (&stored->policy, &gate->policy->sha256))
    assay_policy_rule_fail (rule, "the report was made under another policy");
  else if (!stored->policy_passed)
    assay_policy_rule_fail (rule, "the policy did not hold when the report was made");
  if (!same_keys)
    assay_policy_rule_fail (ask (gate, "signatures"), "the report was made with other keys than the policy names now");
  if (gate->policy->attestations.threshold > 0 && gate->options->signed_report == NULL)
    assay_policy_rule_fail (ask (gate, "attestations"),
                            "the policy wants signed statements, and a report is not signed");
  if (!same_globs (stored->scope, gate->policy->scope))
    assay_policy_rule_fail (ask (gate, "scope"),
                            "the report judges a part of the image that the policy does not grant");
}

static void
check_waiver (const Gate *gate, guint index)
{
  const AssayPolicyWaiver *waiver = g_ptr_array_index (gate->policy->waive, index);
  g_autofree char *key = g_strdup_printf ("waive[%u]", index);
  if (waiver->has_expires && !gate->options->has_time)
    assay_policy_rule_fail (ask (gate, key), "the waiver expires, and no --time says that it has not yet");
  else if (waiver->has_expires && gate->options->time_s >= waiver->expires)
    assay_policy_rule_fail (ask (gate, key), "the waiver has expired");
}

/* How something is compressed is waived by the digest of what it is decoded from (waive/facts.c). */
static gboolean
has_digest (const Gate *gate, const AssayPolicyWaiver *waiver, const AssayStoredLine *used)
{
  if (!waiver->has_sha256 || assay_gate_blobs_has_digest (gate->blobs, used->where, &waiver->sha256))
    return TRUE;
  guint above = g_array_index (gate->stored->above, guint, used->where->node->index);
  return used->fact != NULL && strcmp (used->fact->fact, "recompressed") == 0 && above > 0
         && assay_gate_blobs_has_digest (gate->blobs, g_ptr_array_index (gate->stored->account->nodes, above - 1),
                                         &waiver->sha256);
}

/* The line of the policy that the report says waived something: its number among the waivers, or behind these among the
 * blobs. */
static gboolean
find_line (const Gate *gate, const AssayStoredLine *used, guint *out_index)
{
  const GPtrArray *blobs = gate->policy->blobs, *waive = gate->policy->waive;
  for (guint i = 0; used->is_blob && i < blobs->len; i++)
    {
      const AssayPolicyBlob *blob = g_ptr_array_index (blobs, i);
      *out_index = waive->len + i;
      if (blob->line == used->line && strcmp (blob->reason, used->reason) == 0
          && assay_gate_blobs_cover (gate->blobs, blob, used->where))
        return TRUE;
    }
  for (guint i = 0; !used->is_blob && i < waive->len; i++)
    {
      const AssayPolicyWaiver *waiver = g_ptr_array_index (waive, i);
      *out_index = i;
      if (waiver->line == used->line && strcmp (waiver->reason, used->reason) == 0
          && g_strcmp0 (waiver->owner, used->owner) == 0
          && assay_text_glob_matches (waiver->path, used->where->node->path)
          && assay_gate_line_covers (gate->stored, waiver, used) && has_digest (gate, waiver, used))
        return TRUE;
    }
  return FALSE;
}

/* What each line accepted, added up again from what it accepted. */
static void
check_used (const Gate *gate)
{
  const GPtrArray *grants = gate->stored->account->grants;
  for (guint i = 0; i < gate->stored->used->len; i++)
    {
      const AssayStoredLine *used = g_ptr_array_index (gate->stored->used, i);
      guint index = 0;
      if (!find_line (gate, used, &index))
        {
          assay_policy_rule_fail (ask (gate, REPORT_RULE), "line %d does not waive what the report says of %s",
                                  used->line, used->where->node->path);
          continue;
        }
      AssayGrant *grant = g_ptr_array_index (grants, index);
      if (grant->bytes == 0 && grant->facts == 0 && grant->waiver != NULL)
        check_waiver (gate, index);
      grant->bytes
          += used->has_finding ? assay_findings_get (gate->stored->account->findings, used->finding)->length : 0;
      grant->facts += used->fact != NULL;
    }
}

/* What a summary of the report says of a line, the line says. */
static gboolean
is_line (const json_t *used, int line, const char *path, const char *owner, const char *reason)
{
  return json_integer_value (json_object_get (used, "line")) == line
         && g_strcmp0 (json_string_value (json_object_get (used, "path")), path) == 0
         && g_strcmp0 (json_string_value (json_object_get (used, "owner")), owner) == 0
         && g_strcmp0 (json_string_value (json_object_get (used, "reason")), reason) == 0;
}

static gboolean
has_line (const AssayPolicy *policy, const json_t *used)
{
  gboolean found = FALSE;
  gboolean is_blob = g_strcmp0 (json_string_value (json_object_get (used, "kind")), "blob") == 0;
  for (guint i = 0; is_blob && !found && i < policy->blobs->len; i++)
    {
      const AssayPolicyBlob *blob = g_ptr_array_index (policy->blobs, i);
      found = is_line (used, blob->line, blob->path, NULL, blob->reason);
    }
  for (guint i = 0; !is_blob && !found && i < policy->waive->len; i++)
    {
      const AssayPolicyWaiver *waiver = g_ptr_array_index (policy->waive, i);
      found = is_line (used, waiver->line, waiver->path, waiver->owner, waiver->reason);
    }
  return found;
}

static void
check_summary (const Gate *gate)
{
  const json_t *used;
  size_t index;
  json_array_foreach (json_object_get (json_object_get (gate->stored->json, "policy"), "used"), index, used)
  {
    if (!has_line (gate->policy, used))
      assay_policy_rule_fail (ask (gate, REPORT_RULE),
                              "the policy has no line as the report says that it used: its line %" JSON_INTEGER_FORMAT,
                              json_integer_value (json_object_get (used, "line")));
  }
}

/* A rule that this program does not have has proved nothing. */
static const char *
find_unknown_rule (const AssayAccount *account)
{
  for (guint i = 0; i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      gboolean proved = finding->class_ == ASSAY_CLASS_EXPLAINED || finding->class_ == ASSAY_CLASS_STRUCTURE;
      if (proved && assay_rules_find (finding->rule) == NULL)
        return finding->rule;
    }
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ == ASSAY_CLASS_EXPLAINED && assay_rules_find (fact->rule) == NULL)
        return fact->rule;
    }
  return NULL;
}

static gboolean
says_authority (const AssayPolicyHeld *held, const AssayPolicyInput *input, const json_t *entry)
{
  static const struct
  {
    const char *member;
    AssayPolicyPin what;
  } parts[] = { { "recipe", ASSAY_POLICY_PIN_RECIPE },
                { "source", ASSAY_POLICY_PIN_SOURCE },
                { "toolchain", ASSAY_POLICY_PIN_TOOLCHAIN } };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gboolean said = json_is_true (json_object_get (json_object_get (entry, parts[i].member), "authenticated"));
      if (said != assay_policy_authenticates (held, input, parts[i].what))
        return FALSE;
    }
  return TRUE;
}

/* What a report calls authenticated follows from its policy's pins: from none of the gate's where that is another one,
 * which fails by itself. */
static char *
check_authority (const Gate *gate)
{
  const AssayStored *stored = gate->stored;
  gboolean same = stored->has_policy && assay_digest_equal (&stored->policy, &gate->policy->sha256);
  const json_t *entry;
  size_t index;
  guint rebuild = 0;
  if (stored->has_policy && !same)
    return NULL;
  const AssayPolicyHeld held = assay_policy_hold_pins (same ? gate->policy : NULL, stored->inputs);
  json_array_foreach (json_object_get (stored->json, "expected"), index, entry)
  {
    if (g_strcmp0 (json_string_value (json_object_get (entry, "kind")), "rebuild") != 0)
      continue;
    const AssayPolicyInput *input = rebuild < stored->inputs->len ? g_ptr_array_index (stored->inputs, rebuild) : NULL;
    rebuild++;
    if (!says_authority (&held, input, entry))
      return g_strdup ("what it calls authenticated is not what its policy pins");
  }
  return NULL;
}

static char *
find_fault (const Gate *gate)
{
  g_autofree char *impossible = assay_gate_check_rules (gate->stored, gate->policy);
  g_autofree char *contradiction = impossible != NULL ? NULL : assay_stored_audit (gate->stored);
  g_autofree char *authority = impossible != NULL || contradiction != NULL ? NULL : check_authority (gate);
  const char *why = impossible != NULL ? impossible : contradiction != NULL ? contradiction : authority;
  const char *rule = find_unknown_rule (gate->stored->account);
  if (why != NULL)
    return g_strdup_printf ("the report does not add up: %s", why);
  if (rule != NULL)
    return g_strdup_printf ("the report does not add up: there is no rule `%s`", rule);
  /* A file that holds the listing of a directory has its digest. */
  gboolean of_directory = json_object_get (json_object_get (gate->stored->json, "image"), "digest_form") != NULL;
  gboolean is_directory = gate->image != NULL ? gate->image->directory != NULL : gate->options->image_is_tree;
  if (of_directory != is_directory)
    return g_strdup (of_directory && gate->image == NULL
                         ? "the report speaks of a directory, whose digest is given as " ASSAY_SUBJECT_TREE ":HEX"
                     : of_directory ? "the report speaks of a directory, and at the gate is none"
                                    : "the report speaks of a file, and at the gate is a directory");
  if (gate->stored->has_image && !assay_digest_equal (&gate->stored->image, &gate->result->image_sha256))
    return g_strdup ("the report speaks of another image");
  return gate->image == NULL ? NULL
                             : assay_gate_check_image (gate->stored, gate->image, gate->digests, trust_of (gate));
}

/* What a layout divides the gate cannot divide, and so not hold against what the report says of its parts, those in
 * scope among them. */
static void
check_layouts (const Gate *gate)
{
  const GPtrArray *nodes = gate->stored->account->nodes;
  const AssayNode *divided = NULL;
  if (gate->image == NULL || !trust_of (gate).is_strict)
    return;
  for (guint i = 0; i < nodes->len && divided == NULL; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (nodes, i);
      const AssayNode *node = node_account->node;
      gboolean counts
          = node_account->in_scope
            || (gate->stored->scope != NULL && assay_text_any_glob_enters (gate->stored->scope, node->path));
      if (counts && strcmp (node->format, "layout") == 0)
        divided = node;
    }
  for (guint what = 0; divided != NULL && what < ASSAY_FORBIDDEN_COUNT; what++)
    {
      g_autofree char *key = g_strconcat ("forbid.", assay_forbidden_name (what), NULL);
      if (gate->policy->forbid[what].is_set)
        assay_policy_rule_fail (ask (gate, key),
                                "%s is divided by a layout, which the gate does not have: what the report says of its "
                                "parts cannot be held against the image",
                                strcmp (divided->path, ".") == 0 ? "the image" : divided->path);
    }
}

/* Everything in it is asked again, of what the report contains. */
static void
hold_policy (const Gate *gate, gboolean same_keys)
{
  const AssayStored *stored = gate->stored;
  AssayGateResult *result = gate->result;
  g_autoptr (AssayJudgement) judgement = assay_judgement_recount (stored->account, stored->pairing, stored->failures);
  AssayPolicyCase policy_case = { .policy = gate->policy,
                                  .account = stored->account,
                                  .scope = stored->scope,
                                  .judgement = judgement,
                                  .inputs = stored->inputs,
                                  .expected = stored->expected,
                                  .rebuilds = stored->rebuilds,
                                  .cached = stored->cached,
                                  .unseen = stored->unseen,
                                  .has_time = gate->options->has_time,
                                  .time_s = gate->options->time_s,
                                  .was_timed = stored->was_timed,
                                  .judged_s = stored->judged_s };
  result->rules = assay_policy_rules_new (gate->policy);
  stored->account->grants = assay_grants_new (gate->policy);
  check_used (gate);
  assay_policy_judge (&policy_case, result->rules);
  check_policy (gate, same_keys);
  check_layouts (gate);
  check_summary (gate);
  assay_policy_rules_sort (result->rules);
  result->failures = assay_policy_rules_list_failures (result->rules);
  result->notes = assay_policy_notes (gate->policy, stored->account);
}

AssayGateResult *
assay_flow_gate (const AssayGateOptions *options, GError **error)
{
  g_auto (Gate) gate = { .options = options, .result = g_new0 (AssayGateResult, 1) };
  AssayGateResult *result = gate.result;
  gboolean same_keys = FALSE;
  gate.digests = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (!read_inputs (&gate, error) || !check_keys (&gate, &same_keys, error))
    return NULL;
  ASSAY_TIMED (options->timings, ASSAY_STAGE_JUDGING);
  result->judged = gate.stored->judged;
  result->judged_of = gate.stored->judged_of;
  result->fault = find_fault (&gate);
  if (result->fault == NULL)
    result->verdict = gate.stored->verdict;
  gate.blobs = assay_gate_blobs_new (gate.stored, gate.image == NULL ? NULL : gate.image->root, gate.digests);
  hold_policy (&gate, same_keys);
  return g_steal_pointer (&gate.result);
}
