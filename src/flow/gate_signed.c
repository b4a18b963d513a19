#include "flow/gate_signed.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

/** Statements at the gate. */
typedef struct
{
  const AssayGateOptions *options;
  AssayAttestedResult *attested;
  AssayGateResult *result;
  gboolean shows_failure; /* whether the rules shown are those of a report that does not hold */
} Hearing;

static void
hearing_clear (Hearing *hearing)
{
  g_clear_pointer (&hearing->attested, assay_attested_result_free);
  g_clear_pointer (&hearing->result, assay_gate_result_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hearing, hearing_clear)

/* Who opens a pipe a second time gets none of what was read out of it. */
static gboolean
check_image (const char *image, GError **error)
{
  struct stat status;
  if (image == NULL || (strcmp (image, "-") != 0 && (stat (image, &status) != 0 || !S_ISFIFO (status.st_mode))))
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                       "--image: signed statements want an image that can be read several times, and no pipe");
  return FALSE;
}

static void
fail (const Hearing *hearing, const char *where, const char *what)
{
  g_ptr_array_add (hearing->result->failures, g_strdup_printf ("%s: %s", where, what));
}

/* Of the rules of several reports those are shown that say most: of one that does not hold, else of the first. */
static void
show_rules (Hearing *hearing, AssayGateResult *held)
{
  AssayGateResult *result = hearing->result;
  if (result->rules != NULL && (held->failures->len == 0 || hearing->shows_failure))
    return;
  hearing->shows_failure = held->failures->len > 0;
  g_clear_pointer (&result->rules, assay_policy_rules_free);
  g_clear_pointer (&result->policy, assay_policy_free);
  result->policy = g_steal_pointer (&held->policy);
  result->rules = g_steal_pointer (&held->rules);
  g_ptr_array_set_size (result->notes, 0);
  g_ptr_array_extend_and_steal (result->notes, g_steal_pointer (&held->notes));
}

/* One statement as if its report were trusted: what does not hold is no pass of its party. */
static gboolean
hold (Hearing *hearing, AssayTestimony *testimony, GError **error)
{
  AssayGateOptions options = *hearing->options;
  AssayGateResult *result = hearing->result;
  options.signed_report = testimony->claim.report;
  g_autoptr (AssayGateResult) held = assay_flow_gate (&options, error);
  if (held == NULL)
    return FALSE;
  if (held->fault != NULL)
    testimony->fault = g_strdup (held->fault);
  testimony->claim.passed = testimony->claim.passed && assay_gate_result_passed (held);
  for (guint i = 0; i < held->failures->len; i++)
    fail (hearing, testimony->where, g_ptr_array_index (held->failures, i));
  show_rules (hearing, held);
  if (result->judged_of > 0 && held->judged * result->judged_of >= result->judged * held->judged_of)
    return TRUE;
  result->judged = held->judged;
  result->judged_of = held->judged_of;
  result->report_sha256 = held->report_sha256;
  return TRUE;
}

static gboolean
hold_all (Hearing *hearing, GError **error)
{
  const GPtrArray *testimonies = hearing->attested->testimonies;
  for (guint i = 0; i < testimonies->len; i++)
    {
      AssayTestimony *testimony = g_ptr_array_index (testimonies, i);
      if (testimony->fault == NULL && testimony->claim.has_verdict && testimony->claim.report == NULL)
        testimony->fault = g_strdup ("a summary alone, which cannot be added up again; the gate wants comparisons");
      if (testimony->fault == NULL && testimony->claim.report != NULL && !hold (hearing, testimony, error))
        return FALSE;
    }
  return TRUE;
}

/* T22, and what was found before. */
static void
sum_up (const Hearing *hearing)
{
  AssayGateResult *result = hearing->result;
  const AssayAgreement *agreement = hearing->attested->agreement;
  for (guint i = 0; i < hearing->attested->testimonies->len && result->fault == NULL; i++)
    {
      const AssayTestimony *testimony = g_ptr_array_index (hearing->attested->testimonies, i);
      if (testimony->fault != NULL)
        result->fault = g_strdup_printf ("%s: %s", testimony->where, testimony->fault);
    }
  /* nothing is open: under a policy a provenance says nothing (T3) */
  if (result->fault == NULL && !agreement->has_verdict)
    result->fault = g_strdup ("no statement says whether the image passed");
  for (guint i = 0; i < agreement->dissent->len; i++)
    fail (hearing, "dissent", g_ptr_array_index (agreement->dissent, i));
  g_autofree char *count = g_strdup_printf ("%u of %u parties say that the image passed; %" G_GUINT64_FORMAT " must",
                                            agreement->has_verdict ? agreement->agreed->len : 0,
                                            hearing->attested->parties->len, agreement->threshold);
  gboolean reached = agreement->has_verdict && assay_agreement_is_reached (agreement);
  if (!reached)
    fail (hearing, "attestations", count);
  if (result->rules != NULL)
    {
      AssayPolicyRule *rule = assay_policy_rule_ask (result->rules, "attestations");
      assay_policy_rule_found (rule, "%s", count);
      rule->outcome = ASSAY_RULE_HELD;
      if (!reached || agreement->dissent->len > 0)
        assay_policy_rule_fail (rule, "%s", reached ? "a party dissents" : count);
    }
  result->verdict = agreement->has_verdict && result->fault == NULL ? agreement->verdict : ASSAY_VERDICT_UNDECIDED;
}

AssayGateResult *
assay_flow_gate_signed (const AssayGateOptions *options, char *const *files, AssayAttestedResult **out_attested,
                        GError **error)
{
  g_auto (Hearing) hearing = { .options = options, .result = g_new0 (AssayGateResult, 1) };
  const AssayAttestedOptions asked = { .files = files,
                                       .policy = options->policy,
                                       .image = options->image,
                                       .has_image_sha256 = options->has_image_sha256,
                                       .image_sha256 = options->image_sha256,
                                       .image_is_tree = options->image_is_tree,
                                       .certificates = options->certificates,
                                       .has_time = options->has_time,
                                       .time_s = options->time_s,
                                       .stamp_authorities = options->stamp_authorities,
                                       .stamp_crls = options->stamp_crls,
                                       .has_at = options->has_at,
                                       .at_s = options->time_s,
                                       .progress = options->progress };
  hearing.result->failures = g_ptr_array_new_with_free_func (g_free);
  hearing.result->notes = g_ptr_array_new_with_free_func (g_free);
  if (!check_image (options->image, error))
    return NULL;
  hearing.attested = assay_flow_verify_attestations (&asked, error);
  if (hearing.attested == NULL || !hold_all (&hearing, error))
    return NULL;
  /* weighed again: some of it may not have held */
  AssayAttestedResult *attested = hearing.attested;
  guint64 threshold = attested->agreement->threshold;
  assay_agreement_free (attested->agreement);
  attested->agreement = assay_agreement_new (attested->parties, attested->testimonies, threshold, TRUE);
  hearing.result->image_sha256 = attested->image_sha256;
  hearing.result->policy_sha256 = attested->policy_sha256;
  sum_up (&hearing);
  *out_attested = g_steal_pointer (&hearing.attested);
  return g_steal_pointer (&hearing.result);
}
