#include "cage/child.h"

#include "cage/cage_limits.h"
#include "util/cancel.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define READ_BYTES 65536
/* Only a process of one thread gets a user namespace: ThreadSanitizer starts a thread of its own in each process that
 * it sees begin, and does not see this one. */
#ifdef __SANITIZE_THREAD__
#define START_PROCESS _Fork
#else
#define START_PROCESS fork
#endif

/* Descriptors below are put in place with dup2() in the new process, so no other may lie there. */
#define FIRST_FD 16

static gboolean
move_up (int *fd)
{
  int moved = fcntl (*fd, F_DUPFD_CLOEXEC, FIRST_FD);
  if (moved < 0)
    return FALSE;
  close (*fd);
  *fd = moved;
  return TRUE;
}

gboolean
assay_child_pipe (int out_fds[2], GError **error)
{
  if (pipe2 (out_fds, O_CLOEXEC) != 0)
    {
      out_fds[0] = out_fds[1] = -1;
      return assay_system_error (error, errno, "make", "a pipe");
    }
  if (!move_up (&out_fds[0]) || !move_up (&out_fds[1]) || fcntl (out_fds[0], F_SETFL, O_NONBLOCK) != 0)
    {
      assay_system_error (error, errno, "make", "a pipe");
      assay_fd_close (&out_fds[0]);
      assay_fd_close (&out_fds[1]);
      return FALSE;
    }
  return TRUE;
}

gboolean
assay_child_survives (pid_t parent)
{
  return prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid () == parent;
}

static void
reset_handlers (void)
{
  for (int number = 1; number < NSIG; number++)
    if (number != SIGKILL && number != SIGSTOP)
      signal (number, SIG_DFL);
}

pid_t
assay_child_fork (GError **error)
{
  pid_t parent = getpid ();
  pid_t pid;
  sigset_t all, old;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  pid = START_PROCESS ();
  if (pid == 0)
    {
      reset_handlers ();
      if (!assay_child_survives (parent))
        _exit (127);
      return 0;
    }
  int number = errno;
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  if (pid < 0)
    assay_system_error (error, number, "start", "a process");
  return pid;
}

/* Reads what is there. FALSE: the sink refused it. *out_ended: there will be no more. */
static gboolean
drain (AssayChild *child, gboolean *out_ended, GError **error)
{
  char buffer[READ_BYTES];
  gssize length = read (child->output_fd, buffer, sizeof buffer);
  *out_ended = length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR);
  if (length <= 0 || child->sink == NULL)
    return TRUE;
  return child->sink (buffer, (gsize)length, child->user_data, error);
}

/* One turn: waits for something to happen. FALSE: the process has to end. */
static gboolean
wait_turn (AssayChild *child, int pid_fd, AssayGuard *guard, gboolean *output_ended, gboolean *exited, GError **error)
{
  struct pollfd polled[] = {
    { .fd = pid_fd, .events = POLLIN },
    { .fd = *output_ended ? -1 : child->output_fd, .events = POLLIN },
    { .fd = assay_cancel_fd (), .events = POLLIN },
  };
  if (poll (polled, G_N_ELEMENTS (polled), assay_guard_get_timeout_ms (guard)) < 0 && errno != EINTR)
    return assay_system_error (error, errno, "wait for", "a process");
  if (polled[1].revents != 0 && !drain (child, output_ended, error))
    return FALSE;
  *exited = (polled[0].revents & POLLIN) != 0;
  return *exited || assay_guard_check (guard, error);
}

/* Asks the process to end, and after a while ends it. What it still prints is thrown away, so that it cannot hang on
 * it. */
static void
end_process (AssayChild *child, int pid_fd)
{
  gint64 patience_us = g_get_monotonic_time () + ASSAY_CAGE_GRACE_MS * G_GINT64_CONSTANT (1000);
  gboolean output_ended = FALSE;
  child->sink = NULL;
  kill (child->pid, SIGTERM);
  while (g_get_monotonic_time () < patience_us)
    {
      struct pollfd polled[] = {
        { .fd = pid_fd, .events = POLLIN },
        { .fd = output_ended ? -1 : child->output_fd, .events = POLLIN },
      };
      if (poll (polled, G_N_ELEMENTS (polled), 100) > 0 && (polled[0].revents & POLLIN) != 0)
        return;
      if (polled[1].revents != 0)
        drain (child, &output_ended, NULL);
    }
  kill (child->pid, SIGKILL);
}

static gboolean
wait_until_exit (AssayChild *child, int pid_fd, AssayGuard *guard, GError **error)
{
  gboolean output_ended = FALSE;
  gboolean exited = FALSE;
  while (!exited)
    if (!wait_turn (child, pid_fd, guard, &output_ended, &exited, error))
      {
        end_process (child, pid_fd);
        return FALSE;
      }
  /* The process is gone with all that wrote: what is left in the pipe is all there will be. */
  struct pollfd polled = { .fd = child->output_fd, .events = POLLIN };
  while (!output_ended && poll (&polled, 1, 0) > 0)
    if (!drain (child, &output_ended, error))
      return FALSE;
  return TRUE;
}

gboolean
assay_child_wait (AssayChild *child, AssayGuard *guard, int *out_status, GError **error)
{
  assay_autofd pid_fd = pidfd_open (child->pid, 0);
  gboolean done;
  int status = 0;
  if (pid_fd < 0)
    {
      assay_system_error (error, errno, "watch", "a process");
      kill (child->pid, SIGKILL);
      done = FALSE;
    }
  else
    done = wait_until_exit (child, pid_fd, guard, error);
  while (waitpid (child->pid, &status, 0) < 0)
    if (errno != EINTR)
      {
        if (done)
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL,
                       "somebody else waited for a process of the sandbox: %s", g_strerror (errno));
        return FALSE;
      }
  if (done)
    *out_status = status;
  return done;
}
