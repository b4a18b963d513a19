#include "util/snapshot.h"

#include "util/cancel.h"
#include "util/system.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char what[] = "a private snapshot";

/* More descriptors, up to what the system allows this process. */
static gboolean
raise_limit (void)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
    return FALSE;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit (RLIMIT_NOFILE, &limit) == 0;
}

gboolean
assay_snapshot_begin (AssaySnapshot *snapshot, GError **error)
{
  snapshot->fd = assay_private_file_new (NULL, NULL);
  if (snapshot->fd < 0 && raise_limit ())
    snapshot->fd = assay_private_file_new (NULL, NULL);
  if (snapshot->fd < 0)
    snapshot->fd = assay_private_file_new (NULL, error);
  return snapshot->fd >= 0;
}

static gboolean
is_zero (const guint8 *data, gsize length)
{
  return length == 0 || (data[0] == 0 && memcmp (data, data + 1, length - 1) == 0);
}

gboolean
assay_snapshot_add (AssaySnapshot *snapshot, const guint8 *data, gsize length, GError **error)
{
  snapshot->size += length;
  gboolean added = is_zero (data, length) ? lseek (snapshot->fd, (off_t)length, SEEK_CUR) >= 0
                                          : assay_system_write_all (snapshot->fd, data, length);
  return added || assay_system_error (error, errno, "write", what);
}

static gboolean
add_windows (AssaySnapshot *snapshot, AssayBlob *source, AssaySnapshotWatcher watcher, gpointer watched, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = assay_blob_get_size (source);
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (source, offset, window, length, error))
        return FALSE;
      if (watcher != NULL)
        watcher (window, length, watched);
      if (!assay_snapshot_add (snapshot, window, length, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_snapshot_add_all (AssaySnapshot *snapshot, AssayBlob *source, AssaySnapshotWatcher watcher, gpointer watched,
                        GError **error)
{
  if (!assay_blob_hold (source, error))
    return FALSE;
  gboolean added = add_windows (snapshot, source, watcher, watched, error);
  assay_blob_release (source);
  return added && assay_blob_check_unchanged (source, error);
}

AssayBlob *
assay_snapshot_finish (AssaySnapshot *snapshot, GError **error)
{
  /* a hole at the end */
  if (ftruncate (snapshot->fd, (off_t)snapshot->size) != 0)
    {
      assay_system_error (error, errno, "write", what);
      return NULL;
    }
  return assay_blob_new_for_fd (assay_fd_steal (&snapshot->fd), error);
}

void
assay_snapshot_clear (AssaySnapshot *snapshot)
{
  assay_fd_close (&snapshot->fd);
}

AssayBlob *
assay_snapshot_new (AssayBlob *source, GError **error)
{
  g_auto (AssaySnapshot) snapshot = { .fd = -1 };
  return assay_snapshot_begin (&snapshot, error) && assay_snapshot_add_all (&snapshot, source, NULL, NULL, error)
             ? assay_snapshot_finish (&snapshot, error)
             : NULL;
}
