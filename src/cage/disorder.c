#include "cage/disorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often it is looked whether the mount stands, and for how long: it takes some milliseconds. */
#define TURN_NS 2000000
#define TURNS 5000
/* Descriptors below are put in their places. */
#define FIRST_FD 16
/* How often it is looked whether disorderfs has ended. */
#define HOLD_MS 200

/* What statfs(2) says of a mount of FUSE (FUSE_SUPER_MAGIC of the kernel). */
#define FUSE_MAGIC 0x65735546

static _Noreturn void
serve (const char *program, const char *directory, const char *at)
{
  /* In the foreground, one request at a time, blocks as they are: order alone is to be another. Errors of a mount are
     ours to say. */
  const char *const arguments[]
      = { ASSAY_DISORDER_PROGRAM, "-f",      "-s", "-q", "--multi-user=yes", "--pad-blocks=0", "-o",
          "nosuid,nodev",         directory, at,   NULL };
  static char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
  sigset_t none;
  sigemptyset (&none);
  if (close_range (3, ~0u, 0) != 0)
    _exit (127);
  sigprocmask (SIG_SETMASK, &none, NULL);
  execve (program, (char *const *)arguments, environment);
  _exit (127);
}

/*
 * The first process of a process namespace, with which all others in it end. It ends with the one that made it, whose
 * end of a pipe closes then: a process that takes the numbers of whoever asks, as disorderfs does, is not ended by
 * PR_SET_PDEATHSIG.
 */
static _Noreturn void
hold (const char *program, const char *directory, const char *at, int alive_fd)
{
  int null_fd = open ("/dev/null", O_RDWR);
  pid_t server;
  if (null_fd < 0 || dup2 (null_fd, 0) < 0 || dup2 (null_fd, 1) < 0 || dup2 (null_fd, 2) < 0 || dup2 (alive_fd, 3) < 0
      || close_range (4, ~0u, 0) != 0)
    _exit (127);
  server = fork ();
  if (server == 0)
    serve (program, directory, at);
  for (;;)
    {
      struct pollfd polled = { .fd = 3, .events = POLLIN };
      if (server < 0 || poll (&polled, 1, HOLD_MS) > 0 || waitpid (server, NULL, WNOHANG) == server)
        _exit (127);
    }
}

static gboolean
stands (const char *directory)
{
  struct statfs status;
  return statfs (directory, &status) == 0 && status.f_type == FUSE_MAGIC;
}

const char *
assay_disorder_mount (const char *program, const char *directory, const char *at, pid_t *out_server, int *out_alive_fd)
{
  const struct timespec turn = { 0, TURN_NS };
  int alive[2];
  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return "cannot make a mount namespace for disorderfs";
  if (pipe2 (alive, O_CLOEXEC) != 0)
    return "cannot make a pipe";
  for (int i = 0; i < 2; i++)
    {
      int moved = fcntl (alive[i], F_DUPFD_CLOEXEC, FIRST_FD);
      if (moved < 0)
        return "cannot make a pipe";
      close (alive[i]);
      alive[i] = moved;
    }
  *out_server = (pid_t)syscall (SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (*out_server == 0)
    {
      close (alive[1]);
      hold (program, directory, at, alive[0]);
    }
  close (alive[0]);
  *out_alive_fd = alive[1];
  if (*out_server < 0)
    return "cannot start disorderfs";
  for (int i = 0; i < TURNS; i++)
    {
      if (stands (at))
        return NULL;
      if (waitpid (*out_server, NULL, WNOHANG) == *out_server)
        {
          errno = ENODEV;
          return "disorderfs ended before it had mounted";
        }
      nanosleep (&turn, NULL);
    }
  errno = ETIMEDOUT;
  return "disorderfs does not mount";
}
