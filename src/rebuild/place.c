#include "rebuild/place.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A link says something else to each call: that it exists, or that it is no directory. Both mean the same here. */
static gboolean
check_plain (AssayDirectory *parent, const char *name, GError **error)
{
  struct stat status;
  if (fstatat (assay_directory_get_fd (parent), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", name);
  if (S_ISDIR (status.st_mode))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (name, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is a link or file where a directory must be", shown);
  return FALSE;
}

static AssayDirectory *
make_one (AssayDirectory *parent, const char *name, const AssayIdentity *identity, GError **error)
{
  g_autoptr (AssayDirectory) directory = NULL;
  gboolean made = mkdirat (assay_directory_get_fd (parent), name, 0755) == 0;
  if (!made && errno != EEXIST)
    {
      assay_system_error (error, errno, "make the directory", name);
      return NULL;
    }
  directory = check_plain (parent, name, error) ? assay_directory_open_beneath (parent, name, error) : NULL;
  if (directory == NULL)
    return NULL;
  /* mkdir() obeys our umask; the tree of a build does not. */
  if (made && fchmod (assay_directory_get_fd (directory), 0755) != 0)
    {
      assay_system_error (error, errno, "set the mode of", name);
      return NULL;
    }
  if (made && !assay_identity_own (identity, assay_directory_get_fd (directory), name, error))
    return NULL;
  return g_steal_pointer (&directory);
}

static gboolean
refuse_up (const char *path, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "the path %s leaves its directory", shown);
  return FALSE;
}

/* The components of @path without empty ones and `.`. */
static GPtrArray *
split (const char *path, GError **error)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) raw = g_strsplit (path, "/", -1);
  for (gsize i = 0; raw[i] != NULL; i++)
    {
      if (g_str_equal (raw[i], ".."))
        {
          refuse_up (path, error);
          return NULL;
        }
      if (raw[i][0] != '\0' && !g_str_equal (raw[i], "."))
        g_ptr_array_add (components, g_strdup (raw[i]));
    }
  return g_steal_pointer (&components);
}

static AssayDirectory *
make_components (AssayDirectory *root, const GPtrArray *components, guint count, const AssayIdentity *identity,
                 GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_directory_ref (root);
  for (guint i = 0; i < count; i++)
    {
      g_autoptr (AssayDirectory) next = make_one (directory, components->pdata[i], identity, error);
      AssayDirectory *swap = directory;
      if (next == NULL)
        return NULL;
      directory = next;
      next = swap;
    }
  return g_steal_pointer (&directory);
}

AssayDirectory *
assay_place_make (AssayDirectory *root, const char *path, const AssayIdentity *identity, GError **error)
{
  g_autoptr (GPtrArray) components = split (path, error);
  return components == NULL ? NULL : make_components (root, components, components->len, identity, error);
}

gboolean
assay_place_make_file (AssayDirectory *root, const char *path, const AssayIdentity *identity, GError **error)
{
  g_autoptr (GPtrArray) components = split (path, error);
  g_autoptr (AssayDirectory) directory = NULL;
  assay_autofd fd = -1;
  const char *name;
  if (components == NULL)
    return FALSE;
  if (components->len == 0)
    return refuse_up (path, error);
  directory = make_components (root, components, components->len - 1, identity, error);
  if (directory == NULL)
    return FALSE;
  name = components->pdata[components->len - 1];
  fd = openat (assay_directory_get_fd (directory), name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
               0644);
  if (fd < 0)
    return assay_system_error (error, errno, "make", path);
  return TRUE;
}
