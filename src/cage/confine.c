#include "cage/confine.h"

#include "cage/cage_limits.h"
#include "cage/child.h"
#include "cage/filter.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

typedef struct
{
  const AssayIdentity *identity;
  AssayDirectory *root;
  guint64 memory_bytes;
  const AssayCageLimits *limits;
  GBytes *filter;
  int input_fd;
  int report_fd;
} Walls;

/* Where the two descriptors lie that the process keeps. */
#define INPUT_FD 3
#define REPORT_FD 4

/* Codes that a confined process may give; everything else would speak of something that it cannot know. */
static const AssayErrorCode allowed_codes[]
    = { ASSAY_ERROR_IO, ASSAY_ERROR_MALFORMED, ASSAY_ERROR_UNSUPPORTED, ASSAY_ERROR_LIMIT, ASSAY_ERROR_SANDBOX };

static void
say (AssayErrorCode code, const char *message)
{
  char text[ASSAY_CAGE_MESSAGE_BYTES + 1];
  text[0] = (char)code;
  g_strlcpy (text + 1, message, sizeof text - 1);
  assay_system_write_all (REPORT_FD, text, 1 + strlen (text + 1));
}

static gboolean
set_limits (const Walls *walls)
{
  const struct rlimit none = { 0, 0 };
  const struct rlimit file = { walls->limits->output_bytes, walls->limits->output_bytes };
#ifndef ASSAY_SANITIZED
  /* The sanitizers reserve more address space than any limit. */
  const struct rlimit memory = { walls->memory_bytes, walls->memory_bytes };
  if (setrlimit (RLIMIT_AS, &memory) != 0)
    return FALSE;
#endif
  return setrlimit (RLIMIT_CORE, &none) == 0 && setrlimit (RLIMIT_FSIZE, &file) == 0;
}

/* The new namespace gave all of them, within itself. */
static gboolean
drop_capabilities (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };
  return syscall (SYS_capset, &header, none) == 0;
}

/* Returns what failed, or NULL. The user namespace is what allows chroot(); its privileges end with the namespace's
 * own. */
static const char *
build_walls (const Walls *walls, pid_t parent)
{
  sigset_t none;
  sigemptyset (&none);
  setlocale (LC_CTYPE, "C.UTF-8"); /* file names are bytes that are UTF-8 most of the time */
  if (!assay_identity_become (walls->identity) || !assay_child_survives (parent))
    return "cannot become the user of the sandbox";
  if (unshare (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) != 0)
    return "cannot make namespaces (are user namespaces allowed on this machine?)";
  if (fchdir (assay_directory_get_fd (walls->root)) != 0 || chroot (".") != 0)
    return "cannot make the directory the root";
  umask (0);
  if (dup2 (walls->input_fd, INPUT_FD) < 0 || close_range (REPORT_FD + 1, ~0u, 0) != 0)
    return "cannot close what is open";
  if (!set_limits (walls) || !drop_capabilities ())
    return "cannot set the limits of the sandbox";
  if (!assay_filter_install (walls->filter))
    return "cannot install the system call filter";
  signal (SIGXFSZ, SIG_IGN); /* a file that is too long is an error of write() */
  sigprocmask (SIG_SETMASK, &none, NULL);
  return NULL;
}

static _Noreturn void
work (const Walls *walls, pid_t parent, AssayConfinedFunc func, gpointer data)
{
  char message[ASSAY_CAGE_MESSAGE_BYTES] = "";
  AssayErrorCode code = ASSAY_ERROR_FAILED;
  const char *failed;
  if (dup2 (walls->report_fd, REPORT_FD) < 0)
    _exit (127);
  failed = build_walls (walls, parent);
  if (failed != NULL)
    {
      snprintf (message, sizeof message, "%s: %s", failed, strerror (errno));
      say (ASSAY_ERROR_SANDBOX, message);
      _exit (1);
    }
  if (!func (INPUT_FD, data, &code, message))
    {
      say (code, message);
      _exit (1);
    }
  _exit (0);
}

static gboolean
collect (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  GString *report = user_data;
  gsize space = ASSAY_CAGE_MESSAGE_BYTES - MIN (report->len, ASSAY_CAGE_MESSAGE_BYTES);
  g_string_append_len (report, data, (gssize)MIN (length_bytes, space));
  return TRUE;
}

static gboolean
judge (const GString *report, int status, GError **error)
{
  g_autofree char *message = NULL;
  AssayErrorCode code = ASSAY_ERROR_FAILED;
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0 && report->len == 0)
    return TRUE;
  if (WIFSIGNALED (status))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it was ended by signal %d (%s)",
                   WTERMSIG (status), g_strsignal (WTERMSIG (status)));
      return FALSE;
    }
  for (gsize i = 0; report->len > 0 && i < G_N_ELEMENTS (allowed_codes); i++)
    if ((AssayErrorCode)report->str[0] == allowed_codes[i])
      code = allowed_codes[i];
  message = report->len > 1 ? assay_text_escape_line (report->str + 1, (gssize)report->len - 1)
                            : g_strdup ("the process that reads it failed");
  g_set_error_literal (error, ASSAY_ERROR, (gint)code, message);
  return FALSE;
}

gboolean
assay_confine_run (const AssayIdentity *identity, AssayDirectory *root, int fd, guint64 memory_bytes, AssayGuard *guard,
                   AssayConfinedFunc func, gpointer data, GError **error)
{
  g_autoptr (GBytes) filter = assay_filter_new (ASSAY_FILTER_BUILD, error);
  g_autoptr (GString) report = g_string_new (NULL);
  AssayChild child = { .sink = collect, .user_data = report };
  int fds[2], status;
  gboolean done;
  assay_autofd input = fcntl (fd, F_DUPFD_CLOEXEC, REPORT_FD + 1);
  if (input < 0)
    return assay_system_error (error, errno, "duplicate", "a descriptor");
  if (filter == NULL || !assay_child_pipe (fds, error))
    return FALSE;
  Walls walls = { identity, root, memory_bytes, assay_guard_get_limits (guard), filter, input, fds[1] };
  pid_t parent = getpid ();
  child.output_fd = fds[0];
  child.pid = assay_child_fork (error);
  if (child.pid == 0)
    work (&walls, parent, func, data);
  close (fds[1]);
  done = child.pid > 0 && assay_child_wait (&child, guard, &status, error);
  close (fds[0]);
  return done && judge (report, status, error);
}
