#include "attest/predicate.h"

#include "crypto/sha256.h"
#include "report/member.h"
#include "report/stored.h"
#include "util/json.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/*
 * The predicate of a comparison: the report itself, whole, with what does not stand in it: who vouches for it, and
 * whether the image passed by verdict and policy, for readers that look for one word. Members in sorted order:
 *
 *     {"origin": "judged" | "imported", "report": {…}, "report_sha256": "…", "result": "PASSED" | "FAILED"}
 *
 * The digest is that of the report's file as `--report` writes it.
 */

static const char *
origin_name (AssayAttestOrigin origin)
{
  return origin == ASSAY_ATTEST_JUDGED ? "judged" : "imported";
}

static char *
write_comparison (const AssayAttestSource *source, GError **error)
{
  AssayDigest digest;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_sha256_bytes (source->text, source->length, &digest);
  assay_digest_to_hex (&digest, hex);
  GString *text = g_string_sized_new (source->length + 256);
  g_string_append_printf (text, "{\"origin\":\"%s\",\"report\":", origin_name (source->origin));
  g_string_append_len (text, source->text, (gssize)source->length - 1); /* without the final line feed */
  g_string_append_printf (text, ",\"report_sha256\":\"%s\",\"result\":\"%s\"}", hex,
                          assay_predicate_passed (source->report) ? "PASSED" : "FAILED");
  return g_string_free (text, FALSE);
}

/* T22: statements that agree are of one kind, too. */
static char *
make_basis (const json_t *report)
{
  g_autoptr (json_t) basis = assay_basis_of_report (report);
  json_object_set_new (basis, "type", json_string (ASSAY_TYPE_COMPARISON));
  return assay_json_line (basis);
}

/* The report is held to itself, as the gate does it (T20). */
static const char *
read_report (const json_t *report, AssayClaim *claim)
{
  if (g_strcmp0 (json_string_value (json_object_get (report, "schema")), ASSAY_REPORT_SCHEMA) != 0)
    return "has no `report` of the schema " ASSAY_REPORT_SCHEMA;
  g_autoptr (AssayStored) stored = assay_stored_read ((json_t *)(gsize)report, NULL);
  g_autofree char *fault = stored == NULL ? NULL : assay_stored_audit (stored);
  if (stored == NULL || fault != NULL)
    return "holds a report that does not add up";
  claim->verdict = stored->verdict;
  claim->has_policy = stored->has_policy;
  claim->policy = stored->policy;
  claim->has_keys = stored->has_policy;
  assay_basis_digest_keys (stored->keys, &claim->keys);
  return NULL;
}

static gboolean
has_digest (const json_t *report, const char *said)
{
  AssayDigest wanted, found;
  char *text = assay_json_canonical (report);
  assay_sha256_bytes (text, strlen (text), &found);
  free (text);
  return said != NULL && assay_digest_from_hex (said, &wanted) && assay_digest_equal (&wanted, &found);
}

/* A statement is about the image of its report and no other. */
static gboolean
speaks_of (const AssayStatement *statement, const json_t *report)
{
  AssayDigest digest;
  const json_t *image = json_object_get (report, "image");
  const char *hex = json_string_value (json_object_get (image, "sha256"));
  gboolean tree = json_object_get (image, "digest_form") != NULL;
  return json_array_size (json_object_get (statement->json, "subject")) == 1 && hex != NULL
         && assay_digest_from_hex (hex, &digest)
         && assay_statement_has_subject (statement, &digest, tree ? ASSAY_SUBJECT_KIND_TREE : ASSAY_SUBJECT_KIND_FILE);
}

static const char *
read_comparison (const AssayStatement *statement, AssayClaim *claim)
{
  const json_t *predicate = statement->predicate;
  const json_t *report = json_object_get (predicate, "report");
  const char *origin = json_string_value (json_object_get (predicate, "origin"));
  const char *result = json_string_value (json_object_get (predicate, "result"));
  if (g_strcmp0 (origin, "judged") != 0 && g_strcmp0 (origin, "imported") != 0)
    return "does not say its `origin`, judged or imported";
  const char *problem = read_report (report, claim);
  if (problem != NULL)
    return problem;
  if (!has_digest (report, json_string_value (json_object_get (predicate, "report_sha256"))))
    return "has another `report_sha256` than its report";
  if (!speaks_of (statement, report))
    return "speaks of another image than the statement";
  claim->has_verdict = TRUE;
  claim->passed = assay_predicate_passed (report);
  claim->imported = strcmp (origin, "imported") == 0;
  claim->report = report;
  claim->basis = make_basis (report);
  return g_strcmp0 (result, claim->passed ? "PASSED" : "FAILED") == 0 ? NULL : "has another `result` than its report";
}

const AssayPredicate assay_predicate_comparison = { .name = "comparison",
                                                    .type = ASSAY_TYPE_COMPARISON,
                                                    .has_verdict = TRUE,
                                                    .subjects = assay_predicate_image_subjects,
                                                    .write = write_comparison,
                                                    .read = read_comparison };
