#include "rebuild/host.h"

#include "cage/arguments.h"
#include "rebuild/visible.h"
#include "util/lock.h"
#include "util/sorted.h"

struct _AssayHost
{
  gint references;           /* atomic */
  const AssayHidden *hidden; /* during the walk */
  const AssayLimits *limits; /* during the walk */
  GStringChunk *paths;
  GArray *files; /* AssayHostFile */
  GError *surplus;
};

static gboolean
add_file (const char *path, const struct stat *status, gpointer data, GError **error)
{
  AssayHost *host = data;
  if (host->hidden != NULL && !assay_hidden_check_path (host->hidden, path, status, error))
    return FALSE;
  if (!S_ISREG (status->st_mode) || status->st_size == 0 || host->surplus != NULL)
    return TRUE;
  if (!assay_limits_check (host->limits, ASSAY_LIMIT_ENTRIES, (guint64)host->files->len + 1,
                           "this machine's toolchain has more files", &host->surplus))
    return TRUE;
  AssayHostFile file = { g_string_chunk_insert (host->paths, path), (guint64)status->st_size, status->st_mode };
  g_array_append_val (host->files, file);
  return TRUE;
}

AssayHost *
assay_host_new (const AssayHidden *hidden, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayHost) host = g_new0 (AssayHost, 1);
  g_autoptr (GPtrArray) paths = assay_arguments_host_paths ();
  host->references = 1;
  host->paths = g_string_chunk_new (64 * 1024);
  host->files = g_array_new (FALSE, FALSE, sizeof (AssayHostFile));
  host->hidden = hidden;
  host->limits = limits;
  for (guint i = 0; i < paths->len; i++)
    if (!assay_visible_walk (paths->pdata[i], paths->pdata[i], add_file, host, error))
      return NULL;
  host->hidden = NULL;
  host->limits = NULL;
  assay_sorted_by (host->files, G_STRUCT_OFFSET (AssayHostFile, size_bytes));
  return g_steal_pointer (&host);
}

AssayHost *
assay_host_ref (AssayHost *host)
{
  g_atomic_int_inc (&host->references);
  return host;
}

void
assay_host_unref (AssayHost *host)
{
  if (host == NULL || !g_atomic_int_dec_and_test (&host->references))
    return;
  g_string_chunk_free (host->paths);
  g_array_unref (host->files);
  g_clear_error (&host->surplus);
  g_free (host);
}

const GArray *
assay_host_get_files (const AssayHost *host, GError **error)
{
  if (host->surplus == NULL)
    return host->files;
  g_propagate_error (error, g_error_copy (host->surplus));
  return NULL;
}

guint
assay_host_first_of_size (const GArray *files, guint64 size_bytes)
{
  return assay_sorted_first (files, G_STRUCT_OFFSET (AssayHostFile, size_bytes), size_bytes);
}

struct _AssayHostShare
{
  AssayLock lock;
  const AssayHidden *hidden;
  const AssayLimits *limits;
  AssayHost *host;
  GError *error;
};

AssayHostShare *
assay_host_share_new (const AssayHidden *hidden, const AssayLimits *limits)
{
  AssayHostShare *share = g_new0 (AssayHostShare, 1);
  assay_lock_init (&share->lock);
  share->hidden = hidden;
  share->limits = limits;
  return share;
}

void
assay_host_share_free (AssayHostShare *share)
{
  if (share == NULL)
    return;
  assay_lock_clear (&share->lock);
  assay_host_unref (share->host);
  g_clear_error (&share->error);
  g_free (share);
}

AssayHost *
assay_host_share_get (AssayHostShare *share, GError **error)
{
  /* Whoever comes second waits for the walk of the first, which he would have to make himself. */
  assay_lock_take (&share->lock);
  if (share->host == NULL && share->error == NULL)
    share->host = assay_host_new (share->hidden, share->limits, &share->error);
  AssayHost *host = share->host == NULL ? NULL : assay_host_ref (share->host);
  if (host == NULL)
    g_propagate_error (error, g_error_copy (share->error));
  assay_lock_give (&share->lock);
  return host;
}
