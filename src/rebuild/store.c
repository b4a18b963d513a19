#include "rebuild/store.h"

#include "crypto/sha256.h"
#include "rebuild/copy.h"
#include "rebuild/package.h"
#include "util/cancel.h"
#include "util/output.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Entries of a store that are looked at: all packages of Debian are some 70,000. */
#define STORE_ENTRIES 200000u

#define WINDOW_BYTES 262144

static void
free_finding (gpointer data)
{
  AssayStoreFinding *finding = data;
  g_free (finding->what);
  g_free (finding);
}

GPtrArray *
assay_store_findings_new (void)
{
  return g_ptr_array_new_with_free_func (free_finding);
}

void
assay_store_findings_add (GPtrArray *findings, const char *kind, char *what)
{
  AssayStoreFinding *finding = g_new0 (AssayStoreFinding, 1);
  finding->kind = kind;
  finding->what = what;
  g_ptr_array_add (findings, finding);
}

/* What a message calls a package: all of it was checked when it was read. */
static char *
name_package (const AssayLockedPackage *package)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&package->sha256, hex);
  return g_strdup_printf ("%s %s (%s), %s.deb", package->name, package->version, package->architecture, hex);
}

static void
note (GPtrArray *findings, const char *kind, const AssayLockedPackage *package, const char *why)
{
  g_autofree char *name = name_package (package);
  assay_store_findings_add (findings, kind, g_strconcat (name, ": ", why, NULL));
}

static gboolean
take_open (AssayWorkspace *workspace, int fd, const AssayLockedPackage *package, AssayDirectory *into,
           GPtrArray *findings, GError **error)
{
  g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
  AssayDigest sha256;
  if (!assay_copy_file (fd, into, file, workspace, &sha256, error))
    return FALSE;
  if (assay_digest_equal (&sha256, &package->sha256))
    return TRUE;
  note (findings, "wrong", package, "has another digest");
  if (unlinkat (assay_directory_get_fd (into), file, 0) != 0)
    return assay_system_error (error, errno, "remove", file);
  return TRUE;
}

static gboolean
take_one (AssayWorkspace *workspace, AssayDirectory *from, const AssayLockedPackage *package, AssayDirectory *into,
          GPtrArray *findings, GError **error)
{
  g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
  g_autoptr (GError) local = NULL;
  struct stat status;
  assay_autofd fd = assay_directory_open_file (from, file, &local);
  if (fd < 0 && g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    note (findings, "missing", package, "is not there");
  else if (fd < 0 && !g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  else if (fd < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    note (findings, "wrong", package, "is no regular file");
  else if ((guint64)status.st_size != package->size)
    note (findings, "wrong", package, "has another size");
  else
    return take_open (workspace, fd, package, into, findings, error);
  return TRUE;
}

gboolean
assay_store_take (AssayWorkspace *workspace, const char *store, const AssayToolchainLock *lock, const char *name,
                  GPtrArray *findings, GError **error)
{
  g_autoptr (AssayDirectory) from = assay_directory_open (store, error);
  g_autoptr (AssayDirectory) into = from == NULL ? NULL : assay_workspace_make (workspace, name, error);
  if (into == NULL)
    return FALSE;
  for (guint i = 0; i < lock->packages->len; i++)
    if (!take_one (workspace, from, lock->packages->pdata[i], into, findings, error))
      return FALSE;
  return TRUE;
}

gboolean
assay_store_find_surplus (const char *store, const AssayToolchainLock *lock, GPtrArray *findings, GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_directory_open (store, error);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) entries
      = directory == NULL ? NULL : assay_directory_walk (directory, STORE_ENTRIES, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < lock->packages->len; i++)
    {
      const AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      g_hash_table_add (known, assay_toolchain_lock_file_of (&package->sha256));
    }
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (g_hash_table_contains (known, entry->path))
        continue;
      g_autofree char *shown = assay_text_escape_line (entry->path, -1);
      assay_store_findings_add (findings, "surplus", g_strconcat (shown, ": is not in the lock file", NULL));
    }
  return TRUE;
}

void
assay_store_check_descriptions (GHashTable *packages, const AssayToolchainLock *lock, GPtrArray *findings)
{
  for (guint i = 0; i < lock->packages->len; i++)
    {
      const AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
      const AssayPackage *found = g_hash_table_lookup (packages, file);
      if (found == NULL
          || (strcmp (found->name, package->name) == 0 && strcmp (found->version, package->version) == 0
              && strcmp (found->architecture, package->architecture) == 0))
        continue;
      g_autofree char *why = g_strdup_printf ("calls itself %s %s (%s); line %d of the lock file", found->name,
                                              found->version, found->architecture, package->line);
      note (findings, "wrong", package, why);
    }
}

static gboolean
copy_out (int from, const char *path, GError **error)
{
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  guint64 offset = 0;
  gssize length;
  if (output == NULL)
    return FALSE;
  while ((length = assay_system_read_at (from, window, WINDOW_BYTES, offset)) > 0)
    {
      if (assay_cancelled (error) || !assay_output_write (output, window, (gsize)length, error))
        return FALSE;
      offset += (guint64)length;
    }
  return length < 0 ? assay_system_error (error, errno, "read", path) : assay_output_commit (output, error);
}

/* Whether it is there already, and what it should be. */
static gboolean
is_kept (AssayDirectory *store, const char *file, const AssayLockedPackage *package)
{
  struct stat status;
  AssayDigest sha256;
  assay_autofd fd = assay_directory_open_file (store, file, NULL);
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  g_autoptr (AssaySha256) running = assay_sha256_new ();
  guint64 offset = 0;
  gssize length;
  if (fd < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || (guint64)status.st_size != package->size)
    return FALSE;
  while ((length = assay_system_read_at (fd, window, WINDOW_BYTES, offset)) > 0)
    {
      assay_sha256_update (running, window, (gsize)length);
      offset += (guint64)length;
    }
  assay_sha256_finish (running, &sha256);
  return length == 0 && assay_digest_equal (&sha256, &package->sha256);
}

static gboolean
keep_one (AssayDirectory *from, AssayDirectory *store, const char *path, const AssayLockedPackage *package,
          GPtrArray *added, GError **error)
{
  g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
  g_autofree char *target = g_build_filename (path, file, NULL);
  struct stat status;
  if (is_kept (store, file, package))
    return TRUE;
  /* A link would lead the writing elsewhere. */
  if (fstatat (assay_directory_get_fd (store), file, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG (status.st_mode))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is in the way: it is no regular file", file);
      return FALSE;
    }
  assay_autofd fd = assay_directory_open_file (from, file, error);
  if (fd < 0 || !copy_out (fd, target, error))
    return FALSE;
  g_ptr_array_add (added, g_steal_pointer (&file));
  return TRUE;
}

gboolean
assay_store_keep (AssayDirectory *from, const char *store, const AssayToolchainLock *lock, GError **error)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_free);
  if (g_mkdir_with_parents (store, 0755) != 0)
    return assay_system_error (error, errno, "make the directory", store);
  g_autoptr (AssayDirectory) directory = assay_directory_open (store, error);
  if (directory == NULL)
    return FALSE;
  for (guint i = 0; i < lock->packages->len; i++)
    if (!keep_one (from, directory, store, lock->packages->pdata[i], added, error))
      {
        for (guint j = 0; j < added->len; j++)
          unlinkat (assay_directory_get_fd (directory), added->pdata[j], 0);
        return FALSE;
      }
  return TRUE;
}
