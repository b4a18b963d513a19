#ifndef ASSAY_REPORT_EXPLAIN_H
#define ASSAY_REPORT_EXPLAIN_H

#include "judge/rule.h"
#include "report/report.h"

/**
 * assay_report_explain:
 *
 * The decision tree of a policy as text of 80 columns (`--explain`): each of its rules in its order, held or failed,
 * with line and column and what was found; then what holds though the policy does not name it; then what nobody asked.
 *
 * Returns: (transfer full)
 */
char *assay_report_explain (const AssayPolicyRules *rules, AssayTextStyle style);

/** assay_report_explain_json: the same as a list of objects. Transfer full. */
json_t *assay_report_explain_json (const AssayPolicyRules *rules);

#endif
