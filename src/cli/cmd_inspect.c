#include "cli/cli.h"
#include "flow/inspect.h"

static const AssayUsage usage = {
  "IMAGE",
  "Shows what is inside IMAGE as a tree: every file and container with its format,\n"
  "size and the first digits of its SHA-256, and every section, header and gap of\n"
  "its ELF files. What hangs on a node by `//` lies inside of it. `--format json`\n"
  "has whole paths, digests and all facts. Nothing is judged. A raw image is one\n"
  "block of bytes, unless the `layout` of a recipe says how it is divided.",
  "Example:\n"
  "  assay inspect firmware.deb\n"
  "  assay inspect flash.img --recipe product.recipe\n\n"
  "Exit code 0, or 2 when something could not be read to its end.",
};

static int
run (AssayCommon *common, int argc, char **argv, GError **error)
{
  g_auto (GStrv) recipes = NULL;
  const GOptionEntry options[] = { { "recipe", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &recipes,
                                     "Divide a raw image as this recipe says; may be given several times", "FILE" },
                                   { NULL } };
  if (!assay_common_parse (common, &usage, options, &argc, &argv, error))
    return ASSAY_EXIT_USAGE;
  if (argc != 2)
    {
      assay_usage_error (error, "inspect takes one IMAGE; %d given", argc - 1);
      return ASSAY_EXIT_USAGE;
    }
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_ptr_array_add (names, argv[1]);
  for (char **recipe = recipes; recipe != NULL && *recipe != NULL; recipe++)
    g_ptr_array_add (names, *recipe);
  g_ptr_array_add (names, NULL);
  if (!assay_flow_options_check_inputs (&common->flow, (const char *const *)names->pdata, error))
    return ASSAY_EXIT_USAGE;
  ASSAY_TIMED (common->timings, ASSAY_STAGE_WRITING);
  gboolean complete = FALSE;
  const AssayInspectRequest request
      = { .path = argv[1],
          .recipes = recipes,
          .format = g_strcmp0 (common->format, "json") == 0 ? ASSAY_INSPECT_JSON : ASSAY_INSPECT_TEXT,
          .style = assay_use_colour_in (common->report, common->color) ? ASSAY_TEXT_COLOUR : ASSAY_TEXT_PLAIN };
  g_autoptr (AssayOutput) output = assay_output_new (common->report == NULL ? "-" : common->report, error);
  if (output == NULL || !assay_flow_inspect (&request, &common->flow, output, &complete, error)
      || !assay_output_commit (output, error))
    return ASSAY_EXIT_UNDECIDED;
  return complete ? ASSAY_EXIT_PASS : ASSAY_EXIT_UNDECIDED;
}

int
assay_cmd_inspect (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autoptr (GError) error = NULL;
  int code = run (&common, argc, argv, &error);
  assay_common_say_timings (&common);
  return error == NULL ? code : assay_exit_of_error (error);
}
