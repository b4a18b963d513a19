#ifndef ASSAY_FLOW_GATE_SCOPE_H
#define ASSAY_FLOW_GATE_SCOPE_H

#include "flow/gate_files.h"

/**
 * assay_gate_check_scope:
 * @scope: granted, NULL-terminated
 *
 * Holds what a report calls outside against the scope by the rule of the account (account/scope.h), as far as the
 * report itself tells the names, types and containers of its files. Where it passes, each glob must name one of them
 * (T1).
 *
 * Returns: (transfer full) (nullable): what is wrong, as the end of a sentence
 */
char *assay_gate_check_scope (const AssayStored *stored, char **scope);

/**
 * assay_gate_check_scope_of_image:
 *
 * The same for the report's own scope by the image at the gate, where its containers were opened: it has all names, and
 * where links lead. What is not in scope nothing calls equal. Of what a layout divides the image says nothing.
 *
 * Returns: (transfer full) (nullable): what is wrong, as the end of a sentence
 */
char *assay_gate_check_scope_of_image (const AssayGateImage *image);

#endif
