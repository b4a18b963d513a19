#include "cage/cage.h"

#include "cage/arguments.h"
#include "cage/child.h"
#include "cage/disorder.h"
#include "cage/filter.h"
#include "cage/supervisor.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Numbers that descriptors have in bwrap; supervisor.h. */
#define ARGUMENTS_FD 3
#define STATUS_FD 4
#define FILTER_FD 5

/* What bwrap says of its namespaces is some hundred bytes, and comes before the command starts. */
#define STATUS_BYTES 4096
/* What of its messages stands in an error. */
#define WORDS_BYTES 1024

struct _AssayCage
{
  const AssayIdentity *identity;
  AssayGuard *guard;
  AssayCageUser user;
  char *program;
  char *tree;
  const AssayView *view;
  GBytes *filter;
  GPtrArray *mounts;     /* AssayCageMount */
  GHashTable *variables; /* utf8 to utf8 */
  AssayCageDeviation deviation;
  char *disorder; /* path of disorderfs, where that is needed */
};

/* One run: descriptors above those that the supervisor fills. */
typedef struct
{
  int null_fd;
  int arguments_fd;
  int filter_fd;
  int output[2];
  int status[2];
  int failure[2];
} Channels;

typedef struct
{
  AssayGuard *guard;
  int log_fd;
  GString *last; /* the end of what was printed */
} Log;

static void
free_mount (gpointer data)
{
  AssayCageMount *mount = data;
  g_free (mount->source);
  g_free (mount->target);
  g_free (mount);
}

AssayCage *
assay_cage_new (const AssayIdentity *identity, AssayGuard *guard, AssayCageUser user, GError **error)
{
  g_autoptr (AssayCage) cage = g_new0 (AssayCage, 1);
  cage->identity = identity;
  cage->guard = guard;
  cage->user = user;
  cage->mounts = g_ptr_array_new_with_free_func (free_mount);
  cage->variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  cage->program = g_find_program_in_path ("bwrap");
  if (cage->program == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                           "no sandbox: the program bwrap (package bubblewrap) is not installed");
      return NULL;
    }
  cage->filter = assay_filter_new (ASSAY_FILTER_BUILD, error);
  return cage->filter == NULL ? NULL : g_steal_pointer (&cage);
}

void
assay_cage_free (AssayCage *cage)
{
  if (cage == NULL)
    return;
  g_free (cage->program);
  g_free (cage->tree);
  g_clear_pointer (&cage->filter, g_bytes_unref);
  g_ptr_array_unref (cage->mounts);
  g_hash_table_unref (cage->variables);
  g_free (cage->disorder);
  g_free (cage);
}

void
assay_cage_set_tree (AssayCage *cage, const char *tree)
{
  g_free (cage->tree);
  cage->tree = g_strdup (tree);
}

void
assay_cage_set_view (AssayCage *cage, const AssayView *view)
{
  cage->view = view;
}

void
assay_cage_deviate (AssayCage *cage, const AssayCageDeviation *deviation)
{
  cage->deviation = *deviation;
  cage->deviation.user_name = g_intern_string (deviation->user_name);
  cage->deviation.host_name = g_intern_string (deviation->host_name);
  cage->deviation.disordered = g_intern_string (deviation->disordered);
  cage->deviation.disordered_at = g_intern_string (deviation->disordered_at);
}

const char *const *
assay_cage_places (void)
{
  static const char *const places[] = { "proc", "dev", NULL };
  return places;
}

void
assay_cage_mount (AssayCage *cage, AssayCageAccess access, const char *source, const char *target)
{
  AssayCageMount *mount = g_new0 (AssayCageMount, 1);
  mount->access = access;
  mount->source = g_strdup (source);
  mount->target = g_strdup (target);
  g_ptr_array_add (cage->mounts, mount);
}

void
assay_cage_set_variable (AssayCage *cage, const char *name, const char *value)
{
  g_hash_table_replace (cage->variables, g_strdup (name), g_strdup (value));
}

GPtrArray *
assay_cage_list_variables (const AssayCage *cage)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (cage->variables), (GCompareFunc)g_strcmp0);
  for (const GList *name = names; name != NULL; name = name->next)
    g_ptr_array_add (list, g_strdup_printf ("%s=%s", (const char *)name->data,
                                            (const char *)g_hash_table_lookup (cage->variables, name->data)));
  return list;
}

static void
close_channels (Channels *channels)
{
  int *const fds[] = { &channels->null_fd,   &channels->arguments_fd, &channels->filter_fd,
                       &channels->output[0], &channels->output[1],    &channels->status[0],
                       &channels->status[1], &channels->failure[0],   &channels->failure[1] };
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    assay_fd_close (fds[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channels, close_channels)

/* Moves a descriptor above those that the supervisor fills. */
static int
move_up (int fd)
{
  int moved = fd < 0 ? -1 : fcntl (fd, F_DUPFD_CLOEXEC, 16);
  int number = errno;
  assay_fd_close (&fd);
  errno = number;
  return moved;
}

/* The options as bwrap's --args reads them: each with its NUL. */
static int
write_arguments (AssayCage *cage, const AssayCageCommand *command)
{
  const AssayCagePlan plan = { cage->user,      cage->tree,         cage->view,       cage->mounts,
                               cage->variables, command->directory, &cage->deviation, command->terminal != NULL };
  g_autoptr (GPtrArray) arguments = assay_arguments_new (&plan, STATUS_FD, FILTER_FD);
  assay_autofd fd = memfd_create ("assay-arguments", MFD_CLOEXEC);
  if (fd < 0)
    return -1;
  for (guint i = 0; i < arguments->len; i++)
    if (!assay_system_write_all (fd, arguments->pdata[i], strlen (arguments->pdata[i]) + 1))
      return -1;
  if (lseek (fd, 0, SEEK_SET) != 0)
    return -1;
  return assay_fd_steal (&fd);
}

static gboolean
open_channels (AssayCage *cage, const AssayCageCommand *command, Channels *channels, GError **error)
{
  channels->null_fd = move_up (open ("/dev/null", O_RDONLY | O_CLOEXEC));
  if (channels->null_fd < 0)
    return assay_system_error (error, errno, "open", "/dev/null");
  channels->arguments_fd = move_up (write_arguments (cage, command));
  if (channels->arguments_fd < 0)
    return assay_system_error (error, errno, "write", "the options of the sandbox");
  channels->filter_fd = assay_filter_open (cage->filter, error);
  if (channels->filter_fd < 0)
    return FALSE;
  channels->filter_fd = move_up (channels->filter_fd);
  if (channels->filter_fd < 0)
    return assay_system_error (error, errno, "open", "the system call filter");
  return assay_child_pipe (channels->output, error) && assay_child_pipe (channels->status, error)
         && assay_child_pipe (channels->failure, error);
}

static pid_t
start (AssayCage *cage, const AssayCageCommand *command, const Channels *channels, GError **error)
{
  int terminal = command->terminal == NULL ? -1 : assay_terminal_get_fd (command->terminal);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  AssaySupervision supervision = { 0 };
  g_ptr_array_add (arguments, (gpointer) "bwrap");
  g_ptr_array_add (arguments, (gpointer) "--args");
  g_ptr_array_add (arguments, (gpointer)G_STRINGIFY (ARGUMENTS_FD));
  g_ptr_array_add (arguments, (gpointer) "--");
  for (gsize i = 0; command->arguments[i] != NULL; i++)
    g_ptr_array_add (arguments, (gpointer)command->arguments[i]);
  g_ptr_array_add (arguments, NULL);
  supervision.identity = cage->identity;
  supervision.limits = assay_guard_get_limits (cage->guard);
  supervision.group_count = assay_group_fds (assay_guard_get_group (cage->guard), supervision.groups);
  supervision.program = cage->program;
  supervision.arguments = (char *const *)arguments->pdata;
  supervision.deviation = &cage->deviation;
  supervision.disorder = cage->disorder;
  supervision.view = cage->view;
  supervision.has_terminal = terminal >= 0;
  supervision.fds.input = terminal >= 0 ? terminal : channels->null_fd;
  supervision.fds.output = terminal >= 0 ? terminal : channels->output[1];
  supervision.fds.arguments = channels->arguments_fd;
  supervision.fds.status = channels->status[1];
  supervision.fds.filter = channels->filter_fd;
  supervision.fds.failure = channels->failure[1];
  return assay_supervisor_start (&supervision, error);
}

static gboolean
write_log (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  Log *log = user_data;
  if (!assay_guard_log (log->guard, length_bytes, error))
    return FALSE;
  if (!assay_system_write_all (log->log_fd, data, length_bytes))
    return assay_system_error (error, errno, "write", "the log of the rebuild");
  g_string_append_len (log->last, data, (gssize)length_bytes);
  if (log->last->len > WORDS_BYTES)
    g_string_erase (log->last, 0, (gssize)(log->last->len - WORDS_BYTES));
  return TRUE;
}

/* What bwrap said of the command's end: its exit status, or -1 when the command never ran. */
static int
read_status (int fd)
{
  char text[STATUS_BYTES];
  gssize length = read (fd, text, sizeof text);
  gsize position = 0;
  int status = -1;
  while (length > 0 && position < (gsize)length)
    {
      json_error_t trouble;
      json_t *said = json_loadb (text + position, (gsize)length - position, JSON_DISABLE_EOF_CHECK, &trouble);
      json_t *code = json_object_get (said, "exit-code");
      if (json_is_integer (code))
        status = (int)json_integer_value (code);
      if (said == NULL)
        break;
      json_decref (said);
      position += (gsize)trouble.position;
    }
  return status;
}

/* The walls did not stand, or there was nothing to run behind them. */
static gboolean
fail (int failure_fd, const GString *last, GError **error)
{
  char text[WORDS_BYTES];
  gssize length = read (failure_fd, text, sizeof text);
  g_autofree char *said = NULL;
  g_autofree char *stripped = g_strndup (last->str, last->len);
  g_strchomp (stripped);
  said = length > 0 ? assay_text_escape_line (text, length) : assay_text_escape_line (stripped, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "the sandbox could not start: %s%s", said,
               strstr (said, "namespace") != NULL || strstr (said, "uid map") != NULL
                   ? " (does this machine allow user namespaces to unprivileged users?)"
                   : "");
  return FALSE;
}

static gboolean
find_disorder (AssayCage *cage, GError **error)
{
  if (cage->deviation.disordered == NULL || cage->disorder != NULL)
    return TRUE;
  cage->disorder = g_find_program_in_path (ASSAY_DISORDER_PROGRAM);
  if (cage->disorder == NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "the program %s is not installed", ASSAY_DISORDER_PROGRAM);
  return cage->disorder != NULL;
}

gboolean
assay_cage_run (AssayCage *cage, const AssayCageCommand *command, int *out_status, GError **error)
{
  g_auto (Channels) channels = { -1, -1, -1, { -1, -1 }, { -1, -1 }, { -1, -1 } };
  g_autoptr (GString) last = g_string_new (NULL);
  Log log = { cage->guard, command->log_fd, last };
  AssayChild child = { .sink = write_log, .user_data = &log };
  int supervisor_status, status;
  if (!assay_guard_check (cage->guard, error) || !find_disorder (cage, error)
      || !open_channels (cage, command, &channels, error))
    return FALSE;
  child.pid = start (cage, command, &channels, error);
  if (child.pid < 0)
    return FALSE;
  /* The pipes end when the last process of the sandbox closes them, so we must not hold that end. */
  assay_fd_close (&channels.output[1]);
  assay_fd_close (&channels.status[1]);
  assay_fd_close (&channels.failure[1]);
  child.output_fd = channels.output[0];
  assay_guard_follow (cage->guard, child.pid);
  gboolean ended = assay_child_wait (&child, cage->guard, &supervisor_status, error);
  assay_guard_follow (cage->guard, 0);
  if (!ended || !assay_group_check (assay_guard_get_group (cage->guard), error))
    return FALSE;
  status = read_status (channels.status[0]);
  if (!WIFEXITED (supervisor_status) || WEXITSTATUS (supervisor_status) != 0 || status < 0)
    return fail (channels.failure[0], last, error);
  *out_status = status;
  return TRUE;
}
