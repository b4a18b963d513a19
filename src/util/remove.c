#include "util/directory.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/*
 * A build may leave directories nested so deep that neither a path nor the stack nor the descriptors reach to the
 * bottom. So nothing here descends: a directory inside a directory is moved up to the root and emptied there, each
 * once.
 */

/* Passes over the root that may find something although none before them moved a directory there. */
#define SPARE_PASSES 16u

typedef struct
{
  int root;
  guint64 moved; /* directories so far; for names that are free */
} Removal;

static void
close_stream (DIR **stream)
{
  if (*stream != NULL)
    closedir (*stream);
}

/* Opens a directory and gives its owner all rights to it, by descriptor, so that no link is ever followed. */
static int
open_writable (int parent, const char *name)
{
  char link[40];
  assay_autofd handle = openat (parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (handle < 0)
    return -1;
  /* fchmod() refuses O_PATH descriptors, and only these open a directory without read permission (man 2 open). */
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", handle);
  if (chmod (link, 0700) != 0)
    return -1;
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static gboolean
move_to_root (Removal *removal, int parent, const char *name)
{
  char fresh[40];
  assay_autofd handle = open_writable (parent, name); /* a move writes the `..` of what it moves */
  if (handle < 0)
    return FALSE;
  for (;;)
    {
      g_snprintf (fresh, sizeof fresh, ".assay-removed-%" G_GUINT64_FORMAT, removal->moved++);
      if (renameat2 (parent, name, removal->root, fresh, RENAME_NOREPLACE) == 0)
        return TRUE;
      if (errno != EEXIST)
        return FALSE;
    }
}

static gboolean remove_all (Removal *removal, int fd, gboolean *out_found);

/* Removes one entry, or if it is a directory that is not empty, makes it so. */
static gboolean
remove_entry (Removal *removal, int parent, const char *name)
{
  gboolean found;
  if (unlinkat (parent, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EISDIR && errno != EPERM)
    return FALSE;
  if (unlinkat (parent, name, AT_REMOVEDIR) == 0)
    return TRUE;
  if (errno != ENOTEMPTY && errno != EEXIST)
    return FALSE;
  if (parent != removal->root)
    return move_to_root (removal, parent, name);
  assay_autofd fd = open_writable (parent, name);
  if (fd < 0 || !remove_all (removal, fd, &found))
    return FALSE;
  /* A file system may hide an entry from a reader while others go; the next pass sees it. */
  return unlinkat (parent, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == EEXIST;
}

/* Calls itself through remove_entry() once at most: below the root nothing descends. */
static gboolean
remove_all (Removal *removal, int fd, gboolean *out_found)
{
  assay_autofd own = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  __attribute__ ((cleanup (close_stream))) DIR *stream = own >= 0 ? fdopendir (own) : NULL;
  if (stream == NULL)
    return FALSE;
  assay_fd_steal (&own);
  *out_found = FALSE;
  for (;;)
    {
      errno = 0;
      const struct dirent *entry = readdir (stream);
      if (entry == NULL)
        return errno == 0;
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      *out_found = TRUE;
      if (!remove_entry (removal, fd, entry->d_name))
        return FALSE;
    }
}

gboolean
assay_directory_remove_contents (AssayDirectory *directory, GError **error)
{
  Removal removal = { assay_directory_get_fd (directory), 0 };
  gboolean found = TRUE;
  guint64 passes = 0;
  if (fchmod (removal.root, 0700) != 0)
    return assay_system_error (error, errno, "make writable", ".");
  /* What was moved up may or may not be seen by the pass that moved it (POSIX, readdir); the last pass finds nothing.
   */
  while (found)
    {
      if (!remove_all (&removal, removal.root, &found))
        return assay_system_error (error, errno, "empty directory", ".");
      /* A pass without a move should be the last but one; where files come back (open ones on NFS do) it would never
       * be. */
      if (found && ++passes > removal.moved + SPARE_PASSES)
        return assay_system_error (error, ENOTEMPTY, "empty directory", ".");
    }
  return TRUE;
}
