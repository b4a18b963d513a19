#ifndef ASSAY_FLOW_ATTESTING_H
#define ASSAY_FLOW_ATTESTING_H

#include "attest/envelope.h"
#include "attest/predicate.h"
#include "flow/flow.h"

/**
 * AssayAttesting: how something is attested. All borrowed.
 *
 * @certificate: of the signer's key, for a bundle; or NULL
 * @resource_uri: of a summary; NULL: the digest of the image
 */
typedef struct
{
  const AssaySigner *signer;
  const AssayPredicate *predicate;
  AssayEnvelopeForm form;
  GBytes *certificate;
  const char *resource_uri;
} AssayAttesting;

/**
 * assay_flow_attest_result:
 *
 * Signs what this process found, pass or not, in the process that judged.
 *
 * Returns: (transfer full): the envelope, which ends with a line feed. Errors: ASSAY_ERROR_FAILED there is no image
 * that it could speak of, or it would say too much; ASSAY_ERROR_LIMIT; of signing.
 */
char *assay_flow_attest_result (const AssayFlowResult *result, const AssayAttesting *attesting, GError **error);

/**
 * assay_flow_attest_report:
 * @path: of a report, or `-`
 *
 * Signs a stored report, which is marked as imported (T20): nobody here saw it being found. Errors: likewise, and
 * ASSAY_ERROR_USAGE it is no report, or does not add up.
 */
char *assay_flow_attest_report (const char *path, const AssayAttesting *attesting, GError **error);

#endif
