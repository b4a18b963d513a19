#include "rebuild/restore.h"

#include "crypto/sha256.h"
#include "rebuild/decoded.h"
#include "rebuild/tree_writer.h"
#include "unpack/bytes.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define RESTORED "restored"

/*
 * Only what was authenticated is decoded: our own list of what a build left, compressed by ourselves (T24). Its content
 * is a stranger's all the same, so the stream is decoded in a process of its own behind walls (T23), of which nothing
 * is believed: what it gives is written and digested here, and digest and facts have to be those that were
 * authenticated. No process is needed for the writing: there is nothing to interpret, and tree_writer.h says why
 * nothing is written elsewhere.
 */
typedef struct
{
  AssayDecoded *decoded;
  AssayTreeWriter *writer;
  AssayGuard *guard;
  AssayKnownFiles *known;
  AssaySha256 *content;
  guint64 written_bytes;
} Restoring;

static void
restoring_clear (Restoring *restoring)
{
  g_clear_pointer (&restoring->decoded, assay_decoded_free);
  g_clear_pointer (&restoring->writer, assay_tree_writer_free);
  g_clear_pointer (&restoring->content, assay_sha256_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restoring, restoring_clear)

static void
digest_zeros (Restoring *restoring, guint64 length)
{
  static const guint8 zeros[4096];
  for (; length > 0; length -= MIN (length, sizeof zeros))
    assay_sha256_update (restoring->content, zeros, (gsize)MIN (length, sizeof zeros));
}

static gboolean
write_at (int fd, const guint8 *bytes, gsize length, guint64 offset, const char *path, GError **error)
{
  while (length > 0)
    {
      ssize_t written = pwrite (fd, bytes, length, (off_t)offset);
      if (written < 0 && errno != EINTR)
        return assay_system_error (error, errno, "write", path);
      gsize done = written < 0 ? 0 : (gsize)written;
      bytes += done;
      length -= done;
      offset += done;
    }
  return TRUE;
}

static gboolean
write_run (Restoring *restoring, int fd, const char *path, guint64 offset, guint64 length, GError **error)
{
  while (length > 0)
    {
      const guint8 *bytes;
      gsize count;
      if (!assay_decoded_pull (restoring->decoded, (gsize)MIN (length, G_MAXSSIZE), &bytes, &count, error))
        return FALSE;
      if (count == 0)
        return assay_manifest_fail (error);
      if (!assay_guard_check (restoring->guard, error) || !write_at (fd, bytes, count, offset, path, error))
        return FALSE;
      assay_sha256_update (restoring->content, bytes, count);
      offset += count;
      length -= count;
    }
  return TRUE;
}

/* The runs of a file, from its begin to its end; what lies between them is a hole. */
static gboolean
write_content (Restoring *restoring, int fd, const AssayManifestEntry *entry, GError **error)
{
  guint64 most = assay_guard_get_limits (restoring->guard)->output_bytes;
  guint64 at = 0;
  guint8 head[12];
  if (entry->size > most)
    return assay_manifest_fail (error);
  for (;;)
    {
      if (!assay_decoded_fill (restoring->decoded, head, sizeof head, error))
        return FALSE;
      guint64 offset = assay_get_le64 (head);
      guint64 length = assay_get_le32 (head + 8);
      if (length == 0)
        break;
      restoring->written_bytes += length;
      if (offset < at || offset > entry->size || length > entry->size - offset || restoring->written_bytes > most)
        return assay_manifest_fail (error);
      digest_zeros (restoring, offset - at);
      if (!write_run (restoring, fd, entry->path, offset, length, error))
        return FALSE;
      at = offset + length;
    }
  digest_zeros (restoring, entry->size - at);
  return at == entry->size || ftruncate (fd, (off_t)entry->size) == 0
         || assay_system_error (error, errno, "write", entry->path);
}

static gboolean
write_file (Restoring *restoring, int fd, const AssayManifestEntry *entry, GError **error)
{
  struct stat status;
  AssayDigest digest;
  if (!write_content (restoring, fd, entry, error) || !assay_tree_writer_settle (entry, fd, error))
    return FALSE;
  assay_sha256_finish (restoring->content, &digest);
  if (fstat (fd, &status) != 0)
    return assay_system_error (error, errno, "look at", entry->path);
  assay_known_files_add (restoring->known, &status, &digest);
  return TRUE;
}

static AssayManifestEntry *
pull_entry (Restoring *restoring, GError **error)
{
  guint8 head[ASSAY_MANIFEST_HEAD_BYTES];
  gsize rest = 0;
  if (!assay_decoded_fill (restoring->decoded, head, sizeof head, error))
    return NULL;
  if (!assay_manifest_entry_length (head, &rest))
    {
      assay_manifest_fail (error);
      return NULL;
    }
  g_autofree guint8 *bytes = g_malloc (sizeof head + rest);
  memcpy (bytes, head, sizeof head);
  if (!assay_decoded_fill (restoring->decoded, bytes + sizeof head, rest, error))
    return NULL;
  AssayManifestEntry *entry = assay_manifest_entry_parse (bytes, sizeof head + rest);
  if (entry == NULL)
    assay_manifest_fail (error);
  return entry;
}

static gboolean
make_entry (Restoring *restoring, const AssayManifestEntry *entry, GError **error)
{
  assay_autofd fd = -1;
  return assay_guard_check (restoring->guard, error) && assay_tree_writer_make (restoring->writer, entry, &fd, error)
         && (fd < 0 || write_file (restoring, fd, entry, error));
}

static gboolean
make_entries (Restoring *restoring, guint64 entries, GError **error)
{
  g_autoptr (GPtrArray) directories = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_manifest_entry_free);
  for (guint64 i = 0; i < entries; i++)
    {
      g_autoptr (AssayManifestEntry) entry = pull_entry (restoring, error);
      if (entry == NULL || !make_entry (restoring, entry, error))
        return FALSE;
      if (entry->kind == ASSAY_MANIFEST_DIRECTORY)
        g_ptr_array_add (directories, g_steal_pointer (&entry));
    }
  return assay_tree_writer_finish (restoring->writer, directories, error);
}

gboolean
assay_restore_tree (int fd, const AssayPackedTree *packed, AssayDirectory *into, AssayWorkspace *workspace,
                    AssayKnownFiles *known, GError **error)
{
  const AssayManifestSink sink = { .known = known };
  g_auto (Restoring) restoring = { .guard = workspace->guard, .known = known };
  guint64 entries = 0;
  AssayDigest sha256;
  if (!assay_pack_check_tree (fd, packed, error))
    return FALSE;
  restoring.decoded = assay_decoded_new (fd, packed->offset, packed->length,
                                         assay_guard_get_limits (workspace->guard)->time_s, error);
  if (restoring.decoded == NULL)
    return FALSE;
  restoring.writer = assay_tree_writer_new (into, &workspace->identity);
  restoring.content = assay_sha256_new ();
  if (!make_entries (&restoring, packed->entries, error)
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

static gboolean
is_empty (AssayDirectory *directory)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, 0, "entries", NULL);
  return entries != NULL;
}

/* Where nothing was prepared the tree is made in its place. */
static AssayDirectory *
restore_build (int fd, const AssayPackedTree *packed, AssayWorkspace *workspace, GError **error)
{
  if (!is_empty (workspace->build))
    return restore_one (fd, packed, RESTORED, workspace, workspace->restored, error);
  workspace->is_half_restored = TRUE;
  if (!assay_restore_tree (fd, packed, workspace->build, workspace, workspace->restored, error))
    return NULL;
  workspace->is_half_restored = FALSE;
  return assay_directory_ref (workspace->build);
}

AssayDirectory *
assay_restore_entry (int fd, const AssayCacheEntry *entry, AssayRestoreTrees trees, AssayWorkspace *workspace,
                     GError **error)
{
  if (trees == ASSAY_RESTORE_BOTH)
    {
      g_autoptr (AssayKnownFiles) known = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
      g_autoptr (AssayDirectory) beside
          = restore_one (fd, &entry->beside, ASSAY_RESTORE_BESIDE, workspace, known, error);
      if (beside == NULL)
        return NULL;
    }
  g_clear_pointer (&workspace->restored, assay_known_files_free);
  workspace->restored = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
  return restore_build (fd, trees == ASSAY_RESTORE_OUTPUTS_ALONE ? &entry->outputs : &entry->build, workspace, error);
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

static gboolean
empty_build (AssayWorkspace *workspace, GError **error)
{
  if (!workspace->is_half_restored)
    return TRUE;
  if (!assay_directory_remove_contents (workspace->build, error))
    return FALSE;
  workspace->is_half_restored = FALSE;
  return fchmod (assay_directory_get_fd (workspace->build), 0755) == 0
         || assay_system_error (error, errno, "change the mode of", "the build tree");
}

gboolean
assay_restore_drop (AssayWorkspace *workspace, GError **error)
{
  return empty_build (workspace, error) && drop (workspace, RESTORED, error)
         && drop (workspace, ASSAY_RESTORE_BESIDE, error);
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
  if (restored == workspace->build)
    return TRUE;
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
