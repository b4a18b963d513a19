#include "flow/toolchain.h"

#include "cage/users.h"
#include "rebuild/apt.h"
#include "rebuild/bootstrap.h"
#include "rebuild/copy.h"
#include "rebuild/package.h"
#include "rebuild/program.h"
#include "rebuild/rootfs.h"
#include "rebuild/store.h"
#include "util/output.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Of the workspace: the packages, and nothing else until an index comes beside them. */
#define PACKAGES "debs"

/* Findings that an error shows; a check shows all. */
#define MOST_SHOWN 5u

/* What the user named and is not there is the user's to mend. */
static gboolean
fail_named (GError *found, GError **error)
{
  if (g_error_matches (found, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    found->code = ASSAY_ERROR_USAGE;
  g_propagate_error (error, found);
  return FALSE;
}

static AssayWorkspace *
open_workspace (const AssayToolchainOptions *options, GError **error)
{
  AssayCageLimits limits;
  assay_cage_limits_init (&limits);
  if (options->work_dir != NULL && options->store != NULL
      && !assay_output_check_apart (options->work_dir, options->store, error))
    return NULL;
  return assay_workspace_new (options->work_dir, "toolchain", &limits, error);
}

static gboolean
check_apart (const AssayToolchainOptions *options, GError **error)
{
  if (strcmp (options->output, options->lock) == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "--output and --lock are the same file");
      return FALSE;
    }
  return assay_output_check_apart (options->output, options->store, error)
         && assay_output_check_apart (options->output, options->lock, error)
         && (options->suite == NULL || assay_output_check_apart (options->lock, options->store, error));
}

/* The first member of a Debian package tells when it was built (deb(5), ar): 12 decimal digits behind a magic of 8
 * bytes and a name of 16. */
static guint64
read_time (int fd)
{
  char header[36 + 1] = "";
  guint64 seconds = 0;
  if (assay_system_read_at (fd, header, sizeof header - 1, 0) != sizeof header - 1
      || memcmp (header, "!<arch>\n", 8) != 0)
    return 0;
  g_strchomp (header + 24);
  g_ascii_string_to_unsigned (header + 24, 10, 0, ASSAY_TOOLCHAIN_LOCK_LAST_TIME_S, &seconds, NULL);
  return seconds;
}

/* Takes one package that apt fetched, under the name of its digest. */
static gboolean
take_fetched (AssayWorkspace *workspace, AssayDirectory *from, const char *name, AssayDirectory *into,
              AssayToolchainLock *lock, GError **error)
{
  struct stat status;
  AssayDigest sha256;
  int into_fd = assay_directory_get_fd (into);
  assay_autofd fd = assay_directory_open_file (from, name, error);
  if (fd < 0 || !assay_copy_file (fd, into, "new", workspace, &sha256, error))
    return FALSE;
  g_autofree char *file = assay_toolchain_lock_file_of (&sha256);
  if (fstatat (into_fd, "new", &status, AT_SYMLINK_NOFOLLOW) != 0 || renameat (into_fd, "new", into_fd, file) != 0)
    return assay_system_error (error, errno, "rename", name);
  AssayLockedPackage *package = assay_toolchain_lock_add (lock, NULL, NULL, NULL);
  package->sha256 = sha256;
  package->size = (guint64)status.st_size;
  lock->source_date_epoch = MAX (lock->source_date_epoch, read_time (fd));
  return TRUE;
}

static gboolean
take_all_fetched (AssayWorkspace *workspace, AssayDirectory *from, AssayToolchainLock *lock, GError **error)
{
  g_autoptr (AssayDirectory) into = assay_workspace_make (workspace, PACKAGES, error);
  g_autoptr (GPtrArray) entries = into == NULL ? NULL : assay_directory_walk (from, G_MAXUINT32, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (S_ISREG (entry->status.st_mode) && strchr (entry->path, '/') == NULL && g_str_has_suffix (entry->path, ".deb")
          && !take_fetched (workspace, from, entry->path, into, lock, error))
        return FALSE;
    }
  if (lock->packages->len > 0)
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "apt fetched no package");
  return FALSE;
}

/* What packages call themselves is what the lock calls them. */
static gboolean
name_packages (AssayToolchainLock *lock, GHashTable *packages, GError **error)
{
  for (guint i = 0; i < lock->packages->len; i++)
    {
      AssayLockedPackage *package = g_ptr_array_index (lock->packages, i);
      g_autofree char *file = assay_toolchain_lock_file_of (&package->sha256);
      const AssayPackage *description = g_hash_table_lookup (packages, file);
      if (description == NULL)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "%s was not read", file);
          return FALSE;
        }
      package->name = g_strdup (description->name);
      package->version = g_strdup (description->version);
      package->architecture = g_strdup (description->architecture);
    }
  assay_toolchain_lock_sort (lock);
  return TRUE;
}

/* SOURCE_DATE_EPOCH where it is set; else the time of the youngest package, which is the same whoever fetches it. */
static gboolean
choose_time (AssayToolchainLock *lock, GError **error)
{
  const char *given = g_getenv ("SOURCE_DATE_EPOCH");
  if (given == NULL || *given == '\0'
      || g_ascii_string_to_unsigned (given, 10, 0, ASSAY_TOOLCHAIN_LOCK_LAST_TIME_S, &lock->source_date_epoch, NULL))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (given, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "SOURCE_DATE_EPOCH is %s: expected seconds since 1970", shown);
  return FALSE;
}

static char *
ask_architecture (AssayWorkspace *workspace, GError **error)
{
  static const char *const arguments[] = { "dpkg", "--print-architecture", NULL };
  char *text = NULL;
  return assay_program_run (workspace, arguments, &text, error) ? g_strchomp (text) : NULL;
}

/* (transfer full): the lock as far as the packages say it; they lie in the workspace. */
static AssayToolchainLock *
fetch (AssayWorkspace *workspace, const AssayToolchainOptions *options, const char *version, GHashTable **out_packages,
       GError **error)
{
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_new ();
  lock->file = assay_text_escape_line (options->lock, -1);
  lock->suite = g_strdup (options->suite);
  lock->mmdebstrap = g_strdup (version);
  lock->requested = g_strdupv ((char **)options->packages);
  lock->architecture
      = options->architecture != NULL ? g_strdup (options->architecture) : ask_architecture (workspace, error);
  if (lock->architecture == NULL)
    return NULL;
  const AssayAptRequest request
      = { options->suite, lock->architecture, options->packages, options->mirrors, options->keyring };
  assay_progress_stage (options->progress, "fetching packages", 0, NULL);
  g_autoptr (AssayApt) apt = assay_apt_download (workspace, &request, error);
  if (apt == NULL || !take_all_fetched (workspace, apt->directory, lock, error) || !choose_time (lock, error))
    return NULL;
  lock->sources = g_strdupv (apt->sources);
  *out_packages = assay_packages_read (workspace, PACKAGES, error);
  return *out_packages != NULL && name_packages (lock, *out_packages, error) ? g_steal_pointer (&lock) : NULL;
}

/* A missing package is found before anything runs; a wrong one is not what was pinned. */
static gboolean
refuse_findings (const AssayToolchainLock *lock, const char *store, const GPtrArray *findings, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *shown = assay_text_escape_line (store, -1);
  gboolean missing = FALSE;
  if (findings->len == 0)
    return TRUE;
  for (guint i = 0; i < findings->len; i++)
    {
      const AssayStoreFinding *finding = g_ptr_array_index (findings, i);
      missing = missing || strcmp (finding->kind, "missing") == 0;
      if (i < MOST_SHOWN)
        g_string_append_printf (text, "\n  %s: %s", finding->kind, finding->what);
    }
  if (findings->len > MOST_SHOWN)
    g_string_append_printf (text, "\n  and %u more; `assay toolchain check` names all", findings->len - MOST_SHOWN);
  g_set_error (error, ASSAY_ERROR, missing ? ASSAY_ERROR_USAGE : ASSAY_ERROR_PIN,
               "%s does not hold the packages of %s:%s", shown, lock->file, text->str);
  return FALSE;
}

static gboolean
take_store (AssayWorkspace *workspace, const AssayToolchainOptions *options, const AssayToolchainLock *lock,
            GPtrArray *findings, GError **error)
{
  GError *local = NULL;
  assay_progress_stage (options->progress, "checking packages", 0, NULL);
  return assay_store_take (workspace, options->store, lock, PACKAGES, findings, &local) || fail_named (local, error);
}

static GHashTable *
take_locked (AssayWorkspace *workspace, const AssayToolchainOptions *options, const AssayToolchainLock *lock,
             GError **error)
{
  g_autoptr (GPtrArray) findings = assay_store_findings_new ();
  g_autoptr (GHashTable) packages = NULL;
  if (!take_store (workspace, options, lock, findings, error)
      || !refuse_findings (lock, options->store, findings, error))
    return NULL;
  packages = assay_packages_read (workspace, PACKAGES, error);
  if (packages == NULL)
    return NULL;
  assay_store_check_descriptions (packages, lock, findings);
  return refuse_findings (lock, options->store, findings, error) ? g_steal_pointer (&packages) : NULL;
}

static gboolean
refuse_other_rootfs (const AssayToolchainLock *lock, const AssayLockedFile *made, const char *version, GError **error)
{
  char found[ASSAY_DIGEST_HEX_SIZE], expected[ASSAY_DIGEST_HEX_SIZE];
  if (assay_digest_equal (&made->sha256, &lock->rootfs.sha256) && made->size == lock->rootfs.size)
    return TRUE;
  assay_digest_to_hex (&made->sha256, found);
  assay_digest_to_hex (&lock->rootfs.sha256, expected);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
               "the root file system came out otherwise than %s says: sha256 %s (%" G_GUINT64_FORMAT
               " bytes), expected %s (%" G_GUINT64_FORMAT " bytes); mmdebstrap %s made it, and %s the lock's%s",
               lock->file, found, made->size, expected, lock->rootfs.size, version, lock->mmdebstrap,
               strcmp (version, lock->mmdebstrap) == 0 ? "" : ": use that version");
  return FALSE;
}

static gboolean
write_lock (const char *path, const AssayToolchainLock *lock, GError **error)
{
  g_autofree char *text = assay_toolchain_lock_write (lock);
  return assay_output_put (path, text, strlen (text), error);
}

static gboolean
write_new (AssayWorkspace *workspace, const AssayToolchainOptions *options, const AssayToolchainLock *lock,
           AssayRootfs *rootfs, GError **error)
{
  g_autoptr (AssayDirectory) from = assay_directory_open_beneath (workspace->scratch, PACKAGES, error);
  return from != NULL && assay_store_keep (from, options->store, lock, error) && assay_rootfs_commit (rootfs, error)
         && write_lock (options->lock, lock, error);
}

/* Whether all programs and rights are there, before anything is fetched. */
static char *
prepare (AssayWorkspace *workspace, AssayUsers *users, GError **error)
{
  return assay_users_choose (&workspace->identity, users, error) ? assay_packages_ask_version (workspace, error) : NULL;
}

AssayToolchainLock *
assay_flow_toolchain_make (const AssayToolchainOptions *options, AssayLockedFile *out_archive, GError **error)
{
  g_auto (AssayUsers) users = { 0 };
  g_autoptr (AssayToolchainLock) lock = NULL;
  g_autoptr (GHashTable) packages = NULL;
  AssayLockedFile made;
  if (!assay_rootfs_check_name (options->output, error) || !check_apart (options, error))
    return NULL;
  if (options->suite == NULL && (lock = assay_toolchain_lock_load (options->lock, error)) == NULL)
    return NULL;
  g_autoptr (AssayWorkspace) workspace = open_workspace (options, error);
  g_autoptr (AssayRootfs) rootfs = workspace == NULL ? NULL : assay_rootfs_new (options->output, error);
  g_autofree char *version = rootfs == NULL ? NULL : prepare (workspace, &users, error);
  if (version == NULL)
    return NULL;
  if (options->suite == NULL)
    packages = take_locked (workspace, options, lock, error);
  else
    lock = fetch (workspace, options, version, &packages, error);
  if (lock == NULL || packages == NULL)
    return NULL;
  assay_progress_stage (options->progress, "making the root file system", 0, NULL);
  if (!assay_bootstrap_run (workspace, &users, lock, PACKAGES, packages, rootfs, error)
      || !assay_rootfs_finish (rootfs, &made, out_archive, error))
    return NULL;
  if (options->suite == NULL)
    return refuse_other_rootfs (lock, &made, version, error) && assay_rootfs_commit (rootfs, error)
               ? g_steal_pointer (&lock)
               : NULL;
  lock->rootfs = made;
  lock->archive = *out_archive;
  return write_new (workspace, options, lock, rootfs, error) ? g_steal_pointer (&lock) : NULL;
}

/* What has the digest that the lock says, and is no package at all, is as wrong as another package. */
static gboolean
describe (AssayWorkspace *workspace, const AssayToolchainLock *lock, GPtrArray *findings, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GHashTable) packages = assay_packages_read (workspace, PACKAGES, &local);
  if (packages != NULL)
    assay_store_check_descriptions (packages, lock, findings);
  else if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_MALFORMED))
    assay_store_findings_add (findings, "wrong", g_strndup (local->message, strcspn (local->message, "\n")));
  else
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_packages (AssayWorkspace *workspace, const AssayToolchainOptions *options, const AssayToolchainLock *lock,
                GPtrArray *findings, GError **error)
{
  return options->store == NULL
         || (take_store (workspace, options, lock, findings, error) && describe (workspace, lock, findings, error)
             && assay_store_find_surplus (options->store, lock, findings, error));
}

static gboolean
check_archives (AssayWorkspace *workspace, const AssayToolchainOptions *options, char *const *archives,
                const AssayToolchainLock *lock, GPtrArray *findings, GError **error)
{
  for (; archives != NULL && *archives != NULL; archives++)
    {
      GError *local = NULL;
      assay_progress_stage (options->progress, "checking the root file system", 0, NULL);
      if (!assay_rootfs_examine (workspace, *archives, lock, findings, &local))
        return fail_named (local, error);
    }
  return TRUE;
}

AssayToolchainLock *
assay_flow_toolchain_check (const AssayToolchainOptions *options, char *const *archives, GPtrArray **out_findings,
                            GError **error)
{
  g_autoptr (AssayToolchainLock) lock = assay_toolchain_lock_load (options->lock, error);
  g_autoptr (AssayWorkspace) workspace = lock == NULL ? NULL : open_workspace (options, error);
  g_autoptr (GPtrArray) findings = assay_store_findings_new ();
  if (workspace == NULL || !check_packages (workspace, options, lock, findings, error)
      || !check_archives (workspace, options, archives, lock, findings, error))
    return NULL;
  *out_findings = g_steal_pointer (&findings);
  return g_steal_pointer (&lock);
}
