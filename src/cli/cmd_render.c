#include "cli/cli.h"
#include "report/load.h"
#include "util/json.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const AssayUsage usage = {
  "REPORT",
  "Shows a stored report again, as `verify` and `compare` showed it.",
  "Examples:\n"
  "  assay render report.json --format text\n"
  "  assay render report.json --html report.html --sarif report.sarif --junit report.xml --quiet\n"
  "  assay render report.json --format markdown\n\n"
  "Exit code 0 when it was shown, whatever it says; `assay gate` judges reports.",
  TRUE,
};

static gboolean
put_text (AssayOutput *output, const char *text, GError **error)
{
  return text != NULL && assay_output_write (output, text, strlen (text), error);
}

static gboolean
put_json (json_t *report, AssayOutput *output, GError **error)
{
  char *canonical = assay_json_canonical (report);
  gboolean done = put_text (output, canonical, error);
  free (canonical);
  return done;
}

static gboolean
put_page (const AssayCommon *common, json_t *report, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (report, error);
  AssayTextStyle style = assay_use_colour (common->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN;
  g_autofree char *text = head == NULL ? NULL : assay_report_render_text (head, style);
  return put_text (output, text, error);
}

static gboolean
put (const AssayCommon *common, const char *format, json_t *report, AssayOutput *output, GError **error)
{
  const AssayDocument *document = assay_document_find (format);
  if (g_strcmp0 (format, "json") == 0)
    return put_json (report, output, error);
  return document != NULL ? document->write_of_json (report, output, error) : put_page (common, report, output, error);
}

static gboolean
write_as (const AssayCommon *common, const char *format, const char *path, json_t *report, GError **error)
{
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  return output != NULL && put (common, format, report, output, error) && assay_output_commit (output, error);
}

static gboolean
run (AssayCommon *common, int argc, char **argv, GError **error)
{
  if (!assay_common_parse (common, &usage, NULL, &argc, &argv, error))
    return FALSE;
  if (argc != 2)
    return assay_usage_error (error, "render takes one REPORT; %d given", argc - 1);
  if (!assay_output_check_apart (common->report, argv[1], error))
    return FALSE;
  for (const char *const *path = common->written; *path != NULL; path++)
    if (!assay_output_check_apart (*path, argv[1], error))
      return FALSE;
  g_autoptr (json_t) report = assay_report_load (argv[1], NULL, error);
  if (report == NULL || (common->report != NULL && !write_as (common, "json", common->report, report, error)))
    return FALSE;
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    if (common->documents[i] != NULL
        && !write_as (common, assay_documents ()[i].name, common->documents[i], report, error))
      return FALSE;
  return !assay_common_shows (common) || write_as (common, common->format, "-", report, error);
}

int
assay_cmd_render (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autoptr (GError) error = NULL;
  return run (&common, argc, argv, &error) ? ASSAY_EXIT_PASS : assay_exit_of_error (error);
}
