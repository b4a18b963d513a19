#include "cli/cli.h"

#include "cage/nursery.h"
#include "report/explain.h"
#include "util/json.h"
#include "util/moment.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
assay_common_clear (AssayCommon *common)
{
  g_clear_pointer (&common->scope, g_strfreev);
  g_clear_pointer (&common->limits, g_strfreev);
  g_clear_pointer (&common->policy, g_free);
  g_clear_pointer (&common->time, g_free);
  g_clear_pointer (&common->report, g_free);
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    g_clear_pointer (&common->documents[i], g_free);
  g_clear_pointer (&common->format, g_free);
  g_clear_pointer (&common->digests, g_free);
  g_clear_pointer (&common->color, g_free);
  g_clear_pointer (&common->work_dir, g_free);
  g_clear_pointer (&common->cache_dir, g_free);
  g_clear_pointer (&common->rebuilt, g_strfreev);
  g_clear_pointer (&common->cache_key, g_free);
  g_clear_pointer (&common->cache_size, g_free);
  g_clear_pointer (&common->progress, assay_progress_free);
  g_clear_pointer (&common->timings, assay_timings_free);
  assay_attest_line_clear (&common->attest);
}

gboolean
assay_usage_error (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *given = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* what is typed on the command line may hold anything, and is one line */
  g_autofree char *message = assay_text_escape_shown (given);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, message);
  return FALSE;
}

/* The words of --format: its own two, and the documents. */
static gboolean
check_format (const AssayCommon *common, const AssayUsage *usage, GError **error)
{
  const char *formats[3 + ASSAY_DOCUMENT_COUNT] = { "text", "json" };
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    formats[2 + i] = assay_documents ()[i].name;
  return usage->has_documents ? assay_words_check ("--format", common->format, formats, error)
                              : assay_format_check (common->format, error);
}

/* The words of --digests, in the order of AssayDigestScope. */
static gboolean
check_digests (AssayCommon *common, GError **error)
{
  static const char *const words[]
      = { [ASSAY_DIGESTS_ALL] = "all", [ASSAY_DIGESTS_FILES] = "files", [ASSAY_DIGESTS_SECTIONS] = "sections", NULL };
  if (!assay_words_check ("--digests", common->digests, words, error))
    return FALSE;
  for (guint i = 0; common->digests != NULL && words[i] != NULL; i++)
    if (strcmp (common->digests, words[i]) == 0)
      common->flow.digests = (AssayDigestScope)i;
  return TRUE;
}

/* Two documents in one file would be one of them. What is written is listed for whoever must not read it. */
static gboolean
check_documents (AssayCommon *common, GError **error)
{
  guint count = 0;
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    {
      const char *path = common->documents[i];
      const char *name = assay_documents ()[i].name;
      if (path == NULL)
        continue;
      if (assay_output_is_same_place (path, common->report))
        return assay_usage_error (error, "--%s %s: the report goes there already", name, path);
      for (guint j = 0; j < count; j++)
        if (assay_output_is_same_place (path, common->written[j]))
          return assay_usage_error (error, "--%s %s: another form of the report goes there already", name, path);
      common->written[count++] = path;
    }
  return TRUE;
}

/* The tree stands behind the text, and nowhere else. */
static gboolean
check_explain (const AssayCommon *common, GError **error)
{
  if (common->explain && common->policy == NULL)
    return assay_usage_error (error, "--explain shows the rules of a policy: it needs --policy FILE");
  if (common->explain && common->format != NULL && strcmp (common->format, "text") != 0)
    return assay_usage_error (error, "--explain goes with --format text; --format %s given", common->format);
  return TRUE;
}

/* A statement is written beside all that: none of it may be in its place. */
static gboolean
check_attestation (AssayCommon *common, GError **error)
{
  AssayAttestLine *attest = &common->attest;
  guint count = 0;
  if (!assay_attest_line_is_used (attest))
    return TRUE;
  if (attest->key == NULL)
    return assay_usage_error (error, "--attestation and what goes with it need --attest KEY: who signs");
  if (attest->output == NULL)
    return assay_usage_error (error, "--attest needs --attestation FILE: where the statement goes");
  for (; common->written[count] != NULL; count++)
    if (assay_output_is_same_place (attest->output, common->written[count]))
      return assay_usage_error (error, "--attestation %s: another form of the report goes there already",
                                attest->output);
  if (assay_output_is_same_place (attest->output, common->report))
    return assay_usage_error (error, "--attestation %s: the report goes there already", attest->output);
  common->written[count] = attest->output;
  /* nor may anything be written over the key */
  for (guint i = 0; i <= count; i++)
    if (!assay_output_check_apart (common->written[i], attest->key, error))
      return FALSE;
  /* T16: what the build read is recorded whenever a verdict is to be attested */
  common->record = TRUE;
  /* nor may those that read untrusted bytes be copies of a process that has the key */
  return assay_output_check_apart (common->report, attest->key, error) && assay_nursery_open (error)
         && assay_attest_line_open (attest, error);
}

static gboolean
check_words (AssayCommon *common, const AssayUsage *usage, GError **error)
{
  if (!check_digests (common, error) || !check_format (common, usage, error) || !check_explain (common, error)
      || !assay_color_check (common->color, error))
    return FALSE;
  for (char **limit = common->limits; limit != NULL && *limit != NULL; limit++)
    if (!assay_limits_set (&common->flow.limits, *limit, error))
      {
        g_prefix_error (error, "--limit: ");
        return FALSE;
      }
  if (common->time != NULL)
    {
      if (!assay_moment_parse (common->time, &common->flow.time_s, error))
        {
          g_prefix_error (error, "--time: ");
          return FALSE;
        }
      common->flow.has_time = TRUE;
    }
  if (common->components < 0)
    return assay_usage_error (error, "--components %d: expected a number of recipes, or 0 for as many as jobs",
                              common->components);
  if (!check_documents (common, error))
    return FALSE;
  if (common->work_dir != NULL && *common->work_dir == '\0')
    return assay_usage_error (error, "--work-dir: expected a directory, found an empty name");
  if (common->cache_size != NULL && !assay_limits_parse_bytes (common->cache_size, &common->flow.cache_bytes))
    return assay_usage_error (error, "--cache-size %s: expected bytes, which may end in KiB, MiB, GiB or TiB",
                              common->cache_size);
  if (common->jobs < 0)
    return assay_usage_error (error, "-j %d: expected a number of jobs, or 0 for one a processor", common->jobs);
  return check_attestation (common, error);
}

static gboolean
parse_options (const AssayUsage *usage, const GOptionEntry *entries, const GOptionEntry *options,
               const GOptionEntry *documents, int *argc, char ***argv, GError **error)
{
  const GOptionEntry *tables[4] = { NULL };
  gsize count = 0;
  g_autoptr (GOptionContext) context = g_option_context_new (usage->arguments);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->description);
  if (entries != NULL)
    tables[count++] = entries;
  tables[count++] = options;
  if (usage->has_documents)
    tables[count++] = documents;
  g_autofree char *name = g_strconcat ("assay ", (*argv)[0], NULL);
  return assay_options_parse (context, tables, name, argc, argv, error);
}

gboolean
assay_common_parse (AssayCommon *common, const AssayUsage *usage, const GOptionEntry *entries, int *argc, char ***argv,
                    GError **error)
{
  const GOptionEntry options[] = {
    { "scope", 0, 0, G_OPTION_ARG_STRING_ARRAY, &common->scope,
      "Judge only the node paths that match; may be given several times", "GLOB" },
    { "policy", 0, 0, G_OPTION_ARG_FILENAME, &common->policy, "What must hold for a pass", "FILE" },
    { "time", 0, 0, G_OPTION_ARG_STRING, &common->time,
      "Judge as of this time: a waiver that expires holds only before it, and never without it", "TIME" },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &common->explain,
      "Show each rule of the policy, what was found, and whether it holds", NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &common->report,
      "Write the report as JSON; `-` is standard output, which then holds nothing else", "FILE" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &common->format,
      usage->has_documents ? "What standard output shows: text, json, html, sarif, junit or markdown"
                           : "What standard output shows: text or json",
      "FORMAT" },
    { "digests", 0, 0, G_OPTION_ARG_STRING, &common->digests, "What is digested: all, files or sections", "WHAT" },
    { "limit", 0, 0, G_OPTION_ARG_STRING_ARRAY, &common->limits,
      "Set a limit, as time=12h; a NAME that there is not lists all", "NAME=VALUE" },
    { "work-dir", 0, 0, G_OPTION_ARG_FILENAME, &common->work_dir, "Keep logs and build trees there", "DIR" },
    { "cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &common->cache_dir,
      "Where finished builds are kept; left out: $XDG_CACHE_HOME/assay", "DIR" },
    { "cache-key", 0, 0, G_OPTION_ARG_FILENAME, &common->cache_key,
      "What they are authenticated by; left out: $XDG_STATE_HOME/assay/cache.key", "FILE" },
    { "cache-size", 0, 0, G_OPTION_ARG_STRING, &common->cache_size, "How much all of them may take; 20GiB", "BYTES" },
    { "no-cache", 0, 0, G_OPTION_ARG_NONE, &common->no_cache, "Build everything, and keep no build", NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &common->jobs, "How many jobs of builds, or threads of its own, run at once",
      "N" },
    { "color", 0, 0, G_OPTION_ARG_STRING, &common->color, "auto, always or never", "WHEN" },
    { "no-progress", 0, 0, G_OPTION_ARG_NONE, &common->no_progress, "Show no progress", NULL },
    { "timings", 0, 0, G_OPTION_ARG_NONE, &common->wants_timings, ASSAY_TIMINGS_HELP, NULL },
    { "quiet", 0, 0, G_OPTION_ARG_NONE, &common->quiet, "Write nothing to standard output", NULL },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &common->verbose, "Show every finding", NULL },
    { NULL }
  };
  GOptionEntry documents[ASSAY_DOCUMENT_COUNT + 1] = { { NULL } };
  for (gsize i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    documents[i]
        = (GOptionEntry){ assay_documents ()[i].name,    0,     0, G_OPTION_ARG_FILENAME, &common->documents[i],
                          assay_documents ()[i].summary, "FILE" };
  assay_flow_options_init (&common->flow);
  if (!parse_options (usage, entries, options, documents, argc, argv, error) || !check_words (common, usage, error))
    return FALSE;
  common->progress
      = assay_progress_new (common->quiet || common->no_progress ? ASSAY_PROGRESS_NEVER : ASSAY_PROGRESS_AUTO);
  common->flow.scope = common->scope;
  common->flow.policy = common->policy;
  common->flow.output = common->report;
  common->flow.documents = common->written;
  common->flow.work_dir = common->work_dir;
  common->flow.use_cache = !common->no_cache;
  common->flow.cache_dir = common->cache_dir;
  common->flow.cache_key = common->cache_key;
  common->flow.jobs = (guint)common->jobs;
  common->flow.components = (guint)common->components;
  common->flow.progress = common->progress;
  common->timings = common->wants_timings ? assay_timings_new () : NULL;
  common->flow.timings = common->timings;
  return TRUE;
}

gboolean
assay_use_colour (const char *color)
{
  const char *no_color = g_getenv ("NO_COLOR");
  if (color != NULL && strcmp (color, "auto") != 0)
    return strcmp (color, "always") == 0;
  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
}

gboolean
assay_use_colour_in (const char *path, const char *color)
{
  gboolean is_standard = path == NULL || strcmp (path, "-") == 0;
  return is_standard ? assay_use_colour (color) : g_strcmp0 (color, "always") == 0;
}

void
assay_common_say_notes (const AssayCommon *common, const GPtrArray *notes)
{
  assay_progress_clear (common->progress);
  for (guint i = 0; !common->quiet && i < notes->len; i++)
    {
      g_autofree char *safe = assay_text_escape_shown (g_ptr_array_index (notes, i));
      fprintf (stderr, "assay: note: %s\n", safe);
    }
}

int
assay_exit_of_error (const GError *error)
{
  g_autoptr (GString) shown = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_autofree char *safe = assay_text_escape_shown (*line);
      g_string_append_printf (shown, "%s%s", line == lines ? "" : "\n", safe);
    }
  fprintf (stderr, "assay: %s\n", shown->str);
  if (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE))
    return ASSAY_EXIT_USAGE;
  if (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL))
    return ASSAY_EXIT_INTERNAL;
  return ASSAY_EXIT_UNDECIDED;
}

void
assay_common_say_timings (const AssayCommon *common)
{
  assay_progress_clear (common->progress);
  assay_timings_say (common->timings, assay_nursery_count_cpu_us ());
}

/** What is written of a run that judged. */
typedef struct
{
  const AssayCommon *common;
  const AssayFlowResult *result;
} Judged;

static gboolean
write_text (const Judged *judged, AssayOutput *output, GError **error)
{
  const AssayCommon *common = judged->common;
  const AssayPolicyRules *rules = assay_flow_result_get_rules (judged->result);
  g_autoptr (json_t) head = assay_report_head (assay_flow_result_get_report (judged->result));
  AssayTextStyle style = assay_use_colour (common->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN;
  g_autofree char *shown = assay_report_render_text (head, style);
  g_autofree char *tree = common->explain && rules != NULL ? assay_report_explain (rules, style) : NULL;
  return assay_output_write (output, shown, strlen (shown), error)
         && (tree == NULL || assay_output_write (output, tree, strlen (tree), error));
}

/* What cannot be attested is an error whatever the verdict is: nobody may believe that there is a statement. */
static gboolean
write_statement (const Judged *judged, AssayOutput *output, GError **error)
{
  char *envelope = assay_flow_attest_result (judged->result, &judged->common->attest.attesting, error);
  gboolean done = envelope != NULL && assay_output_write (output, envelope, strlen (envelope), error);
  free (envelope);
  return done;
}

static gboolean
write_judged (gconstpointer source, const char *form, AssayOutput *output, GError **error)
{
  const Judged *judged = source;
  const AssayReport *report = assay_flow_result_get_report (judged->result);
  const AssayDocument *document = assay_document_find (form);
  if (strcmp (form, ASSAY_FORM_STATEMENT) == 0)
    return write_statement (judged, output, error);
  if (strcmp (form, "json") == 0)
    return assay_report_write (report, output, error);
  return document != NULL ? document->write (report, output, error) : write_text (judged, output, error);
}

/* What a result is worth to a script. Only here does a verdict become an exit code (T3). */
static int
exit_of_result (const AssayFlowResult *result)
{
  if (assay_flow_result_passed (result))
    return ASSAY_EXIT_PASS;
  return assay_flow_result_get_verdict (result) == ASSAY_VERDICT_UNDECIDED ? ASSAY_EXIT_UNDECIDED : ASSAY_EXIT_FAIL;
}

int
assay_common_finish (AssayCommon *common, const AssayFlowResult *result)
{
  g_autoptr (GError) error = NULL;
  ASSAY_TIMED (common->timings, ASSAY_STAGE_WRITING);
  g_autoptr (GPtrArray) notes = assay_flow_result_list_notes (result);
  assay_common_say_notes (common, notes);
  assay_progress_clear (common->progress);
  int code = exit_of_result (result);
  /* Of a pass nothing may be found that says so when it could not all be written, which is none. Of all else as much
   * as can be had stays as evidence. */
  AssayOutputOrder order = code == ASSAY_EXIT_PASS ? ASSAY_OUTPUTS_ALL_OR_NONE : ASSAY_OUTPUTS_EACH;
  const Judged judged = { common, result };
  const AssayWriter writer = { write_judged, &judged };
  if (assay_common_write (common, &writer, order, &error))
    return code;
  /* A report that could not be written is no pass, and hides no mismatch. */
  int failed = assay_exit_of_error (error);
  return code == ASSAY_EXIT_PASS ? failed : code;
}
