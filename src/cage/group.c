#include "cage/group.h"

#include "cage/child.h"
#include "util/system.h"

#include <assay/error.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The names of our groups begin so; the number of the process follows. */
#define PREFIX "assay-"

/* bwrap itself, its first process inside, and the supervisor. */
#define OWN_PROCESSES 3

/* A group can be removed once the kernel has buried its last process. */
#define REMOVE_TRIES 100
#define REMOVE_PAUSE_US 10000

/** One limit, and the files that have to do with it: those of version 1, and of version 2. */
typedef struct
{
  const char *controller;
  const char *name; /* of the limit */
  gsize member;     /* of AssayCageLimits: offset of a guint64 */
  guint64 more;
  const char *limit[2];
  const char *limit_too[2]; /* (nullable): one that bounds swap; a kernel may be without it */
  const char *events[2];    /* (nullable): where "oom_kill" is counted */
} Controller;

static const Controller controllers[] = {
  { "memory",
    "memory",
    G_STRUCT_OFFSET (AssayCageLimits, memory_bytes),
    0,
    { "memory.limit_in_bytes", "memory.max" },
    { "memory.memsw.limit_in_bytes", "memory.swap.max" },
    { "memory.oom_control", "memory.events" } },
  { "pids",
    "processes",
    G_STRUCT_OFFSET (AssayCageLimits, processes),
    OWN_PROCESSES,
    { "pids.max", "pids.max" },
    { NULL, NULL },
    { NULL, NULL } },
};

G_STATIC_ASSERT (G_N_ELEMENTS (controllers) == ASSAY_GROUP_MAX);

/** A group that is in force. */
typedef struct
{
  const Controller *controller;
  gboolean is_v2;
  char *path;
  int lock_fd; /* of the directory: locked for as long as we live */
  int fd;      /* of cgroup.procs */
} Held;

struct _AssayGroup
{
  guint64 memory_bytes;
  GArray *held;                           /* Held */
  const char *names[ASSAY_GROUP_MAX + 1]; /* those of @held, and NULL */
};

static void
remove_group (const char *path)
{
  for (guint i = 0; i < REMOVE_TRIES && rmdir (path) != 0 && errno == EBUSY; i++)
    g_usleep (REMOVE_PAUSE_US);
}

static void
held_clear (gpointer data)
{
  Held *held = data;
  assay_fd_close (&held->fd);
  if (held->path != NULL)
    remove_group (held->path);
  assay_fd_close (&held->lock_fd);
  g_free (held->path);
}

static gboolean
write_file (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  assay_autofd fd = open (path, O_WRONLY | O_CLOEXEC);
  return fd >= 0 && write (fd, text, strlen (text)) == (ssize_t)strlen (text);
}

/* Whether a file of words, as `cgroup.subtree_control`, has one. */
static gboolean
has_word (const char *directory, const char *name, const char *word)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  g_auto (GStrv) words = g_strsplit_set (g_strchomp (text), " ,\n", -1);
  return g_strv_contains ((const char *const *)words, word);
}

/* --- where groups may be made --- */

/* Of /proc/self/cgroup, `NUMBER:CONTROLLERS:PATH`: the path in the hierarchy of that controller; NULL stands for
 * version 2, which has no number and no controllers. */
static char *
own_path (const char *text, const char *controller)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, ":", 3);
      if (g_strv_length (fields) != 3)
        continue;
      g_auto (GStrv) names = g_strsplit (fields[1], ",", -1);
      if (controller == NULL ? strcmp (fields[0], "0") == 0 && *fields[1] == '\0'
                             : g_strv_contains ((const char *const *)names, controller))
        return g_strdup (fields[2]);
    }
  return NULL;
}

/* Of /proc/self/mountinfo (proc(5)): where that hierarchy is mounted, and which of its directories that shows. */
static gboolean
find_mount (const char *text, const char *controller, char **out_mount, char **out_root)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) halves = g_strsplit (*line, " - ", 2);
      g_auto (GStrv) fields = g_strsplit (*line, " ", 7);
      g_auto (GStrv) kind = g_strsplit (g_strv_length (halves) == 2 ? halves[1] : "", " ", 3);
      if (g_strv_length (fields) < 6 || g_strv_length (kind) != 3)
        continue;
      g_auto (GStrv) options = g_strsplit (kind[2], ",", -1);
      if (strcmp (kind[0], controller == NULL ? "cgroup2" : "cgroup") != 0
          || (controller != NULL && !g_strv_contains ((const char *const *)options, controller)))
        continue;
      *out_root = g_strcompress (fields[3]);
      *out_mount = g_strcompress (fields[4]);
      return TRUE;
    }
  return FALSE;
}

/* Our own group as a directory; @out_top: the top of what is mounted. */
static char *
own_directory (const char *cgroup, const char *mountinfo, const char *controller, char **out_top)
{
  g_autofree char *path = own_path (cgroup, controller);
  g_autofree char *mount = NULL, *root = NULL;
  if (path == NULL || !find_mount (mountinfo, controller, &mount, &root))
    return NULL;
  gsize skip = strcmp (root, "/") == 0 ? 0 : strlen (root);
  if (!g_str_has_prefix (path, root) || (skip > 0 && path[skip] != '/' && path[skip] != '\0'))
    return NULL;
  char *directory = g_build_filename (mount, path + skip, NULL);
  *out_top = g_steal_pointer (&mount);
  return directory;
}

/* The directory beneath which a group has that controller. With version 2 the group above must give it to those
 * beneath, and one that holds processes cannot. */
static char *
find_place (const char *cgroup, const char *mountinfo, const Controller *controller, gboolean *out_is_v2)
{
  g_autofree char *top = NULL, *top_v2 = NULL;
  g_autofree char *directory = own_directory (cgroup, mountinfo, controller->controller, &top);
  *out_is_v2 = directory == NULL;
  if (directory != NULL)
    return g_steal_pointer (&directory);
  directory = own_directory (cgroup, mountinfo, NULL, &top_v2);
  while (directory != NULL && g_str_has_prefix (directory, top_v2))
    {
      if (has_word (directory, "cgroup.subtree_control", controller->controller))
        return g_steal_pointer (&directory);
      char *above = g_path_get_dirname (directory);
      g_free (directory);
      directory = above;
    }
  return NULL;
}

/* --- making one --- */

/* Opens a group's directory and locks it; -1 where another has, or it is gone. */
static int
lock_directory (const char *path)
{
  struct stat named, opened;
  assay_autofd fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) != 0 || fstat (fd, &opened) != 0 || stat (path, &named) != 0
      || opened.st_ino != named.st_ino || opened.st_dev != named.st_dev)
    return -1;
  return assay_fd_steal (&fd);
}

/* What a process that is gone left behind. By its number alone one does not know: in another process namespace, from
 * which the same groups are seen, it has another one. */
static void
remove_left (const char *place)
{
  DIR *directory = opendir (place);
  if (directory == NULL)
    return;
  for (struct dirent *entry = readdir (directory); entry != NULL; entry = readdir (directory))
    {
      const char *number = entry->d_name + strlen (PREFIX);
      if (!g_str_has_prefix (entry->d_name, PREFIX) || !g_ascii_isdigit (*number))
        continue;
      pid_t owner = (pid_t)strtol (number, NULL, 10);
      g_autofree char *path = g_build_filename (place, entry->d_name, NULL);
      if (owner <= 0 || kill (owner, 0) == 0 || errno != ESRCH)
        continue;
      assay_autofd fd = lock_directory (path);
      if (fd >= 0)
        rmdir (path);
    }
  closedir (directory);
}

static gboolean
make_directory (const char *place, Held *held)
{
  static int count;
  for (guint i = 0; i < REMOVE_TRIES; i++)
    {
      g_autofree char *name = g_strdup_printf (PREFIX "%ld-%d", (long)getpid (), g_atomic_int_add (&count, 1));
      g_autofree char *path = g_build_filename (place, name, NULL);
      if (mkdir (path, 0700) != 0)
        {
          if (errno != EEXIST)
            return FALSE;
          continue;
        }
      /* Another run may have removed it in between, which takes it for one that was left. */
      held->lock_fd = lock_directory (path);
      if (held->lock_fd < 0)
        {
          rmdir (path);
          continue;
        }
      held->path = g_steal_pointer (&path);
      return TRUE;
    }
  return FALSE;
}

/* Whether a process of ours gets into it: with version 2 that is a matter of who owns what above. */
static gboolean
lets_in (int fd)
{
  int status = 0;
  pid_t pid = assay_child_fork (NULL);
  if (pid == 0)
    _exit (write (fd, "0", 1) == 1 ? 0 : 1);
  while (pid > 0 && waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return FALSE;
  return pid > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
add_group (AssayGroup *group, const AssayCageLimits *limits, const Controller *controller, const char *place,
           gboolean is_v2)
{
  Held held = { .controller = controller, .is_v2 = is_v2, .lock_fd = -1, .fd = -1 };
  guint64 value = G_STRUCT_MEMBER (guint64, limits, controller->member);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, MIN (value, G_MAXINT64 - 65536) + controller->more);
  remove_left (place);
  if (!make_directory (place, &held))
    return;
  g_autofree char *processes = g_build_filename (held.path, "cgroup.procs", NULL);
  held.fd = open (processes, O_WRONLY | O_CLOEXEC);
  if (held.fd < 0 || !write_file (held.path, controller->limit[is_v2], text) || !lets_in (held.fd))
    {
      held_clear (&held);
      return;
    }
  if (controller->limit_too[is_v2] != NULL)
    write_file (held.path, controller->limit_too[is_v2], is_v2 ? "0" : text);
  group->names[group->held->len] = controller->name;
  g_array_append_val (group->held, held);
}

AssayGroup *
assay_group_new_at (const AssayCageLimits *limits, const char *cgroup, const char *mountinfo)
{
  AssayGroup *group = g_new0 (AssayGroup, 1);
  g_autofree char *ours = NULL, *mounts = NULL;
  group->memory_bytes = limits->memory_bytes;
  group->held = g_array_new (FALSE, FALSE, sizeof (Held));
  g_array_set_clear_func (group->held, held_clear);
  if (!g_file_get_contents (cgroup, &ours, NULL, NULL) || !g_file_get_contents (mountinfo, &mounts, NULL, NULL))
    return group;
  for (gsize i = 0; i < G_N_ELEMENTS (controllers); i++)
    {
      gboolean is_v2;
      g_autofree char *place = find_place (ours, mounts, &controllers[i], &is_v2);
      if (place != NULL)
        add_group (group, limits, &controllers[i], place, is_v2);
    }
  return group;
}

AssayGroup *
assay_group_new (const AssayCageLimits *limits)
{
  return assay_group_new_at (limits, "/proc/self/cgroup", "/proc/self/mountinfo");
}

void
assay_group_free (AssayGroup *group)
{
  if (group == NULL)
    return;
  g_array_unref (group->held);
  g_free (group);
}

const char *const *
assay_group_names (const AssayGroup *group)
{
  return group->names;
}

guint
assay_group_fds (const AssayGroup *group, int *out_fds)
{
  for (guint i = 0; i < group->held->len; i++)
    out_fds[i] = g_array_index (group->held, Held, i).fd;
  return group->held->len;
}

/* `oom_kill N` of a group's events. */
static guint64
count_killed (const Held *held)
{
  const char *name = held->controller->events[held->is_v2];
  g_autofree char *path = name == NULL ? NULL : g_build_filename (held->path, name, NULL);
  g_autofree char *text = NULL;
  if (path == NULL || !g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "oom_kill "))
      return g_ascii_strtoull (*line + strlen ("oom_kill "), NULL, 10);
  return 0;
}

gboolean
assay_group_check (const AssayGroup *group, GError **error)
{
  for (guint i = 0; i < group->held->len; i++)
    if (count_killed (&g_array_index (group->held, Held, i)) > 0)
      {
        g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                     "limit memory (%" G_GUINT64_FORMAT
                     " bytes) hit: the kernel ended a process of the rebuild, which together would hold more",
                     group->memory_bytes);
        return FALSE;
      }
  return TRUE;
}
