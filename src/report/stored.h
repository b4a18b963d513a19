#ifndef ASSAY_REPORT_STORED_H
#define ASSAY_REPORT_STORED_H

#include "judge/policy.h"
#include "report/source.h"

/** AssayStoredLine: what a report says of a line of its policy: by whom and why something was waived. */
typedef struct
{
  gboolean is_blob;
  int line;
  const char *owner; /* or NULL */
  const char *reason;
  const AssayNodeAccount *where; /* the node that it was used for */
  const AssayFactAccount *fact;  /* what it was used for: this, or a finding */
  gboolean has_finding;
  guint finding; /* its number among the findings of the account */
} AssayStoredLine;

/**
 * AssayStored:
 *
 * A report that was read back, as what it was written from. Nothing of it is believed: assay_stored_audit() says
 * whether it adds up, and only together with an authority that vouches for it does it mean anything (T20).
 *
 * @json: the report; what is text in here is borrowed from it, or from @texts
 * @account: nodes with path, size, format, totals, origin, rights, sections and segments; facts; findings. There are no
 *   ranges, and no grants but what somebody adds
 * @above: (element-type guint): of each node the number of the one that it is unpacked from, counted from 1, by `//` in
 *   its path, which no name can hold (T8); 0 of the first, and where none is named in front of it
 * @file_verdicts: (element-type utf8): of each node, as the report has it
 * @pairing: what is missing and ambiguous
 * @failures: (element-type utf8): what the report says is undecided
 * @verdict: as it says; @reasons: (element-type utf8)
 * @judged: @judged_of: bytes
 * @used: (element-type AssayStoredLine): one for each finding or fact that is waived
 * @inputs: (element-type AssayPolicyInput): of rebuilds
 * @expected: where all of the expected side came from; unknown where it says nothing or several things
 * @rebuilds: the least number that stands behind a part
 * @unseen: whether something of a directory stayed unseen
 * @judged_s: (where @was_timed) the time that it was made at, seconds since 1970
 * @scope: granted, NULL-terminated; NULL: the whole image
 * @has_image: whether it says which image it speaks of
 * @has_policy: whether it was made with a policy; @policy_passed: whether that held
 * @keys: (element-type AssayDigest): of the public keys that the policy named, in its order
 */
typedef struct
{
  json_t *json;
  AssayAccount *account;
  GArray *above;
  GPtrArray *file_verdicts;
  AssayPairing *pairing;
  GPtrArray *failures;
  AssayVerdict verdict;
  GPtrArray *reasons;
  guint64 judged;
  guint64 judged_of;
  guint64 fact_total;
  GPtrArray *used;
  GPtrArray *inputs;
  AssayPolicyExpected expected;
  guint64 rebuilds;
  gboolean cached;
  gboolean unseen;
  gboolean was_timed;
  gint64 judged_s;
  char **scope;
  gboolean has_image;
  AssayDigest image;
  guint64 image_size;
  gboolean has_policy;
  gboolean policy_passed;
  AssayDigest policy;
  GArray *keys;
  GPtrArray *nodes;    /* owner of what account speaks of */
  GStringChunk *texts; /* of findings: each is kept once */
} AssayStored;

/**
 * assay_stored_read:
 * @json: of assay_report_load(); a reference is taken
 *
 * Errors: ASSAY_ERROR_USAGE a member that the schema wants is missing or not of its form.
 */
AssayStored *assay_stored_read (json_t *json, GError **error);

/** assay_stored_read_source: the same of a report whose findings may not be in the tree. */
AssayStored *assay_stored_read_source (const AssayReportSource *source, GError **error);
void assay_stored_free (AssayStored *stored);

/**
 * assay_stored_audit:
 *
 * Adds the report up again (T20): each class over files, findings and facts; findings that tile what is not identical,
 * without overlap and inside their files; the verdicts of the files and the whole by T1; the bytes judged; the reasons
 * of a pass; what is waived with the line that did it, and opaque with its finding.
 *
 * Returns: (transfer full) (nullable): what does not add up, as the end of a sentence; NULL when all does
 */
char *assay_stored_audit (const AssayStored *stored);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayStored, assay_stored_free)

#endif
