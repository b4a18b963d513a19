#include "rebuild/package.h"

#include "input/toolchain_lock.h"
#include "rebuild/logtail.h"
#include "rebuild/sandbox.h"
#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Bytes that a package says of itself: the longest of Debian's say 40 KiB. */
#define PARAGRAPH_BYTES (1u << 20)

/* Exit status of the script for a file that is no package. */
#define STATUS_NO_PACKAGE 71

static const char read_script[] = "cd /debs\n"
                                  "for file in *.deb; do\n"
                                  "  test -f \"$file\" || continue\n"
                                  "  dpkg-deb --field \"$file\" > \"/out/$file\" && continue\n"
                                  "  printf %s \"$file\" > /out/bad\n"
                                  "  exit 71\n"
                                  "done\n";

static const char version_script[] = "mmdebstrap --version > /out/version 2> /dev/null\n";

/* What an archive says of a package, not the package itself: an index has our own. */
static const char *const foreign_fields[]
    = { "Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512", "Description-md5", "MSDOS-Filename", "Status" };

void
assay_package_free (AssayPackage *package)
{
  if (package == NULL)
    return;
  g_free (package->name);
  g_free (package->version);
  g_free (package->architecture);
  g_free (package->paragraph);
  g_free (package);
}

static gboolean
is_field (const char *line, const char *name)
{
  gsize length = strlen (name);
  return g_ascii_strncasecmp (line, name, length) == 0 && line[length] == ':';
}

static gboolean
is_foreign (const char *line)
{
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_fields); i++)
    if (is_field (line, foreign_fields[i]))
      return TRUE;
  return FALSE;
}

static void
take_value (const char *line, const char *name, char **out)
{
  if (is_field (line, name) && *out == NULL)
    *out = g_strstrip (g_strdup (line + strlen (name) + 1));
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "what the package says of itself %s", what);
  return FALSE;
}

/* One paragraph of fields (deb822(5)): lines that begin with a blank belong to the field before. */
static gboolean
read_lines (AssayPackage *package, char *const *lines, GString *kept, GError **error)
{
  gboolean drops = FALSE;
  for (; *lines != NULL; lines++)
    {
      const char *line = *lines;
      gboolean continues = line[0] == ' ' || line[0] == '\t';
      if (*line == '\0' && lines[1] == NULL)
        return TRUE;
      if (line[strspn (line, " \t")] == '\0' || (!continues && strchr (line, ':') == NULL))
        return fail (error, "is no single paragraph of fields");
      if (!continues)
        {
          drops = is_foreign (line);
          take_value (line, "Package", &package->name);
          take_value (line, "Version", &package->version);
          take_value (line, "Architecture", &package->architecture);
        }
      if (!drops)
        g_string_append_printf (kept, "%s\n", line);
    }
  return TRUE;
}

AssayPackage *
assay_package_parse (const char *text, gsize length_bytes, GError **error)
{
  g_autoptr (AssayPackage) package = g_new0 (AssayPackage, 1);
  g_autoptr (GString) kept = g_string_new (NULL);
  if (memchr (text, '\0', length_bytes) != NULL)
    {
      fail (error, "holds a NUL");
      return NULL;
    }
  g_autofree char *copy = g_strndup (text, length_bytes);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  if (!read_lines (package, lines, kept, error))
    return NULL;
  if (package->name == NULL || !assay_toolchain_is_package (package->name) || package->version == NULL
      || !assay_toolchain_is_version (package->version) || package->architecture == NULL
      || !assay_toolchain_is_architecture (package->architecture))
    {
      fail (error, "has no name, version or architecture that Debian allows");
      return NULL;
    }
  package->paragraph = g_string_free (g_steal_pointer (&kept), FALSE);
  return g_steal_pointer (&package);
}

/* Runs a script that reads /debs, where @debs is one, and writes to /out, which is given. */
static gboolean
run_script (AssayWorkspace *workspace, const char *script, const char *debs, const char *out, int *out_status,
            GError **error)
{
  const char *const arguments[] = { "sh", "-c", script, NULL };
  const AssayCageCommand command = { arguments, "/", workspace->log_fd };
  g_autoptr (AssayCage) cage = assay_sandbox_new_tool (workspace, error);
  g_autofree char *out_path = assay_workspace_path (workspace, out);
  if (cage == NULL)
    return FALSE;
  if (debs != NULL)
    {
      g_autofree char *path = assay_workspace_path (workspace, debs);
      assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, path, "/debs");
    }
  assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, out_path, "/out");
  return assay_cage_run (cage, &command, out_status, error);
}

static GBytes *
read_out (AssayDirectory *out, const char *name, GError **error)
{
  assay_autofd fd = assay_directory_open_file (out, name, error);
  struct stat status;
  if (fd < 0)
    return NULL;
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "a program of the sandbox wrote no regular file");
      return NULL;
    }
  return assay_stream_read_limited (fd, name, "description of a package", PARAGRAPH_BYTES, error);
}

static gboolean
fail_file (const char *name, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (name, -1);
  g_prefix_error (error, "%s: ", shown);
  return FALSE;
}

static gboolean
read_one (AssayDirectory *out, const char *name, GHashTable *packages, GError **error)
{
  gsize length;
  g_autoptr (GBytes) bytes = read_out (out, name, error);
  if (bytes == NULL)
    return fail_file (name, error);
  const char *text = g_bytes_get_data (bytes, &length);
  AssayPackage *package = assay_package_parse (length > 0 ? text : "", length, error);
  if (package == NULL)
    return fail_file (name, error);
  g_hash_table_insert (packages, g_strdup (name), package);
  return TRUE;
}

static gboolean
fail_script (AssayWorkspace *workspace, AssayDirectory *out, int status, GError **error)
{
  gsize length = 0;
  g_autofree char *tail = assay_log_tail (workspace->log_path);
  g_autoptr (GBytes) bad = status == STATUS_NO_PACKAGE ? read_out (out, "bad", NULL) : NULL;
  const char *text = bad == NULL ? NULL : g_bytes_get_data (bad, &length);
  g_autofree char *name = length > 0 ? g_strndup (text, length) : g_strdup ("a file");
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "no package that dpkg-deb can read (status %d):%s", status,
               tail);
  return fail_file (name, error);
}

GHashTable *
assay_packages_read (AssayWorkspace *workspace, const char *name, GError **error)
{
  g_autoptr (GHashTable) packages
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)assay_package_free);
  g_autoptr (AssayDirectory) out = assay_workspace_make (workspace, "described", error);
  g_autoptr (GPtrArray) entries = NULL;
  int status;
  if (out == NULL || !run_script (workspace, read_script, name, "described", &status, error))
    return NULL;
  if (status != 0)
    {
      fail_script (workspace, out, status, error);
      return NULL;
    }
  entries = assay_directory_walk (out, G_MAXUINT32, "entries", error);
  if (entries == NULL)
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    if (!read_one (out, ((const AssayDirectoryEntry *)entries->pdata[i])->path, packages, error))
      return NULL;
  return g_steal_pointer (&packages);
}

char *
assay_packages_ask_version (AssayWorkspace *workspace, GError **error)
{
  g_autoptr (AssayDirectory) out = assay_workspace_make (workspace, "version", error);
  g_autoptr (GBytes) bytes = NULL;
  int status;
  gsize length;
  if (out == NULL || !run_script (workspace, version_script, NULL, "version", &status, error))
    return NULL;
  bytes = status == 0 ? read_out (out, "version", error) : NULL;
  const char *text = bytes == NULL ? "" : g_bytes_get_data (bytes, &length);
  g_autofree char *copy = bytes == NULL ? NULL : g_strndup (text, length);
  char *version = copy == NULL ? NULL : strchr (g_strstrip (copy), ' ');
  if (version != NULL && assay_toolchain_is_version (version + 1))
    return g_strdup (version + 1);
  g_clear_error (error);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                       "the program mmdebstrap is not installed, or says no version of itself");
  return NULL;
}
