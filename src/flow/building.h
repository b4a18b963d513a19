#ifndef ASSAY_FLOW_BUILDING_H
#define ASSAY_FLOW_BUILDING_H

#include "flow/judging.h"

/*
 * Components side by side. Each is built in a sandbox of its own, from its own copy of what its recipe names, with a
 * log of its own; none sees what another one reads, makes or runs. What a report says does not depend on how many are
 * built at once, nor on which is done first.
 */

/** assay_flow_count_at_once: how many of @count components are built at once: as many as the options say, else as there
 * are jobs; at least 1. */
guint assay_flow_count_at_once (const AssayFlowOptions *options, guint count);

/**
 * assay_flow_count_jobs: what $JOBS is in each of @count components: its equal share of the jobs of the options, at
 * least 1. It follows from the options and the number of recipes alone: a build can read it, so that it must not be
 * another because somebody else is done (T19).
 */
guint assay_flow_count_jobs (const AssayFlowOptions *options, guint count);

/** assay_flow_name_components: gives each component a name of its own, where there are at least @least: that of its
 * recipe without the ending, `NAME.N` for number N where one before it has that name. */
void assay_flow_name_components (AssayFlowResult *result, guint least);

/** assay_flow_name_of: (transfer none): of one of several its name, of a single one its product. */
const char *assay_flow_name_of (const AssayComponent *component);

/** AssayFlowBeside: what may be done meanwhile. */
typedef void (*AssayFlowBeside) (gpointer data);

/**
 * assay_flow_build_all:
 * @template: the options of all; jobs, limits, the name of the log and progress are filled in for each
 * @beside: (nullable): called with @beside_data where several threads build, once one of them has nothing to build
 *
 * Makes the first rebuild of each component that has not failed yet, and where it was asked for the second one. What
 * went wrong is in the component, and stops no other.
 */
void assay_flow_build_all (AssayFlowResult *result, const AssayRebuildOptions *template, AssayFlowBeside beside,
                           gpointer beside_data);

/** assay_flow_take_trouble: why the first rebuild of a component was not made, with its name where there are several.
 */
void assay_flow_take_trouble (const AssayFlowResult *result, AssayComponent *component, GError **error);

#endif
