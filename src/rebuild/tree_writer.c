#include "rebuild/tree_writer.h"

#include "util/system.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

struct _AssayTreeWriter
{
  AssayDirectory *top;
  const AssayIdentity *owner;
  AssayDirectory *parent; /* of what was made last, or NULL */
  char *parent_path;      /* where it lies */
};

AssayTreeWriter *
assay_tree_writer_new (AssayDirectory *into, const AssayIdentity *owner)
{
  AssayTreeWriter *writer = g_new0 (AssayTreeWriter, 1);
  writer->top = assay_directory_ref (into);
  writer->owner = owner;
  return writer;
}

static void
forget_parent (AssayTreeWriter *writer)
{
  g_clear_pointer (&writer->parent, assay_directory_unref);
  g_clear_pointer (&writer->parent_path, g_free);
}

void
assay_tree_writer_free (AssayTreeWriter *writer)
{
  if (writer == NULL)
    return;
  forget_parent (writer);
  assay_directory_unref (writer->top);
  g_free (writer);
}

/* Of what was listed of a tree, nothing is there already, and no way to it leads by a link or is missing. */
static gboolean
fail_call (int number, const char *action, const char *path, GError **error)
{
  gboolean is_of_no_tree = number == EEXIST || number == ENOENT || number == ENOTDIR || number == ELOOP;
  return is_of_no_tree ? assay_manifest_fail (error) : assay_system_error (error, number, action, path);
}

/* The directory that holds it, reached without a link. */
static AssayDirectory *
open_parent (const AssayTreeWriter *writer, const char *path, const char **out_name, GError **error)
{
  g_autoptr (GError) local = NULL;
  const char *slash = strrchr (path, '/');
  *out_name = slash == NULL ? path : slash + 1;
  if (slash == NULL)
    return assay_directory_ref (writer->top);
  g_autofree char *above = g_strndup (path, (gsize)(slash - path));
  AssayDirectory *parent = assay_directory_open_beneath (writer->top, above, &local);
  if (parent == NULL && !g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_IO))
    assay_manifest_fail (error);
  else if (parent == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return parent;
}

/* The same, which stays open: what follows mostly stands beside it. -1 on error */
static int
enter_parent (AssayTreeWriter *writer, const char *path, const char **out_name, GError **error)
{
  const char *slash = strrchr (path, '/');
  gsize length = slash == NULL ? 0 : (gsize)(slash - path);
  if (writer->parent == NULL || strlen (writer->parent_path) != length
      || strncmp (writer->parent_path, path, length) != 0)
    {
      forget_parent (writer);
      writer->parent = open_parent (writer, path, out_name, error);
      writer->parent_path = g_strndup (path, length);
    }
  *out_name = slash == NULL ? path : slash + 1;
  return writer->parent == NULL ? -1 : assay_directory_get_fd (writer->parent);
}

/* Before the mode: a new owner takes bits of it away. */
static gboolean
give (const AssayTreeWriter *writer, int parent, const char *name, const char *path, GError **error)
{
  return !writer->owner->changes
         || fchownat (parent, name, writer->owner->uid, writer->owner->gid, AT_SYMLINK_NOFOLLOW) == 0
         || assay_system_error (error, errno, "give to the user of the sandbox", path);
}

/* Neither a link nor a pipe is opened. */
static gboolean
settle_other (const AssayManifestEntry *entry, int parent, const char *name, GError **error)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { entry->time_s, entry->time_ns } };
  if (entry->kind == ASSAY_MANIFEST_PIPE && fchmodat (parent, name, entry->mode, 0) != 0)
    return assay_system_error (error, errno, "set the mode of", entry->path);
  return utimensat (parent, name, times, AT_SYMLINK_NOFOLLOW) == 0
         || assay_system_error (error, errno, "set the time of", entry->path);
}

static gboolean
make_hard_link (const AssayTreeWriter *writer, const AssayManifestEntry *entry, int parent, const char *name,
                GError **error)
{
  const char *first;
  g_autoptr (AssayDirectory) from = open_parent (writer, entry->target, &first, error);
  if (from == NULL)
    return FALSE;
  return linkat (assay_directory_get_fd (from), first, parent, name, 0) == 0
         || fail_call (errno, "make", entry->path, error);
}

static gboolean
make (AssayTreeWriter *writer, const AssayManifestEntry *entry, int *out_fd, GError **error)
{
  const char *name;
  int failed = 0;
  int parent = enter_parent (writer, entry->path, &name, error);
  if (parent < 0)
    return FALSE;
  switch (entry->kind)
    {
    case ASSAY_MANIFEST_DIRECTORY:
      failed = mkdirat (parent, name, S_IRWXU);
      break;
    case ASSAY_MANIFEST_FILE:
      failed = *out_fd = openat (parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
      break;
    case ASSAY_MANIFEST_HARD_LINK:
      return make_hard_link (writer, entry, parent, name, error);
    case ASSAY_MANIFEST_LINK:
      failed = symlinkat (entry->target, parent, name);
      break;
    case ASSAY_MANIFEST_PIPE:
      failed = mkfifoat (parent, name, S_IRUSR | S_IWUSR);
      break;
    }
  if (failed < 0)
    return fail_call (errno, "make", entry->path, error);
  if (!give (writer, parent, name, entry->path, error))
    return FALSE;
  return entry->kind == ASSAY_MANIFEST_DIRECTORY || entry->kind == ASSAY_MANIFEST_FILE
         || settle_other (entry, parent, name, error);
}

gboolean
assay_tree_writer_make (AssayTreeWriter *writer, const AssayManifestEntry *entry, int *out_fd, GError **error)
{
  *out_fd = -1;
  if (strcmp (entry->path, ".") == 0 || make (writer, entry, out_fd, error))
    return TRUE;
  assay_fd_close (out_fd);
  return FALSE;
}

static guint32
get_le32 (const guint8 *bytes)
{
  return (guint32)bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}

/* Only of the kind that any owner of a file may set: of ours some say what a program may do. */
static gboolean
set_attributes (const AssayManifestEntry *entry, int fd, GError **error)
{
  const guint8 *at = entry->attributes->data;
  const guint8 *end = at == NULL ? NULL : at + entry->attributes->len;
  while (at < end)
    {
      const guint8 *value = memchr (at, 0, (gsize)(end - at));
      if (value == NULL || end - value < 5 || get_le32 (value + 1) > (gsize)(end - value - 5)
          || !g_str_has_prefix ((const char *)at, "user."))
        return assay_manifest_fail (error);
      gsize length = get_le32 (value + 1);
      if (fsetxattr (fd, (const char *)at, value + 5, length, XATTR_CREATE) != 0)
        return assay_system_error (error, errno, "set an extended attribute of", entry->path);
      at = value + 5 + length;
    }
  return TRUE;
}

gboolean
assay_tree_writer_settle (const AssayManifestEntry *entry, int fd, GError **error)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { entry->time_s, entry->time_ns } };
  if (!set_attributes (entry, fd, error))
    return FALSE;
  return (fchmod (fd, entry->mode) == 0 && futimens (fd, times) == 0)
         || assay_system_error (error, errno, "set mode and time of", entry->path);
}

/* Last, and those beneath before those above: what is made in a directory changes its time, and may not be allowed. */
gboolean
assay_tree_writer_finish (AssayTreeWriter *writer, const GPtrArray *directories, GError **error)
{
  forget_parent (writer);
  for (guint i = directories->len; i > 0; i--)
    {
      const AssayManifestEntry *entry = g_ptr_array_index (directories, i - 1);
      g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (writer->top, entry->path, error);
      if (directory == NULL || !assay_tree_writer_settle (entry, assay_directory_get_fd (directory), error))
        return FALSE;
    }
  return TRUE;
}
