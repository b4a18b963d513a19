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

void
assay_reuse_clear (AssayReuse *reuse)
{
  assay_cache_hit_clear (&reuse->hit);
}

AssayCacheOutcome
assay_reuse_look (AssayReuse *reuse, AssayWorkspace *workspace, GError **error)
{
  if (reuse->cache == NULL || !reuse->looks)
    return ASSAY_CACHE_MISSED;
  if (reuse->has_looked)
    return reuse->hit.fd >= 0 ? ASSAY_CACHE_FOUND : ASSAY_CACHE_MISSED;
  reuse->has_looked = TRUE;
  return assay_cache_look (reuse->cache, &reuse->key, workspace, reuse->notes, &reuse->hit, error);
}

/* What all was asked for then, and more. */
static gboolean
has_all (const AssayCached *cached, const GPtrArray *patterns)
{
  gboolean all = cached->patterns != NULL;
  for (guint i = 0; all && i < patterns->len; i++)
    all = g_strv_contains ((const char *const *)cached->patterns, g_ptr_array_index (patterns, i));
  return all;
}

AssayCacheOutcome
assay_reuse_take (AssayReuse *reuse, AssayWorkspace *workspace, const GPtrArray *patterns, AssayCached *out,
                  GError **error)
{
  gboolean stays = assay_workspace_stays (workspace);
  gboolean is_partial = !stays && has_all (&reuse->hit.entry.cached, patterns);
  AssayRestoreTrees trees = stays        ? ASSAY_RESTORE_BOTH
                            : is_partial ? ASSAY_RESTORE_OUTPUTS_ALONE
                                         : ASSAY_RESTORE_BUILD_ALONE;
  AssayCacheOutcome outcome
      = assay_cache_take (reuse->cache, &reuse->key, &reuse->hit, trees, workspace, reuse->notes, error);
  reuse->is_partial = is_partial && outcome == ASSAY_CACHE_FOUND;
  if (outcome == ASSAY_CACHE_FOUND)
    {
      *out = reuse->hit.entry.cached;
      reuse->hit.entry.cached = (AssayCached){ NULL };
    }
  if (!reuse->is_partial)
    assay_cache_hit_clear (&reuse->hit);
  if (outcome == ASSAY_CACHE_FOUND && stays && !append_log (workspace, error))
    return ASSAY_CACHE_FAILED;
  return outcome;
}

gboolean
assay_reuse_begin_log (AssayReuse *reuse, AssayWorkspace *workspace, GError **error)
{
  struct stat status;
  if (fstat (workspace->log_fd, &status) != 0)
    return assay_system_error (error, errno, "look at", workspace->log_path);
  reuse->log_bytes = (guint64)status.st_size;
  return TRUE;
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
assay_reuse_keep (const AssayReuse *reuse, AssayWorkspace *workspace, const GPtrArray *outputs,
                  const AssayCached *cached, GError **error)
{
  if (reuse->cache == NULL)
    return TRUE;
  g_autoptr (AssayDirectory) beside = assay_workspace_make (workspace, ASSAY_RESTORE_BESIDE, error);
  return beside != NULL && write_log (reuse, workspace, beside, error)
         && assay_cache_keep (reuse->cache, &reuse->key, workspace, beside, outputs, cached, reuse->notes, error);
}
