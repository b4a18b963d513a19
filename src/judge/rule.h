#ifndef ASSAY_JUDGE_RULE_H
#define ASSAY_JUDGE_RULE_H

#include "input/policy.h"

/** AssayRuleOutcome: what became of one rule of a policy. Only a rule that holds, or that nobody asked, lets pass. */
typedef enum
{
  ASSAY_RULE_UNDECIDED = 0,
  ASSAY_RULE_FAILED,
  ASSAY_RULE_HELD,
  ASSAY_RULE_NOT_ASKED,
} AssayRuleOutcome;

/**
 * AssayPolicyRule: one rule of a policy, and what it was held against.
 *
 * @key: as "require.verdict", or "waive[0]" for an entry
 * @place: where it stands in the policy; zeros where the policy leaves it out
 * @is_default: it holds although the policy does not name it
 * @found: what was found, as a sentence without full stop; NULL where nothing was looked at
 * @failures: (element-type utf8): why it does not hold, sentences without place and full stop
 */
typedef struct
{
  char *key;
  AssayPolicyPlace place;
  gboolean is_default;
  AssayRuleOutcome outcome;
  char *found;
  GPtrArray *failures;
} AssayPolicyRule;

/** AssayPolicyRules: of one policy, in the order in which they were asked. */
typedef struct
{
  const AssayPolicy *policy;
  GPtrArray *rules;   /* AssayPolicyRule */
  GHashTable *by_key; /* utf8 AssayPolicyRule */
} AssayPolicyRules;

AssayPolicyRules *assay_policy_rules_new (const AssayPolicy *policy);
void assay_policy_rules_free (AssayPolicyRules *rules);

/** assay_policy_rule_ask: the rule of that name, which holds until it fails; a second call gives the same one. */
AssayPolicyRule *assay_policy_rule_ask (AssayPolicyRules *rules, const char *key);

/** assay_policy_rule_skip: a rule that this run does not ask; @found says why, or NULL. */
void assay_policy_rule_skip (AssayPolicyRules *rules, const char *key, const char *found);

/** assay_policy_rule_found, assay_policy_rule_fail: what was found, and why it does not hold. */
void assay_policy_rule_found (AssayPolicyRule *rule, const char *format, ...) G_GNUC_PRINTF (2, 3);
void assay_policy_rule_fail (AssayPolicyRule *rule, const char *format, ...) G_GNUC_PRINTF (2, 3);

/**
 * assay_policy_rules_list_failures:
 *
 * Returns: (transfer full) (element-type utf8): one sentence for each thing that does not hold, with
 * "FILE:LINE:COLUMN: " of its rule in front, or "FILE: " where the policy does not speak of it
 */
GPtrArray *assay_policy_rules_list_failures (const AssayPolicyRules *rules);

/** assay_policy_rules_sort: into the order of the policy; what it leaves out stands behind, in the order of the calls.
 */
void assay_policy_rules_sort (AssayPolicyRules *rules);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPolicyRules, assay_policy_rules_free)

#endif
