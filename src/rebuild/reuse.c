#include "rebuild/reuse.h"

#include "rebuild/restore.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define WINDOW_BYTES 65536

/* Of what lies beside the tree. */
#define LOG "log"

static gboolean
copy_from (int from, guint64 offset, int to, const char *name, GError **error)
{
  g_autofree char *window = g_malloc (WINDOW_BYTES);
  gssize length;
  for (; (length = assay_system_read_at (from, window, WINDOW_BYTES, offset)) > 0; offset += (guint64)length)
    if (!assay_system_write_all (to, window, (gsize)length))
      return assay_system_error (error, errno, "write", name);
  return length == 0 || assay_system_error (error, errno, "read", name);
}

/* What patches have said came in this run too. */
static gboolean
append_log (AssayWorkspace *workspace, GError **error)
{
  g_autoptr (AssayDirectory) beside = assay_directory_open_beneath (workspace->scratch, ASSAY_RESTORE_BESIDE, error);
  assay_autofd fd = beside == NULL ? -1 : assay_directory_open_file (beside, LOG, error);
  return fd >= 0 && assay_workspace_say (workspace, "== not built: taken from the cache, whose log is:", error)
         && copy_from (fd, 0, workspace->log_fd, workspace->log_path, error);
}

AssayCacheOutcome
assay_reuse_find (AssayReuse *reuse, AssayWorkspace *workspace, AssayCached *out, GError **error)
{
  struct stat status;
  if (fstat (workspace->log_fd, &status) != 0)
    {
      assay_system_error (error, errno, "look at", workspace->log_path);
      return ASSAY_CACHE_FAILED;
    }
  reuse->log_bytes = (guint64)status.st_size;
  if (reuse->cache == NULL || !reuse->looks)
    return ASSAY_CACHE_MISSED;
  AssayCacheOutcome outcome = assay_cache_find (reuse->cache, &reuse->key, workspace, reuse->notes, out, error);
  if (outcome == ASSAY_CACHE_FOUND && assay_workspace_stays (workspace) && !append_log (workspace, error))
    return ASSAY_CACHE_FAILED;
  return outcome;
}

/* What the steps said. */
static gboolean
write_log (const AssayReuse *reuse, AssayWorkspace *workspace, AssayDirectory *beside, GError **error)
{
  assay_autofd from = assay_directory_open_file (workspace->keep, "build.log", error);
  if (from < 0)
    return FALSE;
  assay_autofd to = openat (assay_directory_get_fd (beside), LOG, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                            S_IRUSR | S_IWUSR);
  if (to < 0)
    return assay_system_error (error, errno, "make", LOG);
  return copy_from (from, reuse->log_bytes, to, workspace->log_path, error)
         && assay_identity_own (&workspace->identity, to, LOG, error);
}

gboolean
assay_reuse_keep (const AssayReuse *reuse, AssayWorkspace *workspace, const AssayCached *cached, GError **error)
{
  if (reuse->cache == NULL)
    return TRUE;
  g_autoptr (AssayDirectory) beside = assay_workspace_make (workspace, ASSAY_RESTORE_BESIDE, error);
  return beside != NULL && write_log (reuse, workspace, beside, error)
         && assay_cache_keep (reuse->cache, &reuse->key, workspace, beside, cached, reuse->notes, error);
}
