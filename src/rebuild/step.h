#ifndef ASSAY_REBUILD_STEP_H
#define ASSAY_REBUILD_STEP_H

#include "rebuild/mount.h"
#include "rebuild/record.h"
#include "util/progress.h"

/** AssayStepShell: whether a shell takes the place of a step that failed. */
typedef enum
{
  ASSAY_STEP_SHELL_NONE = 0,
  ASSAY_STEP_SHELL_ON_FAILURE,
} AssayStepShell;

/**
 * assay_steps_run:
 * @record: (nullable): takes what the steps open
 *
 * Runs the steps in order, each as `sh -e -c STEP` in a fresh shell and sandbox at the recipe's `path`; nothing of one
 * step runs on into the next.
 *
 * With @shell a shell on the user's terminal is started in the sandbox where a step failed, with its directory and
 * environment; when it ends, the step has failed all the same.
 *
 * Errors: ASSAY_ERROR_STEP "step 2 of 3 (FILE:LINE) ended with status 2; the last lines of its log:", 20 lines, and the
 * step, its directory and environment, to repeat it by hand;
 * ASSAY_ERROR_LIMIT; ASSAY_ERROR_SANDBOX; ASSAY_ERROR_CANCELLED
 */
gboolean assay_steps_run (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts,
                          gboolean has_tree, AssayStepShell shell, AssayRecord *record, AssayProgress *progress,
                          GError **error);

#endif
