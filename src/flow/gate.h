#ifndef ASSAY_FLOW_GATE_H
#define ASSAY_FLOW_GATE_H

#include "judge/rule.h"
#include "util/progress.h"
#include "util/timings.h"

#include <assay/digest.h>
#include <assay/verdict.h>

#include <jansson.h>

/**
 * AssayGateOptions:
 * @policy: a policy file
 * @report: a report, or `-`
 * @signed_report: a report out of a statement that a party of the policy signed, instead; or NULL
 * @image: the image that is at the gate (a file or directory), or NULL where @image_sha256 says which it is: a file, or
 * with @image_is_tree a directory (digests.h)
 * @time_s: (where @has_time) the moment of the gate, seconds since 1970. No clock is read
 * @certificates: of signed statements: NULL-terminated files with chains, beside those in bundles; or NULL
 * @stamp_authorities: @stamp_crls: @has_at: of signed statements, as AssayAttestedOptions has them; the moment is
 * @time_s
 */
typedef struct
{
  const char *policy;
  const char *report;
  const json_t *signed_report;
  const char *image;
  gboolean has_image_sha256;
  AssayDigest image_sha256;
  gboolean image_is_tree;
  gboolean has_time;
  gint64 time_s;
  char *const *certificates;
  char *const *stamp_authorities;
  char *const *stamp_crls;
  gboolean has_at;
  AssayProgress *progress;
  AssayTimings *timings;
} AssayGateOptions;

/**
 * AssayGateResult:
 * @verdict: that follows from the report's contents; undecided where they do not add up
 * @fault: (nullable): why the report says nothing about this image: it contradicts itself, or speaks of another one
 * @policy: that was held; @rules: each of its rules, and what the gate asks beside them
 * @failures: (element-type utf8): lines of the policy that do not hold
 * @notes: (element-type utf8): what whoever keeps the policy should know, and what fails nothing
 * @judged: @judged_of: bytes
 */
typedef struct
{
  AssayVerdict verdict;
  char *fault;
  AssayPolicy *policy;
  AssayPolicyRules *rules;
  GPtrArray *failures;
  GPtrArray *notes;
  guint64 judged;
  guint64 judged_of;
  AssayDigest image_sha256;
  AssayDigest policy_sha256;
  AssayDigest report_sha256;
} AssayGateResult;

void assay_gate_result_free (AssayGateResult *result);

/** assay_gate_result_passed: no fault, no failure, and a verdict that is a pass. */
gboolean assay_gate_result_passed (const AssayGateResult *result);

/**
 * assay_flow_gate:
 *
 * Holds a policy against a report that the caller trusts (T20): the report is added up again, must speak of the image
 * at the gate and have been made under this very policy; then every line of the policy is held, and what expires at the
 * time of the gate. A verdict is only ever believed as far as it follows.
 *
 * Errors: ASSAY_ERROR_USAGE policy, keys, report or image are missing or ill-formed; as reading the image.
 */
AssayGateResult *assay_flow_gate (const AssayGateOptions *options, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGateResult, assay_gate_result_free)

#endif
