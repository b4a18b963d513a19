#include "cli/attested.h"
#include "cli/cli.h"
#include "util/moment.h"

#include <string.h>

static const AssayUsage usage = {
  "FILE... --key PUB... (--image IMAGE | --image-sha256 HEX)",
  "Verifies signed statements about an image: DSSE envelopes, lines of them, and\n"
  "Sigstore bundles with a key. As many parties as must agree say that the image\n"
  "passed, by the same source, recipe and policy; a party counts once. Nothing is\n"
  "read before its signature was verified, and each FILE must verify.\n\n"
  "Each --key is a party of its own; a policy names parties with several keys, and\n"
  "then a statement must have been made under it, by the process that judged.\n"
  "Time stamps (RFC 3161) prove when a signature was there: with --tsa-ca a\n"
  "certificate must be valid at that moment, and --at asks about a moment.\n"
  "`assay gate` also adds up the reports in them and holds every line of a policy.",
  "Example:\n"
  "  assay verify-attestation lab-a.intoto.json lab-b.intoto.json \\\n"
  "        --key lab-a.pub.pem --key lab-b.pub.pem --threshold 2 \\\n"
  "        --image firmware.img\n\n"
  "Exit code 0: they agree that it passed; of statements without a verdict\n"
  "(provenance): signatures and subject hold; with --policy these count for\n"
  "nothing. 1: a statement says otherwise, is malformed, unverifiable or about\n"
  "another image, or too few agree. 2: undecided.\n"
  "64: wrong usage, or a file that is missing.",
};

/** What the command line says. */
typedef struct
{
  char **files;
  char **keys;
  char **authorities;
  char **certificates;
  char **crls;
  char **stamp_authorities;
  char **stamp_crls;
  char *time;
  char *at;
  char *policy;
  char **scope;
  char *threshold;
  char *image;
  char *image_sha256;
  char *format;
  gboolean judged;
  gboolean allow_dissent;
  gboolean quiet;
} Line;

static void
line_clear (Line *line)
{
  g_strfreev (line->files);
  g_strfreev (line->keys);
  g_strfreev (line->authorities);
  g_strfreev (line->certificates);
  g_strfreev (line->crls);
  g_strfreev (line->stamp_authorities);
  g_strfreev (line->stamp_crls);
  g_free (line->time);
  g_free (line->at);
  g_free (line->policy);
  g_strfreev (line->scope);
  g_free (line->threshold);
  g_free (line->image);
  g_free (line->image_sha256);
  g_free (line->format);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, line_clear)

static gboolean
parse (Line *line, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->keys,
            "A public key that may have signed; may be given several times", "PUB" },
          { "ca", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->authorities,
            "Roots whose certificates may have signed; may be given several times", "FILE" },
          { "certificate", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->certificates,
            "A signer's certificate and those above it, where they do not stand in a bundle", "FILE" },
          { "crl", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->crls, "What was revoked", "FILE" },
          { "time", 0, 0, G_OPTION_ARG_STRING, &line->time,
            "The moment at which certificates must be valid: 2027-01-01, 2027-01-01T12:00:00Z or seconds since 1970",
            "TIME" },
          { "tsa-ca", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->stamp_authorities,
            "Roots whose time stamps of signatures are believed; may be given several times", "FILE" },
          { "tsa-crl", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->stamp_crls, "What these roots revoked", "FILE" },
          { "at", 0, 0, G_OPTION_ARG_STRING, &line->at,
            "Did the statements hold then? Each signature needs a time stamp that is not later", "TIME" },
          { "threshold", 0, 0, G_OPTION_ARG_STRING, &line->threshold, "How many parties must agree; 1", "K" },
          { "policy", 0, 0, G_OPTION_ARG_FILENAME, &line->policy,
            "Parties and threshold are those of this policy, and statements are made under it", "FILE" },
          { "scope", 0, 0, G_OPTION_ARG_STRING_ARRAY, &line->scope,
            "A part of the image, of which statements may speak; else of all of it; may be given several times",
            "GLOB" },
          { "image", 0, 0, G_OPTION_ARG_FILENAME, &line->image, "The image: a file or directory", "IMAGE" },
          { "image-sha256", 0, 0, G_OPTION_ARG_STRING, &line->image_sha256,
            "Its SHA-256 instead, or assayTree1:HEX of a directory", "HEX" },
          { "judged", 0, 0, G_OPTION_ARG_NONE, &line->judged,
            "Refuse statements that were signed by somebody who did not judge", NULL },
          { "allow-dissent", 0, 0, G_OPTION_ARG_NONE, &line->allow_dissent,
            "Pass where enough agree, though a party says otherwise", NULL },
          { "format", 0, 0, G_OPTION_ARG_STRING, &line->format, "What standard output shows: text or json", "FORMAT" },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &line->quiet, "Write nothing to standard output", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->files, NULL, NULL },
          { NULL } };
  return assay_usage_parse ("verify-attestation", &usage, options, argc, argv, error);
}

/* Standard input has one end. */
static gboolean
check_files (const Line *line, GError **error)
{
  guint streams = g_strcmp0 (line->image, "-") == 0;
  if (line->files == NULL)
    return assay_usage_error (error, "verify-attestation takes at least one FILE; none given");
  for (char **file = line->files; *file != NULL; file++)
    streams += strcmp (*file, "-") == 0;
  return streams <= 1 || assay_usage_error (error, "-: standard input can be one of the inputs only");
}

/* Who counts: keys and authorities, or the parties of a policy. */
static gboolean
check_parties (const Line *line, GError **error)
{
  if ((line->keys == NULL && line->authorities == NULL) == (line->policy == NULL))
    return assay_usage_error (error, "verify-attestation needs either --key PUB or --ca FILE, or --policy FILE: whose "
                                     "signatures count");
  if (line->authorities == NULL && line->policy == NULL && (line->certificates != NULL || line->crls != NULL))
    return assay_usage_error (error, "--certificate and --crl need --ca FILE: who vouches for certificates");
  if (line->policy != NULL && line->crls != NULL)
    return assay_usage_error (error, "--crl goes with --ca: the parties of a policy have `crls` of their own");
  if (line->stamp_crls != NULL && line->stamp_authorities == NULL)
    return assay_usage_error (error, "--tsa-crl goes with --tsa-ca: a policy has `crls` of its own");
  if (line->stamp_crls != NULL && line->time == NULL && line->at == NULL)
    return assay_usage_error (error,
                              "--tsa-crl needs --time TIME: lists are in force for a time, and no clock is read");
  if (line->authorities == NULL && line->time != NULL && line->stamp_authorities == NULL && line->policy == NULL)
    return assay_usage_error (error, "--time needs --ca FILE or --tsa-ca FILE: keys alone are valid at all times");
  if (line->authorities != NULL && line->time == NULL && line->at == NULL)
    return assay_usage_error (error, "--ca needs --time TIME: certificates are valid for a time, and no clock is read");
  return TRUE;
}

static gboolean
check_moment (const char *option, const char *text, gboolean *out_has, gint64 *out_s, GError **error)
{
  *out_has = text != NULL;
  if (text == NULL || assay_moment_parse (text, out_s, error))
    return TRUE;
  g_prefix_error (error, "%s: ", option);
  return FALSE;
}

/* The moment of the question, and the one that it is about: which is the only one where it stands alone. */
static gboolean
check_times (const Line *line, AssayAttestedOptions *out, GError **error)
{
  if (!check_moment ("--time", line->time, &out->has_time, &out->time_s, error)
      || !check_moment ("--at", line->at, &out->has_at, &out->at_s, error))
    return FALSE;
  if (out->has_at && out->has_time && out->at_s > out->time_s)
    return assay_usage_error (error, "--at %s: later than --time, and nobody knows yet", line->at);
  if (out->has_at && !out->has_time)
    out->time_s = out->at_s;
  out->keys = line->keys;
  out->authorities = line->authorities;
  out->certificates = line->certificates;
  out->crls = line->crls;
  out->stamp_authorities = line->stamp_authorities;
  out->stamp_crls = line->stamp_crls;
  return TRUE;
}

static gboolean
check (const Line *line, AssayAttestedOptions *out, GError **error)
{
  if (!check_files (line, error) || !check_parties (line, error) || !check_times (line, out, error))
    return FALSE;
  if (line->policy != NULL && line->threshold != NULL)
    return assay_usage_error (error, "--threshold with --policy: the policy says how many must agree");
  if (line->policy != NULL && line->scope != NULL)
    return assay_usage_error (error, "--scope with --policy: the policy says of which part statements may speak");
  if ((line->image == NULL) == (line->image_sha256 == NULL))
    return assay_usage_error (error, "verify-attestation needs either --image IMAGE or --image-sha256 HEX: a statement "
                                     "proves nothing of an image that nobody looked at");
  if (line->threshold != NULL
      && !g_ascii_string_to_unsigned (line->threshold, 10, 1, G_MAXUINT32, &out->threshold, NULL))
    return assay_usage_error (error, "--threshold %s: expected a number of parties, at least 1", line->threshold);
  if (!assay_format_check (line->format, error))
    return FALSE;
  out->files = line->files;
  out->policy = line->policy;
  out->scope = line->scope;
  out->image = line->image;
  out->has_image_sha256 = line->image_sha256 != NULL;
  out->judged_only = line->judged;
  out->allow_dissent = line->allow_dissent;
  return line->image_sha256 == NULL
         || assay_image_digest_parse (line->image_sha256, &out->image_sha256, &out->image_is_tree, error);
}

/* T3: what is certain to fail, then what is open, then too few. */
static int
exit_of (const AssayAttestedResult *result)
{
  if (assay_attested_result_passed (result))
    return ASSAY_EXIT_PASS;
  gboolean open = result->agreement->dissent->len > 0 && result->agreement->verdict == ASSAY_VERDICT_UNDECIDED;
  return assay_attested_result_count_faults (result) == 0 && open ? ASSAY_EXIT_UNDECIDED : ASSAY_EXIT_FAIL;
}

int
assay_cmd_verify_attestation (int argc, char **argv)
{
  g_auto (Line) line = { NULL };
  AssayAttestedOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayAttestedResult) result = NULL;
  if (parse (&line, argc, argv, &error) && check (&line, &options, &error))
    result = assay_flow_verify_attestations (&options, &error);
  if (result == NULL)
    return assay_exit_of_error (error);
  int code = exit_of (result);
  const AssayAttestedForm form = g_strcmp0 (line.format, "json") == 0 ? ASSAY_ATTESTED_JSON : ASSAY_ATTESTED_TEXT;
  if (line.quiet || assay_attested_show (result, code, form, &error))
    return code;
  int failed = assay_exit_of_error (error);
  return code == ASSAY_EXIT_PASS ? failed : code;
}
