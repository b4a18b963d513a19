#include "util/snapshot.h"

#include "util/cancel.h"
#include "util/system.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

static const char what[] = "the private snapshot of a file";

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

static int
open_private (GError **error)
{
  int fd = assay_private_file_new (NULL, NULL);
  if (fd < 0 && raise_limit ())
    fd = assay_private_file_new (NULL, NULL);
  return fd >= 0 ? fd : assay_private_file_new (NULL, error);
}

static gboolean
copy (AssayBlob *source, int fd, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = assay_blob_get_size (source);
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (source, offset, window, length, error))
        return FALSE;
      if (!assay_system_write_all (fd, window, length))
        return assay_system_error (error, errno, "write", what);
    }
  return TRUE;
}

AssayBlob *
assay_snapshot_new (AssayBlob *source, GError **error)
{
  assay_autofd fd = open_private (error);
  if (fd < 0 || !assay_blob_hold (source, error))
    return NULL;
  gboolean copied = copy (source, fd, error);
  assay_blob_release (source);
  return copied && assay_blob_check_unchanged (source, error) ? assay_blob_new_for_fd (assay_fd_steal (&fd), error)
                                                              : NULL;
}
