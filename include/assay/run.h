#ifndef ASSAY_RUN_H
#define ASSAY_RUN_H

#include <assay/api.h>
#include <assay/error.h>
#include <assay/verdict.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * AssayRun:
 *
 * One judging of one image: made, told what is granted, run once, asked for its verdict and report. Not for use from
 * two threads at once.
 */
typedef struct _AssayRun AssayRun;

/** assay_run_new: a run that grants nothing and judges the whole image. */
ASSAY_API AssayRun *assay_run_new (void);
ASSAY_API void assay_run_free (AssayRun *run);

/**
 * assay_run_grant_scope:
 * @glob: of node paths; may be called several times
 *
 * Narrows the verdict to the nodes that match any of the globs. The report says how many bytes lie outside.
 */
ASSAY_API void assay_run_grant_scope (AssayRun *run, const char *glob);

/** assay_run_set_policy: what must hold for a pass: the path of a policy file, read when the run begins. */
ASSAY_API void assay_run_set_policy (AssayRun *run, const char *path);

/** assay_run_set_limit: `NAME=VALUE`, as `--limit`; each once. Errors: ASSAY_ERROR_USAGE. */
ASSAY_API gboolean assay_run_set_limit (AssayRun *run, const char *assignment, GError **error);

/**
 * assay_run_compare:
 * @shipped: @expected: files or directories
 *
 * Judges @shipped against @expected. What goes wrong on the way makes the verdict undecided and is no error here.
 *
 * Errors: ASSAY_ERROR_USAGE an input is missing, a policy is invalid, or this run was run before; ASSAY_ERROR_INTERNAL.
 */
ASSAY_API gboolean assay_run_compare (AssayRun *run, const char *shipped, const char *expected, GError **error);

/**
 * assay_run_verify:
 * @recipes: NULL-terminated paths of recipes and of directories of them, at least one
 *
 * Rebuilds what the recipes say in the sandbox and judges @image against it. Errors as assay_run_compare().
 */
ASSAY_API gboolean assay_run_verify (AssayRun *run, const char *image, char *const *recipes, GError **error);

/**
 * assay_run_passed:
 *
 * Whether the image passed: the verdict is identical, equivalent or waived, and every line of the policy holds. FALSE
 * before and without a run. This, and not the verdict alone, is what a gate asks.
 */
ASSAY_API gboolean assay_run_passed (const AssayRun *run);

/** assay_run_get_verdict: ASSAY_VERDICT_UNDECIDED before and without a run. */
ASSAY_API AssayVerdict assay_run_get_verdict (const AssayRun *run);

/**
 * assay_run_write_report:
 * @path: where the JSON report (schema assay.report/1) goes, whole or not at all
 *
 * Errors: ASSAY_ERROR_USAGE nothing was run; ASSAY_ERROR_IO.
 */
ASSAY_API gboolean assay_run_write_report (const AssayRun *run, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRun, assay_run_free)

G_END_DECLS

#endif
