/*
 * What a command and all that it starts take: CPU time, wall clock time and memory.
 *
 *   meter [-m] OUT SECONDS COMMAND ARGUMENT...
 *
 * Writes "CPU_MS PEAK_KIB FINISHED CPU_US WALL_US SUM_KIB" into OUT. CPU time is user and system time of all processes.
 * PEAK_KIB is what the largest process held (ru_maxrss). With -m SUM_KIB is the most that all processes held together:
 * the sum of their proportional set sizes (Pss of smaps_rollup, proc(5)), looked at every few milliseconds, so that
 * what is shared counts once; that costs time of its own, and times are to be taken without it. Without -m it is 0.
 * FINISHED is 0 where the command used more than SECONDS of wall clock time and was ended: then it would have taken
 * more. Exits with the code of the command, 124 when it was ended, 99 on trouble.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Between two looks at memory, in nanoseconds. */
#define LOOK_NS 4000000L

/** Processes beneath each other that are followed: a tool, its workers, what these start. */
#define MOST_DEPTH 32

static volatile sig_atomic_t ended;
static pid_t group;

static void
end_group (int number)
{
  (void)number;
  ended = 1;
  kill (-group, SIGKILL);
}

static long long
to_us (struct timeval time)
{
  return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long
now_us (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* What cannot be asked for its share, as it belongs to somebody else, counts what it shares with nobody. */
static long
memory_kib (long pid)
{
  char line[256];
  long kib = -1;
  snprintf (line, sizeof line, "/proc/%ld/smaps_rollup", pid);
  FILE *file = fopen (line, "r");
  while (file != NULL && kib < 0 && fgets (line, sizeof line, file) != NULL)
    if (strncmp (line, "Pss:", 4) == 0)
      kib = atol (line + 4);
  if (file != NULL)
    fclose (file);
  if (kib >= 0)
    return kib;
  long size = 0;
  long resident = 0;
  long shared = 0;
  snprintf (line, sizeof line, "/proc/%ld/statm", pid);
  file = fopen (line, "r");
  if (file == NULL || fscanf (file, "%ld %ld %ld", &size, &resident, &shared) != 3)
    resident = shared = 0;
  if (file != NULL)
    fclose (file);
  return (resident - shared) * (sysconf (_SC_PAGESIZE) / 1024);
}

/* All that @pid started, and what they did. */
static long
memory_beneath_kib (long pid, int depth)
{
  char path[64];
  long sum = 0;
  snprintf (path, sizeof path, "/proc/%ld/task", pid);
  DIR *threads = depth < MOST_DEPTH ? opendir (path) : NULL;
  for (struct dirent *thread = NULL; threads != NULL && (thread = readdir (threads)) != NULL;)
    {
      char list[400];
      long child = 0;
      snprintf (list, sizeof list, "%s/%s/children", path, thread->d_name);
      FILE *children = thread->d_name[0] == '.' ? NULL : fopen (list, "r");
      while (children != NULL && fscanf (children, "%ld", &child) == 1)
        sum += memory_kib (child) + memory_beneath_kib (child, depth + 1);
      if (children != NULL)
        fclose (children);
    }
  if (threads != NULL)
    closedir (threads);
  return sum;
}

/* Until all are gone. @peak_kib: where the memory of all goes, or NULL. Returns the code of the command. */
static int
wait_for_all (long *peak_kib)
{
  int code = 99;
  for (;;)
    {
      int status = 0;
      pid_t pid = waitpid (-1, &status, peak_kib != NULL ? WNOHANG : 0);
      if (pid < 0 && errno == EINTR)
        continue;
      if (pid < 0)
        return code;
      if (pid == group)
        code = WIFEXITED (status) ? WEXITSTATUS (status) : 99;
      if (pid != 0)
        continue;
      const struct timespec look = { .tv_nsec = LOOK_NS };
      long kib = memory_beneath_kib (getpid (), 0);
      *peak_kib = kib > *peak_kib ? kib : *peak_kib;
      nanosleep (&look, NULL);
    }
}

int
main (int argc, char **argv)
{
  int looks = argc > 1 && strcmp (argv[1], "-m") == 0;
  argc -= looks;
  argv += looks;
  if (argc < 4)
    return 99;
  /* What a killed process leaves behind comes to us, with its account. */
  if (prctl (PR_SET_CHILD_SUBREAPER, 1) != 0)
    return 99;
  long long began_us = now_us ();
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
  long sum_kib = 0;
  int code = wait_for_all (looks ? &sum_kib : NULL);
  long long wall_us = now_us () - began_us;
  struct rusage usage;
  FILE *out = fopen (argv[1], "w");
  if (out == NULL || getrusage (RUSAGE_CHILDREN, &usage) != 0)
    return 99;
  long long cpu_us = to_us (usage.ru_utime) + to_us (usage.ru_stime);
  fprintf (out, "%lld %ld %d %lld %lld %ld\n", cpu_us / 1000, usage.ru_maxrss, ended ? 0 : 1, cpu_us, wall_us, sum_kib);
  return fclose (out) != 0 ? 99 : ended ? 124 : code;
}
