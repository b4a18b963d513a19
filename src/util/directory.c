#include "util/directory.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

struct _AssayDirectory
{
  gatomicrefcount references;
  int fd;
};

static AssayDirectory *
adopt (int fd)
{
  AssayDirectory *directory = g_new0 (AssayDirectory, 1);
  g_atomic_ref_count_init (&directory->references);
  directory->fd = fd;
  return directory;
}

/* RESOLVE_BENEATH would let `a/../b` pass; we say that there is no `..` at all. */
static gboolean
has_parent_component (const char *path)
{
  for (const char *at = path; at != NULL; at = strchr (at, '/'))
    {
      at += *at == '/';
      if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0'))
        return TRUE;
    }
  return FALSE;
}

/* What the kernel calls these is of no help to a reader: "Too many levels", "Invalid cross-device link". */
static int
refuse (int number, const char *path, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  if (number == ELOOP)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                 "cannot open %s: it is or passes a symbolic link, and none is followed here", shown);
  else if (number == EXDEV)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "cannot open %s: the path leaves its directory", shown);
  else
    assay_system_error (error, number, "open", path);
  return -1;
}

static int
open_beneath (AssayDirectory *directory, const char *path, int flags, GError **error)
{
  const struct open_how how = {
    .flags = (guint64)(flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  long fd = -1;
  if (has_parent_component (path))
    return refuse (EXDEV, path, error);
  do
    fd = syscall (SYS_openat2, directory->fd, path, &how, sizeof how);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN)); /* EAGAIN: somebody renamed on the way (man 2 openat2) */
  return fd >= 0 ? (int)fd : refuse (errno, path, error);
}

AssayDirectory *
assay_directory_open (const char *path, GError **error)
{
  int fd;
  do
    fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    {
      assay_system_error (error, errno, "open directory", path);
      return NULL;
    }
  return adopt (fd);
}

AssayDirectory *
assay_directory_open_beneath (AssayDirectory *directory, const char *path, GError **error)
{
  int fd = open_beneath (directory, path, O_DIRECTORY, error);
  return fd < 0 ? NULL : adopt (fd);
}

AssayDirectory *
assay_directory_ref (AssayDirectory *directory)
{
  g_atomic_ref_count_inc (&directory->references);
  return directory;
}

void
assay_directory_unref (AssayDirectory *directory)
{
  if (directory == NULL || !g_atomic_ref_count_dec (&directory->references))
    return;
  assay_fd_close (&directory->fd);
  g_free (directory);
}

int
assay_directory_get_fd (const AssayDirectory *directory)
{
  return directory->fd;
}

int
assay_directory_open_file (AssayDirectory *directory, const char *path, GError **error)
{
  return open_beneath (directory, path, 0, error);
}

gboolean
assay_directory_write_file (AssayDirectory *directory, const char *name, const char *text, GError **error)
{
  assay_autofd fd
      = openat (assay_directory_get_fd (directory), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0 || fchmod (fd, 0644) != 0 || !assay_system_write_all (fd, text, strlen (text)))
    return assay_system_error (error, errno, "write", name);
  return TRUE;
}
