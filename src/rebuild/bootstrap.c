#include "rebuild/bootstrap.h"

#include "cage/chamber.h"
#include "cage/etc.h"
#include "crypto/sha256.h"
#include "rebuild/logtail.h"
#include "rebuild/package.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What mmdebstrap writes or copies there for itself and for the network. */
static const char customize[] = "rm -f \"$1/etc/apt/sources.list\" \"$1/etc/hostname\" \"$1/etc/resolv.conf\"";

static const char *const fixed_arguments[] = {
  "mmdebstrap",
  "--verbose",
  "--mode=root",
  "--format=tar",
  "--variant=essential",
  "--skip=chroot/mount/sys", /* there is none behind the walls */
  "--skip=check/signed-by",  /* nothing is signed here: every digest was checked */
};

char *
assay_bootstrap_index (const AssayToolchainLock *lock, GHashTable *packages, GError **error)
{
  g_autoptr (GString) index = g_string_new (NULL);
  for (guint i = 0; i < lock->packages->len; i++)
    {
      const AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
      const AssayPackage *description = g_hash_table_lookup (packages, file);
      char hex[ASSAY_DIGEST_HEX_SIZE];
      if (description == NULL)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "%s was not read", file);
          return NULL;
        }
      assay_digest_to_hex (&package->sha256, hex);
      g_string_append_printf (index, "%sFilename: ./%s\nSize: %" G_GUINT64_FORMAT "\nSHA256: %s\n\n",
                              description->paragraph, file, package->size, hex);
    }
  return g_string_free (g_steal_pointer (&index), FALSE);
}

/* No date that ends, and none that is not the lock's. */
static char *
make_release (const AssayToolchainLock *lock, const char *index)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  AssayDigest sha256;
  assay_sha256_bytes (index, strlen (index), &sha256);
  assay_digest_to_hex (&sha256, hex);
  return g_strdup_printf ("Suite: %s\nCodename: %s\nDate: Thu, 01 Jan 1970 00:00:00 UTC\nArchitectures: %s\n"
                          "SHA256:\n %s %" G_GSIZE_FORMAT " Packages\n",
                          lock->suite, lock->suite, lock->architecture, hex, strlen (index));
}

static gboolean
write_archive (AssayWorkspace *workspace, const AssayToolchainLock *lock, const char *name, GHashTable *packages,
               GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (workspace->scratch, name, error);
  g_autofree char *index = directory == NULL ? NULL : assay_bootstrap_index (lock, packages, error);
  if (index == NULL)
    return FALSE;
  g_autofree char *release = make_release (lock, index);
  return assay_directory_write_file (directory, "Packages", index, error)
         && assay_directory_write_file (directory, "Release", release, error);
}

static GPtrArray *
list_arguments (const AssayToolchainLock *lock)
{
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (fixed_arguments); i++)
    g_ptr_array_add (arguments, g_strdup (fixed_arguments[i]));
  g_ptr_array_add (arguments, g_strconcat ("--architectures=", lock->architecture, NULL));
  for (guint i = 0; i < lock->packages->len; i++)
    {
      const AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      g_ptr_array_add (arguments, g_strdup_printf ("--include=%s=%s", package->name, package->version));
    }
  g_ptr_array_add (arguments, g_strconcat ("--customize-hook=", customize, NULL));
  /* No suite: every package of the archive may be an essential one. */
  g_ptr_array_add (arguments, g_strdup (""));
  g_ptr_array_add (arguments, g_strdup ("-"));
  g_ptr_array_add (arguments, g_strdup ("deb [trusted=yes] copy:///input ./"));
  g_ptr_array_add (arguments, NULL);
  return arguments;
}

static gboolean
make_etc (AssayWorkspace *workspace, const char *name, GError **error)
{
  static const AssayCageDeviation none = { NULL };
  g_autoptr (AssayDirectory) etc = assay_workspace_make (workspace, name, error);
  return etc != NULL && assay_etc_write (etc, &none, error);
}

static gboolean
fail (const AssayWorkspace *workspace, int status, GError **error)
{
  g_autofree char *tail = assay_log_tail (workspace->log_path);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "mmdebstrap failed (status %d); it said:%s", status, tail);
  return FALSE;
}

static gboolean
run (AssayWorkspace *workspace, const AssayUsers *users, const AssayToolchainLock *lock, const char *name,
     AssayRootfs *rootfs, GError **error)
{
  g_autoptr (GPtrArray) arguments = list_arguments (lock);
  g_autofree char *work = assay_workspace_path (workspace, "root");
  g_autofree char *input = assay_workspace_path (workspace, name);
  g_autofree char *etc = assay_workspace_path (workspace, "root-etc");
  g_autofree char *epoch = g_strdup_printf ("%" G_GUINT64_FORMAT, lock->source_date_epoch);
  const char *const variables[] = { "SOURCE_DATE_EPOCH", epoch, "TMPDIR", "/work",
                                    /* what is half made is thrown away, and needs no sync */
                                    "DPKG_FORCE", "unsafe-io", "DEBIAN_FRONTEND", "noninteractive", NULL };
  AssayChamber chamber = { .users = users,
                           .work = work,
                           .input = input,
                           .etc = etc,
                           .log_fd = workspace->log_fd,
                           .sink = assay_rootfs_add,
                           .user_data = rootfs };
  int status;
  if (!assay_chamber_run (&chamber, (const char *const *)arguments->pdata, variables, workspace->guard, &status, error))
    return FALSE;
  return status == 0 || fail (workspace, status, error);
}

gboolean
assay_bootstrap_run (AssayWorkspace *workspace, const AssayUsers *users, const AssayToolchainLock *lock,
                     const char *name, GHashTable *packages, AssayRootfs *rootfs, GError **error)
{
  g_autoptr (AssayDirectory) work = assay_workspace_make (workspace, "root", error);
  if (work == NULL || !make_etc (workspace, "root-etc", error)
      || !write_archive (workspace, lock, name, packages, error))
    return FALSE;
  assay_guard_watch (workspace->guard, work);
  return run (workspace, users, lock, name, rootfs, error);
}
