#include "cli/cli.h"
#include "flow/toolchain.h"
#include "input/toolchain_lock.h"
#include "judge/words.h"
#include "rebuild/apt.h"
#include "rebuild/store.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char make_summary[] = "Makes a root file system of Debian packages, to build in, and writes down what\n"
                                   "it was made of. With --suite apt fetches the packages: the essential ones, those\n"
                                   "named, and what they need; signatures are checked as apt always does. The\n"
                                   "packages are kept in DIR, each under the name of its digest, and the lock file\n"
                                   "lists them.\n\n"
                                   "Without --suite the same root file system is made again, byte for byte, of the\n"
                                   "packages in DIR alone and without any network, as the lock file says. What comes\n"
                                   "out otherwise is refused.\n\n"
                                   "Needs mmdebstrap and bubblewrap, and root or (uidmap, /etc/subuid) a range of\n"
                                   "user numbers.";

static const char make_description[]
    = "Example:\n"
      "  assay toolchain make --suite bookworm --package gcc --package make \\\n"
      "        --output bookworm.tar.zst --lock bookworm.lock --packages bookworm.debs\n"
      "  assay toolchain make --lock bookworm.lock --packages bookworm.debs \\\n"
      "        --output again.tar.zst\n\n"
      "Exit code 0: it is made. 2: it could not be made, or came out otherwise than the\n"
      "lock file says. 64: wrong usage, or a file that is missing or ill-formed.";

static const char check_summary[] = "Holds the packages in DIR and root file systems against a lock file, and names\n"
                                    "each that is missing, surplus or wrong. A root file system may be compressed in\n"
                                    "another way than the one that the lock file speaks of.";

static const char check_description[] = "Example:\n"
                                        "  assay toolchain check --lock bookworm.lock --packages bookworm.debs \\\n"
                                        "        bookworm.tar.zst\n\n"
                                        "Exit code 0: all is as the lock file says. 1: something is not. 2: something\n"
                                        "could not be read. 64: wrong usage, or a file that is missing or ill-formed.";

/** What the command line says. */
typedef struct
{
  char *suite;
  char *architecture;
  char **packages;
  char **mirrors;
  char *keyring;
  char *output;
  char *lock;
  char *store;
  char *work_dir;
  char **rest;
  gboolean quiet;
  gboolean no_progress;
} ToolchainLine;

static void
toolchain_line_clear (ToolchainLine *line)
{
  g_free (line->suite);
  g_free (line->architecture);
  g_strfreev (line->packages);
  g_strfreev (line->mirrors);
  g_free (line->keyring);
  g_free (line->output);
  g_free (line->lock);
  g_free (line->store);
  g_free (line->work_dir);
  g_strfreev (line->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ToolchainLine, toolchain_line_clear)

static gboolean
parse (const AssayUsage *usage, const char *name, const GOptionEntry *own, const GOptionEntry *common, int argc,
       char **argv, GError **error)
{
  const GOptionEntry *const tables[] = { own, common, NULL };
  g_autoptr (GOptionContext) context = g_option_context_new (usage->arguments);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->description);
  return assay_options_parse (context, tables, name, &argc, &argv, error);
}

static gboolean
parse_line (ToolchainLine *line, gboolean makes, int argc, char **argv, GError **error)
{
  static const AssayUsage make = { "--lock FILE --packages DIR --output FILE [--suite SUITE --package NAME...]",
                                   make_summary, make_description };
  static const AssayUsage check = { "--lock FILE [--packages DIR] [FILE.tar...]", check_summary, check_description };
  static const GOptionEntry none[] = { { NULL } };
  const GOptionEntry own[]
      = { { "suite", 0, 0, G_OPTION_ARG_STRING, &line->suite, "Fetch packages of this suite, and write the lock file",
            "SUITE" },
          { "package", 0, 0, G_OPTION_ARG_STRING_ARRAY, &line->packages,
            "A package to install, NAME or NAME=VERSION; may be given several times", "NAME" },
          { "architecture", 0, 0, G_OPTION_ARG_STRING, &line->architecture,
            "Of the root file system; else this machine's", "A" },
          { "mirror", 0, 0, G_OPTION_ARG_STRING_ARRAY, &line->mirrors,
            "Fetch from there, an address or a line of sources.list, not from where this machine's apt does", "URL" },
          { "keyring", 0, 0, G_OPTION_ARG_FILENAME, &line->keyring, "The keys that sign the mirrors", "FILE" },
          { "output", 0, 0, G_OPTION_ARG_FILENAME, &line->output, "The archive to write: FILE.tar or FILE.tar.zst",
            "FILE" },
          { NULL } };
  const GOptionEntry common[]
      = { { "lock", 0, 0, G_OPTION_ARG_FILENAME, &line->lock, "The lock file", "FILE" },
          { "packages", 0, 0, G_OPTION_ARG_FILENAME, &line->store, "Where the packages are kept", "DIR" },
          { "work-dir", 0, 0, G_OPTION_ARG_FILENAME, &line->work_dir, "Work there, and keep the log", "DIR" },
          { "no-progress", 0, 0, G_OPTION_ARG_NONE, &line->no_progress, "Show no progress", NULL },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &line->quiet, "Write nothing to standard output", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL },
          { NULL } };
  return parse (makes ? &make : &check, makes ? "assay toolchain make" : "assay toolchain check", makes ? own : none,
                common, argc, argv, error);
}

/* `--package gcc make`: what follows are packages too. */
static void
join_packages (ToolchainLine *line)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  char **const lists[] = { line->packages, line->rest };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (char **name = lists[i]; name != NULL && *name != NULL; name++)
      g_ptr_array_add (all, *name);
  g_ptr_array_add (all, NULL);
  g_free (line->packages);
  g_clear_pointer (&line->rest, g_free);
  line->packages = (char **)g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

static gboolean
is_request (const char *text)
{
  const char *equal = strchr (text, '=');
  g_autofree char *name = equal == NULL ? g_strdup (text) : g_strndup (text, (gsize)(equal - text));
  return assay_toolchain_is_package (name) && (equal == NULL || assay_toolchain_is_version (equal + 1));
}

static gboolean
check_mirrors (const ToolchainLine *line, GError **error)
{
  if (line->keyring != NULL && line->mirrors == NULL)
    return assay_usage_error (error, "--keyring says who signs a --mirror, and none is given");
  for (char **mirror = line->mirrors; mirror != NULL && *mirror != NULL; mirror++)
    {
      if (!assay_apt_check_mirror (*mirror, error))
        return FALSE;
      if (line->keyring != NULL && g_str_has_prefix (*mirror, "deb "))
        return assay_usage_error (error, "--keyring goes with the address of a mirror; a line of sources.list says "
                                         "[signed-by=FILE] itself");
    }
  if (line->keyring != NULL && strpbrk (line->keyring, " \t\n,[]\"") != NULL)
    return assay_usage_error (error, "--keyring %s: apt takes no name with blanks, commas, quotes or brackets",
                              line->keyring);
  if (line->keyring != NULL && access (line->keyring, R_OK) != 0)
    return assay_usage_error (error, "--keyring %s: there is no such file that can be read", line->keyring);
  return TRUE;
}

static gboolean
check_new (ToolchainLine *line, GError **error)
{
  if (!assay_toolchain_is_suite (line->suite))
    return assay_usage_error (error, "--suite %s: expected a suite of Debian, as bookworm", line->suite);
  if (line->architecture != NULL && !assay_toolchain_is_architecture (line->architecture))
    return assay_usage_error (error, "--architecture %s: expected an architecture of Debian, as amd64",
                              line->architecture);
  if (line->packages == NULL)
    return assay_usage_error (error, "make with --suite needs --package NAME: a root file system of the essential "
                                     "packages alone builds nothing");
  join_packages (line);
  for (char **name = line->packages; *name != NULL; name++)
    if (!is_request (*name))
      return assay_usage_error (error, "--package %s: expected the name of a package, or NAME=VERSION", *name);
  return check_mirrors (line, error);
}

static gboolean
check_again (const ToolchainLine *line, GError **error)
{
  const struct
  {
    const char *name;
    gboolean given;
  } only_new[] = { { "--package", line->packages != NULL },
                   { "--architecture", line->architecture != NULL },
                   { "--mirror", line->mirrors != NULL },
                   { "--keyring", line->keyring != NULL } };
  for (gsize i = 0; i < G_N_ELEMENTS (only_new); i++)
    if (only_new[i].given)
      return assay_usage_error (error, "%s goes with --suite; without it the lock file says what is made",
                                only_new[i].name);
  if (line->rest != NULL)
    return assay_usage_error (error, "make takes no FILE: --output says where the archive is written");
  return TRUE;
}

static gboolean
check_line (ToolchainLine *line, gboolean makes, GError **error)
{
  if (line->lock == NULL)
    return assay_usage_error (error, "toolchain %s needs --lock FILE", makes ? "make" : "check");
  if (line->work_dir != NULL && *line->work_dir == '\0')
    return assay_usage_error (error, "--work-dir: expected a directory, found an empty name");
  if (!makes)
    return line->store != NULL || line->rest != NULL
           || assay_usage_error (error, "toolchain check needs --packages DIR or a FILE to check");
  if (line->store == NULL)
    return assay_usage_error (error, "toolchain make needs --packages DIR: where the packages are kept");
  if (line->output == NULL)
    return assay_usage_error (error, "toolchain make needs --output FILE");
  return line->suite != NULL ? check_new (line, error) : check_again (line, error);
}

static void
show_made (const ToolchainLine *line, const AssayToolchainLock *lock, const AssayLockedFile *made)
{
  char rootfs[ASSAY_DIGEST_HEX_SIZE], archive[ASSAY_DIGEST_HEX_SIZE];
  g_autofree char *base = g_path_get_basename (line->output);
  g_autofree char *shown = assay_text_escape_line (base, -1);
  assay_digest_to_hex (&lock->rootfs.sha256, rootfs);
  assay_digest_to_hex (&made->sha256, archive);
  printf ("Root file system of %u packages, %s, %s; as tar:\n  sha256 %s\n", lock->packages->len, lock->suite,
          lock->architecture, rootfs);
  printf ("For a recipe:\n  toolchain:\n    - {archive: %s, sha256: %s}\n", shown, archive);
  if (!assay_digest_equal (&made->sha256, &lock->archive.sha256))
    printf ("The archive of the lock file has another digest: it is the same root file system,\n"
            "compressed in another way. A recipe that pins that one does not take this one.\n");
}

static int
run_make (const ToolchainLine *line, const AssayToolchainOptions *options, GError **error)
{
  AssayLockedFile made = { .size = 0 };
  g_autoptr (AssayToolchainLock) lock = assay_flow_toolchain_make (options, &made, error);
  assay_progress_clear (options->progress);
  if (lock == NULL)
    return ASSAY_EXIT_UNDECIDED;
  if (!line->quiet)
    show_made (line, lock, &made);
  return ASSAY_EXIT_PASS;
}

static void
show_held (const ToolchainLine *line, const AssayToolchainLock *lock)
{
  guint archives = line->rest == NULL ? 0 : g_strv_length (line->rest);
  g_autofree char *packages = assay_words_count (lock->packages->len, "package", "packages");
  g_autofree char *files = assay_words_count (archives, "root file system", "root file systems");
  printf ("All is as %s says: %s%s%s.\n", lock->file, line->store == NULL ? "" : packages,
          line->store == NULL || archives == 0 ? "" : ", ", archives == 0 ? "" : files);
}

static int
run_check (const ToolchainLine *line, const AssayToolchainOptions *options, GError **error)
{
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (AssayToolchainLock) lock = assay_flow_toolchain_check (options, line->rest, &findings, error);
  assay_progress_clear (options->progress);
  if (lock == NULL)
    return ASSAY_EXIT_UNDECIDED;
  for (guint i = 0; !line->quiet && i < findings->len; i++)
    {
      const AssayStoreFinding *finding = g_ptr_array_index (findings, i);
      printf ("%-8s %s\n", finding->kind, finding->what);
    }
  if (findings->len > 0)
    return ASSAY_EXIT_FAIL;
  if (!line->quiet)
    show_held (line, lock);
  return ASSAY_EXIT_PASS;
}

static int
run (gboolean makes, int argc, char **argv)
{
  g_auto (ToolchainLine) line = { NULL };
  g_autoptr (GError) error = NULL;
  if (!parse_line (&line, makes, argc, argv, &error) || !check_line (&line, makes, &error))
    return assay_exit_of_error (error);
  g_autofree char *keyring = line.keyring == NULL ? NULL : g_canonicalize_filename (line.keyring, NULL);
  g_autoptr (AssayProgress) progress
      = assay_progress_new (line.quiet || line.no_progress ? ASSAY_PROGRESS_NEVER : ASSAY_PROGRESS_AUTO);
  const AssayToolchainOptions options = { .lock = line.lock,
                                          .store = line.store,
                                          .output = line.output,
                                          .suite = line.suite,
                                          .architecture = line.architecture,
                                          .packages = line.packages,
                                          .mirrors = line.mirrors,
                                          .keyring = keyring,
                                          .work_dir = line.work_dir,
                                          .progress = progress };
  int code = makes ? run_make (&line, &options, &error) : run_check (&line, &options, &error);
  if (error != NULL)
    return assay_exit_of_error (error);
  if (fflush (stdout) == 0)
    return code;
  fputs ("assay: cannot write standard output\n", stderr);
  return code == ASSAY_EXIT_PASS ? ASSAY_EXIT_UNDECIDED : code;
}

int
assay_cmd_toolchain (int argc, char **argv)
{
  static const char *const verbs[] = { "make", "check", NULL };
  g_autoptr (GError) error = NULL;
  const char *verb = argc > 1 ? argv[1] : NULL;
  if (verb != NULL && g_strv_contains (verbs, verb))
    return run (strcmp (verb, "make") == 0, argc - 1, argv + 1);
  if (verb != NULL && (strcmp (verb, "--help") == 0 || strcmp (verb, "-h") == 0))
    {
      printf ("Usage:\n  assay toolchain make …   %s\n  assay toolchain check …  %s\n\n%s",
              "make a root file system of packages, or make it again",
              "hold packages and root file system against a lock",
              "Example:\n  assay toolchain make --suite bookworm --lock bookworm.lock \\\n"
              "        --packages bookworm.debs --output bookworm.tar.zst\n\n"
              "`assay toolchain make --help` and `assay toolchain check --help` explain them.\n");
      return ASSAY_EXIT_PASS;
    }
  assay_verb_error (&error, "toolchain", verb, verbs);
  return assay_exit_of_error (error);
}
