#ifndef ASSAY_ATTEST_STATEMENT_H
#define ASSAY_ATTEST_STATEMENT_H

#include <assay/digest.h>

#include <glib.h>
#include <jansson.h>

/** `_type` of a statement (in-toto Attestation Framework, Statement v1). */
#define ASSAY_STATEMENT_TYPE "https://in-toto.io/Statement/v1"

/** Subjects of one statement: more than that other verifiers refuse. */
#define ASSAY_STATEMENT_SUBJECTS 1024

/** What the digests of subjects are called: that of a file's bytes, and of a directory (`assay.tree/1`), which is no
 * file that somebody could put in its place. */
#define ASSAY_SUBJECT_FILE "sha256"
#define ASSAY_SUBJECT_TREE "assayTree1"

/** AssaySubjectKind: what a digest is of. */
typedef enum
{
  ASSAY_SUBJECT_KIND_UNKNOWN = 0, /* no subject is that */
  ASSAY_SUBJECT_KIND_FILE,
  ASSAY_SUBJECT_KIND_TREE,
} AssaySubjectKind;

/**
 * AssayStatement: one that was signed, read.
 *
 * @predicate_type: @predicate: borrowed from @json
 */
typedef struct
{
  json_t *json;
  const char *predicate_type;
  const json_t *predicate;
} AssayStatement;

/**
 * assay_statement_parse:
 * @payload: whose signature was verified: these very bytes
 *
 * Errors: ASSAY_ERROR_MALFORMED "the statement …": no strict JSON (assay_json_parse()), no statement, no subject, more
 * than ASSAY_STATEMENT_SUBJECTS, or one without a digest.
 */
AssayStatement *assay_statement_parse (GBytes *payload, GError **error);
void assay_statement_free (AssayStatement *statement);

/** assay_statement_has_subject: whether one of its subjects has this digest. */
gboolean assay_statement_has_subject (const AssayStatement *statement, const AssayDigest *digest,
                                      AssaySubjectKind kind);

/**
 * assay_statement_write:
 * @subjects: array of resource descriptors, borrowed
 * @predicate: canonical JSON, without a final line feed
 *
 * Returns: (transfer full): canonical JSON without a final line feed
 */
GString *assay_statement_write (const json_t *subjects, const char *predicate_type, const char *predicate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayStatement, assay_statement_free)

#endif
