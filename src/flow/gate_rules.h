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
 * @stored: the report that @used is of
 *
 * Whether a line of `waive` speaks of what a stored report says that it waived (T13). A fact by its name, and by a line
 * without `allow-code` only a time, or a mode that takes rights away. Bytes by their place, or by the section that the
 * report names for them; those of a function only by a line with `allow-code`. Not looked at: the symbol of a line for
 * one, which the report may call by another name of the same bytes, and what only the expected side shows, as the size
 * of a section there and whether bytes are proven to be data.
 */
gboolean assay_gate_line_covers (const AssayStored *stored, const AssayPolicyWaiver *waiver,
                                 const AssayStoredLine *used);

#endif
