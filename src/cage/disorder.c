#include "cage/disorder.h"

#include "cage/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often it is looked whether the mount stands, and for how long: it takes some milliseconds. */
#define TURN_NS 2000000
#define TURNS 5000

/* What statfs(2) says of a mount of FUSE (FUSE_SUPER_MAGIC of the kernel). */
#define FUSE_MAGIC 0x65735546

static _Noreturn void
serve (const char *program, const char *directory, const char *at, pid_t parent)
{
  /* In the foreground, one request at a time, blocks as they are: order alone is to be another. Errors of a mount are
     ours to say. */
  const char *const arguments[] = { ASSAY_DISORDER_PROGRAM,
                                    "-f",
                                    "-s",
                                    "-q",
                                    "--multi-user=yes",
                                    "--pad-blocks=0",
                                    "-o",
                                    "nosuid,nodev",
                                    directory,
                                    at,
                                    NULL };
  static char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
  sigset_t none;
  int null_fd = open ("/dev/null", O_RDWR);
  sigemptyset (&none);
  if (null_fd < 0 || dup2 (null_fd, 0) < 0 || dup2 (null_fd, 1) < 0 || dup2 (null_fd, 2) < 0
      || close_range (3, ~0u, 0) != 0 || !assay_child_survives (parent))
    _exit (127);
  sigprocmask (SIG_SETMASK, &none, NULL);
  execve (program, (char *const *)arguments, environment);
  _exit (127);
}

static gboolean
stands (const char *directory)
{
  struct statfs status;
  return statfs (directory, &status) == 0 && status.f_type == FUSE_MAGIC;
}

const char *
assay_disorder_mount (const char *program, const char *directory, const char *at, pid_t *out_server)
{
  const struct timespec turn = { 0, TURN_NS };
  pid_t self = getpid ();
  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return "cannot make a mount namespace for disorderfs";
  *out_server = fork ();
  if (*out_server == 0)
    serve (program, directory, at, self);
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
