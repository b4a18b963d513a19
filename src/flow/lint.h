#ifndef ASSAY_FLOW_LINT_H
#define ASSAY_FLOW_LINT_H

#include "input/policy.h"

/**
 * AssayLintWarning: something in a policy that is allowed, and that its keeper probably does not mean.
 *
 * @place: zeros where it is about something that is not there
 * @text: one sentence without full stop
 */
typedef struct
{
  AssayPolicyPlace place;
  char *text;
} AssayLintWarning;

void assay_lint_warning_free (AssayLintWarning *warning);

/**
 * assay_flow_lint_policy:
 * @time_s: (where @has_time) seconds since 1970: what has expired by then; no clock is read
 *
 * Looks a policy through: what waives more than it says, what never ends or has ended, what can never hold, what
 * changes nothing, and key files that are not there. No image and no recipe is looked at.
 *
 * Returns: (transfer full) (element-type AssayLintWarning): in the order of the file
 *
 * Errors: ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: …" a rule of `require.rules` that there is not, or a key file that holds
 * no key of its scheme.
 */
GPtrArray *assay_flow_lint_policy (const AssayPolicy *policy, gboolean has_time, gint64 time_s, GError **error);

#endif
