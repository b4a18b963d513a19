#include "judge/policy.h"

#include "judge/policy_parts.h"
#include "judge/words.h"
#include "util/text.h"

#include <string.h>

void
assay_policy_input_free (AssayPolicyInput *input)
{
  g_clear_pointer (&input->recipe, g_array_unref);
  g_clear_pointer (&input->source, g_array_unref);
  g_clear_pointer (&input->patches, g_array_unref);
  g_clear_pointer (&input->inputs, g_array_unref);
  g_clear_pointer (&input->toolchain, g_array_unref);
  g_clear_pointer (&input->layers, g_array_unref);
  g_clear_pointer (&input->unread, g_array_unref);
  g_free (input);
}

gboolean
assay_policy_lets_unread (const AssayPolicy *policy, const AssayDigest *sha256)
{
  for (guint i = 0; policy != NULL && policy->unread != NULL && i < policy->unread->len; i++)
    if (assay_digest_equal (&g_array_index (policy->unread, AssayDigest, i), sha256))
      return TRUE;
  return FALSE;
}

/* What nobody could look into may hold anything, unless the policy knows the file. */
static void
check_unread (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const GPtrArray *inputs = policy_case->inputs;
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, "unread");
  guint known = 0;
  for (guint i = 0; i < inputs->len; i++)
    {
      const GArray *files = ((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->unread;
      for (guint j = 0; files != NULL && j < files->len; j++)
        {
          const AssayPolicyUnread *file = &g_array_index (files, AssayPolicyUnread, j);
          char hex[ASSAY_DIGEST_HEX_SIZE];
          if (assay_policy_lets_unread (policy_case->policy, &file->sha256))
            {
              known++;
              continue;
            }
          assay_digest_to_hex (&file->sha256, hex);
          assay_policy_rule_fail (rule, "%s was not looked into for ready-made code, and `unread` does not list %s",
                                  file->path, hex);
        }
    }
  if (inputs->len == 0)
    assay_policy_rule_found (rule, "nothing was built");
  else if (known == 0)
    assay_policy_rule_found (rule, "all that was built from was looked into for ready-made code");
  else
    assay_policy_rule_found (rule, "all that was built from was looked into for ready-made code, but %u of this list",
                             known);
}

/* T2: what the policy grants is no demand, and what it leaves out is counted. */
static void
check_scope (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayAccount *account = policy_case->account;
  if (account == NULL)
    return;
  g_autofree char *judged = assay_words_number (policy_case->judgement->judged);
  g_autofree char *of = assay_words_count (account->total, "byte", "bytes");
  assay_policy_rule_found (assay_policy_rule_ask (rules, "scope"), "%s of %s judged", judged, of);
}

/* No clock is read: whoever holds a policy that ends says which time it is. */
static void
check_expiry (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayPolicy *policy = policy_case->policy;
  if (!policy->has_expires)
    {
      assay_policy_rule_skip (rules, "expires", NULL);
      return;
    }
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, "expires");
  g_autofree char *day = assay_words_day (policy->expires);
  assay_policy_rule_found (rule, "it is before %s", day);
  if (!policy_case->has_time)
    assay_policy_rule_fail (rule, "the policy expires on %s, and no --time says that it has not yet", day);
  else if (policy_case->time_s >= policy->expires)
    assay_policy_rule_fail (rule, "the policy has expired on %s", day);
}

/* The report tells when it was made by the time that it was made at (T19): it was an input as well. */
static void
check_age (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  guint64 most = policy_case->policy->max_age_s;
  if (most == 0)
    {
      assay_policy_rule_skip (rules, "max-age", NULL);
      return;
    }
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, "max-age");
  if (!policy_case->was_timed)
    assay_policy_rule_fail (rule, "the image was judged without --time, so that nobody can tell how old that is");
  else if (!policy_case->has_time)
    assay_policy_rule_fail (rule, "no --time says how old the report is");
  else if (policy_case->judged_s > policy_case->time_s)
    assay_policy_rule_fail (rule, "the image was judged at a later time than --time says it is");
  else
    {
      guint64 age = (guint64)policy_case->time_s - (guint64)policy_case->judged_s;
      guint64 hours = age / 3600 + (age % 3600 != 0);
      assay_policy_rule_found (
          rule, "the image was judged %" G_GUINT64_FORMAT " hours ago, at most %" G_GUINT64_FORMAT " are allowed",
          hours, most / 3600);
      if (age > most)
        assay_policy_rule_fail (
            rule, "the image was judged %" G_GUINT64_FORMAT " hours ago, and at most %" G_GUINT64_FORMAT " are allowed",
            hours, most / 3600);
    }
}

/* What the lines did that accept something. They demand nothing: one that does not hold accepts nothing. */
static void
tell_grants (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayPolicy *policy = policy_case->policy;
  const GPtrArray *grants = policy_case->account == NULL ? NULL : policy_case->account->grants;
  for (guint i = 0; grants != NULL && i < grants->len; i++)
    {
      const AssayGrant *grant = g_ptr_array_index (grants, i);
      gboolean is_blob = grant->blob != NULL;
      g_autofree char *key
          = g_strdup_printf ("%s[%u]", is_blob ? "blobs" : "waive", is_blob ? i - policy->waive->len : i);
      AssayPolicyRule *rule = assay_policy_rule_ask (rules, key);
      g_autofree char *bytes = assay_words_count (grant->bytes, "byte", "bytes");
      g_autofree char *facts = assay_words_count (grant->facts, "fact", "facts");
      if (grant->bytes > 0 || grant->facts > 0)
        assay_policy_rule_found (rule, "it accepts %s and %s", bytes, facts);
      else if (grant->remarks->len > 0)
        assay_policy_rule_found (rule, "it accepts nothing: %s", (const char *)g_ptr_array_index (grant->remarks, 0));
      else
        assay_policy_rule_found (rule, "it accepts nothing: nothing needed it");
    }
}

/* The signature that holds a line, in a place that the line speaks of. */
static const AssaySignatureHold *
find_hold (const AssayAccount *account, const AssayPolicySignature *signature, guint number)
{
  for (guint i = 0; account != NULL && account->holds != NULL && i < account->holds->len; i++)
    {
      const AssaySignatureHold *hold = &g_array_index (account->holds, AssaySignatureHold, i);
      if (hold->number == number && assay_text_glob_matches (signature->slot, hold->slot)
          && (signature->path == NULL || assay_text_glob_matches (signature->path, hold->node->path)))
        return hold;
    }
  return NULL;
}

/* T11: a slot that is empty, as the rebuild left it, is a signature that is missing. */
static void
check_signatures (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayAccount *account = policy_case->account;
  guint64 bytes = 0;
  for (guint i = 0; account != NULL && i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      if (finding->class_ == ASSAY_CLASS_EXPLAINED && strcmp (finding->rule, "signature") == 0)
        bytes += finding->length;
    }
  g_autofree char *count = assay_words_count (bytes, "byte", "bytes");
  for (guint i = 0; i < policy_case->policy->signatures->len; i++)
    {
      g_autofree char *key = g_strdup_printf ("signatures[%u]", i);
      AssayPolicyRule *rule = assay_policy_rule_ask (rules, key);
      const AssayPolicySignature *signature = g_ptr_array_index (policy_case->policy->signatures, i);
      const AssaySignatureHold *hold = find_hold (account, signature, i);
      if (hold == NULL)
        {
          assay_policy_rule_fail (
              rule,
              "nothing in the slot \"%s\" that was judged is a signature that verifies, and a line of "
              "`signatures` wants one",
              signature->slot);
          continue;
        }
      g_autofree char *place = assay_words_place (hold->node);
      assay_policy_rule_found (rule,
                               "a signature verifies in \"%s\" of %s; signatures explain %s, by all lines together",
                               hold->slot, place, count);
    }
}

void
assay_policy_judge (const AssayPolicyCase *policy_case, AssayPolicyRules *rules)
{
  check_expiry (rules, policy_case);
  check_age (rules, policy_case);
  assay_policy_check_pins (rules, policy_case);
  check_unread (rules, policy_case);
  check_scope (rules, policy_case);
  assay_policy_check_require (rules, policy_case);
  assay_policy_check_forbidden (rules, policy_case);
  tell_grants (rules, policy_case);
  check_signatures (rules, policy_case);
  if (policy_case->policy->attestations.threshold > 0)
    assay_policy_rule_skip (rules, "attestations", "it is held at the gate");
}
