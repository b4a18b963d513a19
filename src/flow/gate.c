#include "flow/gate.h"

#include "account/rules/rule.h"
#include "flow/gate_image.h"
#include "flow/gate_rules.h"
#include "flow/image.h"
#include "flow/judging.h"
#include "flow/slots.h"
#include "report/load.h"
#include "report/stored.h"
#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdarg.h>
#include <string.h>

void
assay_gate_result_free (AssayGateResult *result)
{
  if (result == NULL)
    return;
  g_free (result->fault);
  g_ptr_array_unref (result->failures);
  g_free (result);
}

gboolean
assay_gate_result_passed (const AssayGateResult *result)
{
  gboolean pass = result->verdict == ASSAY_VERDICT_IDENTICAL || result->verdict == ASSAY_VERDICT_EQUIVALENT
                  || result->verdict == ASSAY_VERDICT_WAIVED;
  return pass && result->fault == NULL && result->failures->len == 0;
}

/** A report at the gate. */
typedef struct
{
  const AssayGateOptions *options;
  AssayPolicy *policy;
  AssayStored *stored;
  AssayGateResult *result;
  AssayImage *image;   /* NULL where only its digest is given */
  GHashTable *digests; /* of its files, as far as they were made */
} Gate;

static void
gate_clear (Gate *gate)
{
  g_clear_pointer (&gate->policy, assay_policy_free);
  g_clear_pointer (&gate->stored, assay_stored_free);
  g_clear_pointer (&gate->result, assay_gate_result_free);
  g_clear_pointer (&gate->digests, g_hash_table_unref);
  g_clear_pointer (&gate->image, assay_image_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gate, gate_clear)

static void fail (const Gate *gate, int line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (const Gate *gate, int line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (gate->result->failures, line > 0 ? g_strdup_printf ("%s:%d: %s", gate->policy->file, line, message)
                                                    : g_strdup_printf ("%s: %s", gate->policy->file, message));
}

/* Which image is at the gate. */
static gboolean
digest_image (Gate *gate, GError **error)
{
  AssayDigest *out = &gate->result->image_sha256;
  if (gate->options->image == NULL)
    {
      *out = gate->options->image_sha256;
      return TRUE;
    }
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayUnpackOptions reading = { .limits = &limits, .progress = gate->options->progress };
  gate->image = assay_image_open (gate->options->image, &reading, error);
  const AssayImage *image = gate->image;
  if (image == NULL)
    return FALSE;
  if (image->directory != NULL)
    return assay_gate_digest_directory (gate->stored, gate->image, &reading, gate->digests, out, error);
  *out = image->sha256;
  return TRUE;
}

static gboolean
read_inputs (Gate *gate, GError **error)
{
  gate->policy = assay_policy_load (gate->options->policy, error);
  if (gate->policy == NULL || !assay_flow_check_rule_names (gate->policy, error))
    return FALSE;
  gate->result->policy_sha256 = gate->policy->sha256;
  g_autoptr (json_t) json = assay_report_load (gate->options->report, &gate->result->report_sha256, error);
  gate->stored = json == NULL ? NULL : assay_stored_read (json, error);
  return gate->stored != NULL && digest_image (gate, error);
}

/* The keys that lie there now must be those that the report's signatures were verified under. */
static gboolean
check_keys (const Gate *gate, GError **error)
{
  g_autoptr (GPtrArray) slots = assay_flow_load_slots (gate->policy, error);
  if (slots == NULL)
    return FALSE;
  g_autoptr (GArray) digests = assay_flow_key_digests (slots);
  gboolean same = digests->len == gate->stored->keys->len;
  for (guint i = 0; same && i < digests->len; i++)
    same = assay_digest_equal (&g_array_index (digests, AssayKeyDigest, i).sha256,
                               &g_array_index (gate->stored->keys, AssayDigest, i));
  if (!same)
    fail (gate, 0, "the report was made with other keys than the policy names now");
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
check_policy (const Gate *gate)
{
  const AssayStored *stored = gate->stored;
  if (!stored->has_policy)
    fail (gate, 0, "the report was made without a policy");
  else if (!assay_digest_equal (&stored->policy, &gate->policy->sha256))
    fail (gate, 0, "the report was made under another policy");
  else if (!stored->policy_passed)
    fail (gate, 0, "the policy did not hold when the report was made");
  if (gate->policy->attestations.threshold > 0)
    fail (gate, gate->policy->attestations.line, "the policy wants signed statements, and a report is not signed");
  if (!same_globs (stored->scope, gate->policy->scope))
    fail (gate, 0, "the report judges a part of the image that the policy does not grant");
}

static void
check_waiver (const Gate *gate, const AssayPolicyWaiver *waiver)
{
  if (waiver->has_expires && !gate->options->has_time)
    fail (gate, waiver->line, "the waiver expires, and no --time says that it has not yet");
  else if (waiver->has_expires && gate->options->time_s >= waiver->expires)
    fail (gate, waiver->line, "the waiver has expired");
}

/* Whether the report says of the node what a line wants; where no digest of it was made, the line is all there is. */
static gboolean
has_digest (const AssayNodeAccount *where, const AssayDigest *wanted)
{
  return !where->has_digest || assay_digest_equal (&where->digest, wanted);
}

/* A blob is a node, or what was unpacked from it. */
static gboolean
is_of_blob (const AssayPolicyBlob *blob, const AssayNodeAccount *where)
{
  g_autofree char *path = g_strdup (where->node->path);
  if (assay_text_glob_matches (blob->path, path))
    return has_digest (where, &blob->sha256);
  for (char *slash = strrchr (path, '/'); slash != NULL; slash = strrchr (path, '/'))
    {
      *slash = '\0';
      if (assay_text_glob_matches (blob->path, path))
        return TRUE;
    }
  return assay_text_glob_matches (blob->path, ".");
}

/* The line of the policy that the report says waived something. */
static gboolean
find_line (const Gate *gate, const AssayStoredLine *used, const AssayPolicyWaiver **out_waiver)
{
  for (guint i = 0; used->is_blob && i < gate->policy->blobs->len; i++)
    {
      const AssayPolicyBlob *blob = g_ptr_array_index (gate->policy->blobs, i);
      if (blob->line == used->line && strcmp (blob->reason, used->reason) == 0 && is_of_blob (blob, used->where))
        return TRUE;
    }
  for (guint i = 0; !used->is_blob && i < gate->policy->waive->len; i++)
    {
      const AssayPolicyWaiver *waiver = g_ptr_array_index (gate->policy->waive, i);
      if (waiver->line != used->line || strcmp (waiver->reason, used->reason) != 0
          || g_strcmp0 (waiver->owner, used->owner) != 0
          || !assay_text_glob_matches (waiver->path, used->where->node->path) || !assay_gate_line_covers (waiver, used)
          || (waiver->has_sha256 && !has_digest (used->where, &waiver->sha256)))
        continue;
      *out_waiver = waiver;
      return TRUE;
    }
  return FALSE;
}

static void
check_used (const Gate *gate)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < gate->stored->used->len; i++)
    {
      const AssayStoredLine *used = g_ptr_array_index (gate->stored->used, i);
      const AssayPolicyWaiver *waiver = NULL;
      gboolean found = find_line (gate, used, &waiver);
      if (!g_hash_table_add (seen, GINT_TO_POINTER (used->line)) && found)
        continue;
      if (!found)
        fail (gate, 0, "line %d does not waive what the report says of %s", used->line, used->where->node->path);
      else if (waiver != NULL)
        check_waiver (gate, waiver);
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
      fail (gate, 0, "the policy has no line as the report says that it used: its line %" JSON_INTEGER_FORMAT,
            json_integer_value (json_object_get (used, "line")));
  }
}

/* A rule that this program does not have has proved nothing. */
static const char *
find_unknown_rule (const AssayAccount *account)
{
  for (guint i = 0; i < account->findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (account->findings, i);
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
says_authority (const AssayPolicy *policy, const GPtrArray *inputs, guint index, const json_t *entry)
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
      if (said != assay_policy_authenticates (policy, inputs, index, parts[i].what))
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
  json_array_foreach (json_object_get (stored->json, "expected"), index, entry)
  {
    if (g_strcmp0 (json_string_value (json_object_get (entry, "kind")), "rebuild") == 0
        && !says_authority (same ? gate->policy : NULL, stored->inputs, rebuild++, entry))
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
  if (gate->image != NULL && of_directory != (gate->image->directory != NULL))
    return g_strdup (of_directory ? "the report speaks of a directory, and at the gate is none"
                                  : "the report speaks of a file, and at the gate is a directory");
  if (gate->stored->has_image && !assay_digest_equal (&gate->stored->image, &gate->result->image_sha256))
    return g_strdup ("the report speaks of another image");
  return gate->image == NULL ? NULL : assay_gate_check_image (gate->stored, gate->image, gate->digests);
}

static void
hold_policy (const Gate *gate)
{
  const AssayStored *stored = gate->stored;
  g_autoptr (AssayJudgement) judgement = assay_judgement_recount (stored->account, stored->pairing, stored->failures);
  AssayPolicyCase policy_case = { .policy = gate->policy,
                                  .account = stored->account,
                                  .judgement = judgement,
                                  .inputs = stored->inputs,
                                  .expected = stored->expected,
                                  .rebuilds = stored->rebuilds,
                                  .cached = stored->cached,
                                  .unseen = stored->unseen };
  g_autoptr (GPtrArray) failures = assay_policy_judge (&policy_case);
  g_ptr_array_extend_and_steal (gate->result->failures, g_steal_pointer (&failures));
}

AssayGateResult *
assay_flow_gate (const AssayGateOptions *options, GError **error)
{
  g_auto (Gate) gate = { .options = options, .result = g_new0 (AssayGateResult, 1) };
  AssayGateResult *result = gate.result;
  result->failures = g_ptr_array_new_with_free_func (g_free);
  gate.digests = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (!read_inputs (&gate, error) || !check_keys (&gate, error))
    return NULL;
  result->judged = gate.stored->judged;
  result->judged_of = gate.stored->judged_of;
  result->fault = find_fault (&gate);
  if (result->fault == NULL)
    result->verdict = gate.stored->verdict;
  check_policy (&gate);
  check_used (&gate);
  check_summary (&gate);
  hold_policy (&gate);
  return g_steal_pointer (&gate.result);
}
