#include "cage/worker.h"

#include "cage/nursery.h"
#include "util/cancel.h"
#include "util/limits.h"
#include "util/system.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct _AssayWorker
{
  AssayWire wire;
  pid_t pid;
  guint64 memory_bytes;
  gint64 until_us; /* 0: no end */
  gboolean late;
};

AssayWorker *
assay_worker_new (AssayWorkerMain work, guint64 memory_bytes, GError **error)
{
  int fds[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    {
      assay_system_error (error, errno, "make", "a socket");
      return NULL;
    }
  assay_autofd ours = fds[0];
  assay_autofd theirs = fds[1];
  pid_t pid = assay_nursery_start (work, memory_bytes, theirs, error);
  if (pid < 0)
    return NULL;
  AssayWorker *worker = g_new0 (AssayWorker, 1);
  assay_wire_init (&worker->wire, assay_fd_steal (&ours));
  worker->pid = pid;
  worker->memory_bytes = memory_bytes;
  return worker;
}

void
assay_worker_free (AssayWorker *worker)
{
  int status;
  if (worker == NULL)
    return;
  if (worker->pid > 0)
    assay_nursery_end (worker->pid, &status, NULL);
  assay_fd_close (&worker->wire.fd);
  assay_wire_clear (&worker->wire);
  g_free (worker);
}

void
assay_worker_set_time (AssayWorker *worker, guint64 time_s)
{
  worker->late = FALSE;
  worker->until_us = time_s > G_MAXINT32 ? 0 : g_get_monotonic_time () + (gint64)time_s * G_USEC_PER_SEC;
}

gboolean
assay_worker_is_late (const AssayWorker *worker)
{
  return worker->late;
}

/* Sanitizers end a process in their own way, which must not be taken for the reader's verdict on its input. */
static void
pass_on (int status)
{
#ifdef ASSAY_SANITIZED
  if (WIFEXITED (status) && WEXITSTATUS (status) != 0)
    {
      fprintf (stderr, "a reader ended with %d\n", WEXITSTATUS (status));
      _exit (WEXITSTATUS (status));
    }
#else
  (void)status;
#endif
}

/* RLIMIT_CPU is none of ours: who started us has set it. */
static void
explain_processor_time (GError **error)
{
  struct rlimit time = { RLIM_INFINITY, RLIM_INFINITY };
  getrlimit (RLIMIT_CPU, &time);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
               "limit RLIMIT_CPU (%" G_GUINT64_FORMAT
               " seconds) hit: the process that reads it took the processor time "
               "that whoever started assay allows each process",
               (guint64)time.rlim_cur);
}

/* What became of a worker that says no more. */
static gboolean
explain (AssayWorker *worker, GError **error)
{
  int status = 0;
  pid_t pid = worker->pid;
  worker->pid = 0;
  if (pid <= 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it is gone");
      return FALSE;
    }
  if (!assay_nursery_end (pid, &status, error))
    return FALSE;
  pass_on (status);
  if (!WIFSIGNALED (status))
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it gave up");
  else if (WTERMSIG (status) == SIGSYS)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
                         "the process that reads it was ended: it asked the system for what no reader may");
  else if (WTERMSIG (status) == SIGXCPU)
    explain_processor_time (error);
  else
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
                 "the process that reads it was ended by signal %d (%s), with limit %s (%" G_GUINT64_FORMAT " bytes)",
                 WTERMSIG (status), strsignal (WTERMSIG (status)), assay_limit_name (ASSAY_LIMIT_WORKER_MEMORY),
                 worker->memory_bytes);
  return FALSE;
}

/* Until it says something (POLLIN) or takes something (POLLOUT), or its time is up, or we are told to stop. */
static gboolean
wait_for (AssayWorker *worker, short event, GError **error)
{
  struct pollfd polled[] = {
    { .fd = worker->wire.fd, .events = event },
    { .fd = assay_cancel_fd (), .events = POLLIN },
  };
  for (;;)
    {
      int timeout_ms = -1;
      if (worker->until_us != 0)
        {
          gint64 left_us = worker->until_us - g_get_monotonic_time ();
          if (left_us <= 0)
            {
              worker->late = TRUE;
              g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "its time was up");
              return FALSE;
            }
          timeout_ms = (int)MIN (left_us / 1000 + 1, G_MAXINT);
        }
      int ready = poll (polled, G_N_ELEMENTS (polled), timeout_ms);
      if (ready < 0 && errno != EINTR)
        return assay_system_error (error, errno, "wait for", "a reader");
      if (assay_cancelled (error))
        return FALSE;
      if (ready > 0 && polled[0].revents != 0)
        return TRUE;
    }
}

/* A worker that asks and does not take the answers must not stop us: so this waits as for an answer. */
gboolean
assay_worker_send (AssayWorker *worker, const AssayMessage *message, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (worker->pid <= 0)
    return explain (worker, error);
  if (!wait_for (worker, POLLOUT, error))
    return FALSE;
  return assay_wire_send (&worker->wire, message, &failure) || explain (worker, error);
}

gboolean
assay_worker_receive (AssayWorker *worker, AssayMessage *out_message, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (worker->pid <= 0)
    return explain (worker, error);
  if (!wait_for (worker, POLLIN, error))
    return FALSE;
  if (assay_wire_receive (&worker->wire, out_message, &failure))
    return TRUE;
  if (failure->code != ASSAY_ERROR_MALFORMED)
    return explain (worker, error);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, failure->message);
  return FALSE;
}
