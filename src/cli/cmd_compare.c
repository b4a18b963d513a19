#include "cli/cli.h"

static const AssayUsage usage = {
  "SHIPPED EXPECTED",
  "Judges SHIPPED against EXPECTED. Each is a file (ELF, raw, archive, compressed\n"
  "stream, container: found by content) or a directory.",
  "Example:\n"
  "  assay compare shipped.deb rebuilt.deb --report report.json\n\n"
  "Two releases: the one to be read about first, the one it came from second; what\n"
  "is `added` under CHANGES is in the first alone.\n\n"
  "EXPECTED stands in the place of a rebuild, and reports call it so.\n\n"
  "Exit code 0 is a pass, 1 a mismatch, 2 undecided, 64 wrong usage.",
  TRUE,
};

static int
run (AssayCommon *common, int argc, char **argv, GError **error)
{
  g_autofree char *layout = NULL;
  const GOptionEntry options[] = { { "layout", 0, 0, G_OPTION_ARG_FILENAME, &layout,
                                     "How raw images are divided: the key `layout` of a recipe", "FILE" },
                                   ASSAY_COMMON_ATTEST_ENTRIES (common),
                                   { NULL } };
  if (!assay_common_parse (common, &usage, options, &argc, &argv, error))
    return ASSAY_EXIT_USAGE;
  common->flow.layout = layout;
  if (argc != 3)
    {
      assay_usage_error (error, "compare takes two things, SHIPPED and EXPECTED; %d given", argc - 1);
      return ASSAY_EXIT_USAGE;
    }
  g_autoptr (AssayFlowResult) result = assay_flow_compare (argv[1], argv[2], &common->flow, error);
  return result == NULL ? ASSAY_EXIT_UNDECIDED : assay_common_finish (common, result);
}

int
assay_cmd_compare (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autoptr (GError) error = NULL;
  int code = run (&common, argc, argv, &error);
  assay_common_say_timings (&common);
  return error == NULL ? code : assay_exit_of_error (error);
}
