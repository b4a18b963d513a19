#ifndef ASSAY_JUDGE_POLICY_PARTS_H
#define ASSAY_JUDGE_POLICY_PARTS_H

#include "judge/policy.h"

/* The parts of a policy, each of which asks its own rules; for policy.c alone. */

void assay_policy_check_pins (AssayPolicyRules *rules, const AssayPolicyCase *policy_case);
void assay_policy_check_require (AssayPolicyRules *rules, const AssayPolicyCase *policy_case);
void assay_policy_check_forbidden (AssayPolicyRules *rules, const AssayPolicyCase *policy_case);

#endif
