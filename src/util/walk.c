#include "util/cancel.h"
#include "util/directory.h"
#include "util/system.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

typedef struct
{
  AssayDirectory *root;
  dev_t device;
  guint64 max_entries;
  const char *limit_name;
  GPtrArray *entries;
  GPtrArray *pending; /* directories not yet read; borrowed from entries */
} Walk;

static void
free_entry (gpointer data)
{
  AssayDirectoryEntry *entry = data;
  g_free (entry->path);
  g_free (entry->target);
  g_free (entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const AssayDirectoryEntry *const *left = a, *const *right = b;
  return strcmp ((*left)->path, (*right)->path);
}

static gboolean
read_target (int fd, const char *name, AssayDirectoryEntry *entry, GError **error)
{
  char target[PATH_MAX + 1];
  ssize_t length = readlinkat (fd, name, target, sizeof target);
  if (length < 0)
    return assay_system_error (error, errno, "read link", entry->path);
  entry->target = g_strndup (target, (gsize)length);
  return TRUE;
}

/* A directory that is a mount point would leave its bytes without account; so it is an error, not an empty directory.
 */
static gboolean
queue_directory (Walk *walk, AssayDirectoryEntry *entry, GError **error)
{
  if (entry->status.st_dev == walk->device)
    {
      g_ptr_array_add (walk->pending, entry);
      return TRUE;
    }
  g_autofree char *shown = assay_text_escape_line (entry->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is on another file system", shown);
  return FALSE;
}

static gboolean
add_entry (Walk *walk, int fd, const char *parent, const char *name, GError **error)
{
  if (walk->entries->len >= walk->max_entries || walk->entries->len == G_MAXUINT - 1)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "limit %s (%" G_GUINT64_FORMAT " entries) hit: a directory",
                   walk->limit_name, walk->max_entries);
      return FALSE;
    }
  AssayDirectoryEntry *entry = g_new0 (AssayDirectoryEntry, 1);
  g_ptr_array_add (walk->entries, entry);
  entry->path = *parent == '\0' ? g_strdup (name) : g_strconcat (parent, "/", name, NULL);
  if (strlen (entry->path) >= PATH_MAX)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "limit PATH_MAX (%d bytes) hit: a path beneath a directory",
                   PATH_MAX);
      return FALSE;
    }
  if (fstatat (fd, name, &entry->status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "examine", entry->path);
  if (S_ISLNK (entry->status.st_mode))
    return read_target (fd, name, entry, error);
  return !S_ISDIR (entry->status.st_mode) || queue_directory (walk, entry, error);
}

static void
close_stream (DIR **stream)
{
  if (*stream != NULL)
    closedir (*stream);
}

static gboolean
read_directory (Walk *walk, AssayDirectory *directory, const char *path, GError **error)
{
  /* A descriptor of our own: that of the directory keeps no read position, and closedir() must not close it. */
  assay_autofd fd = openat (assay_directory_get_fd (directory), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  __attribute__ ((cleanup (close_stream))) DIR *stream = fd >= 0 ? fdopendir (fd) : NULL;
  if (stream == NULL)
    return assay_system_error (error, errno, "read directory", *path == '\0' ? "." : path);
  int own = assay_fd_steal (&fd);
  for (;;)
    {
      errno = 0;
      const struct dirent *entry = readdir (stream);
      if (entry == NULL)
        return errno == 0 || assay_system_error (error, errno, "read directory", *path == '\0' ? "." : path);
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      if (assay_cancelled (error) || !add_entry (walk, own, path, entry->d_name, error))
        return FALSE;
    }
}

static gboolean
read_pending (Walk *walk, const AssayDirectoryEntry *entry, GError **error)
{
  struct stat status;
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (walk->root, entry->path, error);
  if (directory == NULL)
    return FALSE;
  if (fstat (assay_directory_get_fd (directory), &status) != 0)
    return assay_system_error (error, errno, "examine", entry->path);
  if (status.st_dev != entry->status.st_dev || status.st_ino != entry->status.st_ino)
    {
      g_autofree char *shown = assay_text_escape_line (entry->path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while it was read", shown);
      return FALSE;
    }
  return read_directory (walk, directory, entry->path, error);
}

GPtrArray *
assay_directory_walk (AssayDirectory *directory, guint64 max_entries, const char *limit_name, GError **error)
{
  struct stat status;
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (free_entry);
  g_autoptr (GPtrArray) pending = g_ptr_array_new ();
  Walk walk = { directory, 0, max_entries, limit_name, entries, pending };
  if (fstat (assay_directory_get_fd (directory), &status) != 0)
    {
      assay_system_error (error, errno, "examine", ".");
      return NULL;
    }
  walk.device = status.st_dev;
  if (!read_directory (&walk, directory, "", error))
    return NULL;
  while (pending->len > 0)
    if (!read_pending (&walk, g_ptr_array_steal_index_fast (pending, pending->len - 1), error))
      return NULL;
  g_ptr_array_sort (entries, compare_entries);
  return g_steal_pointer (&entries);
}
