#ifndef ASSAY_FLOW_AGAIN_H
#define ASSAY_FLOW_AGAIN_H

#include "flow/made.h"

/**
 * assay_flow_build_again:
 * @component: with its first rebuild
 * @first: options of that
 *
 * Rebuilds a component a second time, in another place and in all other ways that can be varied. Inputs are digested
 * again, and limits and walls are those of the first. Errors: those of assay_rebuild_run().
 */
void assay_flow_build_again (AssayComponent *component, const AssayRebuildOptions *first, GError **error);

/**
 * assay_flow_take_again:
 * @component: with what its first rebuild made
 *
 * Gives each of its expectations what the second rebuild made.
 *
 * Errors: begin with "the second rebuild of NAME: "; those of assay_flow_build_again(); ASSAY_ERROR_FAILED an output is
 * not there, or is a file in one rebuild and a tree in the other.
 */
gboolean assay_flow_take_again (AssayComponent *component, const AssayLimits *limits, GError **error);

/**
 * assay_flow_wait_for_clock:
 *
 * Waits until what is made from now on has another time than all that was made before, also where times count in twos
 * of seconds (FAT, zip). Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_flow_wait_for_clock (GError **error);

/** assay_flow_describe_variations: for reports: a list of what was varied and what was not. A new reference. */
json_t *assay_flow_describe_variations (const AssayVaried *varied);

#endif
