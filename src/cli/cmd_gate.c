#include "cage/nursery.h"
#include "cli/attested.h"
#include "cli/cli.h"
#include "flow/gate_signed.h"
#include "judge/words.h"
#include "report/explain.h"
#include "report/page.h"
#include "util/json.h"
#include "util/moment.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const AssayUsage usage = {
  "--policy FILE (ATTESTATION... | REPORT --trust-report) (--image IMAGE | --image-sha256 HEX)",
  "Holds a policy against signed statements of an image, or against a stored\n"
  "REPORT: the release gate. The report in each statement is added up again, down\n"
  "to its findings and facts, and refused where it contradicts itself; it must\n"
  "speak of the image at the gate, and have been made under this policy. Then\n"
  "every line of the policy must hold, as many of its parties must agree as it\n"
  "says, and none may say otherwise.\n\n"
  "A report is not signed: --trust-report says that you know where it comes from.\n"
  "No clock is read: a policy or a waiver that expires holds only where --time is\n"
  "given and before its day, in UTC, and so does one that wants young reports.\n"
  "--at asks whether all of it held at a moment, as time stamps prove it.",
  "Example:\n"
  "  assay verify firmware.img --recipe product.recipe --policy release.policy \\\n"
  "        --attest lab-a.pem --attestation lab-a.intoto.json\n"
  "  assay gate --policy release.policy lab-a.intoto.json lab-b.intoto.json \\\n"
  "        --image firmware.img --time 2026-10-01T12:00:00Z\n"
  "  assay gate --policy release.policy report.json --trust-report \\\n"
  "        --image firmware.img --explain\n\n"
  "Exit code 0: the image may pass. 1: a mismatch, a statement that cannot be\n"
  "verified, a report that does not add up or is of another image, a line of the\n"
  "policy that does not hold, too few parties or dissent. 2: undecided.\n"
  "64: wrong usage, or a file that is missing or ill-formed.",
};

/** What the command line says. */
typedef struct
{
  char *policy;
  char *image;
  char *image_sha256;
  char *time;
  char *at;
  char **stamp_authorities;
  char **stamp_crls;
  char *format;
  char **rest;
  char **certificates;
  char *color;
  gboolean trust_report;
  gboolean explain;
  gboolean quiet;
  gboolean wants_timings;
} GateLine;

static void
gate_line_clear (GateLine *line)
{
  g_free (line->policy);
  g_free (line->image);
  g_free (line->image_sha256);
  g_free (line->time);
  g_free (line->at);
  g_strfreev (line->stamp_authorities);
  g_strfreev (line->stamp_crls);
  g_free (line->format);
  g_free (line->color);
  g_strfreev (line->rest);
  g_strfreev (line->certificates);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GateLine, gate_line_clear)

static gboolean
parse (GateLine *line, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "policy", 0, 0, G_OPTION_ARG_FILENAME, &line->policy, "What must hold", "FILE" },
          { "trust-report", 0, 0, G_OPTION_ARG_NONE, &line->trust_report, "Believe a report that nobody signed", NULL },
          { "image", 0, 0, G_OPTION_ARG_FILENAME, &line->image, "The image at the gate: a file or directory", "IMAGE" },
          { "image-sha256", 0, 0, G_OPTION_ARG_STRING, &line->image_sha256,
            "Its SHA-256 instead, or assayTree1:HEX of a directory", "HEX" },
          { "time", 0, 0, G_OPTION_ARG_STRING, &line->time,
            "The moment of the gate: 2027-01-01, 2027-01-01T12:00:00Z or seconds since 1970", "TIME" },
          { "certificate", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->certificates,
            "A signer's certificate and those above it, where they do not stand in a bundle", "FILE" },
          { "at", 0, 0, G_OPTION_ARG_STRING, &line->at,
            "Would it have passed then? As --time, and each statement needs a time stamp that is not later", "TIME" },
          { "tsa-ca", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->stamp_authorities,
            "Roots whose time stamps count, where the policy names none; may be given several times", "FILE" },
          { "tsa-crl", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->stamp_crls, "What these roots revoked", "FILE" },
          { "format", 0, 0, G_OPTION_ARG_STRING, &line->format, "What standard output shows: text or json", "FORMAT" },
          { "explain", 0, 0, G_OPTION_ARG_NONE, &line->explain,
            "Show each rule of the policy, what was found, and whether it holds", NULL },
          { "color", 0, 0, G_OPTION_ARG_STRING, &line->color, "auto, always or never", "WHEN" },
          { "timings", 0, 0, G_OPTION_ARG_NONE, &line->wants_timings, ASSAY_TIMINGS_HELP, NULL },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &line->quiet, "Write nothing to standard output", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL },
          { NULL } };
  return assay_usage_parse ("gate", &usage, options, argc, argv, error);
}

static gboolean
check (const GateLine *line, AssayGateOptions *out, GError **error)
{
  guint reports = line->rest == NULL ? 0 : g_strv_length (line->rest);
  if (line->policy == NULL)
    return assay_usage_error (error, "gate needs --policy FILE: without it there is nothing to hold");
  if (reports == 0)
    return assay_usage_error (error, "gate takes signed statements, or one REPORT; none given");
  if (reports > 1 && line->trust_report)
    return assay_usage_error (error, "gate takes one REPORT with --trust-report; %u given", reports);
  if (line->certificates != NULL && line->trust_report)
    return assay_usage_error (error, "--certificate: a report that nobody signed has none");
  if ((line->image == NULL) == (line->image_sha256 == NULL))
    return assay_usage_error (error, "gate needs either --image IMAGE or --image-sha256 HEX: a report proves nothing "
                                     "of an image that nobody looked at");
  if (!assay_format_check (line->format, error) || !assay_color_check (line->color, error))
    return FALSE;
  out->policy = line->policy;
  out->report = line->rest[0];
  out->certificates = line->certificates;
  out->image = line->image;
  out->has_image_sha256 = line->image_sha256 != NULL;
  if (line->time != NULL && line->at != NULL)
    return assay_usage_error (error, "--time and --at: one gate, and two moments of it");
  if (line->trust_report && (line->at != NULL || line->stamp_authorities != NULL))
    return assay_usage_error (error, "--at and --tsa-ca: a report has no signature whose time could be proved");
  if (line->stamp_crls != NULL && line->stamp_authorities == NULL)
    return assay_usage_error (error, "--tsa-crl goes with --tsa-ca: a policy has `crls` of its own");
  const char *time = line->at != NULL ? line->at : line->time;
  if (line->stamp_crls != NULL && time == NULL)
    return assay_usage_error (error,
                              "--tsa-crl needs --time TIME: lists are in force for a time, and no clock is read");
  out->has_time = time != NULL;
  out->has_at = line->at != NULL;
  out->stamp_authorities = line->stamp_authorities;
  out->stamp_crls = line->stamp_crls;
  if (out->has_image_sha256
      && !assay_image_digest_parse (line->image_sha256, &out->image_sha256, &out->image_is_tree, error))
    return FALSE;
  if (out->has_time && !assay_moment_parse (time, &out->time_s, error))
    {
      g_prefix_error (error, out->has_at ? "--at: " : "--time: ");
      return FALSE;
    }
  return TRUE;
}

/* T3: what is certain to fail, then what is open, then the policy. */
static int
exit_of (const AssayGateResult *result)
{
  if (assay_gate_result_passed (result))
    return ASSAY_EXIT_PASS;
  if (result->fault != NULL || result->verdict == ASSAY_VERDICT_MISMATCH)
    return ASSAY_EXIT_FAIL;
  return result->verdict == ASSAY_VERDICT_UNDECIDED ? ASSAY_EXIT_UNDECIDED : ASSAY_EXIT_FAIL;
}

static const char *
word_of (int code)
{
  return code == ASSAY_EXIT_PASS ? "pass" : code == ASSAY_EXIT_FAIL ? "fail" : "undecided";
}

static char *
render_json (const GateLine *line, const AssayGateResult *result, const AssayAttestedResult *attested, int code)
{
  g_autoptr (json_t) out = json_object ();
  json_t *failures = json_array ();
  const struct
  {
    const char *key;
    const AssayDigest *digest;
  } digests[] = { { "image_sha256", &result->image_sha256 },
                  { "policy_sha256", &result->policy_sha256 },
                  { "report_sha256", &result->report_sha256 } };
  for (gsize i = 0; i < G_N_ELEMENTS (digests); i++)
    {
      char hex[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (digests[i].digest, hex);
      json_object_set_new (out, digests[i].key, json_string (hex));
    }
  json_t *notes = json_array ();
  for (guint i = 0; i < result->failures->len; i++)
    json_array_append_new (failures, assay_json_text (g_ptr_array_index (result->failures, i)));
  for (guint i = 0; i < result->notes->len; i++)
    json_array_append_new (notes, assay_json_text (g_ptr_array_index (result->notes, i)));
  if (attested != NULL)
    json_object_set_new (out, "statements", assay_attested_describe (attested));
  json_object_set_new (out, "schema", json_string ("assay.gate/1"));
  json_object_set_new (out, "result", json_string (word_of (code)));
  json_object_set_new (out, "verdict", json_string (assay_verdict_name (result->verdict)));
  json_object_set_new (out, "fault", result->fault == NULL ? json_null () : assay_json_text (result->fault));
  json_object_set_new (out, "failures", failures);
  json_object_set_new (out, "notes", notes);
  if (line->explain && result->rules != NULL)
    json_object_set_new (out, "rules", assay_report_explain_json (result->rules));
  char *text = assay_json_canonical (out);
  char *copy = g_strdup (text);
  free (text);
  return copy;
}

static void
add_lines (AssayPage *page, const GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *text = assay_page_escape (g_ptr_array_index (lines, i));
      assay_page_label (page, 11, 13, ASSAY_PAINT_NONE, "-", text);
    }
}

static char *
render_text (const GateLine *line, const AssayGateResult *result, const AssayAttestedResult *attested, int code)
{
  AssayPage page
      = { .text = g_string_new (NULL), .style = assay_use_colour (line->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN };
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autofree char *word = g_ascii_strup (word_of (code), -1);
  g_autofree char *part = assay_words_number (result->judged);
  g_autofree char *whole = assay_words_count (result->judged_of, "byte", "bytes");
  g_autofree char *said
      = g_strdup_printf ("The verdict is %s; %s of %s judged.", assay_verdict_name (result->verdict), part, whole);
  g_autofree char *fault = assay_page_escape (result->fault);
  assay_digest_to_hex (&result->image_sha256, hex);
  assay_page_label (&page, 0, 11, ASSAY_PAINT_NONE, word, result->fault != NULL ? fault : said);
  assay_page_label (&page, 0, 11, ASSAY_PAINT_NONE, "Image", hex);
  assay_page_label (&page, 0, 11, ASSAY_PAINT_NONE, "Policy",
                    result->failures->len == 0 ? "every line holds" : "does not hold");
  add_lines (&page, result->failures);
  if (result->notes->len > 0)
    assay_page_label (&page, 0, 11, ASSAY_PAINT_NONE, "Notes", "what the policy should be looked through for");
  add_lines (&page, result->notes);
  if (line->explain && result->rules != NULL)
    {
      g_autofree char *tree = assay_report_explain (result->rules, page.style);
      g_string_append (page.text, tree);
    }
  if (attested != NULL)
    assay_attested_say (attested, &page);
  return g_string_free (page.text, FALSE);
}

static gboolean
show (const GateLine *line, const AssayGateResult *result, const AssayAttestedResult *attested, int code,
      GError **error)
{
  gboolean json = g_strcmp0 (line->format, "json") == 0;
  g_autofree char *text
      = json ? render_json (line, result, attested, code) : render_text (line, result, attested, code);
  return line->quiet || assay_output_put ("-", text, strlen (text), error);
}

int
assay_cmd_gate (int argc, char **argv)
{
  g_auto (GateLine) line = { NULL };
  AssayGateOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayGateResult) result = NULL;
  g_autoptr (AssayAttestedResult) attested = NULL;
  g_autoptr (AssayTimings) timings = NULL;
  if (parse (&line, argc, argv, &error) && check (&line, &options, &error))
    {
      options.timings = timings = line.wants_timings ? assay_timings_new () : NULL;
      result = line.trust_report ? assay_flow_gate (&options, &error)
                                 : assay_flow_gate_signed (&options, line.rest, &attested, &error);
    }
  assay_timings_say (timings, assay_nursery_count_cpu_us ());
  if (result == NULL)
    return assay_exit_of_error (error);
  int code = exit_of (result);
  if (show (&line, result, attested, code, &error))
    return code;
  int failed = assay_exit_of_error (error);
  return code == ASSAY_EXIT_PASS ? failed : code;
}
