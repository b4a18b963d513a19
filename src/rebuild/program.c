#include "rebuild/program.h"

#include "cage/child.h"
#include "rebuild/logtail.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

typedef struct
{
  AssayWorkspace *workspace;
  GString *text; /* NULL: into the log */
} Printed;

static gboolean
take (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  Printed *printed = user_data;
  if (!assay_guard_log (printed->workspace->guard, length_bytes, error))
    return FALSE;
  if (printed->text != NULL)
    g_string_append_len (printed->text, data, (gssize)length_bytes);
  else if (!assay_system_write_all (printed->workspace->log_fd, data, length_bytes))
    return assay_system_error (error, errno, "write", printed->workspace->log_path);
  return TRUE;
}

/** What the new process needs; everything was allocated before fork(). */
typedef struct
{
  const char *program;
  char *const *arguments;
  char *const *environment;
  int null_fd;
  int output_fd;
  int error_fd;
} Start;

static _Noreturn void
become (const Start *start)
{
  sigset_t none;
  sigemptyset (&none);
  if (dup2 (start->null_fd, 0) < 0 || dup2 (start->output_fd, 1) < 0 || dup2 (start->error_fd, 2) < 0
      || close_range (3, ~0u, 0) != 0)
    _exit (127);
  sigprocmask (SIG_SETMASK, &none, NULL);
  execve (start->program, start->arguments, start->environment);
  _exit (127);
}

static gboolean
fail (const AssayWorkspace *workspace, const char *const *arguments, int status, GError **error)
{
  g_autofree char *tail = assay_log_tail (workspace->log_path);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "%s failed (status %d)%s%s", arguments[0], status,
               *tail == '\0' ? "" : "; it said:", tail);
  return FALSE;
}

static gboolean
run (AssayWorkspace *workspace, Start *start, Printed *printed, int *out_status, GError **error)
{
  int fds[2];
  AssayChild child = { .sink = take, .user_data = printed };
  if (!assay_child_pipe (fds, error))
    return FALSE;
  assay_autofd reading = fds[0];
  assay_autofd writing = fds[1];
  start->output_fd = writing;
  start->error_fd = printed->text != NULL ? workspace->log_fd : writing;
  child.output_fd = reading;
  child.pid = assay_child_fork (error);
  if (child.pid == 0)
    become (start);
  assay_fd_close (&writing);
  return child.pid > 0 && assay_child_wait (&child, workspace->guard, out_status, error);
}

gboolean
assay_program_run (AssayWorkspace *workspace, const char *const *arguments, char **out_text, GError **error)
{
  g_autofree char *program = g_find_program_in_path (arguments[0]);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "LC_ALL", "C.UTF-8", TRUE);
  g_autoptr (GString) text = out_text == NULL ? NULL : g_string_new (NULL);
  assay_autofd null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  Printed printed = { workspace, text };
  int status;
  if (program == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "the program %s is not installed", arguments[0]);
      return FALSE;
    }
  environment = g_environ_setenv (environment, "DEBIAN_FRONTEND", "noninteractive", TRUE);
  Start start
      = { .program = program, .arguments = (char *const *)arguments, .environment = environment, .null_fd = null_fd };
  if (null_fd < 0)
    return assay_system_error (error, errno, "open", "/dev/null");
  if (!run (workspace, &start, &printed, &status, error))
    return FALSE;
  if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
    return fail (workspace, arguments, WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status), error);
  if (out_text != NULL)
    *out_text = g_string_free (g_steal_pointer (&text), FALSE);
  return TRUE;
}
