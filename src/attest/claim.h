#ifndef ASSAY_ATTEST_CLAIM_H
#define ASSAY_ATTEST_CLAIM_H

#include <assay/digest.h>
#include <assay/verdict.h>

#include <glib.h>
#include <jansson.h>

/**
 * AssayClaim: what a statement says of an image, whatever its predicate is.
 *
 * @has_verdict: whether it says how the image fared at all
 * @verdict: of a summary, which knows no more: waived, the least that passes, for PASSED, and mismatch for FAILED
 * @passed: by verdict and policy
 * @imported: signed by somebody who did not judge
 * @policy: (where @has_policy) SHA-256 of the policy that it was made under
 * @keys: (where @has_keys) assay_basis_digest_keys() of the keys that the policy named for signatures then
 * @alone: of a summary that says PASSED and not by what: nobody can tell whether it agrees with another
 * @basis: what the verdict was found by: source, recipe, policy, scope, as canonical JSON: statements that agree have
 * the same
 * @report: of a comparison; borrowed; NULL of others
 */
typedef struct
{
  gboolean has_verdict;
  AssayVerdict verdict;
  gboolean passed;
  gboolean imported;
  gboolean has_policy;
  AssayDigest policy;
  gboolean has_keys;
  AssayDigest keys;
  gboolean alone;
  char *basis;
  const json_t *report;
} AssayClaim;

void assay_claim_clear (AssayClaim *claim);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayClaim, assay_claim_clear)

#endif
