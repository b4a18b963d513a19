#include "cli/cli.h"

static const AssayUsage usage = {
  "IMAGE --recipe FILE|DIR...",
  "Rebuilds the source that the recipes name, in a sandbox without network, and\n"
  "judges IMAGE (a file or a directory) against what the rebuild made.",
  "Example:\n"
  "  assay verify firmware.deb --recipe product.recipe --report report.json \\\n"
  "        --html report.html\n\n"
  "Exit code 0 is a pass, 1 a mismatch, 2 undecided, 64 wrong usage.",
  TRUE,
};

static int
run (AssayCommon *common, char ***recipes, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "recipe", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, recipes,
      "How a part of the image is built, or a directory of such files; may be given several times", "FILE" },
    { "components", 0, 0, G_OPTION_ARG_INT, &common->components, ASSAY_COMPONENTS_HELP, "N" },
    { "twice", 0, 0, G_OPTION_ARG_NONE, &common->twice,
      "Rebuild a second time, varied in all ways that can be, and compare the two", NULL },
    { "rebuilt", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &common->rebuilt,
      "Build nothing: what `assay rebuild` wrote there is the rebuild; may be given several times", "DIR" },
    { "record", 0, 0, G_OPTION_ARG_NONE, &common->record, "Record which files the build opens", NULL },
    { "rebuild-at-shipped-time", 0, 0, G_OPTION_ARG_NONE, &common->rebuild_at_shipped_time,
      "On a mismatch rebuild again, at times that the image carries: whoever made the image then chooses the build's "
      "SOURCE_DATE_EPOCH, whatever the recipe says",
      NULL },
    ASSAY_COMMON_ATTEST_ENTRIES (common),
    { NULL }
  };
  if (!assay_common_parse (common, &usage, entries, &argc, &argv, error))
    return ASSAY_EXIT_USAGE;
  if (argc != 2)
    {
      assay_usage_error (error, "verify takes one IMAGE; %d given", argc - 1);
      return ASSAY_EXIT_USAGE;
    }
  if (*recipes == NULL)
    {
      assay_usage_error (error, "verify needs --recipe FILE: without it there is nothing to judge against");
      return ASSAY_EXIT_USAGE;
    }
  if (common->rebuilt != NULL && (common->twice || common->rebuild_at_shipped_time))
    {
      assay_usage_error (error, "--rebuilt builds nothing: --twice and --rebuild-at-shipped-time do not go with it");
      return ASSAY_EXIT_USAGE;
    }
  if (common->rebuilt != NULL && common->attest.key != NULL)
    {
      assay_usage_error (error, "--rebuilt builds nothing: a verdict is attested where its rebuild was recorded");
      return ASSAY_EXIT_USAGE;
    }
  common->flow.rebuilt = common->rebuilt;
  common->flow.twice = common->twice;
  common->flow.record = common->record;
  common->flow.rebuild_at_shipped_time = common->rebuild_at_shipped_time;
  g_autoptr (AssayFlowResult) result = assay_flow_verify (argv[1], *recipes, &common->flow, error);
  return result == NULL ? ASSAY_EXIT_UNDECIDED : assay_common_finish (common, result);
}

int
assay_cmd_verify (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_auto (GStrv) recipes = NULL;
  g_autoptr (GError) error = NULL;
  int code = run (&common, &recipes, argc, argv, &error);
  assay_common_say_timings (&common);
  return error == NULL ? code : assay_exit_of_error (error);
}
