#ifndef ASSAY_ATTEST_AGREEMENT_H
#define ASSAY_ATTEST_AGREEMENT_H

#include "attest/party.h"
#include "attest/predicate.h"
#include "attest/stamps.h"

/**
 * AssayTestimony: one envelope of one file, verified and read.
 *
 * @where: file and line, escaped
 * @fault: (nullable): why it counts for nothing; then nothing of its content is to be used
 * @signed_by: (element-type AssaySignedBy)
 * @stamped: (element-type AssayStamped): of each signature of the envelope; empty where it could not be read
 * @doubts: (element-type utf8): signatures that verify and do not count, and why, while others do
 * @predicate: NULL with a fault
 */
typedef struct
{
  char *where;
  char *fault;
  AssayEnvelopeForm form;
  GArray *signed_by;
  GArray *stamped;
  GPtrArray *doubts;
  AssayStatement *statement;
  const AssayPredicate *predicate;
  AssayClaim claim;
} AssayTestimony;

void assay_testimony_free (AssayTestimony *testimony);

/** AssayGivenChain: @name: the file, escaped; @certificates: (element-type GBytes) */
typedef struct
{
  char *name;
  GPtrArray *certificates;
} AssayGivenChain;

/**
 * AssayTestimonyWanted: what a statement must be to count.
 *
 * @image: its subject; @kind: what that digest is of
 * @policy: (nullable): SHA-256 of the policy that it must have been made under
 * @keys: (nullable): assay_basis_digest_keys() of the keys that it names for signatures now; NULL where it names none
 * @scope: (nullable): NULL-terminated globs: a part of the image, of which a pass may speak as well (T2); NULL: of all
 * of it alone
 * @allow_imported: whether it may be by somebody who did not judge
 * @time_s: the moment at which certificates must be valid, and lists of what was revoked in force; not looked at where
 *   no party has an authority. Where a time stamp proves an earlier moment certificates must be valid then
 * @chains: (element-type AssayGivenChain): certificates that were given beside the statements
 * @stamps: what time stamps must prove
 */
typedef struct
{
  const AssayDigest *image;
  AssaySubjectKind kind;
  const AssayDigest *policy;
  const AssayDigest *keys;
  char *const *scope;
  gboolean allow_imported;
  gint64 time_s;
  const GPtrArray *chains;
  AssayStampsWanted stamps;
} AssayTestimonyWanted;

/**
 * assay_testimony_read:
 * @file: name of a file, for messages; @bytes: its content
 *
 * Verifies and reads all envelopes of a file and adds a testimony for each to @out. What is malformed, verifies under
 * no key, or is not what is wanted, is a fault of the testimony. Errors: of verifying.
 */
gboolean assay_testimony_read (const GPtrArray *parties, const char *file, GBytes *bytes,
                               const AssayTestimonyWanted *wanted, GPtrArray *out, GError **error);

/**
 * AssayAgreement: what all of them come to (T22).
 *
 * @threshold: as many parties must agree
 * @agreed: (element-type AssayParty): the largest group of parties that say of the image that it passed, by the same
 *   source, recipe and policy; each once
 * @dissent: (element-type utf8): parties that say that it did not, or contradict themselves, with the statement
 * @apart: (element-type utf8): parties that say so by another source, recipe, policy or scope, or do not say by what
 * where more than one must agree, and do not count; with @verdicts_alone also who signed something without a verdict
 * @verdict: the least that one of those that agreed found; of a dissent where there is one, mismatch before undecided.
 *   Undecided where nobody says anything
 * @has_verdict: whether any statement has a verdict; else they agree on their subject alone, unless @verdicts_alone
 * @verdicts_alone: whether what has no verdict counts for nothing, whatever else there is
 */
typedef struct
{
  guint64 threshold;
  GPtrArray *agreed;
  GPtrArray *dissent;
  GPtrArray *apart;
  AssayVerdict verdict;
  gboolean has_verdict;
  gboolean verdicts_alone;
} AssayAgreement;

/**
 * assay_agreement_new:
 * @testimonies: (element-type AssayTestimony): those with a fault count for nothing
 * @verdicts_alone: under a policy, which nothing without a verdict was held to
 */
AssayAgreement *assay_agreement_new (const GPtrArray *parties, const GPtrArray *testimonies, guint64 threshold,
                                     gboolean verdicts_alone);
void assay_agreement_free (AssayAgreement *agreement);

/** assay_agreement_is_reached: whether as many parties agree as must; whoever dissents is the caller's to weigh. */
gboolean assay_agreement_is_reached (const AssayAgreement *agreement);

/** Lines of assay_disagreement_list(). */
#define ASSAY_DISAGREEMENT_LINES 40

/**
 * assay_disagreement_list:
 *
 * Where comparisons that pass and that do not pass tell different things: file by file, and in these section by
 * section. What is too much is counted.
 *
 * Returns: (transfer full) (element-type utf8): lines, escaped
 */
GPtrArray *assay_disagreement_list (const GPtrArray *testimonies);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayTestimony, assay_testimony_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAgreement, assay_agreement_free)

#endif
