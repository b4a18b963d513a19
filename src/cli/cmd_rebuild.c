#include "cli/cli.h"
#include "flow/rebuild.h"
#include "report/rebuild_text.h"
#include "util/json.h"
#include "util/output.h"

#include <stdlib.h>
#include <string.h>

static const AssayUsage usage = {
  "--recipe FILE|DIR... --output DIR",
  "Rebuilds the source that a recipe names, in a sandbox without network, and\n"
  "writes its outputs to DIR, with a record of their digests. Nothing is judged.\n"
  "Of several recipes, or a directory of them, each has a directory in DIR.",
  "Example:\n"
  "  assay rebuild --recipe product.recipe --output rebuilt --twice --find-cause\n\n"
  "Exit code 0 when all was rebuilt, reproducible or not; 2 when not; 64: wrong\n"
  "usage.",
};

/** Options of this command alone. */
typedef struct
{
  char **recipes;
  char *output;
  gboolean find_causes;
  gboolean shell;
} Own;

static void
own_clear (Own *own)
{
  g_clear_pointer (&own->recipes, g_strfreev);
  g_clear_pointer (&own->output, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Own, own_clear)

/* What speaks of an image or of a verdict has no meaning here. */
static gboolean
check (const AssayCommon *common, const Own *own, int argc, GError **error)
{
  if (argc != 1)
    return assay_usage_error (error, "rebuild takes no IMAGE; %d given", argc - 1);
  if (own->recipes == NULL)
    return assay_usage_error (error, "rebuild needs --recipe FILE");
  if (own->output == NULL || *own->output == '\0')
    return assay_usage_error (error, "rebuild needs --output DIR: where the outputs go");
  if (common->policy != NULL || common->scope != NULL || common->time != NULL || common->digests != NULL)
    return assay_usage_error (error,
                              "rebuild judges nothing: --policy, --scope, --time and --digests do not go with it");
  return TRUE;
}

static gboolean
write_json (const char *path, const json_t *report, GError **error)
{
  char *text = assay_json_canonical (report);
  gboolean done = assay_output_put (path, text, strlen (text), error);
  free (text);
  return done;
}

static gboolean
write_text (const AssayCommon *common, const json_t *report, GError **error)
{
  g_autofree char *text
      = assay_report_render_rebuild (report, common->verbose ? ASSAY_REBUILD_DETAIL_ALL : ASSAY_REBUILD_DETAIL_FIRST);
  return assay_output_put ("-", text, strlen (text), error);
}

static gboolean
finish (AssayCommon *common, const json_t *report, GError **error)
{
  ASSAY_TIMED (common->timings, ASSAY_STAGE_WRITING);
  assay_progress_clear (common->progress);
  if (common->report != NULL && !write_json (common->report, report, error))
    return FALSE;
  if (common->quiet || g_strcmp0 (common->report, "-") == 0)
    return TRUE;
  return g_strcmp0 (common->format, "json") == 0 ? write_json ("-", report, error) : write_text (common, report, error);
}

static int
run (AssayCommon *common, Own *own, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[]
      = { { "recipe", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &own->recipes,
            "How it is built, or a directory of such files; may be given several times", "FILE" },
          { "components", 0, 0, G_OPTION_ARG_INT, &common->components, ASSAY_COMPONENTS_HELP, "N" },
          { "output", 0, 0, G_OPTION_ARG_FILENAME, &own->output,
            "Where the outputs go: a directory that is empty or not there yet", "DIR" },
          { "twice", 0, 0, G_OPTION_ARG_NONE, &common->twice,
            "Rebuild a second time, varied in all ways that can be, and compare the two", NULL },
          { "find-cause", 0, 0, G_OPTION_ARG_NONE, &own->find_causes,
            "Rebuild twice, and then with one variation at a time, to name why bytes differ", NULL },
          { "record", 0, 0, G_OPTION_ARG_NONE, &common->record, "Record which files the build opens", NULL },
          { "shell", 0, 0, G_OPTION_ARG_NONE, &own->shell, "Enter the sandbox at a step that fails", NULL },
          { NULL } };
  if (!assay_common_parse (common, &usage, entries, &argc, &argv, error) || !check (common, own, argc, error))
    return ASSAY_EXIT_USAGE;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const AssayRebuildWish wish = { own->recipes, own->output, own->find_causes, own->shell, notes };
  common->flow.twice = common->twice || own->find_causes;
  common->flow.record = common->record;
  gboolean complete = FALSE;
  g_autoptr (json_t) report = assay_flow_rebuild_only (&wish, &common->flow, &complete, error);
  assay_common_say_notes (common, notes);
  return report != NULL && finish (common, report, error) && complete ? ASSAY_EXIT_PASS : ASSAY_EXIT_UNDECIDED;
}

int
assay_cmd_rebuild (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_auto (Own) own = { NULL };
  g_autoptr (GError) error = NULL;
  int code = run (&common, &own, argc, argv, &error);
  assay_common_say_timings (&common);
  return error == NULL ? code : assay_exit_of_error (error);
}
