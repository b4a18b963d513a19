#include "unpack/spool.h"

#include "util/checked.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

/* A file of this length is beyond what any limit asks for, and below what file systems refuse (ext4: 16 TiB). */
#define SPOOL_MAX_BYTES (G_GUINT64_CONSTANT (1) << 43)

/* What file systems take in any case. */
#define SPOOL_MIN_BYTES (G_GUINT64_CONSTANT (1) << 20)

void
assay_spool_clear (AssaySpool *spool)
{
  g_clear_pointer (&spool->blob, assay_blob_unref);
  assay_fd_close (&spool->fd);
}

/* The whole length at once, so that a blob of it never changes size; it takes no room until it is written. */
static gboolean
open_spool (AssaySpool *spool, guint64 most_bytes, const char *temporary_directory, GError **error)
{
  struct rlimit limit;
  guint64 size = MIN (most_bytes, SPOOL_MAX_BYTES);
  /* Beyond this limit the kernel does not refuse but kills. */
  if (getrlimit (RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    size = MIN (size, (guint64)limit.rlim_cur);
  assay_autofd fd = assay_private_file_new (temporary_directory, error);
  if (fd < 0)
    return FALSE;
  while (ftruncate (fd, (off_t)size) != 0)
    {
      if (errno != EFBIG || size < SPOOL_MIN_BYTES)
        return assay_system_error (error, errno, "size", "private file");
      size /= 2;
    }
  spool->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (spool->fd < 0)
    return assay_system_error (error, errno, "duplicate", "private file");
  spool->blob = assay_blob_new_for_fd (assay_fd_steal (&fd), error);
  return spool->blob != NULL;
}

gboolean
assay_spool_write (AssaySpool *spool, guint64 most_bytes, const char *temporary_directory, guint64 place,
                   const void *bytes, gsize length_bytes, GError **error)
{
  const guint8 *data = bytes;
  guint64 offset;
  if (spool->blob == NULL && !open_spool (spool, most_bytes, temporary_directory, error))
    return FALSE;
  if (!assay_u64_add (spool->used, place, &offset)
      || !assay_range_fits (offset, length_bytes, assay_blob_get_size (spool->blob)))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no room in the private file for decoded bytes");
      return FALSE;
    }
  if (spool->write != NULL)
    return spool->write (spool->data, offset, bytes, length_bytes, error);
  for (gsize done = 0; done < length_bytes;)
    {
      ssize_t count = pwrite (spool->fd, data + done, length_bytes - done, (off_t)(offset + done));
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return assay_system_error (error, count < 0 ? errno : ENOSPC, "write", "private file");
      done += (gsize)count;
    }
  return TRUE;
}
