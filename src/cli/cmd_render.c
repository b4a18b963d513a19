#include "cli/cli.h"
#include "report/load.h"
#include "util/json.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const AssayUsage usage = {
  "REPORT",
  "Shows a stored report again, as `verify` and `compare` showed it.",
  "Example:\n"
  "  assay render report.json --format text\n\n"
  "Exit code 0 when it was shown, whatever it says; `assay gate` judges reports.",
};

static char *
render (const AssayCommon *common, json_t *report, GError **error)
{
  if (g_strcmp0 (common->format, "json") == 0)
    {
      char *canonical = assay_json_canonical (report);
      char *copy = g_strdup (canonical);
      free (canonical);
      return copy;
    }
  g_autoptr (json_t) head = assay_report_head_of_json (report, error);
  if (head == NULL)
    return NULL;
  return assay_report_render_text (head, assay_use_colour (common->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN);
}

static gboolean
run (AssayCommon *common, int argc, char **argv, GError **error)
{
  if (!assay_common_parse (common, &usage, NULL, &argc, &argv, error))
    return FALSE;
  if (argc != 2)
    return assay_usage_error (error, "render takes one REPORT; %d given", argc - 1);
  g_autoptr (json_t) report = assay_report_load (argv[1], NULL, error);
  g_autofree char *text = report == NULL ? NULL : render (common, report, error);
  if (text == NULL)
    return FALSE;
  g_autoptr (AssayOutput) output = assay_output_new ("-", error);
  return output != NULL && assay_output_write (output, text, strlen (text), error)
         && assay_output_commit (output, error);
}

int
assay_cmd_render (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autoptr (GError) error = NULL;
  return run (&common, argc, argv, &error) ? ASSAY_EXIT_PASS : assay_exit_of_error (error);
}
