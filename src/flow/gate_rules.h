#ifndef ASSAY_FLOW_GATE_RULES_H
#define ASSAY_FLOW_GATE_RULES_H

#include "input/policy.h"
#include "report/stored.h"

/**
 * assay_gate_check_rules:
 *
 * Whether what a stored report calls explained, rewritten or outside can be so at all, whatever the bytes are: modes,
 * owners, links, devices and attributes are explained by nothing (T7), a signature by a policy that has lines for some
 * (T11), a program is no container that keeps times or is written again (T6, T10), and nothing is outside where no
 * scope was granted (T2).
 *
 * Returns: (transfer full) (nullable): what cannot be, or NULL
 */
char *assay_gate_check_rules (const AssayStored *stored, const AssayPolicy *policy);

/**
 * assay_gate_line_covers:
 *
 * Whether a line of `waive` speaks of what a stored report says that it waived (T13): the fact by its name, and a mode
 * that gives rights only by a line that allows code; bytes by their place or section, and those of a function only so.
 */
gboolean assay_gate_line_covers (const AssayStored *stored, const AssayPolicyWaiver *waiver,
                                 const AssayStoredLine *used);

#endif
