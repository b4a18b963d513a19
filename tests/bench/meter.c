/*
 * What a command and all that it starts take: CPU time and the memory of the largest process.
 *
 *   meter OUT SECONDS COMMAND ARGUMENT...
 *
 * Writes "CPU_MS PEAK_KIB FINISHED" into OUT; FINISHED is 0 where the command used more than SECONDS of wall clock time
 * and was ended: then it would have taken more. Exits with the code of the command, 124 when it was ended, 99 on
 * trouble.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static pid_t group;

static void
end_group (int number)
{
  ended = 1;
  kill (-group, SIGKILL);
}

static long
to_ms (struct timeval time)
{
  return time.tv_sec * 1000L + time.tv_usec / 1000;
}

int
main (int argc, char **argv)
{
  if (argc < 4)
    return 99;
  /* What a killed process leaves behind comes to us, with its account. */
  if (prctl (PR_SET_CHILD_SUBREAPER, 1) != 0)
    return 99;
  group = fork ();
  if (group == 0)
    {
      setpgid (0, 0);
      execvp (argv[3], argv + 3);
      _exit (99);
    }
  if (group < 0)
    return 99;
  setpgid (group, group);
  signal (SIGALRM, end_group);
  alarm ((unsigned)atoi (argv[2]));
  int code = 99;
  for (;;)
    {
      int status = 0;
      pid_t pid = wait (&status);
      if (pid < 0 && errno == EINTR)
        continue;
      if (pid < 0)
        break;
      if (pid == group)
        code = WIFEXITED (status) ? WEXITSTATUS (status) : 99;
    }
  struct rusage usage;
  FILE *out = fopen (argv[1], "w");
  if (out == NULL || getrusage (RUSAGE_CHILDREN, &usage) != 0)
    return 99;
  fprintf (out, "%ld %ld %d\n", to_ms (usage.ru_utime) + to_ms (usage.ru_stime), usage.ru_maxrss, ended ? 0 : 1);
  return fclose (out) != 0 ? 99 : ended ? 124 : code;
}
