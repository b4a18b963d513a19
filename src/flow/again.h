#ifndef ASSAY_FLOW_AGAIN_H
#define ASSAY_FLOW_AGAIN_H

#include "flow/made.h"

/**
 * assay_flow_rebuild_again:
 * @component: with its first rebuild and what that made
 * @first: options of the first rebuild
 *
 * Rebuilds a component a second time, in another place and in all other ways that can be varied, and gives each of its
 * expectations what that made. Inputs are digested again, and limits and walls are those of the first.
 *
 * Errors: begin with "the second rebuild of PRODUCT: "; those of assay_rebuild_run(); ASSAY_ERROR_FAILED an output is
 * not there, or is a file in one rebuild and a tree in the other.
 */
gboolean assay_flow_rebuild_again (AssayFlowResult *result, AssayComponent *component, const AssayRebuildOptions *first,
                                   GError **error);

/**
 * assay_flow_wait_for_clock:
 *
 * Waits until what is made from now on has another time than all that was made before, also where times count in twos
 * of seconds (FAT, zip). Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_flow_wait_for_clock (GError **error);

/** assay_flow_expect: (transfer full): what a made file or tree stands for in the image. */
AssayExpectation *assay_flow_expect (const AssayMade *made);

/** assay_flow_describe_variations: for reports: a list of what was varied and what was not. A new reference. */
json_t *assay_flow_describe_variations (const AssayVaried *varied);

#endif
