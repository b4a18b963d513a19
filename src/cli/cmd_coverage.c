#include "cli/cli.h"
#include "report/coverage.h"
#include "report/load.h"
#include "util/json.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const char summary[] = "Says what share of the shipped code comes from source files that a reviewer\n"
                              "signed off, what is left by size, and which licensed files never reach the\n"
                              "image. A file counts only where the build read it with a digest that LIST has\n"
                              "for it, which REPORT knows by `verify --record`.";

static const char description[] = "Example:\n"
                                  "  assay verify firmware.img --recipe firmware.recipe --record \\\n"
                                  "        --report report.json\n"
                                  "  (cd firmware-1.0 && sha256sum main.c lib/*.c) > reviewed.list\n"
                                  "  assay coverage report.json --reviewed reviewed.list --html reviewed.html\n\n"
                                  "Lines of LIST are `SHA256  PATH`, as sha256sum writes them, `generated GLOB from\n"
                                  "PATH`, and comments behind `#`.\n\n"
                                  "Exit code 0 when it was said, whatever it is; `assay gate` judges reports.";

/** What the command line says. */
typedef struct
{
  char *reviewed;
  char *format;
  char *output;
  char *html;
  char *color;
  char **rest;
} Line;

static void
line_clear (Line *line)
{
  g_free (line->reviewed);
  g_free (line->format);
  g_free (line->output);
  g_free (line->html);
  g_free (line->color);
  g_strfreev (line->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, line_clear)

static gboolean
parse (Line *line, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "reviewed", 0, 0, G_OPTION_ARG_FILENAME, &line->reviewed, "The files that were reviewed", "LIST" },
          { "output", 0, 0, G_OPTION_ARG_FILENAME, &line->output, "Write it there; left out: standard output", "FILE" },
          { "html", 0, 0, G_OPTION_ARG_FILENAME, &line->html,
            "Write it as one HTML page; `-` is standard output, which then holds nothing else", "FILE" },
          { "format", 0, 0, G_OPTION_ARG_STRING, &line->format, "text or json", "FORMAT" },
          { "color", 0, 0, G_OPTION_ARG_STRING, &line->color, "auto, always or never", "WHEN" },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL },
          { NULL } };
  const AssayUsage usage = { "REPORT --reviewed LIST", summary, description, FALSE };
  return assay_usage_parse ("coverage", &usage, options, argc, argv, error);
}

static gboolean
check_apart (const Line *line, const char *path, GError **error)
{
  return assay_output_check_apart (path, line->rest[0], error)
         && assay_output_check_apart (path, line->reviewed, error);
}

static gboolean
check (const Line *line, GError **error)
{
  guint reports = line->rest == NULL ? 0 : g_strv_length (line->rest);
  if (reports != 1)
    return assay_usage_error (error, "coverage takes one REPORT; %u given", reports);
  if (line->reviewed == NULL)
    return assay_usage_error (error, "coverage needs --reviewed LIST: which files were reviewed");
  if (!assay_format_check (line->format, error) || !assay_color_check (line->color, error))
    return FALSE;
  if (strcmp (line->rest[0], "-") == 0 && strcmp (line->reviewed, "-") == 0)
    return assay_usage_error (error, "REPORT and LIST are both standard input");
  if (assay_output_is_same_place (line->html, line->output))
    return assay_usage_error (error, "--html %s: another form goes there already", line->html);
  return check_apart (line, line->output, error) && check_apart (line, line->html, error);
}

/** What is written, and how. */
typedef struct
{
  const Line *line;
  const json_t *coverage;
} Said;

static gboolean
put_text (gconstpointer data, AssayOutput *output, GError **error)
{
  const Said *said = data;
  gboolean json = g_strcmp0 (said->line->format, "json") == 0;
  gboolean colour = assay_use_colour_in (said->line->output, said->line->color);
  char *text = json ? assay_json_canonical (said->coverage)
                    : assay_coverage_render_text (said->coverage, colour ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN);
  gboolean done = assay_output_write (output, text, strlen (text), error);
  free (text);
  return done;
}

static gboolean
put_html (gconstpointer data, AssayOutput *output, GError **error)
{
  return assay_coverage_write_html (((const Said *)data)->coverage, output, error);
}

static gboolean
put (const Line *line, const json_t *coverage, GError **error)
{
  const Said said = { line, coverage };
  const AssayOutputPlan html = { line->html, put_html, &said };
  const AssayOutputPlan text = { line->output == NULL ? "-" : line->output, put_text, &said };
  AssayOutputPlan plans[2];
  gsize count = 0;
  if (html.path != NULL)
    plans[count++] = html;
  if (html.path == NULL || strcmp (html.path, text.path) != 0)
    plans[count++] = text;
  return assay_outputs_write (plans, count, ASSAY_OUTPUTS_ALL_OR_NONE, error);
}

static gboolean
run (Line *line, int argc, char **argv, GError **error)
{
  AssayDigest sha256;
  if (!parse (line, argc, argv, error) || !check (line, error))
    return FALSE;
  g_autoptr (AssayReviewed) reviewed = assay_reviewed_read (line->reviewed, error);
  g_autoptr (json_t) report = reviewed == NULL ? NULL : assay_report_load (line->rest[0], &sha256, error);
  g_autoptr (json_t) coverage = report == NULL ? NULL : assay_coverage_new (report, &sha256, reviewed, error);
  return coverage != NULL && put (line, coverage, error);
}

int
assay_cmd_coverage (int argc, char **argv)
{
  g_auto (Line) line = { NULL };
  g_autoptr (GError) error = NULL;
  return run (&line, argc, argv, &error) ? ASSAY_EXIT_PASS : assay_exit_of_error (error);
}
