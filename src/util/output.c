#include "util/output.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes gathered before a system call: many callers write a few characters at a time. A file is written in multiples of
 * them, so that the kernel copies whole pages. */
#define BUFFER_BYTES (64u * 1024u)

/* Names tried for the file beside the target; each is one of 2^32. */
#define MAX_ATTEMPTS 64

struct _AssayOutput
{
  char *shown; /* as the user called it, for messages */
  int fd;
  gboolean borrowed; /* standard output or error: stays open */
  gboolean failed;   /* a file that misses a piece never appears */

  int directory_fd; /* -1: written directly */
  char *name;       /* of the target in its directory */
  char *temporary;  /* name beside it; NULL while the file has no name at all */

  gsize used;
  guint8 buffer[BUFFER_BYTES];
};

static gboolean
fail (AssayOutput *output, int number, const char *action, GError **error)
{
  output->failed = TRUE;
  return assay_system_error (error, number, action, output->shown);
}

/* What is wrong with the path itself is the user's to mend; anything else is the system's. */
static gboolean
fail_open (AssayOutput *output, int number, GError **error)
{
  GError *found = NULL;
  fail (output, number, "write", &found);
  if (number == ENOENT || number == ENOTDIR || number == EISDIR || number == ELOOP || number == ENAMETOOLONG)
    found->code = ASSAY_ERROR_USAGE;
  g_propagate_error (error, found);
  return FALSE;
}

static void
make_temporary_name (AssayOutput *output)
{
  g_free (output->temporary);
  output->temporary = g_strdup_printf (".assay-%08x.part", g_random_int ());
}

/* A file without a name, where the file system has such: killed at any time, nothing of it remains. */
static gboolean
open_unnamed (AssayOutput *output)
{
  if (access ("/proc/self/fd", F_OK) != 0)
    return FALSE;
  output->fd = openat (output->directory_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  return output->fd >= 0;
}

static gboolean
open_named (AssayOutput *output)
{
  for (int attempts = MAX_ATTEMPTS; attempts > 0; attempts--)
    {
      make_temporary_name (output);
      output->fd = openat (output->directory_fd, output->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
      if (output->fd >= 0)
        return TRUE;
      if (errno != EEXIST)
        break;
    }
  g_clear_pointer (&output->temporary, g_free);
  return FALSE;
}

static gboolean
open_beside (AssayOutput *output, const char *path, const struct stat *old, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  output->name = g_path_get_basename (path);
  output->directory_fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (output->directory_fd < 0 || (!open_unnamed (output) && !open_named (output)))
    return fail_open (output, errno, error);
  /* A file that was kept from others stays so; a new one has what the umask leaves. */
  if (old != NULL && fchmod (output->fd, old->st_mode & 0777) != 0)
    return fail (output, errno, "set the mode of", error);
  return TRUE;
}

/* Which of our own standard output and error this file is; -1 for none. */
static int
find_standard (const struct stat *target)
{
  struct stat standard;
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
    if (fstat (fd, &standard) == 0 && S_ISREG (standard.st_mode) && standard.st_dev == target->st_dev
        && standard.st_ino == target->st_ino)
      return fd;
  return -1;
}

/*
 * A path that is our own standard output or error, as /dev/stdout, is written through it: a file renamed into its place
 * would lose what else is written there.
 */
static gboolean
borrow_standard (AssayOutput *output, const struct stat *target)
{
  int fd = find_standard (target);
  if (fd < 0)
    return FALSE;
  fflush (fd == STDOUT_FILENO ? stdout : stderr);
  output->fd = fd;
  output->borrowed = TRUE;
  return TRUE;
}

gboolean
assay_output_is_direct (const char *path)
{
  struct stat status;
  if (strcmp (path, "-") == 0)
    return TRUE;
  return stat (path, &status) == 0 && !S_ISDIR (status.st_mode)
         && (!S_ISREG (status.st_mode) || find_standard (&status) >= 0);
}

/* A link to the target stays a link: what it points to is replaced. */
static gboolean
open_over (AssayOutput *output, const char *path, const struct stat *old, GError **error)
{
  char *resolved = realpath (path, NULL);
  if (resolved == NULL)
    return fail_open (output, errno, error);
  gboolean opened = open_beside (output, resolved, old, error);
  free (resolved);
  return opened;
}

static gboolean
open_target (AssayOutput *output, const char *path, GError **error)
{
  struct stat status;
  if (stat (path, &status) == 0)
    {
      if (S_ISDIR (status.st_mode))
        return fail_open (output, EISDIR, error);
      if (borrow_standard (output, &status))
        return TRUE;
      if (S_ISREG (status.st_mode))
        return open_over (output, path, &status, error);
      output->fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
      return output->fd >= 0 || fail_open (output, errno, error);
    }
  if (errno != ENOENT || lstat (path, &status) == 0 || *path == '\0' || g_str_has_suffix (path, "/"))
    return fail_open (output, errno, error);
  return open_beside (output, path, NULL, error);
}

AssayOutput *
assay_output_new (const char *path, GError **error)
{
  g_autoptr (AssayOutput) output = g_malloc (sizeof *output);
  memset (output, 0, G_STRUCT_OFFSET (AssayOutput, buffer));
  output->fd = output->directory_fd = -1;
  if (strcmp (path, "-") == 0)
    {
      output->shown = g_strdup ("standard output");
      output->fd = STDOUT_FILENO;
      output->borrowed = TRUE;
      if (fflush (stdout) != 0)
        {
          fail (output, errno, "write", error);
          return NULL;
        }
      return g_steal_pointer (&output);
    }
  output->shown = g_strdup (path);
  if (!open_target (output, path, error))
    return NULL;
  return g_steal_pointer (&output);
}

static gboolean
flush (AssayOutput *output, GError **error)
{
  gsize used = output->used;
  output->used = 0;
  return assay_system_write_all (output->fd, output->buffer, used) || fail (output, errno, "write", error);
}

static gboolean
refuse_failed (const AssayOutput *output, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (output->shown, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "cannot write %s: an earlier write failed", shown);
  return FALSE;
}

gboolean
assay_output_write (AssayOutput *output, const void *data, gsize length_bytes, GError **error)
{
  if (output->failed)
    return refuse_failed (output, error);
  const guint8 *at = data;
  while (length_bytes > 0)
    {
      gsize take = MIN (length_bytes, BUFFER_BYTES - output->used);
      if (output->used == 0 && take == BUFFER_BYTES)
        {
          take = length_bytes - length_bytes % BUFFER_BYTES;
          if (!assay_system_write_all (output->fd, at, take))
            return fail (output, errno, "write", error);
        }
      else
        {
          memcpy (output->buffer + output->used, at, take);
          output->used += take;
          if (output->used == BUFFER_BYTES && !flush (output, error))
            return FALSE;
        }
      at += take;
      length_bytes -= take;
    }
  return TRUE;
}

/* Gives a file without a name one beside its target: only rename() replaces, linkat() does not. */
static gboolean
give_name (AssayOutput *output)
{
  char link[40];
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", output->fd);
  for (int attempts = MAX_ATTEMPTS; output->temporary == NULL && attempts > 0; attempts--)
    {
      make_temporary_name (output);
      if (linkat (AT_FDCWD, link, output->directory_fd, output->temporary, AT_SYMLINK_FOLLOW) == 0)
        return TRUE;
      g_clear_pointer (&output->temporary, g_free);
      if (errno != EEXIST)
        return FALSE;
    }
  return output->temporary != NULL;
}

static gboolean
put_in_place (AssayOutput *output, GError **error)
{
  if (!give_name (output)
      || renameat (output->directory_fd, output->temporary, output->directory_fd, output->name) != 0)
    return fail (output, errno, "put in place", error);
  g_clear_pointer (&output->temporary, g_free);
  /* EINVAL: this file system has nothing to sync about directories (man 2 fsync). */
  return fsync (output->directory_fd) == 0 || errno == EINVAL || fail (output, errno, "sync the directory of", error);
}

static gboolean
close_direct (AssayOutput *output, GError **error)
{
  int fd = assay_fd_steal (&output->fd);
  /* Some file systems report only here that there was no room; after EINTR Linux has closed it all the same. */
  return close (fd) == 0 || errno == EINTR || fail (output, errno, "close", error);
}

gboolean
assay_output_settle (AssayOutput *output, GError **error)
{
  if (output->failed)
    return refuse_failed (output, error);
  if (!flush (output, error))
    return FALSE;
  return output->directory_fd < 0 || fsync (output->fd) == 0 || fail (output, errno, "sync", error);
}

gboolean
assay_output_commit (AssayOutput *output, GError **error)
{
  if (!assay_output_settle (output, error))
    return FALSE;
  if (output->borrowed)
    return TRUE;
  if (output->directory_fd < 0)
    return close_direct (output, error);
  return put_in_place (output, error);
}

void
assay_output_free (AssayOutput *output)
{
  if (output == NULL)
    return;
  if (output->temporary != NULL)
    unlinkat (output->directory_fd, output->temporary, 0);
  if (!output->borrowed)
    assay_fd_close (&output->fd);
  assay_fd_close (&output->directory_fd);
  g_free (output->temporary);
  g_free (output->name);
  g_free (output->shown);
  g_free (output);
}

gboolean
assay_output_put (const char *path, const void *bytes, gsize length_bytes, GError **error)
{
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  return output != NULL && assay_output_write (output, bytes, length_bytes, error)
         && assay_output_commit (output, error);
}
