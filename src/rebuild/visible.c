#include "rebuild/visible.h"

#include "util/cancel.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Each level holds a descriptor. */
#define DEEPEST 512u

static void
close_directory (DIR *directory)
{
  closedir (directory);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, close_directory)

/** One walk. Entries are asked for by name in their open directory: that spares the kernel the way down to each. */
typedef struct
{
  GString *path; /* of what is being looked at */
  guint depth;
  const char *name;
  AssayVisibleFunc func;
  gpointer data;
} Walk;

static gboolean walk_directory (Walk *walk, int parent, const char *entry, int flags, GError **error);

static gboolean
fail (const Walk *walk, GError **error)
{
  return assay_system_error (error, errno, "list", walk->name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* What went away, and what we may not look into, the sandbox does not see either. */
static gboolean
is_unseen (int number)
{
  return number == EACCES || number == ENOENT || number == ENOTDIR;
}

/* Neither a link nor a device, a pipe or a socket can hold anything: nothing is asked of these. */
static gboolean
may_hold (const struct dirent *entry)
{
  return entry->d_type == DT_REG || entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
}

static GPtrArray *
list_names (DIR *directory)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  errno = 0;
  for (const struct dirent *entry = readdir (directory); entry != NULL; errno = 0, entry = readdir (directory))
    if (may_hold (entry) && strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (errno != 0)
    return NULL;
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
visit (Walk *walk, int parent, const char *entry, gboolean follows, GError **error)
{
  struct stat status;
  if (assay_cancelled (error))
    return FALSE;
  if (fstatat (parent, entry, &status, follows ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    return is_unseen (errno) || fail (walk, error);
  if (!S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    return TRUE;
  return walk->func (walk->path->str, &status, walk->data, error)
         && (S_ISREG (status.st_mode) || walk_directory (walk, parent, entry, follows ? 0 : O_NOFOLLOW, error));
}

static gboolean
visit_all (Walk *walk, int directory, const GPtrArray *names, GError **error)
{
  gsize length = walk->path->len;
  for (guint i = 0; i < names->len; i++)
    {
      if (walk->path->str[length - 1] != '/')
        g_string_append_c (walk->path, '/');
      g_string_append (walk->path, names->pdata[i]);
      if (!visit (walk, directory, names->pdata[i], FALSE, error))
        return FALSE;
      g_string_truncate (walk->path, length);
    }
  return TRUE;
}

static gboolean
walk_directory (Walk *walk, int parent, const char *entry, int flags, GError **error)
{
  if (walk->depth >= DEEPEST)
    {
      errno = ENAMETOOLONG;
      return fail (walk, error);
    }
  assay_autofd fd = openat (parent, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
  if (fd < 0)
    return is_unseen (errno) || fail (walk, error);
  g_autoptr (DIR) directory = fdopendir (fd);
  if (directory == NULL)
    return fail (walk, error);
  int opened = assay_fd_steal (&fd);
  g_autoptr (GPtrArray) names = list_names (directory);
  if (names == NULL)
    return fail (walk, error);
  walk->depth++;
  gboolean good = visit_all (walk, opened, names, error);
  walk->depth--;
  return good;
}

gboolean
assay_visible_walk (const char *path, const char *name, AssayVisibleFunc func, gpointer data, GError **error)
{
  g_autoptr (GString) at = g_string_new (path);
  Walk walk = { .path = at, .name = name, .func = func, .data = data };
  return visit (&walk, AT_FDCWD, path, TRUE, error);
}
