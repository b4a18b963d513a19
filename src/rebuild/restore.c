#include "rebuild/restore.h"

#include "cage/cage_limits.h"
#include "cage/confine.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <zstd.h>

#define WINDOW_BYTES 262144
#define RESTORED "restored"

/* zstd makes no larger window at level 1. */
#define WINDOW_LOG 27

/* In the confined process, whose `/` is the tree. */
typedef struct
{
  const AssayPackedTree *packed;
  guint64 most_bytes;
  int fd;
  ZSTD_DCtx *decoder;
  guint8 *raw;
  ZSTD_inBuffer in;
  guint64 at; /* of the stream that was read */
  guint8 *plain;
  gsize plain_length, plain_at;
  gboolean over; /* of the stream that was decoded */
  guint64 written_bytes;
  GPtrArray *directories; /* AssayManifestEntry */
  AssayErrorCode *code;
  char *message;
} Restoring;

static gboolean
fail (Restoring *restoring, AssayErrorCode code, const char *what, const char *path)
{
  *restoring->code = code;
  snprintf (restoring->message, ASSAY_CAGE_MESSAGE_BYTES, "%s%s%s", what, path == NULL ? "" : " ",
            path == NULL ? "" : path);
  return FALSE;
}

static gboolean
fail_call (Restoring *restoring, const char *what, const char *path)
{
  char text[512];
  snprintf (text, sizeof text, "cannot %s: %s:", what, strerror (errno));
  return fail (restoring, ASSAY_ERROR_IO, text, path);
}

static gboolean
fail_form (Restoring *restoring)
{
  return fail (restoring, ASSAY_ERROR_MALFORMED, "the stream of a tree is not as we write it", NULL);
}

static gboolean
read_more (Restoring *restoring)
{
  gsize take = (gsize)MIN (restoring->packed->length - restoring->at, WINDOW_BYTES);
  if (take == 0
      || assay_system_read_at (restoring->fd, restoring->raw, take, restoring->packed->offset + restoring->at)
             != (gssize)take)
    return fail_form (restoring);
  restoring->at += take;
  restoring->in = (ZSTD_inBuffer){ restoring->raw, take, 0 };
  return TRUE;
}

static gboolean
decode_more (Restoring *restoring)
{
  ZSTD_outBuffer out = { restoring->plain, WINDOW_BYTES, 0 };
  while (out.pos == 0 && !restoring->over)
    {
      if (restoring->in.pos == restoring->in.size && !read_more (restoring))
        return FALSE;
      gsize left = ZSTD_decompressStream (restoring->decoder, &out, &restoring->in);
      if (ZSTD_isError (left))
        return fail_form (restoring);
      restoring->over = left == 0;
    }
  restoring->plain_length = out.pos;
  restoring->plain_at = 0;
  return TRUE;
}

/* As many bytes as there are, up to @most; 0 at the end; -1: it failed. */
static gssize
pull_some (Restoring *restoring, guint8 *out, gsize most)
{
  if (restoring->plain_at == restoring->plain_length && !decode_more (restoring))
    return -1;
  gsize count = MIN (most, restoring->plain_length - restoring->plain_at);
  memcpy (out, restoring->plain + restoring->plain_at, count);
  restoring->plain_at += count;
  return (gssize)count;
}

static gboolean
pull (Restoring *restoring, guint8 *out, gsize length)
{
  while (length > 0)
    {
      gssize count = pull_some (restoring, out, length);
      if (count <= 0)
        return count < 0 ? FALSE : fail_form (restoring);
      out += count;
      length -= (gsize)count;
    }
  return TRUE;
}

static guint64
get (const guint8 *bytes, guint width)
{
  guint64 value = 0;
  for (guint i = width; i > 0; i--)
    value = value << 8 | bytes[i - 1];
  return value;
}

static gboolean
write_run (Restoring *restoring, int fd, const char *path, guint64 offset, guint64 length)
{
  static guint8 window[WINDOW_BYTES];
  while (length > 0)
    {
      gssize count = pull_some (restoring, window, (gsize)MIN (length, sizeof window));
      if (count <= 0)
        return count < 0 ? FALSE : fail_form (restoring);
      if (lseek (fd, (off_t)offset, SEEK_SET) < 0 || !assay_system_write_all (fd, window, (gsize)count))
        return fail_call (restoring, "write", path);
      offset += (guint64)count;
      length -= (guint64)count;
    }
  return TRUE;
}

static gboolean
write_content (Restoring *restoring, int fd, const AssayManifestEntry *entry)
{
  guint8 head[12];
  for (;;)
    {
      if (!pull (restoring, head, sizeof head))
        return FALSE;
      guint64 offset = get (head, 8);
      guint64 length = get (head + 8, 4);
      if (length == 0)
        break;
      restoring->written_bytes += length;
      if (offset > entry->size || length > entry->size - offset || restoring->written_bytes > restoring->most_bytes)
        return fail_form (restoring);
      if (!write_run (restoring, fd, entry->path, offset, length))
        return FALSE;
    }
  return ftruncate (fd, (off_t)entry->size) == 0 || fail_call (restoring, "write", entry->path);
}

static gboolean
set_attributes (Restoring *restoring, int fd, const AssayManifestEntry *entry)
{
  const guint8 *at = entry->attributes->data;
  const guint8 *end = at == NULL ? NULL : at + entry->attributes->len;
  while (at < end)
    {
      const guint8 *value = memchr (at, 0, (gsize)(end - at));
      if (value == NULL || end - value < 5 || get (value + 1, 4) > (guint64)(end - value - 5))
        return fail_form (restoring);
      gsize length = (gsize)get (value + 1, 4);
      if (fsetxattr (fd, (const char *)at, value + 5, length, XATTR_CREATE) != 0)
        return fail_call (restoring, "set an extended attribute of", entry->path);
      at = value + 5 + length;
    }
  return TRUE;
}

static gboolean
set_facts (Restoring *restoring, int fd, const AssayManifestEntry *entry)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { entry->time_s, entry->time_ns } };
  if (!set_attributes (restoring, fd, entry))
    return FALSE;
  return (fchmod (fd, entry->mode) == 0 && futimens (fd, times) == 0)
         || fail_call (restoring, "set mode and time of", entry->path);
}

static gboolean
make_file (Restoring *restoring, const AssayManifestEntry *entry)
{
  int fd = open (entry->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_call (restoring, "make", entry->path);
  gboolean done = write_content (restoring, fd, entry) && set_facts (restoring, fd, entry);
  close (fd);
  return done;
}

/* Neither a link nor a pipe is opened. */
static gboolean
make_other (Restoring *restoring, const AssayManifestEntry *entry)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { entry->time_s, entry->time_ns } };
  gboolean is_link = entry->kind == ASSAY_MANIFEST_LINK;
  if ((is_link ? symlink (entry->target, entry->path) : mkfifo (entry->path, 0600)) != 0)
    return fail_call (restoring, "make", entry->path);
  if (!is_link && chmod (entry->path, entry->mode) != 0)
    return fail_call (restoring, "set the mode of", entry->path);
  return utimensat (AT_FDCWD, entry->path, times, AT_SYMLINK_NOFOLLOW) == 0
         || fail_call (restoring, "set the time of", entry->path);
}

static gboolean
make_entry (Restoring *restoring, const AssayManifestEntry *entry)
{
  switch (entry->kind)
    {
    case ASSAY_MANIFEST_DIRECTORY:
      return strcmp (entry->path, ".") == 0 || mkdir (entry->path, 0700) == 0
             || fail_call (restoring, "make", entry->path);
    case ASSAY_MANIFEST_FILE:
      return make_file (restoring, entry);
    case ASSAY_MANIFEST_HARD_LINK:
      return linkat (AT_FDCWD, entry->target, AT_FDCWD, entry->path, 0) == 0
             || fail_call (restoring, "make", entry->path);
    case ASSAY_MANIFEST_LINK:
    case ASSAY_MANIFEST_PIPE:
      return make_other (restoring, entry);
    }
  return fail_form (restoring);
}

static AssayManifestEntry *
pull_entry (Restoring *restoring)
{
  guint8 head[ASSAY_MANIFEST_HEAD_BYTES];
  gsize rest = 0;
  if (!pull (restoring, head, sizeof head))
    return NULL;
  if (!assay_manifest_entry_length (head, &rest))
    {
      fail_form (restoring);
      return NULL;
    }
  g_autofree guint8 *bytes = g_malloc (sizeof head + rest);
  memcpy (bytes, head, sizeof head);
  if (!pull (restoring, bytes + sizeof head, rest))
    return NULL;
  AssayManifestEntry *entry = assay_manifest_entry_parse (bytes, sizeof head + rest);
  if (entry == NULL)
    fail_form (restoring);
  return entry;
}

/* Last, and those beneath before those above: what is made in a directory changes its time, and may not be allowed. */
static gboolean
finish_directories (Restoring *restoring)
{
  for (guint i = restoring->directories->len; i > 0; i--)
    {
      const AssayManifestEntry *entry = g_ptr_array_index (restoring->directories, i - 1);
      int fd = open (entry->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      gboolean done = fd >= 0 && set_facts (restoring, fd, entry);
      if (fd < 0)
        return fail_call (restoring, "open", entry->path);
      close (fd);
      if (!done)
        return FALSE;
    }
  return TRUE;
}

static gboolean
restore_confined (int fd, gpointer data, AssayErrorCode *out_code, char *out_message)
{
  Restoring *restoring = data;
  restoring->fd = fd;
  restoring->code = out_code;
  restoring->message = out_message;
  restoring->decoder = ZSTD_createDCtx ();
  restoring->raw = g_malloc (WINDOW_BYTES);
  restoring->plain = g_malloc (WINDOW_BYTES);
  restoring->directories = g_ptr_array_new ();
  if (restoring->decoder == NULL
      || ZSTD_isError (ZSTD_DCtx_setParameter (restoring->decoder, ZSTD_d_windowLogMax, WINDOW_LOG)))
    return fail (restoring, ASSAY_ERROR_LIMIT, "out of memory", NULL);
  for (guint64 i = 0; i < restoring->packed->entries; i++)
    {
      AssayManifestEntry *entry = pull_entry (restoring);
      if (entry == NULL || !make_entry (restoring, entry))
        return FALSE;
      if (entry->kind == ASSAY_MANIFEST_DIRECTORY)
        g_ptr_array_add (restoring->directories, entry);
      else
        assay_manifest_entry_free (entry);
    }
  return finish_directories (restoring);
}

gboolean
assay_restore_tree (int fd, const AssayPackedTree *packed, AssayDirectory *into, AssayWorkspace *workspace,
                    AssayKnownFiles *known, GError **error)
{
  const AssayManifestSink sink = { .known = known };
  Restoring restoring = { .packed = packed };
  guint64 entries = 0;
  AssayDigest sha256;
  restoring.most_bytes = assay_guard_get_limits (workspace->guard)->output_bytes;
  if (!assay_confine_run (&workspace->identity, into, fd, ASSAY_CAGE_DECODER_BYTES, workspace->guard, restore_confined,
                          &restoring, error)
      || !assay_manifest_read (into, &workspace->identity, NULL, &sink, &entries, &sha256, error))
    return FALSE;
  if (entries == packed->entries && assay_digest_equal (&sha256, &packed->sha256))
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "what was unpacked is another tree than was kept");
  return FALSE;
}

static AssayDirectory *
restore_one (int fd, const AssayPackedTree *packed, const char *name, AssayWorkspace *workspace, AssayKnownFiles *known,
             GError **error)
{
  g_autoptr (AssayDirectory) made = assay_workspace_make (workspace, name, error);
  return made != NULL && assay_restore_tree (fd, packed, made, workspace, known, error) ? g_steal_pointer (&made)
                                                                                        : NULL;
}

AssayDirectory *
assay_restore_entry (int fd, const AssayCacheEntry *entry, AssayRestoreTrees trees, AssayWorkspace *workspace,
                     GError **error)
{
  g_autoptr (AssayDirectory) beside = NULL;
  if (trees == ASSAY_RESTORE_BOTH)
    {
      beside = restore_one (fd, &entry->beside, ASSAY_RESTORE_BESIDE, workspace, NULL, error);
      if (beside == NULL)
        return NULL;
    }
  g_clear_pointer (&workspace->restored, assay_known_files_free);
  workspace->restored = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
  return restore_one (fd, &entry->build, RESTORED, workspace, workspace->restored, error);
}

/* Nothing of a tree that was not restored to its end may stay in the way. */
static gboolean
drop (AssayWorkspace *workspace, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (workspace->scratch, name, &local);
  if (directory == NULL && g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND))
    return TRUE;
  if (directory == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return assay_directory_remove_contents (directory, error)
         && (unlinkat (assay_directory_get_fd (workspace->scratch), name, AT_REMOVEDIR) == 0
             || assay_system_error (error, errno, "remove", name));
}

gboolean
assay_restore_drop (AssayWorkspace *workspace, GError **error)
{
  return drop (workspace, RESTORED, error) && drop (workspace, ASSAY_RESTORE_BESIDE, error);
}

/* The tree that was made anew takes the place of the one that was prepared. A directory that one may not write cannot
 * be moved by its owner. */
gboolean
assay_restore_exchange (AssayWorkspace *workspace, AssayDirectory *restored, GError **error)
{
  int keep = assay_directory_get_fd (workspace->keep);
  int top = assay_directory_get_fd (restored);
  struct stat status;
  const char *failed = NULL;
  if (!assay_directory_remove_contents (workspace->build, error))
    return FALSE;
  if (fstat (top, &status) != 0 || fchmod (top, S_IRWXU) != 0)
    failed = "change the mode of";
  else if (unlinkat (keep, "build", AT_REMOVEDIR) != 0)
    failed = "remove";
  else if (renameat (assay_directory_get_fd (workspace->scratch), RESTORED, keep, "build") != 0)
    failed = "put in place";
  else if (fchmod (top, status.st_mode & 07777) != 0)
    failed = "give its mode back to";
  if (failed != NULL)
    return assay_system_error (error, errno, failed, "the build tree");
  assay_directory_unref (workspace->build);
  workspace->build = assay_directory_ref (restored);
  assay_guard_watch (workspace->guard, restored);
  return TRUE;
}
