#ifndef ASSAY_REBUILD_STEP_H
#define ASSAY_REBUILD_STEP_H

#include "rebuild/mount.h"
#include "util/progress.h"

/**
 * assay_steps_run:
 *
 * Runs the steps in order, each as `sh -e -c STEP` in a fresh shell and sandbox at the recipe's `path`; nothing of one
 * step runs on into the next.
 *
 * Errors: ASSAY_ERROR_STEP "step 2 of 3 (FILE:LINE) ended with status 2; the last lines of its log:" and 20 lines;
 * ASSAY_ERROR_LIMIT; ASSAY_ERROR_SANDBOX; ASSAY_ERROR_CANCELLED
 */
gboolean assay_steps_run (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts,
                          gboolean has_tree, AssayProgress *progress, GError **error);

#endif
