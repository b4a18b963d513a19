#include "cage/watch.h"

#include "cage/cage_limits.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#define READ_BYTES (256u << 10)
/* No IN_EXCL_UNLINK: a file that has lost its name may be opened again by way of /proc. */
#define EVENTS (IN_OPEN | IN_MOVE_SELF | IN_DELETE_SELF)

/** A watched directory, or a file. */
typedef struct
{
  char *path;
  gboolean is_file;
  gboolean was_opened; /* of a file */
  GHashTable *opened;  /* of a directory: utf8, a set; NULL: nothing */
} Place;

struct _AssayWatch
{
  int fd;
  int stop_fd;
  GThread *thread;
  GMutex mutex; /* of all that follows, while the thread runs */
  char *buffer;
  GPtrArray *places; /* Place, by watch descriptor; NULL where there is none */
  GHashTable *moved; /* utf8, a set: borrowed from places */
  gboolean recording;
  gboolean lost;
};

static void
place_free (gpointer data)
{
  Place *place = data;
  if (place == NULL)
    return;
  g_clear_pointer (&place->opened, g_hash_table_unref);
  g_free (place->path);
  g_free (place);
}

/* --- events --- */

static void
note_opened (Place *place, const char *name)
{
  if (place->opened == NULL)
    place->opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!g_hash_table_contains (place->opened, name))
    g_hash_table_add (place->opened, g_strdup (name));
}

static void
take (AssayWatch *watch, const struct inotify_event *event)
{
  if ((event->mask & IN_Q_OVERFLOW) != 0)
    watch->lost = TRUE;
  if (event->wd < 0 || (guint)event->wd >= watch->places->len)
    return;
  Place *place = g_ptr_array_index (watch->places, event->wd);
  if (place == NULL)
    return;
  if ((event->mask & (IN_MOVE_SELF | IN_DELETE_SELF)) != 0)
    g_hash_table_add (watch->moved, place->path);
  else if ((event->mask & IN_OPEN) == 0 || (event->mask & IN_ISDIR) != 0)
    return;
  else if (place->is_file)
    place->was_opened = TRUE;
  else if (event->len > 0)
    note_opened (place, event->name);
}

/* All that is there, under the mutex. */
static void
drain (AssayWatch *watch)
{
  gssize length;
  while ((length = read (watch->fd, watch->buffer, READ_BYTES)) > 0 || (length < 0 && errno == EINTR))
    for (gssize at = 0; watch->recording && at < length;)
      {
        struct inotify_event event;
        memcpy (&event, watch->buffer + at, sizeof event);
        take (watch, (const struct inotify_event *)(gconstpointer)(watch->buffer + at));
        at += (gssize)(sizeof event + event.len);
      }
  if (length < 0 && errno != EAGAIN)
    watch->lost = TRUE;
}

/* A reader that woke up for each event would cost more than all the rest: so they are let to gather for a while. */
static gpointer
read_events (gpointer data)
{
  AssayWatch *watch = data;
  for (;;)
    {
      struct pollfd polled[] = { { .fd = watch->fd, .events = POLLIN }, { .fd = watch->stop_fd, .events = POLLIN } };
      if (poll (polled, G_N_ELEMENTS (polled), -1) < 0 && errno != EINTR)
        return NULL;
      if (polled[1].revents != 0)
        return NULL;
      g_mutex_lock (&watch->mutex);
      drain (watch);
      g_mutex_unlock (&watch->mutex);
      g_usleep (ASSAY_CAGE_EVENTS_MS * 1000);
    }
}

AssayWatch *
assay_watch_new (GError **error)
{
  g_autoptr (AssayWatch) watch = g_new0 (AssayWatch, 1);
  g_mutex_init (&watch->mutex);
  watch->places = g_ptr_array_new_with_free_func (place_free);
  watch->moved = g_hash_table_new (g_str_hash, g_str_equal);
  watch->buffer = g_malloc (READ_BYTES);
  watch->stop_fd = eventfd (0, EFD_CLOEXEC);
  watch->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (watch->fd < 0 && errno == EMFILE)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                           "this machine gives no more inotify instances (fs.inotify.max_user_instances)");
      return NULL;
    }
  if (watch->fd < 0 || watch->stop_fd < 0)
    {
      assay_system_error (error, errno, "make", "an inotify instance");
      return NULL;
    }
  watch->thread = g_thread_new ("assay-watch", read_events, watch);
  return g_steal_pointer (&watch);
}

void
assay_watch_free (AssayWatch *watch)
{
  static const guint64 one = 1;
  if (watch == NULL)
    return;
  if (watch->thread != NULL && assay_system_write_all (watch->stop_fd, &one, sizeof one))
    g_thread_join (watch->thread);
  assay_fd_close (&watch->fd);
  assay_fd_close (&watch->stop_fd);
  g_hash_table_unref (watch->moved);
  g_ptr_array_unref (watch->places);
  g_free (watch->buffer);
  g_mutex_clear (&watch->mutex);
  g_free (watch);
}

/* --- directories --- */

static void
close_directory (DIR *directory)
{
  closedir (directory);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, close_directory)

static gboolean
add_place (AssayWatch *watch, int fd, const char *path, gboolean is_file, GError **error)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  int number = inotify_add_watch (watch->fd, link, EVENTS);
  if (number < 0 && errno == ENOSPC)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                           "there are more directories than this machine lets us watch (fs.inotify.max_user_watches)");
      return FALSE;
    }
  if (number < 0)
    return assay_system_error (error, errno, "watch", path);
  g_mutex_lock (&watch->mutex);
  if ((guint)number >= watch->places->len)
    g_ptr_array_set_size (watch->places, number + 1);
  if (g_ptr_array_index (watch->places, number) == NULL)
    {
      Place *place = g_new0 (Place, 1);
      place->path = g_strdup (path);
      place->is_file = is_file;
      g_ptr_array_index (watch->places, number) = place;
    }
  g_mutex_unlock (&watch->mutex);
  return TRUE;
}

static gboolean add_directory (AssayWatch *watch, int fd, GString *path, guint depth, GError **error);

/* Whoever may neither list nor enter a directory opens nothing there; who may enter it, does. */
static gboolean
add_beneath (AssayWatch *watch, int parent, const char *name, GString *path, guint depth, GError **error)
{
  assay_autofd fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    return add_directory (watch, assay_fd_steal (&fd), path, depth, error);
  int number = errno;
  if (number == ENOTDIR || number == ELOOP || number == ENOENT)
    return TRUE;
  if (number == EACCES && faccessat (parent, name, X_OK, AT_EACCESS) != 0)
    return TRUE;
  return assay_system_error (error, number, "watch", path->str);
}

static gboolean
add_entries (AssayWatch *watch, DIR *directory, GString *path, guint depth, GError **error)
{
  gsize length = path->len;
  gboolean good = TRUE;
  errno = 0;
  for (const struct dirent *entry = readdir (directory); good && entry != NULL; entry = readdir (directory))
    {
      if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && strcmp (entry->d_name, ".") != 0
          && strcmp (entry->d_name, "..") != 0)
        {
          g_string_append_c (path, '/');
          g_string_append (path, entry->d_name);
          good = add_beneath (watch, dirfd (directory), entry->d_name, path, depth + 1, error);
          g_string_truncate (path, length);
        }
      errno = 0;
    }
  return good && (errno == 0 || assay_system_error (error, errno, "list", path->str));
}

/* Takes @fd. */
static gboolean
add_directory (AssayWatch *watch, int fd, GString *path, guint depth, GError **error)
{
  g_autoptr (DIR) directory = fdopendir (fd);
  if (directory == NULL)
    {
      int number = errno;
      close (fd);
      return assay_system_error (error, number, "list", path->str);
    }
  if (depth > ASSAY_CAGE_WATCH_LEVELS)
    return assay_system_error (error, ENAMETOOLONG, "watch", path->str);
  return add_place (watch, fd, path->str, FALSE, error) && add_entries (watch, directory, path, depth, error);
}

gboolean
assay_watch_add_file (AssayWatch *watch, int file_fd, const char *name, GError **error)
{
  return add_place (watch, file_fd, name, TRUE, error);
}

gboolean
assay_watch_add_tree (AssayWatch *watch, int directory_fd, const char *name, GError **error)
{
  g_autoptr (GString) path = g_string_new (name);
  /* a descriptor of its own, at the beginning of the directory */
  int fd = openat (directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? assay_system_error (error, errno, "open", name) : add_directory (watch, fd, path, 0, error);
}

/* --- what was opened --- */

static void
set_recording (AssayWatch *watch, gboolean recording)
{
  g_mutex_lock (&watch->mutex);
  drain (watch);
  watch->recording = recording;
  g_mutex_unlock (&watch->mutex);
}

void
assay_watch_begin (AssayWatch *watch)
{
  set_recording (watch, TRUE);
}

void
assay_watch_end (AssayWatch *watch)
{
  set_recording (watch, FALSE);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
assay_watch_list_opened (const AssayWatch *watch)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < watch->places->len; i++)
    {
      const Place *place = g_ptr_array_index (watch->places, i);
      GHashTableIter iterator;
      gpointer name;
      if (place != NULL && place->was_opened)
        g_ptr_array_add (list, g_strdup (place->path));
      if (place == NULL || place->opened == NULL)
        continue;
      g_hash_table_iter_init (&iterator, place->opened);
      while (g_hash_table_iter_next (&iterator, &name, NULL))
        g_ptr_array_add (list, g_strconcat (place->path, "/", name, NULL));
    }
  g_ptr_array_sort (list, compare_texts);
  return list;
}

gboolean
assay_watch_was_moved (const AssayWatch *watch, const char *path)
{
  return g_hash_table_contains (watch->moved, path);
}

gboolean
assay_watch_has_lost (const AssayWatch *watch)
{
  return watch->lost;
}
