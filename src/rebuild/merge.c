#include "rebuild/merge.h"

#include "util/system.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static void
close_stream (DIR *stream)
{
  if (stream != NULL)
    closedir (stream);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, close_stream)

/* The names first: moving them while reading would leave open which ones readdir() gives. */
static GPtrArray *
list_names (AssayDirectory *directory, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  assay_autofd fd = openat (assay_directory_get_fd (directory), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (DIR) stream = fd < 0 ? NULL : fdopendir (fd);
  if (stream == NULL)
    {
      assay_system_error (error, errno, "read", "a directory of a layer");
      return NULL;
    }
  assay_fd_steal (&fd);
  errno = 0;
  for (struct dirent *entry = readdir (stream); entry != NULL; errno = 0, entry = readdir (stream))
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (errno != 0)
    {
      assay_system_error (error, errno, "read", "a directory of a layer");
      return NULL;
    }
  return g_steal_pointer (&names);
}

static gboolean
merge_directories (AssayDirectory *from, AssayDirectory *to, const char *name, GError **error)
{
  g_autoptr (AssayDirectory) from_child = assay_directory_open_beneath (from, name, error);
  g_autoptr (AssayDirectory) to_child = from_child == NULL ? NULL : assay_directory_open_beneath (to, name, error);
  return to_child != NULL && assay_merge_tree (from_child, to_child, error);
}

static gboolean
move_entry (AssayDirectory *from, AssayDirectory *to, const char *name, GError **error)
{
  struct stat upper, lower;
  gboolean upper_is_directory, lower_is_directory;
  if (fstatat (assay_directory_get_fd (from), name, &upper, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", name);
  if (fstatat (assay_directory_get_fd (to), name, &lower, AT_SYMLINK_NOFOLLOW) == 0)
    {
      upper_is_directory = S_ISDIR (upper.st_mode);
      lower_is_directory = S_ISDIR (lower.st_mode);
      if (upper_is_directory && lower_is_directory)
        return merge_directories (from, to, name, error);
      if (upper_is_directory || lower_is_directory)
        {
          g_autofree char *shown = assay_text_escape_line (name, -1);
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "%s is a directory in one layer and none in another",
                       shown);
          return FALSE;
        }
    }
  if (renameat (assay_directory_get_fd (from), name, assay_directory_get_fd (to), name) != 0)
    return assay_system_error (error, errno, "move", name);
  return TRUE;
}

/* The upper layer's directory lends mode and time. */
static gboolean
take_facts (AssayDirectory *to, const struct stat *status, GError **error)
{
  const struct timespec times[2] = { status->st_mtim, status->st_mtim };
  int fd = assay_directory_get_fd (to);
  if (fchmod (fd, status->st_mode & 0777) != 0 || futimens (fd, times) != 0)
    return assay_system_error (error, errno, "set mode and time of", "a directory of a layer");
  return TRUE;
}

gboolean
assay_merge_tree (AssayDirectory *from, AssayDirectory *to, GError **error)
{
  struct stat status;
  g_autoptr (GPtrArray) names = list_names (from, error);
  if (names == NULL)
    return FALSE;
  if (fstat (assay_directory_get_fd (from), &status) != 0)
    return assay_system_error (error, errno, "look at", "a directory of a layer");
  for (guint i = 0; i < names->len; i++)
    if (!move_entry (from, to, names->pdata[i], error))
      return FALSE;
  return take_facts (to, &status, error);
}
