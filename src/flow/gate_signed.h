#ifndef ASSAY_FLOW_GATE_SIGNED_H
#define ASSAY_FLOW_GATE_SIGNED_H

#include "flow/attested.h"
#include "flow/gate.h"

/**
 * assay_flow_gate_signed:
 * @options: of a gate; @report is not looked at
 * @files: NULL-terminated: signed statements
 * @out_attested: (transfer full): who said what
 *
 * Holds a policy against signed statements (T20, T22): each must verify under a key of a party that the policy names,
 * be about the image, have been made under this policy by the process that judged, and hold a report that passes the
 * gate as if it were trusted. As many parties as the policy says must agree, and none may dissent. The image is read
 * once for each statement, so that it cannot be a pipe.
 *
 * Errors: ASSAY_ERROR_USAGE as assay_flow_gate(), and the policy has no `attestations`.
 */
AssayGateResult *assay_flow_gate_signed (const AssayGateOptions *options, char *const *files,
                                         AssayAttestedResult **out_attested, GError **error);

#endif
