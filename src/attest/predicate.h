#ifndef ASSAY_ATTEST_PREDICATE_H
#define ASSAY_ATTEST_PREDICATE_H

#include "attest/claim.h"
#include "attest/statement.h"

/** AssayAttestOrigin: who vouches that the report is what was found. */
typedef enum
{
  ASSAY_ATTEST_IMPORTED = 0, /* whoever gave the report (T20) */
  ASSAY_ATTEST_JUDGED,       /* the process that judged */
} AssayAttestOrigin;

/**
 * AssayAttestSource: what a statement is made of. All borrowed.
 *
 * @report: as JSON; where @text is what counts, and the predicate does not need the report whole, its head will do
 *   (assay_report_head())
 * @text: the whole report as canonical JSON, with its final line feed; @length its bytes
 * @resource_uri: what a summary calls the image; NULL: by its digest
 */
typedef struct
{
  const json_t *report;
  const char *text;
  gsize length;
  AssayAttestOrigin origin;
  const char *resource_uri;
} AssayAttestSource;

/**
 * AssayPredicate: a kind of statement.
 *
 * @name: of `--predicate`; @type: the predicateType
 * @whole: whether it needs all of the report as JSON
 * @has_verdict: whether it says how the image fared; without it, it speaks of its subject alone
 * @subjects: (transfer full): what it speaks of. Errors: ASSAY_ERROR_FAILED there is nothing to speak of
 * @write: (transfer full): canonical JSON without a final line feed. Errors: ASSAY_ERROR_FAILED it would say too much
 * @read: fills in @claim from a predicate whose signature was verified; returns what is wrong, a static text that goes
 *   on after "the predicate", or NULL
 */
typedef struct
{
  const char *name;
  const char *type;
  gboolean whole;
  gboolean has_verdict;
  json_t *(*subjects) (const AssayAttestSource *source, GError **error);
  char *(*write) (const AssayAttestSource *source, GError **error);
  const char *(*read) (const AssayStatement *statement, AssayClaim *claim);
} AssayPredicate;

/** assay_predicate_list_names: (transfer container): of all, and NULL. */
const char **assay_predicate_list_names (void);

/** assay_predicate_find: by the name of `--predicate`; NULL where there is none. */
const AssayPredicate *assay_predicate_find (const char *name);

/** assay_predicate_find_type: by the predicateType. */
const AssayPredicate *assay_predicate_find_type (const char *type);

/** assay_predicate_make: (transfer full): the whole statement. Errors: as above. */
GString *assay_predicate_make (const AssayPredicate *predicate, const AssayAttestSource *source, GError **error);

/* Our own types, until the project has a home. */
#define ASSAY_TYPE_COMPARISON "https://assay.invalid/comparison/v1"
#define ASSAY_TYPE_REBUILD "https://assay.invalid/rebuild/v1"
#define ASSAY_TYPE_VSA "https://slsa.dev/verification_summary/v1"
#define ASSAY_TYPE_PROVENANCE "https://slsa.dev/provenance/v1"

/* What a summary or a provenance calls us: what was imported is by another than what was judged. */
#define ASSAY_ID_JUDGED "https://assay.invalid/judged/v1"
#define ASSAY_ID_IMPORTED "https://assay.invalid/imported/v1"

/* comparison.c, summary.c and provenance.c */
extern const AssayPredicate assay_predicate_comparison;
extern const AssayPredicate assay_predicate_summary;
extern const AssayPredicate assay_predicate_provenance;

/* judged.c: what a report says of its image */

/** assay_predicate_image_subjects: the image that was judged. Errors: ASSAY_ERROR_FAILED the report has no digest of
 * it. */
json_t *assay_predicate_image_subjects (const AssayAttestSource *source, GError **error);

/** assay_predicate_passed: whether a report says that the image passed: by its verdict and its policy. */
gboolean assay_predicate_passed (const json_t *report);

/* basis.c */

/** assay_basis_of_report: (transfer full): by what a verdict was found, of which T22 wants that all who agree have the
 * same: digests of the image, of sources, patches, inputs and recipes or of the expected side, of the policy, of the
 * keys that it names for signatures and of the layout, and the scope. A report's head will do. */
json_t *assay_basis_of_report (const json_t *report);

/** assay_basis_digest: SHA-256 of its canonical JSON, without a final line feed. */
void assay_basis_digest (const json_t *report, AssayDigest *out);

/** assay_basis_digest_keys: @keys: (element-type AssayDigest): of public keys, in the policy's order; @out: SHA-256 of
 * these digests one behind the other. */
void assay_basis_digest_keys (const GArray *keys, AssayDigest *out);

#endif
