#ifndef ASSAY_FLOW_ATTESTED_H
#define ASSAY_FLOW_ATTESTED_H

#include "attest/agreement.h"
#include "input/policy.h"
#include "util/progress.h"

/**
 * AssayAttestedOptions: what signed statements are asked. All borrowed.
 *
 * @files: NULL-terminated; `-` is standard input
 * @keys: NULL-terminated: each is a party of its own; NULL where @policy names the parties
 * @authorities: NULL-terminated files with roots: each is a party of its own; or NULL
 * @certificates: NULL-terminated files with chains of certificates, beside those in bundles; or NULL
 * @crls: (with @authorities) NULL-terminated files with lists of what was revoked; or NULL
 * @has_time: @time_s: the moment of the question: certificates must be valid then, where no time stamp proves an
 *   earlier one, and time stamps are not later. It or @has_at is needed where a party has an authority. No clock is
 * read
 * @stamp_authorities: NULL-terminated files with roots of time-stamping authorities; or NULL: those of @policy
 * @stamp_crls: (with @stamp_authorities) NULL-terminated files with lists of what they revoked, in force at the moment
 * of the question, which is needed then; or NULL
 * @has_at: @at_s: what is asked is whether the statements held then: each signature must have a time stamp that is not
 *   later
 * @policy: a policy file with `attestations`, or NULL
 * @scope: NULL-terminated globs: a part of the image, of which statements may speak; NULL: the part that @policy
 * grants, or all of it
 * @threshold: how many parties must agree; 0: as many as the policy says, or one
 * @image: the image that they are about (a file or directory), or NULL where @image_sha256 says which it is: a file, or
 * with @image_is_tree a directory (digests.h)
 * @judged_only: refuse what was imported, as a policy does that does not allow it
 * @allow_dissent: a party that says otherwise does not stand in the way of as many as must agree
 */
typedef struct
{
  char *const *files;
  char *const *keys;
  char *const *authorities;
  char *const *certificates;
  char *const *crls;
  gboolean has_time;
  gint64 time_s;
  char *const *stamp_authorities;
  char *const *stamp_crls;
  gboolean has_at;
  gint64 at_s;
  const char *policy;
  char *const *scope;
  guint64 threshold;
  const char *image;
  gboolean has_image_sha256;
  AssayDigest image_sha256;
  gboolean image_is_tree;
  gboolean judged_only;
  gboolean allow_dissent;
  AssayProgress *progress;
} AssayAttestedOptions;

/**
 * AssayAttestedResult:
 * @parties: (element-type AssayParty); @stamp_authorities: (element-type AssayAuthority); @testimonies: (element-type
 * AssayTestimony)
 * @disagreements: (element-type utf8): lines
 * @policy_sha256: where there was a policy
 */
typedef struct
{
  GPtrArray *parties;
  GPtrArray *stamp_authorities;
  GPtrArray *testimonies;
  AssayAgreement *agreement;
  GPtrArray *disagreements;
  AssayDigest image_sha256;
  AssayDigest policy_sha256;
  gboolean allow_dissent;
} AssayAttestedResult;

void assay_attested_result_free (AssayAttestedResult *result);

/** assay_attested_result_count_faults: testimonies that count for nothing. */
guint assay_attested_result_count_faults (const AssayAttestedResult *result);

/** assay_attested_result_passed: no fault, as many parties as must agree that it passed, and no dissent unless that is
 * allowed. */
gboolean assay_attested_result_passed (const AssayAttestedResult *result);

/**
 * assay_flow_verify_attestations:
 *
 * Verifies signed statements about an image (T22). What they say is believed as far as the keys are; a gate also adds
 * up the reports in them. Errors: ASSAY_ERROR_USAGE a file, key, policy or image is missing or invalid, one key is
 * given twice, or there are fewer parties than must agree; as reading the image.
 */
AssayAttestedResult *assay_flow_verify_attestations (const AssayAttestedOptions *options, GError **error);

/** assay_flow_load_stamp_authorities: (transfer full) (element-type AssayAuthority): of files, with lists of what they
 * revoked (both nullable), or of a policy (nullable) that names some, which may be none. Errors: ASSAY_ERROR_USAGE. */
GPtrArray *assay_flow_load_stamp_authorities (char *const *files, char *const *crls, const AssayPolicy *policy,
                                              GError **error);

/** assay_flow_load_parties: (transfer full) (element-type AssayParty): of a policy. Errors: ASSAY_ERROR_USAGE. */
GPtrArray *assay_flow_load_parties (const AssayPolicy *policy, GError **error);

/** assay_flow_read_attestation: (transfer full): a file, or `-`; a FIFO is read to its end. Errors: ASSAY_ERROR_USAGE;
 * ASSAY_ERROR_CANCELLED. */
GBytes *assay_flow_read_attestation (const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAttestedResult, assay_attested_result_free)

#endif
