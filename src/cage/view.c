#include "cage/view.h"

#include "cage/arguments.h"
#include "cage/child.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Descriptors below are filled in a supervisor. */
#define FIRST_FD 16
/* What is handed over: the user namespace, the mount namespace, the directory. */
#define FDS 3
/* What the maker says of a failure. */
#define WORDS_BYTES 300

struct _AssayView
{
  char *directory;
  GPtrArray *parts; /* AssayViewPart */
  int fds[FDS];
};

/** One overlay, made ready before the fork: the new process allocates nothing. */
typedef struct
{
  char *target;
  char *options;
} Layer;

/** What the new process works from. */
typedef struct
{
  const AssayIdentity *identity;
  const char *directory;
  char *empty;
  char *ids[2]; /* lines of uid_map and gid_map */
  GPtrArray *layers;
} Plan;

static void
part_free (gpointer data)
{
  AssayViewPart *part = data;
  g_free (part->path);
  g_free (part);
}

static void
layer_free (gpointer data)
{
  Layer *layer = data;
  g_free (layer->target);
  g_free (layer->options);
  g_free (layer);
}

static void
plan_clear (Plan *plan)
{
  g_free (plan->empty);
  g_free (plan->ids[0]);
  g_free (plan->ids[1]);
  g_clear_pointer (&plan->layers, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

/* --- the new process: nothing but system calls --- */

static _Noreturn void
fail (int fd, const char *what, const char *path)
{
  char text[WORDS_BYTES];
  int length = snprintf (text, sizeof text, "%s%s: %s", what, path, strerror (errno));
  ssize_t ignored = write (fd, text, (size_t)MIN (length, (int)sizeof text - 1));
  (void)ignored;
  _exit (1);
}

static gboolean
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean done = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t)strlen (text);
  if (fd >= 0)
    close (fd);
  return done;
}

/* All directories of a path; @path is changed and is again what it was. */
static gboolean
make_directories (char *path, size_t from)
{
  for (char *slash = strchr (path + from, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      int made = *path == '\0' ? 0 : mkdir (path, 0755);
      *slash = '/';
      if (made != 0 && errno != EEXIST)
        return FALSE;
    }
  return mkdir (path, 0755) == 0 || errno == EEXIST;
}

static void
mount_all (const Plan *plan, int say_fd)
{
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail (say_fd, "cannot make mounts private", "");
  if (mount ("assay-view", plan->directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
    fail (say_fd, "cannot mount a tmpfs", "");
  if (mkdir (plan->empty, 0755) != 0)
    fail (say_fd, "cannot make a directory", "");
  for (guint i = 0; i < plan->layers->len; i++)
    {
      const Layer *layer = g_ptr_array_index (plan->layers, i);
      if (!make_directories (layer->target, strlen (plan->directory) + 1))
        fail (say_fd, "cannot make the place of ", layer->target + strlen (plan->directory));
      if (mount ("assay-view", layer->target, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV, layer->options) != 0)
        fail (say_fd, "no overlay of ", layer->target + strlen (plan->directory));
    }
}

static gboolean
send_fds (int fd, const int *fds)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int) * FDS)];
    struct cmsghdr align;
  } control = { .bytes = "" };
  char nothing = '\0';
  struct iovec data = { &nothing, 0 };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);
  data.iov_len = 1;
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (sizeof (int) * FDS);
  memcpy (CMSG_DATA (head), fds, sizeof (int) * FDS);
  return sendmsg (fd, &message, 0) == 1;
}

static _Noreturn void
make (const Plan *plan, int say_fd, pid_t parent)
{
  umask (022);
  if (!assay_identity_become (plan->identity) || !assay_child_survives (parent))
    _exit (1);
  /* The files of /proc that give the namespace its users belong to who may be traced. */
  if (prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    fail (say_fd, "no user namespace", "");
  if (!write_file ("/proc/self/setgroups", "deny") || !write_file ("/proc/self/uid_map", plan->ids[0])
      || !write_file ("/proc/self/gid_map", plan->ids[1]))
    fail (say_fd, "no users in a user namespace", "");
  mount_all (plan, say_fd);
  const int fds[FDS]
      = { open ("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC),
          open (plan->directory, O_PATH | O_DIRECTORY | O_CLOEXEC) };
  if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0 || !send_fds (say_fd, fds))
    fail (say_fd, "cannot hand over a namespace", "");
  _exit (0);
}

/* --- this process --- */

/* Descriptors, or words of what failed. */
static gboolean
receive (int fd, int *out_fds, GError **error)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int) * FDS)];
    struct cmsghdr align;
  } control;
  char words[WORDS_BYTES];
  struct iovec data = { words, sizeof words };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  ssize_t length;
  do
    length = recvmsg (fd, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  struct cmsghdr *head = length == 1 ? CMSG_FIRSTHDR (&message) : NULL;
  if (head != NULL && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN (sizeof (int) * FDS))
    {
      memcpy (out_fds, CMSG_DATA (head), sizeof (int) * FDS);
      return TRUE;
    }
  g_autofree char *shown = length > 0 ? assay_text_escape_line (words, length) : g_strdup ("it ended");
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
               "this machine's toolchain cannot be told from what others open of it: %s", shown);
  return FALSE;
}

static gboolean
is_beneath (const char *path, const char *above)
{
  gsize length = strlen (above);
  return strncmp (path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static gint
compare_parts (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const AssayViewPart *const *)a)->path, (*(const AssayViewPart *const *)b)->path);
}

static GPtrArray *
list_parts (void)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (part_free);
  g_autoptr (GPtrArray) paths = assay_arguments_host_paths ();
  for (guint i = 0; i < paths->len; i++)
    {
      char *resolved = realpath (g_ptr_array_index (paths, i), NULL);
      if (resolved == NULL)
        continue;
      AssayViewPart *part = g_new0 (AssayViewPart, 1);
      part->path = g_strdup (resolved);
      part->is_directory = g_file_test (resolved, G_FILE_TEST_IS_DIR);
      g_ptr_array_add (parts, part);
      free (resolved);
    }
  g_ptr_array_sort (parts, compare_parts);
  return parts;
}

static gboolean
add_layer (Plan *plan, const char *source, GError **error)
{
  for (guint i = 0; i < plan->layers->len; i++)
    if (is_beneath (source, ((const Layer *)g_ptr_array_index (plan->layers, i))->target + strlen (plan->directory)))
      return TRUE;
  /* They mean something in the options of a mount. */
  if (strcmp (source, "/") == 0 || strpbrk (source, ":,\\") != NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                           "a part of the toolchain has a path with `:` in it");
      return FALSE;
    }
  Layer *layer = g_new0 (Layer, 1);
  layer->target = g_strconcat (plan->directory, source, NULL);
  /* One layer alone needs an upper one, which would be written to. */
  layer->options = g_strdup_printf ("lowerdir=%s:%s", source, plan->empty);
  g_ptr_array_add (plan->layers, layer);
  return TRUE;
}

/* Directories first, so that of a file beneath one no directory is added. */
static gboolean
add_layers (Plan *plan, const GPtrArray *parts, GError **error)
{
  for (int wanted = TRUE; wanted >= FALSE; wanted--)
    for (guint i = 0; i < parts->len; i++)
      {
        const AssayViewPart *part = g_ptr_array_index (parts, i);
        g_autofree char *source = part->is_directory ? g_strdup (part->path) : g_path_get_dirname (part->path);
        if (part->is_directory == wanted && !add_layer (plan, source, error))
          return FALSE;
      }
  return TRUE;
}

static gboolean
run (const Plan *plan, int *out_fds, GError **error)
{
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return assay_system_error (error, errno, "make", "a socket");
  assay_autofd ours = ends[0];
  assay_autofd theirs = ends[1];
  pid_t parent = getpid ();
  pid_t pid = assay_child_fork (error);
  if (pid == 0)
    make (plan, theirs, parent);
  assay_fd_close (&theirs);
  if (pid < 0)
    return FALSE;
  gboolean done = receive (ours, out_fds, error);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return done;
}

AssayView *
assay_view_new (const AssayIdentity *identity, const char *directory, GError **error)
{
  g_autoptr (AssayView) view = g_new0 (AssayView, 1);
  g_auto (Plan) plan = { .identity = identity, .directory = directory };
  int fds[FDS] = { -1, -1, -1 };
  memcpy (view->fds, fds, sizeof fds);
  view->directory = g_strdup (directory);
  view->parts = list_parts ();
  plan.layers = g_ptr_array_new_with_free_func (layer_free);
  plan.empty = g_build_filename (directory, ".empty", NULL);
  plan.ids[0] = g_strdup_printf ("%u %u 1\n", identity->uid, identity->uid);
  plan.ids[1] = g_strdup_printf ("%u %u 1\n", identity->gid, identity->gid);
  if (!add_layers (&plan, view->parts, error) || !run (&plan, fds, error))
    return NULL;
  for (gsize i = 0; i < FDS; i++)
    {
      view->fds[i] = fcntl (fds[i], F_DUPFD_CLOEXEC, FIRST_FD);
      close (fds[i]);
    }
  for (gsize i = 0; i < FDS; i++)
    if (view->fds[i] < 0)
      {
        assay_system_error (error, errno, "keep", "a namespace");
        return NULL;
      }
  return g_steal_pointer (&view);
}

void
assay_view_free (AssayView *view)
{
  if (view == NULL)
    return;
  for (gsize i = 0; i < FDS; i++)
    assay_fd_close (&view->fds[i]);
  g_ptr_array_unref (view->parts);
  g_free (view->directory);
  g_free (view);
}

int
assay_view_get_fd (const AssayView *view)
{
  return view->fds[2];
}

const GPtrArray *
assay_view_get_parts (const AssayView *view)
{
  return view->parts;
}

char *
assay_view_path (const AssayView *view, const char *path)
{
  char *resolved = realpath (path, NULL);
  char *found = NULL;
  for (guint i = 0; resolved != NULL && found == NULL && i < view->parts->len; i++)
    {
      const AssayViewPart *part = g_ptr_array_index (view->parts, i);
      if (strcmp (part->path, resolved) == 0)
        found = g_strconcat (view->directory, resolved, NULL);
    }
  free (resolved);
  return found;
}

int
assay_view_get_namespace (const AssayView *view, guint index)
{
  return view->fds[index];
}

gboolean
assay_view_enter (int first_fd)
{
  return setns (first_fd, CLONE_NEWUSER) == 0 && setns (first_fd + 1, CLONE_NEWNS) == 0
         && close_range ((guint)first_fd, (guint)first_fd + ASSAY_VIEW_NAMESPACES - 1, 0) == 0;
}
