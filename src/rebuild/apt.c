#include "rebuild/apt.h"

#include "input/characters.h"
#include "rebuild/program.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Beside this machine's own configuration, which was read before. PLACE and ARCHITECTURE are put in. `#clear`: a list
 * that is only assigned to grows. apt's hooks are of this machine's package management, and nothing of that happens
 * here.
 */
static const char settings[] = "#clear APT::Architectures;\n"
                               "#clear APT::Update;\n"
                               "#clear DPkg::Pre-Install-Pkgs;\n"
                               "#clear DPkg::Pre-Invoke;\n"
                               "#clear DPkg::Post-Invoke;\n"
                               "APT::Architecture \"ARCHITECTURE\";\n"
                               "APT::Architectures { \"ARCHITECTURE\"; };\n"
                               "APT::Update::Error-Mode \"any\";\n"
                               "APT::Install-Recommends \"false\";\n"
                               "APT::Install-Suggests \"false\";\n"
                               "APT::Get::Assume-Yes \"true\";\n"
                               "APT::Get::AllowUnauthenticated \"false\";\n"
                               "pkgCacheGen::ForceEssential \",\";\n" /* apt counts itself among them */
                               "APT::Default-Release \"\";\n"
                               "Acquire::AllowInsecureRepositories \"false\";\n"
                               "Acquire::AllowWeakRepositories \"false\";\n"
                               "Acquire::AllowDowngradeToInsecureRepositories \"false\";\n"
                               "Acquire::Languages \"none\";\n"
                               "Acquire::IndexTargets::deb-src::Sources::DefaultEnabled \"false\";\n"
                               "Dir::State \"PLACE/state\";\n"
                               "Dir::State::Lists \"PLACE/state/lists\";\n"
                               "Dir::State::status \"PLACE/status\";\n"
                               "Dir::State::extended_states \"PLACE/state/extended_states\";\n"
                               "Dir::Cache \"PLACE/cache\";\n"
                               "Dir::Cache::Archives \"PLACE/cache/archives\";\n"
                               "Dir::Cache::pkgcache \"\";\n"
                               "Dir::Cache::srcpkgcache \"\";\n"
                               "Dir::Log \"PLACE/log\";\n"
                               "Dir::Etc::preferences \"PLACE/preferences\";\n"
                               "Dir::Etc::preferencesparts \"/dev/null\";\n";

/* Until the sources are chosen the machine's own are asked for what they are. */
static const char own_sources[] = "Dir::Etc::sourcelist \"PLACE/sources.list\";\n"
                                  "Dir::Etc::sourceparts \"PLACE/sources.list.d\";\n";

static const char *const endings[] = { "", "-updates", "-security" };

/* One run. */
typedef struct
{
  AssayWorkspace *workspace;
  const AssayAptRequest *request;
  AssayDirectory *directory;
  const char *path;
  char *settings_path;
} Fetch;

gboolean
assay_apt_check_mirror (const char *mirror, GError **error)
{
  g_autofree char *why = NULL;
  gsize offset;
  const char *wrong = NULL;
  if (assay_characters_find_refused (mirror, strlen (mirror), ASSAY_CHARACTERS_LINE, &offset, &why))
    wrong = why;
  else if (g_str_has_prefix (mirror, "deb "))
    wrong = NULL;
  else if (strstr (mirror, ":/") == NULL || strpbrk (mirror, " \t[]#") != NULL)
    wrong = "expected the address of an archive, as http://deb.debian.org/debian, or a line that begins with `deb `";
  if (wrong == NULL)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (mirror, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "--mirror %s: %s", shown, wrong);
  return FALSE;
}

char *
assay_apt_hide_password (const char *source)
{
  const char *start = strstr (source, "://");
  if (start == NULL)
    return g_strdup (source);
  start += strlen ("://");
  gsize length = strcspn (start, "/ ");
  const char *at = g_strrstr_len (start, (gssize)length, "@");
  return at == NULL ? g_strdup (source) : g_strdup_printf ("%.*s%s", (int)(start - source), source, at + 1);
}

static gboolean
write_file (const Fetch *fetch, const char *name, const char *text, GError **error)
{
  assay_autofd fd = openat (assay_directory_get_fd (fetch->directory), name,
                            O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0 || fchmod (fd, 0644) != 0 || !assay_system_write_all (fd, text, strlen (text)))
    return assay_system_error (error, errno, "write", name);
  return TRUE;
}

static gboolean
make_directories (const Fetch *fetch, GError **error)
{
  static const char *const names[]
      = { "state",          "state/lists", "state/lists/partial", "cache",
          "cache/archives", "log",         "sources.list.d",      "cache/archives/partial" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (mkdirat (assay_directory_get_fd (fetch->directory), names[i], 0755) != 0)
      return assay_system_error (error, errno, "make", names[i]);
  return TRUE;
}

/* apt fetches as a user of its own, who must come by. */
static gboolean
open_to_apt (const Fetch *fetch, GError **error)
{
  return fchmod (assay_directory_get_fd (fetch->directory), 0711) == 0
         || assay_system_error (error, errno, "open to apt", fetch->path);
}

static gboolean
write_settings (const Fetch *fetch, const char *more, GError **error)
{
  g_autoptr (GString) text = g_string_new (settings);
  g_string_append (text, more);
  g_string_replace (text, "ARCHITECTURE", fetch->request->architecture, 0);
  g_string_replace (text, "PLACE", fetch->path, 0);
  return write_file (fetch, "apt.conf", text->str, error);
}

static gboolean
run_apt (const Fetch *fetch, const char *const *words, char **out_text, GError **error)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_ptr_array_add (arguments, (gpointer) "apt-get");
  g_ptr_array_add (arguments, (gpointer) "-q");
  g_ptr_array_add (arguments, (gpointer) "-c");
  g_ptr_array_add (arguments, fetch->settings_path);
  for (; *words != NULL; words++)
    g_ptr_array_add (arguments, (gpointer)*words);
  g_ptr_array_add (arguments, NULL);
  return assay_program_run (fetch->workspace, (const char *const *)arguments->pdata, out_text, error);
}

static gboolean
is_of_suite (const char *suite, const char *found)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (suite, endings[i], NULL);
      if (strcmp (name, found) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Takes a file of the machine's sources over as it is, with all its options. */
static gboolean
copy_sources (const Fetch *fetch, const char *path, guint number, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strdup_printf ("sources.list.d/%u-%s", number, base);
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  if (g_file_get_contents (path, &text, NULL, &local))
    return write_file (fetch, name, text, error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "cannot read this machine's apt sources: %s", local->message);
  return FALSE;
}

/* A source of the machine: file:line, suite, address, component. */
static gboolean
use_source (const Fetch *fetch, char *const *fields, GHashTable *files, GPtrArray *sources, GError **error)
{
  g_autofree char *whole = g_strdup_printf ("deb %s %s %s", fields[2], fields[1], fields[3]);
  const char *colon = strrchr (fields[0], ':');
  g_autofree char *path = colon == NULL ? NULL : g_strndup (fields[0], (gsize)(colon - fields[0]));
  if (path == NULL || g_str_has_prefix (fields[2], "file:") || g_str_has_prefix (fields[2], "cdrom:"))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "this machine's apt has the suite %s from %s, which assay cannot use: give --mirror",
                   fetch->request->suite, fields[2]);
      return FALSE;
    }
  g_autofree char *shown = assay_apt_hide_password (whole);
  if (!g_ptr_array_find_with_equal_func (sources, shown, g_str_equal, NULL))
    g_ptr_array_add (sources, g_steal_pointer (&shown));
  if (g_hash_table_contains (files, path))
    return TRUE;
  guint number = g_hash_table_size (files);
  gboolean copied = copy_sources (fetch, path, number, error);
  g_hash_table_add (files, g_steal_pointer (&path));
  return copied;
}

static gboolean
fail_without_source (const Fetch *fetch, GHashTable *suites, GError **error)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (suites), (GCompareFunc)g_strcmp0);
  g_autoptr (GString) known = g_string_new (NULL);
  for (const GList *name = names; name != NULL; name = name->next)
    g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", (const char *)name->data);
  g_autofree char *shown = assay_text_escape_line (known->str, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "this machine's apt has no source for the suite %s and architecture %s (it has: %s): give --mirror",
               fetch->request->suite, fetch->request->architecture, known->len > 0 ? shown : "none");
  return FALSE;
}

/* apt reads its sources itself, in both forms that there are, and tells of each. */
static gboolean
choose_machine_sources (const Fetch *fetch, GPtrArray *sources, GError **error)
{
  static const char *const words[] = { "indextargets",
                                       "--no-release-info",
                                       "--format",
                                       "$(SOURCESENTRY)\t$(RELEASE)\t$(REPO_URI)\t$(COMPONENT)",
                                       "Created-By: Packages",
                                       NULL };
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) suites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!write_settings (fetch, "", error) || !run_apt (fetch, words, &text, error))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);
      if (g_strv_length (fields) != 4)
        continue;
      g_hash_table_add (suites, g_strdup (fields[1]));
      if (is_of_suite (fetch->request->suite, fields[1]) && !use_source (fetch, fields, files, sources, error))
        return FALSE;
    }
  return g_hash_table_size (files) > 0 || fail_without_source (fetch, suites, error);
}

/* apt takes a package of a `file:` archive from where it lies, and so downloads nothing: `copy:` is the same archive.
 */
static char *
source_line (const AssayAptRequest *request, const char *mirror)
{
  if (g_str_has_prefix (mirror, "deb "))
    return g_strdup (mirror);
  const char *address = g_str_has_prefix (mirror, "file:") ? mirror + strlen ("file:") : mirror;
  return g_strdup_printf (
      "deb [arch=%s%s%s] %s%s %s main", request->architecture, request->keyring != NULL ? " signed-by=" : "",
      request->keyring != NULL ? request->keyring : "", address != mirror ? "copy:" : "", address, request->suite);
}

static gboolean
choose_mirrors (const Fetch *fetch, GPtrArray *sources, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (char *const *mirror = fetch->request->mirrors; *mirror != NULL; mirror++)
    {
      g_autofree char *line = source_line (fetch->request, *mirror);
      g_string_append_printf (list, "%s\n", line);
      g_ptr_array_add (sources, assay_apt_hide_password (line));
    }
  return write_file (fetch, "sources.list", list->str, error);
}

/* What else the files of the machine's sources name is never installed: the first line counts that applies. */
static gboolean
write_preferences (const Fetch *fetch, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (fetch->request->mirrors != NULL)
    return write_file (fetch, "preferences", "", error);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    g_string_append_printf (text,
                            "Package: *\nPin: release n=%1$s%2$s\nPin-Priority: 500\n\n"
                            "Package: *\nPin: release a=%1$s%2$s\nPin-Priority: 500\n\n",
                            fetch->request->suite, endings[i]);
  g_string_append (text, "Package: *\nPin: release *\nPin-Priority: -1\n");
  return write_file (fetch, "preferences", text->str, error);
}

static gboolean
download (const Fetch *fetch, GError **error)
{
  static const char *const update[] = { "update", NULL };
  g_autofree char *essential = g_strdup_printf ("?narrow(?architecture(%s),?essential)", fetch->request->architecture);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_ptr_array_add (words, (gpointer) "--download-only");
  g_ptr_array_add (words, (gpointer) "install");
  g_ptr_array_add (words, essential);
  for (char *const *package = fetch->request->packages; *package != NULL; package++)
    g_ptr_array_add (words, *package);
  g_ptr_array_add (words, NULL);
  return run_apt (fetch, update, NULL, error) && run_apt (fetch, (const char *const *)words->pdata, NULL, error);
}

static gboolean
fetch_all (Fetch *fetch, GPtrArray *sources, GError **error)
{
  if (strpbrk (fetch->path, "\"\n\\;") != NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "apt cannot work in %s: choose a TMPDIR without quotes and backslashes", fetch->path);
      return FALSE;
    }
  if (!make_directories (fetch, error) || !open_to_apt (fetch, error) || !write_file (fetch, "status", "", error)
      || !write_preferences (fetch, error))
    return FALSE;
  if (!(fetch->request->mirrors != NULL ? choose_mirrors (fetch, sources, error)
                                        : choose_machine_sources (fetch, sources, error)))
    return FALSE;
  return write_settings (fetch, own_sources, error) && download (fetch, error);
}

AssayApt *
assay_apt_download (AssayWorkspace *workspace, const AssayAptRequest *request, GError **error)
{
  g_autoptr (AssayApt) apt = g_new0 (AssayApt, 1);
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_free);
  apt->place = assay_private_directory_new (NULL, error);
  if (apt->place == NULL)
    return NULL;
  Fetch fetch = { .workspace = workspace,
                  .request = request,
                  .directory = assay_private_directory_get_directory (apt->place),
                  .path = assay_private_directory_get_path (apt->place) };
  g_autofree char *settings_path = g_build_filename (fetch.path, "apt.conf", NULL);
  fetch.settings_path = settings_path;
  if (!fetch_all (&fetch, sources, error))
    return NULL;
  apt->directory = assay_directory_open_beneath (fetch.directory, "cache/archives", error);
  if (apt->directory == NULL)
    return NULL;
  g_ptr_array_add (sources, NULL);
  apt->sources = (char **)g_ptr_array_free (g_steal_pointer (&sources), FALSE);
  return g_steal_pointer (&apt);
}

void
assay_apt_free (AssayApt *apt)
{
  if (apt == NULL)
    return;
  g_clear_pointer (&apt->directory, assay_directory_unref);
  g_clear_pointer (&apt->place, assay_private_directory_free);
  g_strfreev (apt->sources);
  g_free (apt);
}
