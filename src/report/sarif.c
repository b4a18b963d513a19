#include "report/sarif.h"

#include "judge/words.h"
#include "report/artifact.h"
#include "report/page.h"
#include "report/sentence.h"
#include "report/text.h"
#include "util/cancel.h"

#include <string.h>

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static gboolean
is_digest (const char *text)
{
  return text != NULL && strlen (text) == 2 * 32 && strspn (text, "0123456789abcdef") == 2 * 32;
}

static void
emit_image (AssaySarif *sarif)
{
  AssayEmitter *emitter = &sarif->emitter;
  const json_t *image = json_object_get (sarif->head, "image");
  const char *path = json_string_value (json_object_get (image, "path"));
  const char *sha256 = json_string_value (json_object_get (image, "sha256"));
  guint64 size = assay_text_number (json_object_get (image, "size"));
  g_autofree char *uri = assay_artifact_of_image (path != NULL ? path : "");
  assay_emitter_key (emitter, "artifacts");
  assay_emitter_open (emitter, '[');
  assay_emitter_open (emitter, '{');
  if (is_digest (sha256))
    {
      assay_emitter_key (emitter, "hashes");
      assay_emitter_open (emitter, '{');
      assay_emitter_add_text (emitter, "sha-256", sha256);
      assay_emitter_close (emitter, '}');
    }
  if (size > 0 && size < G_GUINT64_CONSTANT (1) << 53)
    assay_emitter_add_count (emitter, "length", size);
  assay_emitter_key (emitter, "location");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "uri", uri);
  assay_emitter_close (emitter, '}');
  assay_emitter_key (emitter, "roles");
  assay_emitter_open (emitter, '[');
  assay_emitter_text (emitter, "analysisTarget");
  assay_emitter_close (emitter, ']');
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, ']');
}

/* Results of one image are not mixed up with those of another (3.17). */
static void
emit_details (AssaySarif *sarif)
{
  const char *path = json_string_value (json_object_get (json_object_get (sarif->head, "image"), "path"));
  g_autofree char *uri = assay_artifact_of_image (path != NULL ? path : "");
  g_autofree char *id = g_strconcat ("assay/", uri, "/", NULL);
  assay_emitter_key (&sarif->emitter, "automationDetails");
  assay_emitter_open (&sarif->emitter, '{');
  assay_emitter_add_text (&sarif->emitter, "id", id);
  assay_emitter_close (&sarif->emitter, '}');
}

/* What is not in the document is said in it. */
static void
emit_notifications (AssaySarif *sarif, const AssaySarifShare shares[ASSAY_SARIF_SHARES])
{
  AssayEmitter *emitter = &sarif->emitter;
  assay_emitter_key (emitter, "toolExecutionNotifications");
  assay_emitter_open (emitter, '[');
  for (gsize i = 0; i < ASSAY_SARIF_SHARES; i++)
    {
      if (shares[i].written == shares[i].total)
        continue;
      g_autofree char *left = assay_words_number (shares[i].total - shares[i].written);
      g_autofree char *total = assay_words_number (shares[i].total);
      g_autofree char *text
          = g_strdup_printf ("%s of %s %s were left out: a file of results has at most %d in all. The "
                             "JSON report has every one.",
                             left, total, shares[i].noun, ASSAY_SARIF_RESULTS);
      assay_emitter_open (emitter, '{');
      assay_emitter_add_text (emitter, "level", "warning");
      assay_sarif_emit_text (emitter, "message", text);
      assay_emitter_close (emitter, '}');
    }
  assay_emitter_close (emitter, ']');
}

/* Neither times nor a command line: same reports, same bytes. */
static void
emit_invocation (AssaySarif *sarif, const AssaySarifShare shares[ASSAY_SARIF_SHARES])
{
  AssayEmitter *emitter = &sarif->emitter;
  guint exit_code = assay_sentence_exit (sarif->head);
  assay_emitter_key (emitter, "invocations");
  assay_emitter_open (emitter, '[');
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "executionSuccessful");
  assay_emitter_flag (emitter, exit_code != 2);
  assay_emitter_add_count (emitter, "exitCode", exit_code);
  assay_emitter_add_text (emitter, "exitCodeDescription",
                          exit_code == 0   ? "pass"
                          : exit_code == 1 ? "fail"
                                           : "undecided");
  emit_notifications (sarif, shares);
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, ']');
}

/* What paths of results are relative to; where that lies, whoever shows them knows (3.14.14). */
static void
emit_bases (AssayEmitter *emitter)
{
  static const struct
  {
    const char *id;
    const char *text;
  } bases[] = {
    { "%SRCROOT%", "The directory that the source was built in." },
    { "IMAGE", "The inside of the image; two slashes lead into a file that holds others." },
  };
  assay_emitter_key (emitter, "originalUriBaseIds");
  assay_emitter_open (emitter, '{');
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      assay_emitter_key (emitter, bases[i].id);
      assay_emitter_open (emitter, '{');
      assay_sarif_emit_text (emitter, "description", bases[i].text);
      assay_emitter_close (emitter, '}');
    }
  assay_emitter_close (emitter, '}');
}

static void
emit_properties (AssaySarif *sarif, const AssaySarifShare shares[ASSAY_SARIF_SHARES])
{
  AssayEmitter *emitter = &sarif->emitter;
  const json_t *judged = json_object_get (sarif->head, "judged");
  guint64 left = 0;
  for (gsize i = 0; i < ASSAY_SARIF_SHARES; i++)
    left += shares[i].total - shares[i].written;
  assay_emitter_key (emitter, "properties");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_count (emitter, "judgedBytes", assay_text_number (json_object_get (judged, "bytes")));
  assay_emitter_add_count (emitter, "judgedOf", assay_text_number (json_object_get (judged, "of")));
  assay_emitter_add_count (emitter, "resultsLeftOut", left);
  assay_emitter_add_text (emitter, "verdict", assay_text_verdict (sarif->head));
  assay_emitter_close (emitter, '}');
}

static void
emit_tool (AssaySarif *sarif)
{
  AssayEmitter *emitter = &sarif->emitter;
  g_autofree char *version = assay_text_member (json_object_get (sarif->head, "tool"), "version");
  assay_emitter_key (emitter, "tool");
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "driver");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "name", "assay");
  assay_emitter_key (emitter, "rules");
  assay_sarif_emit_rules (emitter);
  assay_emitter_add_text (emitter, "version", version);
  assay_emitter_close (emitter, '}');
  assay_emitter_close (emitter, '}');
}

static gboolean
emit_run (AssaySarif *sarif, GError **error)
{
  AssaySarifShare shares[ASSAY_SARIF_SHARES];
  assay_sarif_count (sarif, shares);
  assay_emitter_open (&sarif->emitter, '{');
  emit_image (sarif);
  emit_details (sarif);
  emit_invocation (sarif, shares);
  emit_bases (&sarif->emitter);
  emit_properties (sarif, shares);
  assay_emitter_key (&sarif->emitter, "results");
  if (!assay_sarif_emit_results (sarif, error))
    return FALSE;
  emit_tool (sarif);
  assay_emitter_close (&sarif->emitter, '}');
  return TRUE;
}

static gboolean
write_log (AssaySarif *sarif, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (AssayEmitter) emitter;
  assay_emitter_init (&emitter);
  sarif->seen = seen;
  sarif->side = assay_text_expected_side (sarif->head);
  sarif->emitter = emitter;
  assay_emitter_open (&sarif->emitter, '{');
  assay_emitter_add_text (&sarif->emitter, "$schema", SCHEMA);
  assay_emitter_key (&sarif->emitter, "runs");
  assay_emitter_open (&sarif->emitter, '[');
  if (!emit_run (sarif, error))
    return FALSE;
  assay_emitter_close (&sarif->emitter, ']');
  assay_emitter_add_text (&sarif->emitter, "version", "2.1.0");
  assay_emitter_close (&sarif->emitter, '}');
  g_string_append_c (emitter.text, '\n');
  return assay_output_write (sarif->output, emitter.text->str, emitter.text->len, error);
}

gboolean
assay_report_write_sarif (const AssayReport *report, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head (report);
  AssaySarif sarif = { .source = { .report = report }, .head = head, .output = output };
  return write_log (&sarif, error);
}

gboolean
assay_report_write_sarif_of_json (const AssayReportSource *source, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (source, error);
  AssaySarif sarif = { .source = *source, .head = head, .output = output };
  return head != NULL && write_log (&sarif, error);
}
