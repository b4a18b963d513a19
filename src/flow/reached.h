#ifndef ASSAY_FLOW_REACHED_H
#define ASSAY_FLOW_REACHED_H

#include "flow/judging.h"

/**
 * assay_flow_note_reached:
 *
 * Notes in the recordings of the rebuilds (where there are any) which of the files that were opened reached something
 * shipped: those that the debug information of what the rebuild made for a part of the image lists as its sources, be
 * it in the part itself, in a file of the build tree that has its build-id, or in the `symbols` of the recipe. After
 * pairing.
 *
 * Debug information is what a compiler says, and a build can write what it wants: this tells a reader where to look,
 * and decides nothing (T14).
 */
void assay_flow_note_reached (AssayFlowResult *result);

#endif
