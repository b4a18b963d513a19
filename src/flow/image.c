#include "flow/image.h"

#include "crypto/sha256.h"
#include "inventory/digests.h"
#include "util/snapshot.h"
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

/* Digests what is copied on the way, so that the digest is of what is judged; @pass: with the pieces of @elf, in place
 * of @sha256. */
typedef struct
{
  AssaySnapshot snapshot;
  AssaySha256 *sha256;
  AssayElf *elf;
  AssayElfPass *pass;
  AssayProgress *progress;
} Copy;

static void
copy_clear (Copy *copy)
{
  assay_snapshot_clear (&copy->snapshot);
  g_clear_pointer (&copy->sha256, assay_sha256_free);
  g_clear_pointer (&copy->pass, assay_elf_pass_free);
  g_clear_pointer (&copy->elf, assay_elf_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Copy, copy_clear)

static gboolean
copy_begin (Copy *copy, AssayProgress *progress, guint64 expected_bytes, GError **error)
{
  copy->sha256 = assay_sha256_new ();
  copy->progress = progress;
  assay_progress_stage (progress, "reading the image", expected_bytes, "bytes");
  return assay_snapshot_begin (&copy->snapshot, error);
}

static void
copy_watch (const guint8 *data, gsize length, gpointer watched)
{
  Copy *copy = watched;
  if (copy->pass != NULL)
    assay_elf_pass_update (copy->pass, data, length);
  else
    assay_sha256_update (copy->sha256, data, length);
  assay_progress_add (copy->progress, length);
}

/* What the file says of its pieces may be another thing when it is copied: then they are digested in vain. */
static void
copy_divide (Copy *copy, AssayBlob *source, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  copy->elf = assay_elf_new (source, limits, &ignored);
  if (copy->elf != NULL)
    copy->pass = assay_elf_pass_new (copy->elf);
}

static void
note_pieces (Copy *copy, AssayImage *image)
{
  g_autoptr (GArray) digests = assay_elf_pass_finish (copy->pass, &image->sha256);
  g_autoptr (GArray) parts = g_array_sized_new (FALSE, FALSE, sizeof (AssayBlobPart), digests->len);
  for (guint i = 0; i < digests->len; i++)
    {
      const AssayPiece *piece = &g_array_index (copy->elf->pieces, AssayPiece, i);
      const AssayBlobPart part = { piece->offset, piece->length, g_array_index (digests, AssayDigest, i) };
      g_array_append_val (parts, part);
    }
  assay_blob_note_parts (image->blob, parts);
}

static gboolean
copy_finish (Copy *copy, AssayImage *image, GError **error)
{
  image->size = copy->snapshot.size;
  image->blob = assay_snapshot_finish (&copy->snapshot, error);
  if (image->blob == NULL)
    return FALSE;
  if (copy->pass != NULL)
    note_pieces (copy, image);
  else
    assay_sha256_finish (copy->sha256, &image->sha256);
  image->has_sha256 = TRUE;
  assay_blob_note_sha256 (image->blob, &image->sha256);
  return TRUE;
}

/* A file may claim any size for the holes in it, and all of them are read. */
static gboolean
check_size (const AssayBlob *source, const AssayLimits *limits, GError **error)
{
  return assay_limits_check (limits, ASSAY_LIMIT_IMAGE_BYTES, assay_blob_get_size (source), "a larger image", error);
}

static gboolean
open_file (AssayImage *image, const char *resolved, const AssayUnpackOptions *options, gboolean pieces, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (resolved);
  g_autofree char *name = g_path_get_basename (resolved);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  g_autoptr (AssayBlob) source = directory == NULL ? NULL : assay_blob_new_for_file (directory, name, error);
  g_auto (Copy) copy = { .snapshot = { .fd = -1 } };
  if (source == NULL || !check_size (source, options->limits, error)
      || !copy_begin (&copy, options->progress, assay_blob_get_size (source), error))
    return FALSE;
  if (pieces)
    copy_divide (&copy, source, options->limits);
  return assay_snapshot_add_all (&copy.snapshot, source, copy_watch, &copy, error) && copy_finish (&copy, image, error);
}

/* What has no size beforehand: standard input, a pipe, a block device. */
static gboolean
read_stream (AssayImage *image, int fd, const char *name, const AssayUnpackOptions *options, GError **error)
{
  g_auto (Copy) copy = { .snapshot = { .fd = -1 } };
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  if (!copy_begin (&copy, options->progress, 0, error))
    return FALSE;
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
        return copy_finish (&copy, image, error);
      copy_watch (window, (gsize)got, &copy);
      if (!assay_snapshot_add (&copy.snapshot, window, (gsize)got, error)
          || !assay_limits_check (options->limits, ASSAY_LIMIT_IMAGE_BYTES, copy.snapshot.size, name, error)
          || !assay_limits_check (options->limits, ASSAY_LIMIT_TOTAL_BYTES, copy.snapshot.size, name, error))
        return FALSE;
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
open_path (AssayImage *image, const char *path, const AssayUnpackOptions *options, gboolean pieces, GError **error)
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
    return open_file (image, resolved, options, pieces, error);
  image->directory = assay_directory_open (resolved, error);
  return image->directory != NULL;
}

AssayImage *
assay_image_open_digested (const char *path, const AssayUnpackOptions *options, gboolean pieces, GError **error)
{
  g_autoptr (AssayImage) image = g_new0 (AssayImage, 1);
  image->path = g_strdup (path);
  gboolean done = strcmp (path, "-") == 0 ? read_stream (image, STDIN_FILENO, "standard input", options, error)
                                          : open_path (image, path, options, pieces, error);
  return done ? g_steal_pointer (&image) : NULL;
}

AssayImage *
assay_image_open (const char *path, const AssayUnpackOptions *options, GError **error)
{
  return assay_image_open_digested (path, options, FALSE, error);
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
      AssayBlob *file = child->source != NULL ? child->source : child->blob;
      if (file != NULL && !assay_blob_check_unchanged (file, error))
        return FALSE;
    }
  return TRUE;
}
