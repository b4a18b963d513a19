#include "util/own.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#define FOR_OTHERS (S_IRWXG | S_IRWXO)

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s %s", shown, why);
  return FALSE;
}

/* @path without links. Who may change a directory may exchange all that lies in it. */
static gboolean
check_above (const char *path, GError **error)
{
  g_autofree char *at = g_strdup (path);
  for (;;)
    {
      struct stat status;
      if (lstat (at, &status) != 0)
        return assay_system_error (error, errno, "look at", at);
      if (!S_ISDIR (status.st_mode))
        return refuse (at, "is no directory", error);
      if (status.st_uid != 0 && status.st_uid != geteuid ())
        return refuse (at, "belongs to another user, who could exchange what lies in it", error);
      if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0)
        return refuse (at, "can be written by others, who could exchange what lies in it", error);
      if (g_str_equal (at, "/"))
        return TRUE;
      char *parent = g_path_get_dirname (at);
      g_free (at);
      at = parent;
    }
}

/* The directory that @path lies in, without links. */
static char *
resolve_above (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute);
  char *real = realpath (parent, NULL);
  if (real == NULL)
    assay_system_error (error, errno, "look at", parent);
  return real;
}

gboolean
assay_own_check_way (const char *path, GError **error)
{
  char *above = resolve_above (path, error);
  gboolean good = above != NULL && check_above (above, error);
  free (above);
  return good;
}

gboolean
assay_own_make_way (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute);
  if (g_mkdir_with_parents (parent, S_IRWXU) != 0)
    return assay_system_error (error, errno, "make the directory", parent);
  return assay_own_check_way (path, error);
}

static AssayDirectory *
open_own (const char *above, const char *name, const char *path, GError **error)
{
  g_autoptr (AssayDirectory) parent = assay_directory_open (above, error);
  if (parent == NULL)
    return NULL;
  if (mkdirat (assay_directory_get_fd (parent), name, S_IRWXU) != 0 && errno != EEXIST)
    {
      assay_system_error (error, errno, "make the directory", path);
      return NULL;
    }
  struct stat status;
  if (fstatat (assay_directory_get_fd (parent), name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (status.st_mode))
    {
      refuse (path, "is a link or file where a directory must be", error);
      return NULL;
    }
  g_autoptr (AssayDirectory) own = assay_directory_open_beneath (parent, name, error);
  if (own == NULL)
    return NULL;
  if (fstat (assay_directory_get_fd (own), &status) != 0)
    assay_system_error (error, errno, "look at", path);
  else if (status.st_uid != geteuid ())
    refuse (path, "belongs to another user", error);
  else if ((status.st_mode & FOR_OTHERS) != 0)
    refuse (path, "is open to others: expected mode 0700", error);
  else
    return g_steal_pointer (&own);
  return NULL;
}

AssayDirectory *
assay_own_directory_open (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *name = g_path_get_basename (absolute);
  char *above = assay_own_make_way (absolute, error) ? resolve_above (absolute, error) : NULL;
  AssayDirectory *own = above == NULL ? NULL : open_own (above, name, absolute, error);
  free (above);
  return own;
}

gboolean
assay_own_check_file (int fd, const char *name, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return assay_system_error (error, errno, "look at", name);
  if (!S_ISREG (status.st_mode))
    return refuse (name, "is no regular file", error);
  if (status.st_uid != geteuid ())
    return refuse (name, "belongs to another user", error);
  if ((status.st_mode & FOR_OTHERS) != 0)
    return refuse (name, "is open to others: expected mode 0600", error);
  return status.st_nlink == 1 || refuse (name, "has another name as well", error);
}
