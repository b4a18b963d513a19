#include "scratch.h"

#include "util/cancel.h"

#include <poll.h>
#include <signal.h>

/* Signals and their marks last as long as a process: each test is one of its own. */
static int
run_apart (int (*body) (void))
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    {
      for (int number = SIGHUP; number <= SIGRTMAX; number++)
        signal (number, SIG_DFL);
      _exit (body ());
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  return status;
}

static int
readable (void)
{
  struct pollfd wait = { assay_cancel_fd (), POLLIN, 0 };
  return poll (&wait, 1, 0);
}

static int
first_signal_marks (void)
{
  g_autoptr (GError) error = NULL;
  if (assay_cancelled (&error) || error != NULL || assay_cancel_fd () != -1)
    return 1;
  assay_cancel_install ();
  assay_cancel_install ();
  if (assay_cancelled (&error) || readable () != 0 || assay_cancel_signal () != 0)
    return 2;
  raise (SIGTERM);
  if (!assay_cancelled (&error) || !g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    return 3;
  if (readable () != 1 || readable () != 1 || assay_cancel_signal () != SIGTERM)
    return 4;
  return !assay_cancelled (NULL);
}

static int
second_signal_ends (void)
{
  assay_cancel_install ();
  raise (SIGINT);
  raise (SIGTERM);
  return 0;
}

static int
all_that_end_mark (void)
{
  const int signals[] = { SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU,
                          SIGPOLL, SIGPWR,  SIGHUP,  SIGINT,  SIGTERM,   SIGRTMIN };
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      int status;
      pid_t child = fork ();
      if (child == 0)
        {
          assay_cancel_install ();
          raise (signals[i]);
          if (signals[i] == SIGXCPU)
            raise (signals[i]);
          _exit (assay_cancel_signal () == signals[i] ? 0 : 1);
        }
      if (waitpid (child, &status, 0) != child || status != 0)
        return signals[i];
    }
  return 0;
}

static int
failing_calls_mark_nothing (void)
{
  assay_cancel_install ();
  raise (SIGPIPE);
  raise (SIGXFSZ);
  raise (SIGPIPE);
  return assay_cancelled (NULL);
}

static int
a_fault_ends (void)
{
  assay_cancel_install ();
  raise (SIGABRT);
  return 0;
}

static int
ignored_stays_ignored (void)
{
  signal (SIGHUP, SIG_IGN);
  assay_cancel_install ();
  raise (SIGHUP);
  return assay_cancelled (NULL);
}

static void
the_first_signal_marks_the_work (void **state)
{
  assert_int_equal (run_apart (first_signal_marks), 0);
}

static void
the_second_signal_ends_the_process (void **state)
{
  int status = run_apart (second_signal_ends);
  assert_true (WIFSIGNALED (status));
  assert_int_equal (WTERMSIG (status), SIGTERM);
}

static void
every_signal_that_ends_marks_the_work (void **state)
{
  assert_int_equal (run_apart (all_that_end_mark), 0);
}

static void
the_signal_of_a_failing_call_marks_nothing (void **state)
{
  assert_int_equal (run_apart (failing_calls_mark_nothing), 0);
}

static void
a_fault_ends_the_process (void **state)
{
  int status = run_apart (a_fault_ends);
  assert_true (WIFSIGNALED (status));
  assert_int_equal (WTERMSIG (status), SIGABRT);
}

static void
what_was_ignored_stays_so (void **state)
{
  assert_int_equal (run_apart (ignored_stays_ignored), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_first_signal_marks_the_work),
    cmocka_unit_test (the_second_signal_ends_the_process),
    cmocka_unit_test (every_signal_that_ends_marks_the_work),
    cmocka_unit_test (the_signal_of_a_failing_call_marks_nothing),
    cmocka_unit_test (a_fault_ends_the_process),
    cmocka_unit_test (what_was_ignored_stays_so),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
