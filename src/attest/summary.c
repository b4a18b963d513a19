#include "attest/predicate.h"

#include "util/json.h"
#include "util/moment.h"

#include <assay/error.h>

#include <string.h>

/*
 * SLSA's Verification Summary Attestation v1. It knows PASSED and FAILED: `undecided` is FAILED (T22). Levels are our
 * own, since a verdict is no level of SLSA, and say what the image was held against.
 *
 * It has no place for what T22 wants agreed, for which there are two extension fields, called by URIs as in-toto has
 * it; each is {"sha256": "…"}, a DigestSet: assay_basis_digest(), and where there was a policy
 * assay_basis_digest_keys().
 */
#define BASIS "https://assay.invalid/basis/v1"
#define KEYS "https://assay.invalid/policy-keys/v1"

/** The policy of a run without one: the rules of assay alone. */
#define NO_POLICY "https://assay.invalid/policy/none"

/* RFC 6920, "Naming Things with Hashes": of SHA-256, in base64url without padding. */
static char *
name_digest (const char *hex)
{
  AssayDigest digest;
  if (hex == NULL || !assay_digest_from_hex (hex, &digest))
    return NULL;
  g_autofree char *text = g_base64_encode (digest.bytes, ASSAY_DIGEST_SIZE);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return g_strconcat ("ni:///sha-256;", text, NULL);
}

static json_t *
make_policy (const json_t *report)
{
  const char *sha256 = json_string_value (json_object_get (json_object_get (report, "policy"), "sha256"));
  g_autofree char *uri = name_digest (sha256);
  return uri == NULL ? json_pack ("{s:s}", "uri", NO_POLICY)
                     : json_pack ("{s:s, s:{s:s}}", "uri", uri, "digest", "sha256", sha256);
}

static json_t *
make_levels (const json_t *report)
{
  const char *mode = json_string_value (json_object_get (json_object_get (report, "options"), "mode"));
  const char *verdict = json_string_value (json_object_get (report, "verdict"));
  if (!assay_predicate_passed (report))
    return json_pack ("[s]", "FAILED");
  g_autofree char *upper = g_ascii_strup (verdict, -1);
  g_autofree char *level
      = g_strdup_printf ("ASSAY_%s_%s", g_strcmp0 (mode, "verify") == 0 ? "REBUILT" : "COMPARED", upper);
  return json_pack ("[s]", level);
}

/* A summary has no place for "of a part of it only". */
static gboolean
is_whole (const json_t *report)
{
  const json_t *judged = json_object_get (report, "judged");
  return json_is_null (json_object_get (json_object_get (report, "options"), "scope"))
         && json_equal (json_object_get (judged, "bytes"), json_object_get (judged, "of"));
}

static json_t *
make_digest (const AssayDigest *digest)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (digest, hex);
  return json_pack ("{s:s}", "sha256", hex);
}

static void
add_basis (json_t *summary, const json_t *report)
{
  AssayDigest digest;
  const json_t *policy = json_object_get (report, "policy");
  const json_t *key;
  size_t index;
  assay_basis_digest (report, &digest);
  json_object_set_new (summary, BASIS, make_digest (&digest));
  if (json_object_get (policy, "sha256") == NULL)
    return;
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  json_array_foreach (json_object_get (policy, "keys"), index, key)
  {
    const char *hex = json_string_value (json_object_get (key, "sha256"));
    AssayDigest one;
    if (hex != NULL && assay_digest_from_hex (hex, &one))
      g_array_append_val (keys, one);
  }
  assay_basis_digest_keys (keys, &digest);
  json_object_set_new (summary, KEYS, make_digest (&digest));
}

static char *
write_summary (const AssayAttestSource *source, GError **error)
{
  const json_t *report = source->report;
  const json_t *options = json_object_get (report, "options");
  gboolean passed = assay_predicate_passed (report);
  if (passed && !is_whole (report))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
                   "a summary speaks of a whole image, and a part of this one was not judged; attest a comparison");
      return NULL;
    }
  const char *sha256 = json_string_value (json_object_get (json_object_get (report, "image"), "sha256"));
  g_autofree char *uri = source->resource_uri != NULL ? g_strdup (source->resource_uri) : name_digest (sha256);
  g_autoptr (json_t) summary = json_pack (
      "{s:s, s:{s:s, s:{s:s}}, s:s, s:o, s:o}", "verificationResult", passed ? "PASSED" : "FAILED", "verifier", "id",
      source->origin == ASSAY_ATTEST_JUDGED ? ASSAY_ID_JUDGED : ASSAY_ID_IMPORTED, "version", "assay", ASSAY_VERSION,
      "resourceUri", uri, "policy", make_policy (report), "verifiedLevels", make_levels (report));
  add_basis (summary, report);
  /* no clock is read */
  const json_t *time = json_object_get (options, "time");
  g_autofree char *stamp = json_is_integer (time) ? assay_moment_write (json_integer_value (time)) : NULL;
  if (stamp != NULL)
    json_object_set_new (summary, "timeVerified", json_string (stamp));
  return assay_json_line (summary);
}

static char *
make_basis (const AssayStatement *statement)
{
  const json_t *predicate = statement->predicate;
  g_autoptr (json_t) basis = json_pack (
      "{s:s, s:O, s:O, s:O?}", "type", ASSAY_TYPE_VSA, "policy", json_object_get (predicate, "policy"), "resourceUri",
      json_object_get (predicate, "resourceUri"), BASIS, json_object_get (predicate, BASIS));
  return assay_json_line (basis);
}

/* FALSE where it is there and no digest. */
static gboolean
read_digest (const json_t *predicate, const char *field, gboolean *out_has, AssayDigest *out)
{
  const json_t *given = json_object_get (predicate, field);
  const char *hex = json_string_value (json_object_get (given, "sha256"));
  *out_has = given != NULL;
  return given == NULL || (hex != NULL && assay_digest_from_hex (hex, out));
}

/* SLSA 1.1, "SlsaResult": FAILED is a level too, and stands where nothing passed. */
static gboolean
has_failed_level (const json_t *levels)
{
  const json_t *level;
  size_t index;
  json_array_foreach (levels, index,
                      level) if (!json_is_string (level)
                                 || g_ascii_strcasecmp (json_string_value (level), "FAILED") == 0) return TRUE;
  return FALSE;
}

/* Of any verifier: the members that SLSA requires. */
static const char *
read_summary (const AssayStatement *statement, AssayClaim *claim)
{
  const json_t *predicate = statement->predicate;
  const char *result = json_string_value (json_object_get (predicate, "verificationResult"));
  const json_t *policy = json_object_get (predicate, "policy");
  const char *sha256 = json_string_value (json_object_get (json_object_get (policy, "digest"), "sha256"));
  const char *verifier = json_string_value (json_object_get (json_object_get (predicate, "verifier"), "id"));
  if (verifier == NULL || !json_is_object (policy) || !json_is_array (json_object_get (predicate, "verifiedLevels"))
      || !json_is_string (json_object_get (predicate, "resourceUri")))
    return "lacks one of `verifier.id`, `policy`, `resourceUri` and `verifiedLevels`";
  claim->passed = g_strcmp0 (result, "PASSED") == 0;
  if (!claim->passed && g_strcmp0 (result, "FAILED") != 0)
    return "has a `verificationResult` that is neither PASSED nor FAILED";
  if (claim->passed && has_failed_level (json_object_get (predicate, "verifiedLevels")))
    return "says PASSED, and has `verifiedLevels` by which it failed";
  gboolean has_basis = FALSE;
  AssayDigest ignored;
  if (!read_digest (predicate, BASIS, &has_basis, &ignored)
      || !read_digest (predicate, KEYS, &claim->has_keys, &claim->keys))
    return "has an `" BASIS "` or `" KEYS "` that is no digest";
  claim->alone = !has_basis;
  claim->has_verdict = TRUE;
  claim->verdict = claim->passed ? ASSAY_VERDICT_WAIVED : ASSAY_VERDICT_MISMATCH;
  claim->has_policy = sha256 != NULL && assay_digest_from_hex (sha256, &claim->policy);
  claim->imported = strcmp (verifier, ASSAY_ID_IMPORTED) == 0;
  claim->basis = make_basis (statement);
  return NULL;
}

const AssayPredicate assay_predicate_summary = { .name = "vsa",
                                                 .type = ASSAY_TYPE_VSA,
                                                 .has_verdict = TRUE,
                                                 .subjects = assay_predicate_image_subjects,
                                                 .write = write_summary,
                                                 .read = read_summary };
