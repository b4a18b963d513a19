#include "cmocka_all.h"

#include "cage/nursery.h"
#include "cage/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MEMORY_BYTES (G_GUINT64_CONSTANT (256) << 20)

/* Says how something ended that a worker tried: first is 1 when it got through. */
static void
say (AssayWire *wire, gboolean got_through)
{
  const AssayMessage message = { 1, got_through ? 1 : 0, 0, NULL, 0 };
  assay_wire_send (wire, &message, NULL);
}

static void
echo (AssayWire *wire)
{
  AssayMessage message;
  while (assay_wire_receive (wire, &message, NULL))
    {
      g_autofree guint8 *copy = g_memdup2 (message.data, message.length);
      const AssayMessage answer = { message.kind + 1, message.second, message.first, copy, message.length };
      if (!assay_wire_send (wire, &answer, NULL))
        return;
    }
}

static void
talks (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *bytes = g_malloc (ASSAY_WIRE_BYTES);
  memset (bytes, 7, ASSAY_WIRE_BYTES);
  g_autoptr (AssayWorker) worker = assay_worker_new (echo, MEMORY_BYTES, &error);
  assert_non_null (worker);
  for (gsize length = 0; length <= ASSAY_WIRE_BYTES; length += ASSAY_WIRE_BYTES / 4)
    {
      AssayMessage message = { 5, length, G_MAXUINT64, bytes, length };
      AssayMessage answer;
      assert_true (assay_worker_send (worker, &message, &error));
      assert_true (assay_worker_receive (worker, &answer, &error));
      assert_int_equal (answer.kind, 6);
      assert_true (answer.first == G_MAXUINT64 && answer.second == length && answer.length == length);
      assert_true (length == 0 || memcmp (answer.data, bytes, length) == 0);
    }
}

/* What the filter refuses: a library that tries it goes on without. */
static void
opens (AssayWire *wire)
{
  say (wire, open ("/etc/passwd", O_RDONLY) >= 0);
}

static void
writes_a_file (AssayWire *wire)
{
  say (wire, open ("/tmp/assay-test-worker", O_WRONLY | O_CREAT, 0600) >= 0);
}

static void
reads_another (AssayWire *wire)
{
  char byte;
  gboolean through = FALSE;
  for (int fd = 0; fd < 64; fd++)
    through = through || (fd != wire->fd && read (fd, &byte, 1) > 0);
  say (wire, through);
}

#ifndef ASSAY_SANITIZED
static void
writes_another (AssayWire *wire)
{
  say (wire, write (STDERR_FILENO, "out", 3) > 0 || write (STDOUT_FILENO, "out", 3) > 0);
}

/* What ends the process. */
static void
makes_a_socket (AssayWire *wire)
{
  say (wire, socket (AF_UNIX, SOCK_STREAM, 0) >= 0);
}

static void
makes_a_pair (AssayWire *wire)
{
  int fds[2];
  say (wire, socketpair (AF_UNIX, SOCK_STREAM, 0, fds) == 0);
}

static void
forks (AssayWire *wire)
{
  say (wire, fork () >= 0);
}

static void
starts_a_program (AssayWire *wire)
{
  say (wire, execl ("/bin/true", "true", NULL) == 0);
}

static void
signals_its_parent (AssayWire *wire)
{
  say (wire, kill (getppid (), 0) == 0);
}

static void
looks_into_its_parent (AssayWire *wire)
{
  say (wire, ptrace (PTRACE_ATTACH, getppid (), NULL, NULL) == 0);
}

static void
makes_code (AssayWire *wire)
{
  say (wire, mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void
makes_data_code (AssayWire *wire)
{
  void *data = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  say (wire, mprotect (data, 4096, PROT_READ | PROT_EXEC) == 0);
}

static void
changes_its_limits (AssayWire *wire)
{
  say (wire, syscall (SYS_setrlimit, 0, NULL) == 0);
}

static void
makes_a_ring (AssayWire *wire)
{
  say (wire, syscall (SYS_io_uring_setup, 4, NULL) >= 0);
}

/* The number of a call of x32 is one of x86-64 with a bit set, and misses a filter that forgets it. */
static void
calls_in_another_way (AssayWire *wire)
{
  say (wire, syscall (0x40000000 | SYS_getpid) > 0);
}

static void
takes_memory (AssayWire *wire)
{
  say (wire, g_try_malloc (MEMORY_BYTES) != NULL);
}
#endif

typedef struct
{
  const char *name;
  AssayWorkerMain work;
  gboolean ends; /* the process, or the call alone */
} Attempt;

static const Attempt attempts[] = {
  { "a file", opens, FALSE },
  { "a new file", writes_a_file, FALSE },
  { "another descriptor", reads_another, FALSE },
#ifndef ASSAY_SANITIZED
  { "standard streams", writes_another, FALSE },
  { "more memory", takes_memory, FALSE },
  { "a socket", makes_a_socket, TRUE },
  { "a pair of sockets", makes_a_pair, TRUE },
  { "a process", forks, TRUE },
  { "a program", starts_a_program, TRUE },
  { "a signal", signals_its_parent, TRUE },
  { "ptrace", looks_into_its_parent, TRUE },
  { "memory with code", makes_code, TRUE },
  { "code out of data", makes_data_code, TRUE },
  { "its limits", changes_its_limits, TRUE },
  { "io_uring", makes_a_ring, TRUE },
#ifdef __x86_64__
  { "x32", calls_in_another_way, TRUE },
#endif
#endif
};

static void
can_do_nothing (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      g_autoptr (GError) error = NULL;
      AssayMessage message;
      g_autoptr (AssayWorker) worker = assay_worker_new (attempts[i].work, MEMORY_BYTES, &error);
      assert_non_null (worker);
      gboolean said = assay_worker_receive (worker, &message, &error);
      if (said && message.first != 0)
        fail_msg ("%s: a worker got it", attempts[i].name);
      if (said == attempts[i].ends)
        fail_msg ("%s: %s", attempts[i].name, said ? "the worker lives on" : error->message);
      if (!said && strstr (error->message, "asked the system for what no reader may") == NULL)
        fail_msg ("%s: %s", attempts[i].name, error->message);
    }
  assert_int_equal (access ("/tmp/assay-test-worker", F_OK), -1);
}

#ifndef ASSAY_SANITIZED
static void
crashes (AssayWire *wire)
{
  volatile int *nothing = NULL;
  *nothing = 1;
  say (wire, TRUE);
}

static void
runs_out (AssayWire *wire)
{
  for (;;)
    memset (g_malloc (1 << 20), 1, 1 << 20);
}

static void
gives_up (AssayWire *wire)
{
}

static void
computes (AssayWire *wire)
{
  volatile guint64 rounds = 0;
  for (;;)
    rounds++;
}

/* A bound on processor time that is not ours, by its own name: for both bounds, as `ulimit -t` sets them, and for the
 * soft one alone. */
static void
computes_too_long (void **state)
{
  static const struct rlimit bounds[] = { { 2, 2 }, { 1, RLIM_INFINITY } };
  for (gsize i = 0; i < G_N_ELEMENTS (bounds); i++)
    {
      int status = 0;
      pid_t pid = fork ();
      if (pid == 0)
        {
          g_autoptr (GError) error = NULL;
          AssayMessage message;
          AssayWorker *worker
              = setrlimit (RLIMIT_CPU, &bounds[i]) != 0 ? NULL : assay_worker_new (computes, MEMORY_BYTES, NULL);
          gboolean named = worker != NULL && !assay_worker_receive (worker, &message, &error)
                           && error->code == ASSAY_ERROR_LIMIT
                           && g_str_has_prefix (error->message, "limit RLIMIT_CPU (") && !assay_worker_is_late (worker);
          assay_worker_free (worker);
          _exit (named ? 0 : 1);
        }
      assert_int_equal (waitpid (pid, &status, 0), pid);
      assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
    }
}

static void
ends (void **state)
{
  static const struct
  {
    AssayWorkerMain work;
    const char *words;
  } cases[] = {
    { crashes, "ended by signal 11" },
    { runs_out, "with limit worker-memory (268435456 bytes)" },
    { gives_up, "gave up" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      AssayMessage message;
      g_autoptr (AssayWorker) worker = assay_worker_new (cases[i].work, MEMORY_BYTES, &error);
      assert_false (assay_worker_receive (worker, &message, &error));
      assert_int_equal (error->code, ASSAY_ERROR_FAILED);
      if (strstr (error->message, cases[i].words) == NULL)
        fail_msg ("%s is not in: %s", cases[i].words, error->message);
      g_clear_error (&error);
      assert_false (assay_worker_receive (worker, &message, &error));
    }
}
#endif

static void
says_nothing (AssayWire *wire)
{
  for (;;)
    sched_yield ();
}

static void
is_too_slow (void **state)
{
  g_autoptr (GError) error = NULL;
  AssayMessage message;
  g_autoptr (AssayWorker) worker = assay_worker_new (says_nothing, MEMORY_BYTES, &error);
  assay_worker_set_time (worker, 0);
  assert_false (assay_worker_receive (worker, &message, &error));
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
}

/* Asks and asks, and takes no answer: the one that answers must not wait for ever. */
static void
floods (AssayWire *wire)
{
  for (;;)
    say (wire, FALSE);
}

static void
is_not_stopped (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *bytes = g_malloc0 (ASSAY_WIRE_BYTES);
  const AssayMessage answer = { 1, 0, 0, bytes, ASSAY_WIRE_BYTES };
  AssayMessage message;
  g_autoptr (AssayWorker) worker = assay_worker_new (floods, MEMORY_BYTES, &error);
  assay_worker_set_time (worker, 1);
  while (assay_worker_receive (worker, &message, &error) && assay_worker_send (worker, &answer, &error))
    continue;
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
}

static void
sends_rubbish (AssayWire *wire)
{
  static const guint8 rubbish[64];
  struct iovec part = { (void *)rubbish, sizeof rubbish };
  const struct msghdr whole = { .msg_iov = &part, .msg_iovlen = 1 };
  sendmsg (wire->fd, &whole, 0);
  for (;;)
    sched_yield ();
}

static void
is_not_believed (void **state)
{
  g_autoptr (GError) error = NULL;
  AssayMessage message;
  g_autoptr (AssayWorker) worker = assay_worker_new (sends_rubbish, MEMORY_BYTES, &error);
  assert_false (assay_worker_receive (worker, &message, &error));
  assert_string_equal (error->message, "the other process sent what is no message");
}

/* Memory of who asks is not in a worker: it is a copy of a process that was set aside before. */
static int secret;

static void
tells_the_secret (AssayWire *wire)
{
  say (wire, secret != 0);
}

static void
knows_nothing (void **state)
{
  g_autoptr (GError) error = NULL;
  AssayMessage message;
  assert_true (assay_nursery_open (&error));
  secret = 1;
  g_autoptr (AssayWorker) worker = assay_worker_new (tells_the_secret, MEMORY_BYTES, &error);
  assert_true (assay_worker_receive (worker, &message, &error));
  assert_int_equal (message.first, 0);
}

/* A process that forks has no nursery of its own until it needs one, and leaves its parent's alone. */
static void
is_not_shared (void **state)
{
  int status = 0;
  pid_t pid = fork ();
  if (pid == 0)
    {
      AssayMessage message;
      AssayWorker *worker = assay_worker_new (tells_the_secret, MEMORY_BYTES, NULL);
      gboolean knows = worker != NULL && assay_worker_receive (worker, &message, NULL) && message.first == 1;
      assay_worker_free (worker);
      _exit (knows ? 0 : 1);
    }
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  knows_nothing (state);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (talks),         cmocka_unit_test (can_do_nothing),
#ifndef ASSAY_SANITIZED
    cmocka_unit_test (ends),          cmocka_unit_test (computes_too_long),
#endif
    cmocka_unit_test (is_too_slow),   cmocka_unit_test (is_not_stopped),    cmocka_unit_test (is_not_believed),
    cmocka_unit_test (knows_nothing), cmocka_unit_test (is_not_shared),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
