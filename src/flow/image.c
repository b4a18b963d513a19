#include "flow/image.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies what @read_window gives into a private file and digests it on the way, so that the digest is of what is
 * judged. */
typedef struct
{
  int fd;
  AssaySha256 *sha256;
  guint64 size;
} Snapshot;

static void
snapshot_clear (Snapshot *snapshot)
{
  assay_fd_close (&snapshot->fd);
  g_clear_pointer (&snapshot->sha256, assay_sha256_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Snapshot, snapshot_clear)

static gboolean
snapshot_begin (Snapshot *snapshot, GError **error)
{
  snapshot->fd = assay_private_file_new (NULL, error);
  snapshot->sha256 = assay_sha256_new ();
  return snapshot->fd >= 0;
}

static gboolean
is_zero (const guint8 *data, gsize length)
{
  return length == 0 || (data[0] == 0 && memcmp (data, data + 1, length - 1) == 0);
}

/* A hole stays a hole: an image of gigabytes of zeros takes no gigabytes of the disk, and no time to write them. */
static gboolean
snapshot_add (Snapshot *snapshot, const guint8 *data, gsize length, GError **error)
{
  assay_sha256_update (snapshot->sha256, data, length);
  snapshot->size += length;
  if (is_zero (data, length))
    return lseek (snapshot->fd, (off_t)length, SEEK_CUR) >= 0
           || assay_system_error (error, errno, "write", "the private snapshot of the image");
  return assay_system_write_all (snapshot->fd, data, length)
         || assay_system_error (error, errno, "write", "the private snapshot of the image");
}

static gboolean
snapshot_finish (Snapshot *snapshot, AssayImage *image, GError **error)
{
  if (ftruncate (snapshot->fd, (off_t)snapshot->size) != 0)
    return assay_system_error (error, errno, "write", "the private snapshot of the image");
  image->blob = assay_blob_new_for_fd (assay_fd_steal (&snapshot->fd), error);
  if (image->blob == NULL)
    return FALSE;
  assay_sha256_finish (snapshot->sha256, &image->sha256);
  image->has_sha256 = TRUE;
  image->size = snapshot->size;
  return TRUE;
}

static gboolean
copy_windows (Snapshot *snapshot, AssayBlob *source, AssayProgress *progress, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = assay_blob_get_size (source);
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (source, offset, window, length, error)
          || !snapshot_add (snapshot, window, length, error))
        return FALSE;
      assay_progress_add (progress, length);
    }
  return TRUE;
}

static gboolean
open_file (AssayImage *image, const char *resolved, AssayProgress *progress, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (resolved);
  g_autofree char *name = g_path_get_basename (resolved);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  g_autoptr (AssayBlob) source = directory == NULL ? NULL : assay_blob_new_for_file (directory, name, error);
  g_auto (Snapshot) snapshot = { .fd = -1 };
  if (source == NULL || !snapshot_begin (&snapshot, error) || !assay_blob_hold (source, error))
    return FALSE;
  assay_progress_stage (progress, "reading the image", assay_blob_get_size (source), "bytes");
  gboolean copied = copy_windows (&snapshot, source, progress, error);
  assay_blob_release (source);
  return copied && assay_blob_check_unchanged (source, error) && snapshot_finish (&snapshot, image, error);
}

/* What has no size beforehand: standard input, a pipe, a block device. */
static gboolean
read_stream (AssayImage *image, int fd, const char *name, const AssayUnpackOptions *options, GError **error)
{
  g_auto (Snapshot) snapshot = { .fd = -1 };
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  if (!snapshot_begin (&snapshot, error))
    return FALSE;
  assay_progress_stage (options->progress, "reading the image", 0, "bytes");
  for (;;)
    {
      if (!assay_stream_wait (fd, name, error))
        return FALSE;
      ssize_t got = TEMP_FAILURE_RETRY (read (fd, window, ASSAY_BLOB_WINDOW_BYTES));
      if (got < 0 && errno == EAGAIN)
        continue;
      if (got < 0)
        return assay_system_error (error, errno, "read", name);
      if (got == 0)
        return snapshot_finish (&snapshot, image, error);
      if (!snapshot_add (&snapshot, window, (gsize)got, error)
          || !assay_limits_check (options->limits, ASSAY_LIMIT_TOTAL_BYTES, snapshot.size, name, error))
        return FALSE;
      assay_progress_add (options->progress, (guint64)got);
    }
}

/* A FIFO that nobody writes to yet is waited for in read_stream(), where a signal is seen, and not in open(). */
static gboolean
open_stream (AssayImage *image, const char *path, const AssayUnpackOptions *options, GError **error)
{
  assay_autofd fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return assay_system_error (error, errno, "open", path);
  return read_stream (image, fd, path, options, error);
}

static gboolean
open_path (AssayImage *image, const char *path, const AssayUnpackOptions *options, GError **error)
{
  struct stat status;
  g_autofree char *resolved = NULL;
  gboolean found = stat (path, &status) == 0;
  if (found && (S_ISFIFO (status.st_mode) || S_ISBLK (status.st_mode)))
    return open_stream (image, path, options, error);
  resolved = found ? realpath (path, NULL) : NULL;
  if (resolved == NULL)
    {
      int number = errno;
      g_autofree char *shown = assay_text_escape_line (path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s; expected a file or a directory", shown,
                   g_strerror (number));
      return FALSE;
    }
  image->has_status = TRUE;
  image->status = status;
  if (!S_ISDIR (status.st_mode))
    return open_file (image, resolved, options->progress, error);
  image->directory = assay_directory_open (resolved, error);
  return image->directory != NULL;
}

AssayImage *
assay_image_open (const char *path, const AssayUnpackOptions *options, GError **error)
{
  g_autoptr (AssayImage) image = g_new0 (AssayImage, 1);
  image->path = g_strdup (path);
  gboolean done = strcmp (path, "-") == 0 ? read_stream (image, STDIN_FILENO, "standard input", options, error)
                                          : open_path (image, path, options, error);
  return done ? g_steal_pointer (&image) : NULL;
}

void
assay_image_free (AssayImage *image)
{
  if (image == NULL)
    return;
  g_clear_pointer (&image->root, assay_node_free);
  g_clear_pointer (&image->blob, assay_blob_unref);
  g_clear_pointer (&image->directory, assay_directory_unref);
  g_free (image->path);
  g_free (image);
}

gboolean
assay_image_unpack (AssayImage *image, const AssayUnpackOptions *options, GError **error)
{
  if (image->blob != NULL)
    image->root = assay_unpack_blob (image->blob, options, error);
  else
    image->root = assay_unpack_directory (image->directory, options, error);
  return image->root != NULL;
}

gboolean
assay_image_check_unchanged (AssayImage *image, GError **error)
{
  if (image->blob != NULL || image->root == NULL)
    return TRUE;
  for (guint i = 0; i < image->root->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (image->root->children, i);
      if (child->blob != NULL && !assay_blob_check_unchanged (child->blob, error))
        return FALSE;
    }
  return TRUE;
}
