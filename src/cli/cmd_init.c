#include "cli/cli.h"
#include "flow/init.h"

static const AssayUsage usage = {
  "IMAGE SOURCE",
  "Drafts a recipe: what the files in IMAGE say of how they were made (machine,\n"
  "compiler, flags, directory, time), and what SOURCE, an archive, directory or git\n"
  "repository, says of how it is built. Each line has a comment on where it comes\n"
  "from. All of it are claims, and what nobody says is marked as unknown.",
  "Example:\n"
  "  assay init firmware.img firmware-2.4.1.tar.xz --output firmware.recipe\n\n"
  "Exit code 0 when the draft was written, or 2 when something in IMAGE could not\n"
  "be read to its end; the draft says so too.",
};

static int
run (AssayCommon *common, char **output, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = { { "output", 0, 0, G_OPTION_ARG_FILENAME, output,
                                     "Write the draft there, instead of to standard output", "FILE" },
                                   { NULL } };
  if (!assay_common_parse (common, &usage, entries, &argc, &argv, error))
    return ASSAY_EXIT_USAGE;
  if (argc != 3)
    {
      assay_usage_error (error, "init takes an IMAGE and a SOURCE; %d given", argc - 1);
      return ASSAY_EXIT_USAGE;
    }
  const char *const names[] = { argv[1], argv[2], NULL };
  common->flow.output = *output;
  if (!assay_flow_options_check_inputs (&common->flow, names, error))
    return ASSAY_EXIT_USAGE;
  gboolean complete = FALSE;
  if (!assay_flow_init (argv[1], argv[2], *output, &common->flow, &complete, error))
    return ASSAY_EXIT_UNDECIDED;
  return complete ? ASSAY_EXIT_PASS : ASSAY_EXIT_UNDECIDED;
}

int
assay_cmd_init (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int code = run (&common, &output, argc, argv, &error);
  assay_common_say_timings (&common);
  return error == NULL ? code : assay_exit_of_error (error);
}
