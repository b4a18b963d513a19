#ifndef ASSAY_FLOW_REBUILD_H
#define ASSAY_FLOW_REBUILD_H

#include "flow/flow.h"

/**
 * AssayRebuildWish: what `assay rebuild` was asked for beside the common options. All borrowed.
 *
 * @recipes: (array zero-terminated): recipes and directories of them
 * @output: the directory that the outputs are written to; of several recipes, or of a directory of them, each has one
 * of its own in it, by its name (assay_flow_name_components())
 * @find_causes: with @twice of the options: why the two differ
 * @shell: at a step that fails a shell is started in its place
 * @notes: (element-type utf8): gets what assay_flow_result_list_notes() says
 */
typedef struct
{
  char *const *recipes;
  const char *output;
  gboolean find_causes;
  gboolean shell;
  GPtrArray *notes;
} AssayRebuildWish;

/**
 * assay_flow_rebuild_only:
 *
 * Rebuilds what recipes say, judges nothing, and writes the outputs with a record of their digests.
 *
 * @out_complete: whether all were rebuilt; of a single recipe it is
 *
 * Returns: (transfer full): the report: `assay.rebuild/1`; where there is a directory for each, `assay.rebuilds/1` with
 * one of these for each recipe, in their order: of one that failed with `failure` in place of what was made
 *
 * Errors: ASSAY_ERROR_USAGE what is wrong before the first step; ASSAY_ERROR_CANCELLED; of a single recipe all that can
 * go wrong in a rebuild. Then nothing was written.
 */
json_t *assay_flow_rebuild_only (const AssayRebuildWish *wish, const AssayFlowOptions *options, gboolean *out_complete,
                                 GError **error);

#endif
