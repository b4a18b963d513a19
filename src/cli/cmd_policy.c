#include "cli/cli.h"
#include "flow/lint.h"
#include "input/yaml.h"
#include "judge/words.h"
#include "report/excerpt.h"
#include "util/moment.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdio.h>
#include <string.h>

static const char summary[] = "Looks a policy through before anything is judged by it. What is ill-formed is an\n"
                              "error, with the line and a caret. Warnings are what is allowed and probably not\n"
                              "meant: waivers that never end, have ended, or name no file; pins that never\n"
                              "hold; lines that change nothing; key files that are not there.";

static const char description[] = "Example:\n"
                                  "  assay policy check release.policy --time 2026-10-01\n\n"
                                  "Exit code 0: the policy is well-formed, whatever the warnings. 64: it is not, or\n"
                                  "cannot be read.";

/** What the command line says. */
typedef struct
{
  char *time;
  char *color;
  char **rest;
  gboolean quiet;
  gboolean has_time;
  gint64 time_s;
} PolicyLine;

static void
policy_line_clear (PolicyLine *line)
{
  g_free (line->time);
  g_free (line->color);
  g_strfreev (line->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PolicyLine, policy_line_clear)

static gboolean
parse (PolicyLine *line, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "time", 0, 0, G_OPTION_ARG_STRING, &line->time,
            "What has expired by then: 2027-01-01, 2027-01-01T12:00:00Z or seconds since 1970", "TIME" },
          { "color", 0, 0, G_OPTION_ARG_STRING, &line->color, "auto, always or never", "WHEN" },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &line->quiet, "Write nothing to standard output", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL },
          { NULL } };
  const AssayUsage usage = { "FILE", summary, description, FALSE };
  if (!assay_usage_parse ("policy check", &usage, options, argc, argv, error))
    return FALSE;
  guint files = line->rest == NULL ? 0 : g_strv_length (line->rest);
  if (files != 1)
    return assay_usage_error (error, "policy check takes one FILE; %u given", files);
  if (!assay_color_check (line->color, error))
    return FALSE;
  line->has_time = line->time != NULL;
  if (line->has_time && !assay_moment_parse (line->time, &line->time_s, error))
    {
      g_prefix_error (error, "--time: ");
      return FALSE;
    }
  return TRUE;
}

/* ":NUMBER" at @text; what stands behind it goes to @out_rest. */
static gboolean
read_number (const char *text, int *out, const char **out_rest)
{
  char *end = NULL;
  guint64 value = *text != ':' || !g_ascii_isdigit (text[1]) ? 0 : g_ascii_strtoull (text + 1, &end, 10);
  if (end == NULL || value == 0 || value > G_MAXINT)
    return FALSE;
  *out = (int)value;
  *out_rest = end;
  return TRUE;
}

/* Where in the file an error of its reader is: "FILE:LINE:COLUMN: …". */
static gboolean
find_place (const char *message, const char *file, AssayPolicyPlace *out)
{
  const char *rest = message + strlen (file);
  return g_str_has_prefix (message, file) && read_number (rest, &out->line, &rest)
         && read_number (rest, &out->column, &rest) && *rest == ':';
}

static int
say_error (const char *file, GBytes *bytes, const GError *error)
{
  AssayPage page = { .text = g_string_new (NULL), .style = ASSAY_TEXT_PLAIN };
  AssayPolicyPlace place = { 0, 0 };
  int code = assay_exit_of_error (error);
  gboolean is_shown = strchr (error->message, '\n') != NULL; /* by who reads the file */
  if (bytes != NULL && !is_shown && find_place (error->message, file, &place))
    assay_page_excerpt (&page, bytes, place.line, place.column);
  g_autofree char *text = g_string_free (page.text, FALSE);
  fputs (text, stderr);
  return code;
}

static void
add_warning (AssayPage *page, const char *file, GBytes *bytes, const AssayLintWarning *warning)
{
  const AssayPolicyPlace *place = &warning->place;
  g_autofree char *at
      = place->line == 0 ? g_strdup (file) : g_strdup_printf ("%s:%d:%d", file, place->line, place->column);
  g_autofree char *whole = g_strdup_printf ("%s: warning: %s", at, warning->text);
  g_autofree char *safe = assay_page_escape (whole);
  assay_page_flow (page, 0, safe);
  assay_page_excerpt (page, bytes, place->line, place->column);
}

static gboolean
show (const PolicyLine *line, const char *file, GBytes *bytes, const GPtrArray *warnings, GError **error)
{
  AssayPage page
      = { .text = g_string_new (NULL), .style = assay_use_colour (line->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN };
  g_autofree char *count = assay_words_count (warnings->len, "warning", "warnings");
  for (guint i = 0; i < warnings->len; i++)
    add_warning (&page, file, bytes, g_ptr_array_index (warnings, i));
  g_autofree char *last = g_strdup_printf ("%s: well-formed, %s", file, warnings->len == 0 ? "no warnings" : count);
  g_autofree char *safe = assay_page_escape (last);
  assay_page_flow (&page, 0, safe);
  g_autofree char *text = g_string_free (page.text, FALSE);
  return line->quiet || assay_output_put ("-", text, strlen (text), error);
}

static int
check (const PolicyLine *line)
{
  g_autoptr (GError) error = NULL;
  const char *path = line->rest[0];
  g_autofree char *file = assay_text_escape_line (path, -1);
  g_autoptr (GBytes) bytes = assay_yaml_read_file (path, "policy", &error);
  g_autoptr (AssayPolicy) policy = bytes == NULL ? NULL : assay_policy_parse (path, bytes, &error);
  g_autoptr (GPtrArray) warnings
      = policy == NULL ? NULL : assay_flow_lint_policy (policy, line->has_time, line->time_s, &error);
  if (warnings == NULL || !show (line, file, bytes, warnings, &error))
    return say_error (file, bytes, error);
  return ASSAY_EXIT_PASS;
}

int
assay_cmd_policy (int argc, char **argv)
{
  static const char *const verbs[] = { "check", NULL };
  g_auto (PolicyLine) line = { NULL };
  g_autoptr (GError) error = NULL;
  const char *verb = argc > 1 ? argv[1] : NULL;
  if (verb != NULL && (strcmp (verb, "--help") == 0 || strcmp (verb, "-h") == 0))
    {
      puts ("Usage:\n  assay policy check FILE   look a policy through for slips\n\n"
            "Example:\n  assay policy check release.policy --time 2026-10-01\n\n"
            "`assay policy check --help` explains it.");
      return ASSAY_EXIT_PASS;
    }
  if (g_strcmp0 (verb, verbs[0]) != 0)
    assay_verb_error (&error, "policy", verb, verbs);
  else if (parse (&line, argc - 1, argv + 1, &error))
    return check (&line);
  return assay_exit_of_error (error);
}
