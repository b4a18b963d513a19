#include "cage/supervisor.h"

#include "cage/cage_limits.h"
#include "cage/child.h"
#include "cage/disorder.h"
#include "util/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* bwrap itself: the process outside, the first process inside, and the supervisor. */
#define OWN_PROCESSES 3
#define FAILURE_FD 6
/* Where the namespaces of the view are until the supervisor is in them. */
#define VIEW_FD 7

/*
 * Everything from here to assay_supervisor_start() runs in the supervisor, a process after fork(): no GLib, whose locks
 * another thread may have held at that moment.
 */

static _Noreturn void
fail (const char *what)
{
  char text[160];
  int length = snprintf (text, sizeof text, "%s: %s", what, strerror (errno));
  ssize_t ignored = write (FAILURE_FD, text, (size_t)MIN (length, (int)sizeof text - 1));
  (void)ignored;
  _exit (127);
}

static gboolean
set_limit (int resource, rlim_t soft, rlim_t hard)
{
  struct rlimit limit;
  if (getrlimit (resource, &limit) != 0)
    return FALSE;
  limit.rlim_max = MIN (hard, limit.rlim_max);
  limit.rlim_cur = MIN (soft, limit.rlim_max);
  return setrlimit (resource, &limit) == 0;
}

typedef void (*TakeProcess) (const char *name, void *data);

/* All that /proc lists now. Without opendir(), which allocates: whoever forked us may have had threads, one of which
 * may hold the lock of an allocator for ever. */
static void
visit_processes (TakeProcess take, void *data)
{
  _Alignas(struct dirent64) char entries[8192];
  int fd = open ("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : getdents64 (fd, entries, sizeof entries);
  for (; length > 0; length = getdents64 (fd, entries, sizeof entries))
    for (ssize_t at = 0; at < length;)
      {
        const struct dirent64 *entry = (const void *)(entries + at);
        at += entry->d_reclen;
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
          take (entry->d_name, data);
      }
  if (fd >= 0)
    close (fd);
}

/** What one user runs. */
typedef struct
{
  uid_t uid;
  rlim_t count;
} Threads;

static void
count_if_own (const char *name, void *data)
{
  Threads *threads = data;
  char path[300];
  struct stat status;
  snprintf (path, sizeof path, "/proc/%s/task", name);
  if (stat (path, &status) == 0 && status.st_uid == threads->uid)
    threads->count += status.st_nlink > 2 ? status.st_nlink - 2 : 1;
}

/* Threads that this user runs already: RLIMIT_NPROC counts them too, unless the number is one of our own. */
static rlim_t
count_threads (uid_t uid)
{
  Threads threads = { .uid = uid };
  visit_processes (count_if_own, &threads);
  return threads.count;
}

static gboolean
set_limits (const AssaySupervision *supervision)
{
  const AssayCageLimits *limits = supervision->limits;
  long processors = sysconf (_SC_NPROCESSORS_ONLN);
  rlim_t cpu_s = (rlim_t)MIN (limits->time_s, 31536000u) * (rlim_t)MAX (processors, 1);
  rlim_t beside = supervision->identity->changes ? 0 : (rlim_t)MIN (limits->beside_processes, G_MAXINT32);
  rlim_t processes = (rlim_t)limits->processes + OWN_PROCESSES + count_threads (supervision->identity->uid) + beside;
  rlim_t stack_hard = RLIM_INFINITY;
  return set_limit (RLIMIT_CORE, 0, 0) && set_limit (RLIMIT_CPU, cpu_s, cpu_s)
         && set_limit (RLIMIT_FSIZE, (rlim_t)limits->output_bytes, (rlim_t)limits->output_bytes)
         && set_limit (RLIMIT_STACK, ASSAY_CAGE_STACK_BYTES, stack_hard)
         && set_limit (RLIMIT_NOFILE, ASSAY_CAGE_FILES_SOFT, ASSAY_CAGE_FILES_HARD)
         && set_limit (RLIMIT_NPROC, processes, processes)
         && set_limit (RLIMIT_AS, (rlim_t)limits->memory_bytes, (rlim_t)limits->memory_bytes);
}

static _Noreturn void
run_program (const AssaySupervision *supervision, pid_t supervisor)
{
  static char *const environment[] = { NULL };
  sigset_t none;
  sigemptyset (&none);
  if (!assay_child_survives (supervisor))
    _exit (127);
  if (!set_limits (supervision))
    fail ("cannot set the limits of the sandbox");
  const char *failed = assay_deviation_apply (supervision->deviation);
  if (failed != NULL)
    fail (failed);
  sigprocmask (SIG_SETMASK, &none, NULL);
  execve (supervision->program, supervision->arguments, environment);
  fail ("cannot start bwrap");
}

static pid_t
parent_of (const char *process)
{
  char path[300], text[512];
  ssize_t length;
  int fd;
  const char *after;
  snprintf (path, sizeof path, "/proc/%s/stat", process);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  length = read (fd, text, sizeof text - 1);
  close (fd);
  text[MAX (length, 0)] = '\0';
  /* "PID (NAME) STATE PARENT": the name may hold anything, but nothing behind it holds a parenthesis. */
  after = strrchr (text, ')');
  return after == NULL || strlen (after) < 4 ? -1 : (pid_t)strtol (after + 4, NULL, 10);
}

static void
kill_if_child (const char *name, void *data)
{
  const pid_t *self = data;
  if (parent_of (name) == *self)
    kill ((pid_t)strtol (name, NULL, 10), SIGKILL);
}

static void
kill_children (void)
{
  pid_t self = getpid ();
  visit_processes (kill_if_child, &self);
}

/*
 * Ends all children, and theirs, until there is none. An orphan becomes our child before its parent can be waited for,
 * so each turn sees what the one before has left. The first process of a process namespace is gone only after all
 * others in it are.
 */
static void
end_children (void)
{
  do
    kill_children ();
  while (waitpid (-1, NULL, 0) > 0 || errno != ECHILD);
}

static void
wait_for_program (pid_t program)
{
  sigset_t expected;
  sigemptyset (&expected);
  sigaddset (&expected, SIGCHLD);
  sigaddset (&expected, SIGTERM);
  for (;;)
    {
      int status;
      if (sigwaitinfo (&expected, NULL) == SIGTERM)
        return;
      if (waitpid (program, &status, WNOHANG) == program)
        return;
    }
}

static gboolean
place_fds (const AssaySupervision *supervision)
{
  const int sources[]
      = { supervision->fds.input,  supervision->fds.output, supervision->fds.output, supervision->fds.arguments,
          supervision->fds.status, supervision->fds.filter, supervision->fds.failure };
  for (int i = 0; i < (int)G_N_ELEMENTS (sources); i++)
    if (dup2 (sources[i], i) < 0)
      return FALSE;
  int next = FAILURE_FD + 1;
  for (int i = 0; supervision->view != NULL && i < ASSAY_VIEW_NAMESPACES; i++, next++)
    if (dup2 (assay_view_get_namespace (supervision->view, (guint)i), VIEW_FD + i) < 0)
      return FALSE;
  return fcntl (FAILURE_FD, F_SETFD, FD_CLOEXEC) == 0 && close_range ((guint)next, ~0u, 0) == 0;
}

/* While we are still who may, and the descriptors are still open. */
static gboolean
enter_groups (const AssaySupervision *supervision)
{
  for (guint i = 0; i < supervision->group_count; i++)
    if (write (supervision->groups[i], "0", 1) != 1)
      return FALSE;
  return TRUE;
}

/* Killed with the parent we could not end what we have started: bwrap asks for its own end with us, but a process that
 * it has just made does not yet. So the parent's end is a SIGTERM, as we always get it. */
static gboolean
ends_with (pid_t parent)
{
  return prctl (PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid () == parent;
}

static _Noreturn void
supervise (const AssaySupervision *supervision, pid_t parent)
{
  pid_t program;
  gboolean grouped = enter_groups (supervision);
  if (!place_fds (supervision))
    _exit (127);
  if (!grouped)
    fail ("cannot enter the control groups of the sandbox");
  setsid ();
  if (supervision->has_terminal && ioctl (STDIN_FILENO, TIOCSCTTY, 0) != 0)
    fail ("cannot give the terminal to the sandbox");
  if (!assay_identity_become (supervision->identity))
    fail ("cannot become the user of the sandbox");
  if (supervision->view != NULL && !assay_view_enter (VIEW_FD))
    fail ("cannot enter the view of this machine's toolchain");
  if (!ends_with (parent))
    _exit (127);
  if (prctl (PR_SET_CHILD_SUBREAPER, 1) != 0)
    fail ("cannot take in orphans");
  pid_t self = getpid ();
  program = fork ();
  if (program < 0)
    fail ("cannot start a process");
  if (program == 0)
    run_program (supervision, self);
  /* The output ends when the last process of the sandbox does, so we must not hold it. */
  close_range (1, FAILURE_FD - 1, 0);
  wait_for_program (program);
  end_children ();
  _exit (0);
}

/* The program ends with the supervisor that it has; whose SIGTERM this is passes on to that. */
static int
wait_for_supervisor (pid_t supervisor)
{
  sigset_t expected;
  int status;
  sigemptyset (&expected);
  sigaddset (&expected, SIGCHLD);
  sigaddset (&expected, SIGTERM);
  for (;;)
    {
      if (sigwaitinfo (&expected, NULL) == SIGTERM)
        kill (supervisor, SIGTERM);
      if (waitpid (supervisor, &status, WNOHANG) == supervisor)
        return WIFEXITED (status) ? WEXITSTATUS (status) : 127;
    }
}

/*
 * Descriptors that another thread had open when we were forked: a program that it was writing could not be run as long
 * as we are there (ETXTBSY). The supervisor closes them by itself; this process waits for a mount first.
 */
static void
drop_others (const AssaySupervision *supervision)
{
  int kept[ASSAY_GROUP_MAX + 6] = { supervision->fds.input,  supervision->fds.output, supervision->fds.arguments,
                                    supervision->fds.status, supervision->fds.filter, supervision->fds.failure };
  guint count = 6;
  int from = 0;
  for (guint i = 0; i < supervision->group_count; i++)
    kept[count++] = supervision->groups[i];
  for (;;)
    {
      int next = -1;
      for (guint i = 0; i < count; i++)
        if (kept[i] >= from && (next < 0 || kept[i] < next))
          next = kept[i];
      if (next < 0)
        break;
      if (next > from)
        close_range ((guint)from, (guint)next - 1, 0);
      from = next + 1;
    }
  close_range ((guint)from, ~0u, 0);
}

/* Between us and the supervisor: root, who holds the mount of disorderfs that the sandbox sees. */
static _Noreturn void
hold_mount (const AssaySupervision *supervision)
{
  pid_t server, supervisor;
  pid_t self = getpid ();
  int status, alive_fd;
  /* Where a failure is said: as the supervisor has it. */
  const char *failed;
  drop_others (supervision);
  failed = assay_disorder_mount (supervision->disorder, supervision->deviation->disordered,
                                 supervision->deviation->disordered_at, &server, &alive_fd);
  if (failed != NULL)
    {
      dup2 (supervision->fds.failure, FAILURE_FD);
      fail (failed);
    }
  supervisor = fork ();
  if (supervisor == 0)
    {
      if (!assay_child_survives (self))
        _exit (127);
      supervise (supervision, self);
    }
  close_range (0, (guint)alive_fd - 1, 0);
  close_range ((guint)alive_fd + 1, ~0u, 0);
  status = supervisor < 0 ? 127 : wait_for_supervisor (supervisor);
  kill (server, SIGKILL);
  waitpid (server, NULL, 0);
  _exit (status);
}

pid_t
assay_supervisor_start (const AssaySupervision *supervision, GError **error)
{
  pid_t parent = getpid ();
  pid_t pid = assay_child_fork (error);
  if (pid == 0 && supervision->deviation->disordered != NULL)
    hold_mount (supervision);
  if (pid == 0)
    supervise (supervision, parent);
  return pid;
}
