#include "util/directory.h"
#include "util/lock.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

/*
 * Beside the directory `assay-PID-XXXXXX` lies an empty file `assay-PID-XXXXXX.lock`, which its process holds locked as
 * long as it lives. A lock that nobody holds belongs to a process that was killed: the next one removes both. Nothing
 * is removed without such a file of ours, so that a user's own directory may be called as it likes.
 */
#define NAME_PREFIX "assay-"
#define LOCK_SUFFIX ".lock"
#define LOCK_TEMPLATE_RANDOM "XXXXXX"

/* A sweep may take a new lock away in the instant between its making and its locking; that is tried again. */
#define MAX_ATTEMPTS 64

struct _AssayPrivateDirectory
{
  pid_t owner; /* a forked child that frees its copy removes nothing */
  char *path;
  char *name; /* the last component of path */
  AssayDirectory *parent;
  AssayDirectory *directory;
  int lock_fd;
};

static char *
choose_parent (const char *parent)
{
  const char *chosen = parent;
  if (chosen == NULL)
    chosen = g_getenv ("TMPDIR");
  if (chosen == NULL || *chosen == '\0')
    chosen = "/var/tmp";
  return g_canonicalize_filename (chosen, NULL);
}

static char *
lock_name (const char *name)
{
  return g_strconcat (name, LOCK_SUFFIX, NULL);
}

/* Whether the name still means the file that we have open. */
static gboolean
names_file (int parent, const char *name, int fd)
{
  struct stat named, open;
  return fstatat (parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat (fd, &open) == 0
         && named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

static gboolean
is_lock_name (const char *name)
{
  gsize length = strlen (name);
  gsize fixed = strlen (LOCK_TEMPLATE_RANDOM LOCK_SUFFIX) + 1;
  if (!g_str_has_prefix (name, NAME_PREFIX) || !g_str_has_suffix (name, LOCK_SUFFIX))
    return FALSE;
  const char *digit = name + strlen (NAME_PREFIX);
  while (g_ascii_isdigit (*digit))
    digit++;
  return digit > name + strlen (NAME_PREFIX) && *digit == '-' && (gsize)(digit - name) + fixed == length;
}

/* The lock is ours already. Of root the directory belongs to the user of the sandbox, which nobody else is, since a
 * rebuild got as far as that (cage/identity.h). Others may be let through to what lies inside, as apt's own user. */
static void
remove_tree (AssayDirectory *parent, const char *name)
{
  struct stat status;
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (parent, name, NULL);
  if (directory == NULL || fstat (assay_directory_get_fd (directory), &status) != 0
      || (status.st_uid != geteuid () && geteuid () != 0) || (status.st_mode & 07766) != 0700)
    return;
  if (assay_directory_remove_contents (directory, NULL))
    unlinkat (assay_directory_get_fd (parent), name, AT_REMOVEDIR);
}

/* Removes what a killed process left, if @lock is the lock of one. Nothing that fails here is of interest. */
static void
sweep_one (AssayDirectory *parent, const char *lock)
{
  struct stat status;
  int parent_fd = assay_directory_get_fd (parent);
  assay_autofd fd = openat (parent_fd, lock, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_uid != geteuid ()
      || status.st_nlink != 1 || status.st_size != 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 || !names_file (parent_fd, lock, fd))
    return;
  g_autofree char *name = g_strndup (lock, strlen (lock) - strlen (LOCK_SUFFIX));
  remove_tree (parent, name);
  if (fstatat (parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
    unlinkat (parent_fd, lock, 0);
}

static void
sweep (AssayDirectory *parent)
{
  int fd = openat (assay_directory_get_fd (parent), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = fd >= 0 ? fdopendir (fd) : NULL;
  if (stream == NULL)
    {
      assay_fd_close (&fd);
      return;
    }
  for (const struct dirent *entry = readdir (stream); entry != NULL; entry = readdir (stream))
    if (is_lock_name (entry->d_name))
      sweep_one (parent, entry->d_name);
  closedir (stream);
}

/* Once for each parent directory is enough in the life of a process. */
static void
sweep_once (AssayDirectory *parent, const char *path)
{
  static AssayLock lock = PTHREAD_MUTEX_INITIALIZER;
  static GHashTable *swept;
  assay_lock_take (&lock);
  if (swept == NULL)
    swept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean first = g_hash_table_add (swept, g_strdup (path));
  assay_lock_give (&lock);
  if (first)
    sweep (parent);
}

/* Makes and locks a lock file; FALSE with EAGAIN when a sweep was faster. */
static gboolean
make_lock (AssayPrivateDirectory *made, const char *parent)
{
  g_autofree char *path
      = g_strdup_printf ("%s/" NAME_PREFIX "%d-" LOCK_TEMPLATE_RANDOM LOCK_SUFFIX, parent, (int)made->owner);
  made->lock_fd = mkostemps (path, (int)strlen (LOCK_SUFFIX), O_CLOEXEC);
  if (made->lock_fd < 0)
    return FALSE;
  const char *lock = strrchr (path, '/') + 1;
  if (flock (made->lock_fd, LOCK_EX | LOCK_NB) != 0)
    {
      /* Without locks (ENOLCK, some network file systems) a sweep could not tell the living from the dead. */
      int number = errno;
      unlinkat (assay_directory_get_fd (made->parent), lock, 0);
      assay_fd_close (&made->lock_fd);
      errno = number; /* EWOULDBLOCK is EAGAIN */
      return FALSE;
    }
  if (!names_file (assay_directory_get_fd (made->parent), lock, made->lock_fd))
    {
      assay_fd_close (&made->lock_fd);
      errno = EAGAIN;
      return FALSE;
    }
  made->name = g_strndup (lock, strlen (lock) - strlen (LOCK_SUFFIX));
  return TRUE;
}

static gboolean
make_directory (AssayPrivateDirectory *made, const char *parent, GError **error)
{
  int attempts = MAX_ATTEMPTS;
  while (!make_lock (made, parent))
    if (errno != EAGAIN || --attempts == 0)
      return assay_system_error (error, errno, "make a private directory in", parent);
  made->path = g_build_filename (parent, made->name, NULL);
  if (mkdirat (assay_directory_get_fd (made->parent), made->name, 0700) != 0)
    {
      assay_system_error (error, errno, "make directory", made->path);
      g_autofree char *lock = lock_name (made->name);
      unlinkat (assay_directory_get_fd (made->parent), lock, 0);
      g_clear_pointer (&made->name, g_free);
      return FALSE;
    }
  made->directory = assay_directory_open_beneath (made->parent, made->name, error);
  if (made->directory == NULL)
    return FALSE;
  /* The umask may have taken away more. */
  return fchmod (assay_directory_get_fd (made->directory), 0700) == 0
         || assay_system_error (error, errno, "make private", made->path);
}

AssayPrivateDirectory *
assay_private_directory_new (const char *parent, GError **error)
{
  g_autofree char *chosen = choose_parent (parent);
  g_autoptr (AssayPrivateDirectory) made = g_new0 (AssayPrivateDirectory, 1);
  made->owner = getpid ();
  made->lock_fd = -1;
  made->parent = assay_directory_open (chosen, error);
  if (made->parent == NULL)
    return NULL;
  sweep_once (made->parent, chosen);
  if (!make_directory (made, chosen, error))
    return NULL;
  return g_steal_pointer (&made);
}

void
assay_private_directory_free (AssayPrivateDirectory *directory)
{
  if (directory == NULL)
    return;
  if (directory->owner == getpid () && directory->name != NULL)
    {
      g_autofree char *lock = lock_name (directory->name);
      g_autoptr (GError) error = NULL;
      if (directory->directory != NULL && !assay_directory_remove_contents (directory->directory, &error))
        g_warning ("%s is left: %s", directory->path, error->message);
      /* A lock without a directory is nothing; a directory without a lock would stay for ever. */
      if (unlinkat (assay_directory_get_fd (directory->parent), directory->name, AT_REMOVEDIR) == 0)
        unlinkat (assay_directory_get_fd (directory->parent), lock, 0);
    }
  assay_fd_close (&directory->lock_fd);
  assay_directory_unref (directory->directory);
  assay_directory_unref (directory->parent);
  g_free (directory->path);
  g_free (directory->name);
  g_free (directory);
}

const char *
assay_private_directory_get_path (const AssayPrivateDirectory *directory)
{
  return directory->path;
}

AssayDirectory *
assay_private_directory_get_directory (const AssayPrivateDirectory *directory)
{
  return directory->directory;
}

int
assay_private_file_new (const char *parent, GError **error)
{
  g_autofree char *chosen = choose_parent (parent);
  int fd = open (chosen, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  /* What a file system without O_TMPFILE, and a kernel without it, answer (man 2 open). */
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    {
      g_autofree char *path = g_build_filename (chosen, NAME_PREFIX LOCK_TEMPLATE_RANDOM, NULL);
      fd = mkostemp (path, O_CLOEXEC);
      if (fd >= 0)
        unlink (path);
    }
  if (fd < 0)
    assay_system_error (error, errno, "make a private file in", chosen);
  return fd;
}
