#ifndef ASSAY_FLOW_FLOW_H
#define ASSAY_FLOW_FLOW_H

#include "judge/rule.h"
#include "report/report.h"
#include "util/limits.h"
#include "util/progress.h"
#include "util/timings.h"

/**
 * AssayFlowOptions:
 *
 * What the user asked for beside the inputs. All borrowed.
 *
 * @policy: a policy file, or NULL
 * @layout: a layout file for compare, or NULL
 * @output: where the report is written, or NULL: no input may be there; @documents: the same of other forms of it,
 * NULL-terminated, or NULL
 * @scope: globs granted on the command line, or NULL
 * @time_s: (where @has_time) the moment to judge at, seconds since 1970: what expires holds only before its end. No
 *   clock is read
 * @work_dir: where logs and build trees are kept, or NULL
 * @jobs: how many jobs all builds together run at once; 0 is the number of processors
 * @components: how many recipes are built side by side; 0: as many as @jobs. Changes nothing of what is found
 * @use_cache: whether builds are taken out of the cache and kept there (rebuild/cache.h)
 * @cache_dir: @cache_key: where it and its key lie; NULL: where the user's caches and states are
 * @cache_bytes: of all builds in it together
 * @rebuilt: (nullable) (array zero-terminated): directories of `assay rebuild`: instead of building
 * @twice: each rebuild is made a second time, in all ways varied that there are: what differs then is unreproducible
 * @record: whether it is recorded which files rebuilds open (T16)
 * @rebuild_at_shipped_time: where the rebuild does not match, it is tried again at times that the image carries (T10)
 */
typedef struct
{
  AssayLimits limits;
  const char *policy;
  const char *layout;
  const char *output;
  const char *const *documents;
  char **scope;
  gboolean has_time;
  gint64 time_s;
  AssayDigestScope digests;
  const char *work_dir;
  guint jobs;
  guint components;
  gboolean use_cache;
  const char *cache_dir;
  const char *cache_key;
  guint64 cache_bytes;
  char **rebuilt;
  gboolean twice;
  gboolean record;
  gboolean rebuild_at_shipped_time;
  AssayProgress *progress;
  AssayTimings *timings;
} AssayFlowOptions;

void assay_flow_options_init (AssayFlowOptions *options);

/**
 * assay_flow_options_check_inputs:
 * @names: (array zero-terminated): what the user gave as inputs beside the policy
 *
 * Standard input, `-`, can be one of them, and only one; and what is written must be none of them, nor of policy and
 * layout: ASSAY_ERROR_USAGE.
 */
gboolean assay_flow_options_check_inputs (const AssayFlowOptions *options, const char *const *names, GError **error);

/** assay_flow_options_check_apart: that nothing that is written is @input (assay_output_check_apart()). */
gboolean assay_flow_options_check_apart (const AssayFlowOptions *options, const char *input, GError **error);

/**
 * AssayFlowResult:
 *
 * What a run found: the report and all that it borrows from.
 */
typedef struct _AssayFlowResult AssayFlowResult;

void assay_flow_result_free (AssayFlowResult *result);
const AssayReport *assay_flow_result_get_report (const AssayFlowResult *result);
AssayVerdict assay_flow_result_get_verdict (const AssayFlowResult *result);

/** assay_flow_result_list_notes: (transfer full) (element-type utf8): what went wrong and has nothing to do with the
 * verdict, as a cache that cannot be used: for whoever started the run. */
GPtrArray *assay_flow_result_list_notes (const AssayFlowResult *result);

/** assay_flow_result_passed: whether the verdict is a pass and every line of the policy holds. */
gboolean assay_flow_result_passed (const AssayFlowResult *result);

/** assay_flow_result_get_rules: (nullable): of the policy, and what became of each; NULL without one. */
const AssayPolicyRules *assay_flow_result_get_rules (const AssayFlowResult *result);

/** assay_flow_result_policy_holds: whether every line of the policy holds; TRUE without one. */
gboolean assay_flow_result_policy_holds (const AssayFlowResult *result);

/**
 * assay_flow_compare:
 *
 * Judges two things that exist already.
 *
 * Errors: ASSAY_ERROR_USAGE an input is missing; ASSAY_ERROR_CANCELLED; ASSAY_ERROR_INTERNAL. Everything else that goes
 * wrong is a result with the verdict undecided.
 */
AssayFlowResult *assay_flow_compare (const char *shipped, const char *expected, const AssayFlowOptions *options,
                                     GError **error);

/**
 * assay_flow_verify:
 * @recipes: NULL-terminated paths of recipes and of directories of them (input/recipe_files.h), at least one
 *
 * Rebuilds what the recipes say and judges the image against it. Errors as assay_flow_compare(), and ASSAY_ERROR_USAGE
 * for an invalid recipe or a missing input.
 */
AssayFlowResult *assay_flow_verify (const char *image, char *const *recipes, const AssayFlowOptions *options,
                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayFlowResult, assay_flow_result_free)

#endif
