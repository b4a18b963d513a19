#include "cli/cli.h"
#include "flow/pin.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdio.h>
#include <string.h>

static const AssayUsage usage = {
  "RECIPE|DIR",
  "Fills in the digest of everything that RECIPE names: source, patches, inputs,\n"
  "toolchain layers and files of entries (`mtree`), and of a git source without\n"
  "`commit` the commit of its HEAD.\n"
  "Comments, order and layout stay. A digest that stands there and is another one\n"
  "is an error, unless --update is given. Of a directory all its recipes, `*.yaml`,\n"
  "and their `defaults.yaml` are pinned, or none.",
  "Example:\n"
  "  assay pin example.recipe\n\n"
  "Exit code 0 when every digest stands there and is right; 2 when one is another;\n"
  "64 when the recipe is invalid or names something that is not there.",
};

/** What --output and --update say. */
typedef struct
{
  char *output;
  gboolean update;
} Options;

static void
clear_options (Options *options)
{
  g_clear_pointer (&options->output, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, clear_options)

/* One line for each digest; on standard error where the recipe goes to standard output. @file: NULL where it is clear.
 */
static void
say (const AssayPinning *pinning, const char *file, FILE *stream)
{
  static const char *const words[] = { "right", "filled in", "updated" };
  g_autofree char *shown = file == NULL ? g_strdup ("") : assay_text_escape_line (file, -1);
  for (guint i = 0; i < pinning->pins->len; i++)
    {
      const AssayPin *pin = g_ptr_array_index (pinning->pins, i);
      g_autofree char *given = assay_text_escape_line (pin->given, -1);
      fprintf (stream, "%-9s  %s%s%s %s: %s %s\n", words[pin->kind], shown, file == NULL ? "" : ": ", pin->role, given,
               pin->key, pin->value);
      if (pin->former != NULL)
        fprintf (stream, "%-9s  was %s\n", "", pin->former);
    }
}

static gboolean
run (AssayCommon *common, Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[]
      = { { "output", 0, 0, G_OPTION_ARG_FILENAME, &options->output,
            "Write the pinned recipe there, instead of in place of RECIPE; `-` is standard output", "FILE" },
          { "update", 0, 0, G_OPTION_ARG_NONE, &options->update, "Overwrite digests that are others now", NULL },
          { NULL } };
  if (!assay_common_parse (common, &usage, entries, &argc, &argv, error))
    return FALSE;
  if (argc != 2)
    return assay_usage_error (error, "pin takes one RECIPE; %d given", argc - 1);
  const char *output = options->output == NULL && strcmp (argv[1], "-") == 0 ? "-" : options->output;
  AssayPinMode mode = options->update ? ASSAY_PIN_UPDATE : ASSAY_PIN_REFUSE;
  g_autoptr (GPtrArray) files = assay_flow_pin (argv[1], output, mode, error);
  if (files == NULL)
    return FALSE;
  for (guint i = 0; i < files->len && !common->quiet; i++)
    {
      const AssayPinnedFile *file = g_ptr_array_index (files, i);
      say (file->pinning, strcmp (file->path, argv[1]) == 0 ? NULL : file->path,
           g_strcmp0 (output, "-") == 0 ? stderr : stdout);
    }
  return TRUE;
}

int
assay_cmd_pin (int argc, char **argv)
{
  g_auto (AssayCommon) common = { NULL };
  g_auto (Options) options = { NULL };
  g_autoptr (GError) error = NULL;
  return run (&common, &options, argc, argv, &error) ? ASSAY_EXIT_PASS : assay_exit_of_error (error);
}
