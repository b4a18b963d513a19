#include "util/blob_private.h"

#include "util/checked.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

static AssayBlob *
new_blob (AssayBlobKind kind, guint64 size)
{
  AssayBlob *blob = g_new0 (AssayBlob, 1);
  g_atomic_ref_count_init (&blob->references);
  assay_lock_init (&blob->lock);
  assay_lock_init (&blob->map_lock);
  blob->kind = kind;
  blob->size = size;
  blob->fd = -1;
  return blob;
}

const char *
assay_blob_name (const AssayBlob *blob)
{
  return blob->path != NULL ? blob->path : "private file";
}

static gboolean
fail_changed (const AssayBlob *blob, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (assay_blob_name (blob), -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while it was read", shown);
  return FALSE;
}

static gboolean
require_regular (const struct stat *status, const char *path, GError **error)
{
  if (S_ISREG (status->st_mode))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is not a regular file", shown);
  return FALSE;
}

static gboolean
same_identity (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size
         && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Compares the open file with what it was. A private file is written by nobody: there, size is all that is asked. */
static gboolean
check_fd (AssayBlob *blob, int fd, GError **error)
{
  struct stat status;
  gboolean same = FALSE;
  if (fstat (fd, &status) != 0)
    return assay_system_error (error, errno, "examine", assay_blob_name (blob));
  same = blob->kind == ASSAY_BLOB_FD ? (guint64)status.st_size == blob->size : same_identity (&status, &blob->identity);
  assay_lock_take (&blob->lock);
  blob->changed = blob->changed || !same;
  same = !blob->changed;
  assay_lock_give (&blob->lock);
  return same || fail_changed (blob, error);
}

/* The kernel's own files say that they are empty and are not: to judge them by their size would be to judge nothing. */
static gboolean
require_true_size (int fd, const struct stat *status, const char *path, GError **error)
{
  guint8 byte = 0;
  gssize length = status->st_size > 0 ? 0 : assay_system_read_at (fd, &byte, 1, 0);
  if (length < 0)
    return assay_system_error (error, errno, "read", path);
  if (length == 0)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s holds bytes although its size is 0", shown);
  return FALSE;
}

static gboolean
is_sparse (const struct stat *status)
{
  return (guint64)status->st_blocks * 512 < (guint64)status->st_size;
}

static AssayBlob *
new_for_status (AssayDirectory *directory, const char *path, const struct stat *status)
{
  AssayBlob *blob = new_blob (ASSAY_BLOB_FILE, (guint64)status->st_size);
  blob->directory = assay_directory_ref (directory);
  blob->path = g_strdup (path);
  blob->identity = *status;
  blob->sparse = is_sparse (status);
  return blob;
}

AssayBlob *
assay_blob_new_unread (AssayDirectory *directory, const char *path, const struct stat *status)
{
  return new_for_status (directory, path, status);
}

AssayBlob *
assay_blob_new_for_file (AssayDirectory *directory, const char *path, GError **error)
{
  struct stat status;
  assay_autofd fd = assay_directory_open_file (directory, path, error);
  if (fd < 0)
    return NULL;
  if (fstat (fd, &status) != 0)
    {
      assay_system_error (error, errno, "examine", path);
      return NULL;
    }
  if (!require_regular (&status, path, error) || !require_true_size (fd, &status, path, error))
    return NULL;
  return new_for_status (directory, path, &status);
}

AssayBlob *
assay_blob_new_for_fd (int owned_fd, GError **error)
{
  struct stat status;
  assay_autofd fd = owned_fd;
  if (fstat (fd, &status) != 0)
    {
      assay_system_error (error, errno, "examine", "private file");
      return NULL;
    }
  if (!require_regular (&status, "private file", error))
    return NULL;
  AssayBlob *blob = new_blob (ASSAY_BLOB_FD, (guint64)status.st_size);
  blob->fd = assay_fd_steal (&fd);
  blob->sparse = is_sparse (&status);
  return blob;
}

AssayBlob *
assay_blob_new_for_bytes (GBytes *bytes)
{
  AssayBlob *blob = new_blob (ASSAY_BLOB_BYTES, g_bytes_get_size (bytes));
  blob->bytes = g_bytes_ref (bytes);
  return blob;
}

AssayBlob *
assay_blob_new_for_reader (guint64 size_bytes, AssayBlobRead read_bytes, gpointer data)
{
  AssayBlob *blob = new_blob (ASSAY_BLOB_READER, size_bytes);
  blob->read = read_bytes;
  blob->data = data;
  return blob;
}

AssayBlob *
assay_blob_new_of_runs (GArray *runs, guint64 size_bytes)
{
  AssayBlob *blob = new_blob (ASSAY_BLOB_JOINED, size_bytes);
  blob->runs = runs;
  return blob;
}

static gboolean
check_range (const AssayBlob *blob, guint64 offset, guint64 length, GError **error)
{
  if (assay_range_fits (offset, length, blob->size))
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED,
               "%" G_GUINT64_FORMAT " bytes at offset %" G_GUINT64_FORMAT " leave what has %" G_GUINT64_FORMAT " bytes",
               length, offset, blob->size);
  return FALSE;
}

AssayBlob *
assay_blob_new_slice (AssayBlob *parent, guint64 offset_bytes, guint64 length_bytes, GError **error)
{
  if (!check_range (parent, offset_bytes, length_bytes, error))
    return NULL;
  AssayBlob *blob = new_blob (ASSAY_BLOB_SLICE, length_bytes);
  /* A slice of a slice hangs on the first parent, so that depth costs nothing. The sum fits: it lies within that
   * parent. */
  gboolean nested = parent->kind == ASSAY_BLOB_SLICE;
  blob->parent = assay_blob_ref (nested ? parent->parent : parent);
  blob->offset = nested ? parent->offset + offset_bytes : offset_bytes;
  return blob;
}

AssayBlob *
assay_blob_ref (AssayBlob *blob)
{
  g_atomic_ref_count_inc (&blob->references);
  return blob;
}

void
assay_blob_unref (AssayBlob *blob)
{
  if (blob == NULL || !g_atomic_ref_count_dec (&blob->references))
    return;
  assay_blob_unmap (blob);
  assay_fd_close (&blob->fd);
  g_clear_pointer (&blob->directory, assay_directory_unref);
  g_clear_pointer (&blob->bytes, g_bytes_unref);
  g_clear_pointer (&blob->parent, assay_blob_unref);
  g_free (blob->path);
  g_free (blob->noted_sha256);
  g_free (blob->seen);
  g_clear_pointer (&blob->noted_parts, g_array_unref);
  g_clear_pointer (&blob->runs, g_array_unref);
  assay_lock_clear (&blob->lock);
  assay_lock_clear (&blob->map_lock);
  g_free (blob);
}

guint64
assay_blob_get_size (const AssayBlob *blob)
{
  return blob->size;
}

AssayBlob *
assay_blob_resolve (AssayBlob *blob, guint64 *offset)
{
  if (blob->kind != ASSAY_BLOB_SLICE)
    return blob;
  *offset += blob->offset;
  return blob->parent;
}

void
assay_blob_note_sha256 (AssayBlob *blob, const AssayDigest *digest)
{
  g_assert (!assay_blob_is_shared (blob) && blob->noted_sha256 == NULL);
  blob->noted_sha256 = g_memdup2 (digest, sizeof *digest);
}

const AssayDigest *
assay_blob_get_noted_sha256 (const AssayBlob *blob)
{
  gboolean is_whole = blob->kind == ASSAY_BLOB_SLICE && blob->offset == 0 && blob->size == blob->parent->size;
  return (is_whole && blob->noted_sha256 == NULL ? blob->parent : blob)->noted_sha256;
}

void
assay_blob_note_seen (AssayBlob *blob, const AssayBlobSeen *seen)
{
  g_assert (blob->seen == NULL);
  blob->seen = g_memdup2 (seen, sizeof *seen);
}

const AssayBlobSeen *
assay_blob_get_seen (const AssayBlob *blob)
{
  return blob->seen;
}

void
assay_blob_forget_seen (AssayBlob *blob)
{
  g_clear_pointer (&blob->seen, g_free);
}

void
assay_blob_note_parts (AssayBlob *blob, GArray *parts)
{
  g_assert (!assay_blob_is_shared (blob) && blob->noted_parts == NULL);
  blob->noted_parts = g_array_ref (parts);
}

/* Whether two lists are of the same ranges. */
static gboolean
are_of_same_places (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const AssayBlobPart *first = &g_array_index (a, AssayBlobPart, i);
      const AssayBlobPart *second = &g_array_index (b, AssayBlobPart, i);
      if (first->offset != second->offset || first->length != second->length)
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_blob_parts_same_places (const GArray *a, const GArray *b)
{
  return a == NULL || b == NULL ? a == b : are_of_same_places (a, b);
}

gboolean
assay_blob_take_noted_parts (const AssayBlob *blob, GArray *parts)
{
  const GArray *noted = blob->noted_parts;
  if (noted == NULL || !are_of_same_places (noted, parts))
    return FALSE;
  if (noted->len > 0)
    memcpy (parts->data, noted->data, noted->len * sizeof (AssayBlobPart));
  return TRUE;
}

gboolean
assay_blob_is_shared (const AssayBlob *blob)
{
  return (blob->kind == ASSAY_BLOB_SLICE ? blob->parent : blob)->kind == ASSAY_BLOB_FILE;
}

AssayBlob *
assay_blob_get_owner (AssayBlob *blob, guint64 *out_offset)
{
  *out_offset = 0;
  return assay_blob_resolve (blob, out_offset);
}

/* Opens the file behind a blob that is not open, and makes sure that it is the one we knew. */
static int
open_again (AssayBlob *blob, GError **error)
{
  GError *fault = NULL;
  assay_autofd fd = assay_directory_open_file (blob->directory, blob->path, &fault);
  if (fd >= 0)
    return check_fd (blob, fd, error) && require_true_size (fd, &blob->identity, blob->path, error)
               ? assay_fd_steal (&fd)
               : -1;
  /* It was a regular file: that it is gone, or something else now, is a change. */
  if (!g_error_matches (fault, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND)
      && !g_error_matches (fault, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED))
    {
      g_propagate_error (error, fault);
      return -1;
    }
  g_error_free (fault);
  assay_lock_take (&blob->lock);
  blob->changed = TRUE;
  assay_lock_give (&blob->lock);
  fail_changed (blob, error);
  return -1;
}

gboolean
assay_blob_hold (AssayBlob *blob, GError **error)
{
  guint64 unused = 0;
  blob = assay_blob_resolve (blob, &unused);
  if (blob->kind != ASSAY_BLOB_FILE)
    return TRUE;
  assay_lock_take (&blob->lock);
  gboolean open = blob->holds > 0;
  if (open)
    blob->holds++;
  assay_lock_give (&blob->lock);
  if (open)
    return TRUE;

  assay_autofd fd = open_again (blob, error);
  if (fd < 0)
    return FALSE;
  /* Another thread may have been faster; then its descriptor stays and ours goes. */
  assay_lock_take (&blob->lock);
  if (blob->holds++ == 0)
    blob->fd = assay_fd_steal (&fd);
  assay_lock_give (&blob->lock);
  return TRUE;
}

void
assay_blob_release (AssayBlob *blob)
{
  guint64 unused = 0;
  assay_autofd last = -1;
  blob = assay_blob_resolve (blob, &unused);
  if (blob->kind != ASSAY_BLOB_FILE)
    return;
  assay_lock_take (&blob->lock);
  g_assert (blob->holds > 0);
  if (--blob->holds == 0)
    last = assay_fd_steal (&blob->fd);
  gboolean mapped = blob->mapped;
  assay_lock_give (&blob->lock);
  /* Each read was followed by a look of its own, and a mapping was not. Nobody is here to hear of a change: it is kept
   * for the next read or assay_blob_check_unchanged(). */
  if (last >= 0 && mapped)
    check_fd (blob, last, NULL);
}

/** Reads that are so long ask first whether there is anything to read. */
#define HOLE_BYTES (64u * 1024u)

/* File systems whose word for a hole is good: all others read their zeros. What is told to be a hole and is none would
 * be read as zeros on both sides (OpenZFS issue 15526 was such a case). */
static gboolean
tells_holes (int fd)
{
  static const guint32 types[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC };
  struct statfs status;
  if (fstatfs (fd, &status) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if ((guint32)status.f_type == types[i])
      return TRUE;
  return FALSE;
}

/* The kernel fills its cache with zeros for a hole that is read, which takes longer than to digest them. */
static gboolean
is_hole (const AssayBlob *blob, guint64 offset, gsize length)
{
  if (!blob->sparse || length < HOLE_BYTES || !tells_holes (blob->fd))
    return FALSE;
  off_t data = lseek (blob->fd, (off_t)offset, SEEK_DATA);
  return data < 0 ? errno == ENXIO : (guint64)data - offset >= length;
}

static gboolean
read_held (AssayBlob *blob, guint64 offset, void *out, gsize length, GError **error)
{
  if (is_hole (blob, offset, length))
    {
      memset (out, 0, length);
      return check_fd (blob, blob->fd, error);
    }
  gssize count = assay_system_read_at (blob->fd, out, length, offset);
  if (count < 0)
    return assay_system_error (error, errno, "read", assay_blob_name (blob));
  if ((gsize)count < length)
    return fail_changed (blob, error);
  return blob->kind == ASSAY_BLOB_FD || check_fd (blob, blob->fd, error);
}

gboolean
assay_blob_read (AssayBlob *blob, guint64 offset_bytes, void *out, gsize length_bytes, GError **error)
{
  if (!check_range (blob, offset_bytes, length_bytes, error))
    return FALSE;
  if (length_bytes == 0)
    return TRUE;
  blob = assay_blob_resolve (blob, &offset_bytes);
  if (blob->kind == ASSAY_BLOB_BYTES)
    {
      memcpy (out, (const guint8 *)g_bytes_get_data (blob->bytes, NULL) + offset_bytes, length_bytes);
      return TRUE;
    }
  if (blob->kind == ASSAY_BLOB_READER)
    return blob->read (blob->data, offset_bytes, out, length_bytes, error);
  if (blob->kind == ASSAY_BLOB_JOINED)
    return assay_blob_read_joined (blob, offset_bytes, out, length_bytes, error);
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean read = read_held (blob, offset_bytes, out, length_bytes, error);
  assay_blob_release (blob);
  return read;
}

const guint8 *
assay_blob_peek_memory (const AssayBlob *blob)
{
  const AssayBlob *owner = blob->kind == ASSAY_BLOB_SLICE ? blob->parent : blob;
  if (owner->kind != ASSAY_BLOB_BYTES || blob->size == 0)
    return NULL;
  return (const guint8 *)g_bytes_get_data (owner->bytes, NULL) + (blob == owner ? 0 : blob->offset);
}

gboolean
assay_blob_check_unchanged (AssayBlob *blob, GError **error)
{
  guint64 unused = 0;
  blob = assay_blob_resolve (blob, &unused);
  if (blob->kind == ASSAY_BLOB_BYTES || blob->kind == ASSAY_BLOB_READER || blob->kind == ASSAY_BLOB_JOINED)
    return TRUE;
  if (blob->kind == ASSAY_BLOB_FD)
    return check_fd (blob, blob->fd, error);
  /* By its path, not by a descriptor that may be open: a file put in its place is a change too. */
  assay_autofd fd = open_again (blob, error);
  return fd >= 0;
}
