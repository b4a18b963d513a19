#include "cage/nursery.h"
#include "cli/cli.h"
#include "util/cancel.h"
#include "util/nearest.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const AssayCommand commands[] = {
  { "verify", "rebuild the source and judge the image by it: the main job", assay_cmd_verify, TRUE },
  { "compare", "judge two things that exist already", assay_cmd_compare, TRUE },
  { "rebuild", "only rebuild the source, once or twice, and keep the result", assay_cmd_rebuild, TRUE },
  { "inspect", "show what is inside an image, with every section's digest", assay_cmd_inspect, TRUE },
  { "init", "draft a recipe from what an image and its source say", assay_cmd_init, TRUE },
  { "pin", "fill in the digests of a recipe", assay_cmd_pin, FALSE },
  { "policy", "look a policy through for slips", assay_cmd_policy, FALSE },
  { "gate", "the release gate: hold a policy against what was found", assay_cmd_gate, TRUE },
  { "attest", "sign what a stored report says", assay_cmd_attest, FALSE },
  { "timestamp", "have it proved when a statement was signed", assay_cmd_timestamp, FALSE },
  { "verify-attestation", "verify signed statements about an image", assay_cmd_verify_attestation, TRUE },
  { "render", "show a stored report again", assay_cmd_render, FALSE },
  { "coverage", "say how much of the shipped code was reviewed", assay_cmd_coverage, FALSE },
  { "toolchain", "make a root file system to build in, and check it", assay_cmd_toolchain, FALSE },
};

static void
print_help (FILE *stream)
{
  fputs ("assay says whether a shipped firmware image is what its licensed source builds,\n"
         "with every byte of the image accounted for.\n\n"
         "Usage: assay COMMAND [OPTION...]\n\nCommands:\n",
         stream);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stream, "  %-18s %s\n", commands[i].name, commands[i].summary);
  fputs ("\nExample:\n"
         "  assay verify firmware.img --recipe product.recipe --html report.html\n"
         "\n`assay COMMAND --help` explains a command, with an example.\n\n"
         "Exit codes:\n"
         "  0   pass: identical, equivalent or waived\n"
         "  1   fail: mismatch, or a policy or a signature that does not hold\n"
         "  2   undecided: the rebuild failed, a file could not be read, a limit was hit\n"
         "  64  usage: unknown option, missing file, invalid recipe or policy\n"
         "  70  internal fault\n",
         stream);
}

static int
unknown_command (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  const char *nearest = assay_nearest_find (name, names);
  g_autofree char *shown = assay_text_escape_line (name, -1);
  fprintf (stderr, "assay: there is no command `%s`", shown);
  if (nearest != NULL)
    fprintf (stderr, "; did you mean `%s`?", nearest);
  fputs ("\n`assay --help` lists the commands.\n", stderr);
  return ASSAY_EXIT_USAGE;
}

/* A program may be started without standard streams. What is opened next would then take their numbers, and messages
 * would go into it: each is held by what neither gives nor takes anything, so that using it fails. */
static void
hold_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
      (void)!open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int
run_command (int argc, char **argv)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[0], commands[i].name) == 0)
      {
        /* before there is anything that a reader should not know; whoever needs one says why there is none */
        if (commands[i].reads_images)
          assay_nursery_open (NULL);
        return commands[i].run (argc, argv);
      }
  return unknown_command (argv[0]);
}

/* `assay help gate` is `assay gate --help`. */
static int
help_command (int argc, char **argv)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (int i = 0; i < argc; i++)
    g_ptr_array_add (words, argv[i]);
  g_ptr_array_add (words, (gpointer) "--help");
  g_ptr_array_add (words, NULL);
  return run_command (argc + 1, (char **)words->pdata);
}

int
main (int argc, char **argv)
{
  hold_streams ();
  setlocale (LC_ALL, "C.UTF-8");
  if (argc < 2)
    {
      print_help (stderr);
      return ASSAY_EXIT_USAGE;
    }
  if (strcmp (argv[1], "help") == 0 && argc > 2)
    return help_command (argc - 2, argv + 2);
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_help (stdout);
      return ASSAY_EXIT_PASS;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      puts ("assay " ASSAY_VERSION);
      return ASSAY_EXIT_PASS;
    }
  assay_cancel_install ();
  return run_command (argc - 1, argv + 1);
}
