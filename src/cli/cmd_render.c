#include "cli/cli.h"
#include "report/doubt.h"
#include "report/load.h"
#include "report/source.h"
#include "util/json.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const AssayUsage usage = {
  "REPORT",
  "Shows a stored report again, as `verify` and `compare` showed it. One that does\n"
  "not add up, as one whose verdict somebody changed, is shown as undecided.",
  "Examples:\n"
  "  assay render report.json --format text\n"
  "  assay render report.json --quiet --html report.html \\\n"
  "        --sarif report.sarif --junit report.xml\n"
  "  assay render report.json --format markdown\n\n"
  "Exit code 0 when it was shown, whatever it says; `assay gate` judges reports.",
  TRUE,
};

static gboolean
put_text (AssayOutput *output, const char *text, GError **error)
{
  return text != NULL && assay_output_write (output, text, strlen (text), error);
}

/** What is written of a report that was read: as it stands, and as it is shown to readers. */
typedef struct
{
  const AssayCommon *common;
  AssayReportSource report;
  AssayReportSource shown;
} Stored;

static gboolean
put_page (const Stored *stored, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (&stored->shown, error);
  AssayTextStyle style = assay_use_colour (stored->common->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN;
  g_autofree char *text = head == NULL ? NULL : assay_report_render_text (head, style);
  return put_text (output, text, error);
}

static gboolean
put_form (const Stored *stored, const char *form, AssayOutput *output, GError **error)
{
  const AssayDocument *document = assay_document_find (form);
  if (strcmp (form, "json") == 0)
    return assay_report_write_of_json (&stored->report, output, error);
  return document != NULL ? document->write_of_json (&stored->shown, output, error) : put_page (stored, output, error);
}

/* A form that was made of findings which could not be read again is none. */
static gboolean
put (gconstpointer source, const char *form, AssayOutput *output, GError **error)
{
  const Stored *stored = source;
  const AssayListing *findings = stored->report.findings;
  return put_form (stored, form, output, error) && (findings == NULL || assay_listing_check (findings, error));
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
  g_autoptr (AssayListing) findings = NULL;
  g_autoptr (json_t) report = assay_report_load_split (argv[1], NULL, &findings, error);
  if (report == NULL)
    return FALSE;
  const AssayReportSource source = { .json = report, .findings = findings };
  g_autoptr (json_t) shown = assay_report_doubt (&source);
  const Stored stored = { common, source, { .json = shown, .findings = findings } };
  const AssayWriter writer = { put, &stored };
  return assay_common_write (common, &writer, ASSAY_OUTPUTS_ALL_OR_NONE, error);
}

int
assay_cmd_render (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autoptr (GError) error = NULL;
  return run (&common, argc, argv, &error) ? ASSAY_EXIT_PASS : assay_exit_of_error (error);
}
