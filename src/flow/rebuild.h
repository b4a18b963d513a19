#ifndef ASSAY_FLOW_REBUILD_H
#define ASSAY_FLOW_REBUILD_H

#include "flow/flow.h"

/**
 * AssayRebuildWish: what `assay rebuild` was asked for beside the common options. All borrowed.
 *
 * @output: the directory that the outputs are written to
 * @find_causes: with @twice of the options: why the two differ
 * @shell: at a step that fails a shell is started in its place
 * @notes: (element-type utf8): gets what assay_flow_result_list_notes() says
 */
typedef struct
{
  const char *recipe;
  const char *output;
  gboolean find_causes;
  gboolean shell;
  GPtrArray *notes;
} AssayRebuildWish;

/**
 * assay_flow_rebuild_only:
 *
 * Rebuilds what one recipe says, judges nothing, and writes the outputs with a record of their digests.
 *
 * Returns: (transfer full): the report, `assay.rebuild/1`
 *
 * Errors: ASSAY_ERROR_USAGE what is wrong before the first step; ASSAY_ERROR_CANCELLED; all that can go wrong in a
 * rebuild. Then nothing was written.
 */
json_t *assay_flow_rebuild_only (const AssayRebuildWish *wish, const AssayFlowOptions *options, GError **error);

#endif
