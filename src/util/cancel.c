#include "util/cancel.h"

#include <assay/error.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Lock-free atomics are the only objects that a handler may share with other threads (C17, 7.14.1.1). */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler needs lock-free atomics");
static atomic_int received_signal;
static atomic_int event_fd = -1;

static void
handle_signal (int number)
{
  int saved_errno = errno;
  int none = 0;
  if (atomic_compare_exchange_strong (&received_signal, &none, number))
    {
      const guint64 one = 1;
      ssize_t ignored = write (atomic_load (&event_fd), &one, sizeof one);
      (void)ignored;
    }
  else if (number != SIGXCPU) /* which comes again with each second, until the hard limit ends the process */
    {
      /* The signal is blocked while we are in here: it ends the process as soon as we return. */
      signal (number, SIG_DFL);
      raise (number);
    }
  errno = saved_errno;
}

/* The call that caused it fails, and says why. No SIG_IGN, which the programs of a build would inherit. */
static void
pass_over (int number)
{
}

/* Whoever ignores one, or has a handler, knows why: nohup, a profiler. */
static void
install_one (int number, void (*handler) (int))
{
  struct sigaction action, old;
  if (sigaction (number, NULL, &old) != 0 || old.sa_handler != SIG_DFL)
    return;
  memset (&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset (&action.sa_mask);
  sigaction (number, &action, NULL);
}

void
assay_cancel_install (void)
{
  /* All that end a process (signal(7)) but those that say that it is broken. */
  static const int signals[] = { SIGINT,    SIGTERM, SIGHUP,  SIGQUIT, SIGALRM, SIGUSR1,  SIGUSR2,
                                 SIGVTALRM, SIGPROF, SIGXCPU, SIGPOLL, SIGPWR,  SIGSTKFLT };
  if (atomic_load (&event_fd) < 0)
    atomic_store (&event_fd, eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    install_one (signals[i], handle_signal);
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
    install_one (number, handle_signal);
  install_one (SIGPIPE, pass_over);
  install_one (SIGXFSZ, pass_over);
}

gboolean
assay_cancelled (GError **error)
{
  int number = atomic_load_explicit (&received_signal, memory_order_relaxed);
  if (G_LIKELY (number == 0))
    return FALSE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CANCELLED, "ended by signal %d (%s)", number, g_strsignal (number));
  return TRUE;
}

int
assay_cancel_fd (void)
{
  return atomic_load (&event_fd);
}

int
assay_cancel_signal (void)
{
  return atomic_load (&received_signal);
}
