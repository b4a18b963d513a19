#include "rebuild/copy.h"

#include "cage/cage_limits.h"
#include "crypto/sha256.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define WINDOW_BYTES 262144

/* Copies all bytes by read() and write(); a digest is taken when @sha256 is not NULL. */
static gboolean
copy_bytes (int from, int to, const char *name, AssayWorkspace *workspace, AssaySha256 *sha256, GError **error)
{
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  guint64 offset = 0;
  guint64 most = assay_guard_get_limits (workspace->guard)->output_bytes;
  for (;;)
    {
      gssize length = assay_system_read_at (from, window, WINDOW_BYTES, offset);
      if (length < 0)
        return assay_system_error (error, errno, "read", name);
      if (length == 0)
        return TRUE;
      offset += (guint64)length;
      if (offset > most)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                       "limit output (%" G_GUINT64_FORMAT " bytes) hit: %s is larger", most, name);
          return FALSE;
        }
      if (sha256 != NULL)
        assay_sha256_update (sha256, window, (gsize)length);
      if (!assay_system_write_all (to, window, (gsize)length))
        return assay_system_error (error, errno, "write", name);
      if (!assay_guard_check (workspace->guard, error))
        return FALSE;
    }
}

static mode_t
level_mode (mode_t mode)
{
  return S_ISDIR (mode) || (mode & S_IXUSR) != 0 ? 0755 : 0644;
}

/* What the digest does not bind must not reach the build: make chooses by times what it builds, and `cp -p` and the
 * like carry modes into the image. */
static gboolean
set_facts (int fd, mode_t mode, const char *name, AssayWorkspace *workspace, GError **error)
{
  const struct timespec times[2] = { { .tv_sec = workspace->time_s }, { .tv_sec = workspace->time_s } };
  if (!assay_identity_own (&workspace->identity, fd, name, error))
    return FALSE;
  if (fchmod (fd, level_mode (mode)) != 0 || futimens (fd, times) != 0)
    return assay_system_error (error, errno, "set mode and time of", name);
  return TRUE;
}

static gboolean
copy_regular (AssayDirectory *from, AssayDirectory *to, const AssayDirectoryEntry *entry, AssayWorkspace *workspace,
              GError **error)
{
  struct stat status;
  assay_autofd source = assay_directory_open_file (from, entry->path, error);
  assay_autofd target = -1;
  if (source < 0)
    return FALSE;
  if (fstat (source, &status) != 0 || !S_ISREG (status.st_mode) || status.st_ino != entry->status.st_ino)
    {
      g_autofree char *shown = assay_text_escape_line (entry->path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while it was copied", shown);
      return FALSE;
    }
  target
      = openat (assay_directory_get_fd (to), entry->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (target < 0)
    return assay_system_error (error, errno, "make", entry->path);
  return copy_bytes (source, target, entry->path, workspace, NULL, error)
         && set_facts (target, status.st_mode, entry->path, workspace, error);
}

static gboolean
set_link_time (AssayDirectory *directory, const char *path, const AssayWorkspace *workspace, GError **error)
{
  const struct timespec times[2] = { { .tv_sec = workspace->time_s }, { .tv_sec = workspace->time_s } };
  if (utimensat (assay_directory_get_fd (directory), path, times, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "set the time of", path);
  return TRUE;
}

static gboolean
copy_link (AssayDirectory *to, const AssayDirectoryEntry *entry, AssayWorkspace *workspace, GError **error)
{
  int fd = assay_directory_get_fd (to);
  if (symlinkat (entry->target, fd, entry->path) != 0)
    return assay_system_error (error, errno, "make", entry->path);
  if (workspace->identity.changes
      && fchownat (fd, entry->path, workspace->identity.uid, workspace->identity.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "give to the user of the sandbox", entry->path);
  return set_link_time (to, entry->path, workspace, error);
}

static gboolean
copy_entry (AssayDirectory *from, AssayDirectory *to, const AssayDirectoryEntry *entry, AssayWorkspace *workspace,
            GError **error)
{
  if (!assay_guard_check (workspace->guard, error))
    return FALSE;
  if (S_ISREG (entry->status.st_mode))
    return copy_regular (from, to, entry, workspace, error);
  if (S_ISLNK (entry->status.st_mode))
    return copy_link (to, entry, workspace, error);
  if (S_ISDIR (entry->status.st_mode))
    {
      if (mkdirat (assay_directory_get_fd (to), entry->path, 0700) != 0)
        return assay_system_error (error, errno, "make the directory", entry->path);
      return TRUE;
    }
  g_autofree char *shown = assay_text_escape_line (entry->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is a device, FIFO or socket", shown);
  return FALSE;
}

/* Directories come last, those above after those beneath: writing into them changes their times. */
static gboolean
finish_directories (AssayDirectory *to, const GPtrArray *entries, AssayWorkspace *workspace, GError **error)
{
  for (guint i = entries->len; i > 0; i--)
    {
      const AssayDirectoryEntry *entry = entries->pdata[i - 1];
      g_autoptr (AssayDirectory) directory = NULL;
      if (!S_ISDIR (entry->status.st_mode))
        continue;
      directory = assay_directory_open_beneath (to, entry->path, error);
      if (directory == NULL
          || !set_facts (assay_directory_get_fd (directory), entry->status.st_mode, entry->path, workspace, error))
        return FALSE;
    }
  return set_facts (assay_directory_get_fd (to), S_IFDIR, "a directory", workspace, error);
}

gboolean
assay_copy_tree (AssayDirectory *from, AssayDirectory *to, AssayWorkspace *workspace, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (from, ASSAY_CAGE_ENTRIES, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    if (!copy_entry (from, to, entries->pdata[i], workspace, error))
      return FALSE;
  return finish_directories (to, entries, workspace, error);
}

gboolean
assay_copy_file (int from_fd, AssayDirectory *to, const char *name, AssayWorkspace *workspace, AssayDigest *out_digest,
                 GError **error)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  struct stat status;
  assay_autofd target
      = openat (assay_directory_get_fd (to), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (target < 0)
    return assay_system_error (error, errno, "make", name);
  if (fstat (from_fd, &status) != 0)
    return assay_system_error (error, errno, "look at", name);
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is no regular file", name);
      return FALSE;
    }
  if (!copy_bytes (from_fd, target, name, workspace, sha256, error)
      || !set_facts (target, S_IFREG | 0644, name, workspace, error))
    return FALSE;
  assay_sha256_finish (sha256, out_digest);
  return TRUE;
}

static gboolean
level_entry (AssayDirectory *directory, const AssayDirectoryEntry *entry, AssayWorkspace *workspace, GError **error)
{
  if (!assay_guard_check (workspace->guard, error))
    return FALSE;
  if (S_ISLNK (entry->status.st_mode))
    return set_link_time (directory, entry->path, workspace, error);
  if (!S_ISREG (entry->status.st_mode))
    return TRUE;
  assay_autofd fd = assay_directory_open_file (directory, entry->path, error);
  return fd >= 0 && set_facts (fd, entry->status.st_mode, entry->path, workspace, error);
}

gboolean
assay_copy_level (AssayDirectory *directory, AssayWorkspace *workspace, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, ASSAY_CAGE_ENTRIES, "entries", error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    if (!level_entry (directory, entries->pdata[i], workspace, error))
      return FALSE;
  return finish_directories (directory, entries, workspace, error);
}
