#include "cage/chamber.h"

#include "cage/arguments.h"
#include "cage/etc.h"
#include "cage/filter.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Numbers that descriptors have in the keeper. */
#define LIFE_FD 3
#define FILTER_FD 4
#define FAILURE_FD 5

/* Of the keeper: the walls did not stand. */
#define STATUS_NO_WALLS 125

/*
 * The keeper: root of the namespace, outside of the inner walls. It ends what runs when it is told so, or when nobody
 * holds the other end of the pipe any more, because we were killed; and it removes what belongs to users that only this
 * namespace has, which no later process could.
 */
static const char keeper[] = "work=$1\n"
                             "shift\n"
                             "chown 0:0 \"$work\" && chmod 0755 \"$work\" || exit 125\n"
                             "pid=\n"
                             "trap 'test -z \"$pid\" || kill -KILL \"$pid\" 2> /dev/null' TERM INT HUP\n"
                             "\"$@\" 3<&- &\n"
                             "pid=$!\n"
                             "{ read -r end <&3; kill -KILL \"$pid\"; } > /dev/null 2>&1 4<&- &\n"
                             "watch=$!\n"
                             "exec 4<&-\n"
                             "while kill -0 \"$pid\" 2> /dev/null; do wait \"$pid\"; status=$?; done\n"
                             "kill -KILL \"$watch\" 2> /dev/null\n"
                             /* what was killed a moment ago may still write */
                             "for turn in 1 2 3 4 5 6 7 8 9; do\n"
                             "  find \"$work\" -mindepth 1 -delete 2> /dev/null && break\n"
                             "  sleep 0.2\n"
                             "done\n"
                             "exit \"$status\"\n";

/** One run: descriptors above those that the keeper fills. */
typedef struct
{
  int null_fd;
  int filter_fd;
  int output[2];
  int life[2];
  int ready[2];
  int go[2];
  int failure[2];
} Channels;

static void
close_channels (Channels *channels)
{
  int *const fds[] = { &channels->null_fd, &channels->filter_fd, &channels->output[0],  &channels->output[1],
                       &channels->life[0], &channels->life[1],   &channels->ready[0],   &channels->ready[1],
                       &channels->go[0],   &channels->go[1],     &channels->failure[0], &channels->failure[1] };
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    assay_fd_close (fds[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channels, close_channels)

static gboolean
open_channels (Channels *channels, GError **error)
{
  g_autoptr (GBytes) filter = assay_filter_new (ASSAY_FILTER_INSTALL, error);
  assay_autofd filter_fd = filter == NULL ? -1 : assay_filter_open (filter, error);
  assay_autofd null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (filter_fd < 0)
    return FALSE;
  channels->null_fd = null_fd < 0 ? -1 : fcntl (null_fd, F_DUPFD_CLOEXEC, 16);
  channels->filter_fd = fcntl (filter_fd, F_DUPFD_CLOEXEC, 16);
  if (channels->null_fd < 0 || channels->filter_fd < 0)
    return assay_system_error (error, errno, "open", "/dev/null");
  int *const pipes[] = { channels->output, channels->life, channels->ready, channels->go, channels->failure };
  for (gsize i = 0; i < G_N_ELEMENTS (pipes); i++)
    if (!assay_child_pipe (pipes[i], error))
      return FALSE;
  /* Of these three an end is read by a process that waits for it. */
  return (fcntl (channels->life[0], F_SETFL, 0) == 0 && fcntl (channels->ready[0], F_SETFL, 0) == 0
          && fcntl (channels->go[0], F_SETFL, 0) == 0)
         || assay_system_error (error, errno, "make", "a pipe");
}

static void
add_walls (const AssayChamber *chamber, GPtrArray *arguments)
{
  static const char *const host_files[] = { "/etc/alternatives", "/etc/ld.so.cache", "/etc/perl" };
  const char *const *etc = assay_etc_files ();
  assay_arguments_add (arguments, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
                       "--unshare-cgroup-try", "--hostname", "assay", "--die-with-parent", "--new-session", "--cap-add",
                       "ALL", NULL);
  assay_arguments_add_host (arguments, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (host_files); i++)
    assay_arguments_add (arguments, "--ro-bind-try", host_files[i], host_files[i], NULL);
  for (gsize i = 0; etc[i] != NULL; i++)
    {
      g_autofree char *source = g_build_filename (chamber->etc, etc[i], NULL);
      g_autofree char *target = g_build_filename ("/etc", etc[i], NULL);
      if (strcmp (etc[i], "hostname") != 0) /* mmdebstrap copies it, where there is one */
        assay_arguments_add (arguments, "--ro-bind", source, target, NULL);
    }
  assay_arguments_add (arguments, "--dir", "/etc/apt/apt.conf.d", "--dir", "/etc/apt/preferences.d", "--dir",
                       "/etc/apt/trusted.gpg.d", "--dir", "/etc/dpkg/dpkg.cfg.d", "--dir", "/var/lib/dpkg", "--dir",
                       "/var/cache/apt", "--dir", "/root", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
                       "--bind", chamber->work, "/work", NULL);
  if (chamber->input != NULL)
    assay_arguments_add (arguments, "--ro-bind", chamber->input, "/input", NULL);
}

/* (transfer full) (element-type utf8): what the keeper is started with; NULL at the end. */
static GPtrArray *
list_arguments (const AssayChamber *chamber, const char *program, const char *const *command,
                const char *const *variables)
{
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);
  assay_arguments_add (arguments, "sh", "-c", keeper, "sh", chamber->work, program, NULL);
  add_walls (chamber, arguments);
  assay_arguments_add (arguments, "--clearenv", "--setenv", "PATH",
                       "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/root",
                       "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "TZ", "UTC", NULL);
  for (gsize i = 0; variables[i] != NULL && variables[i + 1] != NULL; i += 2)
    assay_arguments_add (arguments, "--setenv", variables[i], variables[i + 1], NULL);
  assay_arguments_add (arguments, "--chdir", "/", "--seccomp", G_STRINGIFY (FILTER_FD), "--", NULL);
  for (gsize i = 0; command[i] != NULL; i++)
    g_ptr_array_add (arguments, g_strdup (command[i]));
  g_ptr_array_add (arguments, NULL);
  return arguments;
}

/* From here to start() everything runs in a process after fork(): nothing but system calls. */

static _Noreturn void
give_up (int fd, const char *what)
{
  ssize_t ignored = write (fd, what, strlen (what));
  (void)ignored;
  _exit (STATUS_NO_WALLS);
}

static gboolean
place_fds (const Channels *channels, int log_fd)
{
  const int sources[] = { channels->null_fd, channels->output[1], log_fd,
                          channels->life[0], channels->filter_fd, channels->failure[1] };
  for (int i = 0; i < (int)G_N_ELEMENTS (sources); i++)
    if (dup2 (sources[i], i) < 0)
      return FALSE;
  return fcntl (FAILURE_FD, F_SETFD, FD_CLOEXEC) == 0 && close_range (FAILURE_FD + 1, ~0u, 0) == 0;
}

static _Noreturn void
keep (const AssayChamber *chamber, const Channels *channels, char *const *arguments, rlim_t processes)
{
  static char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C.UTF-8", NULL };
  const struct rlimit most = { processes, processes };
  const struct rlimit no_core = { 0, 0 };
  sigset_t none;
  char byte = 'r';
  int failure = channels->failure[1];
  if (unshare (CLONE_NEWUSER) != 0)
    give_up (failure, "cannot make a user namespace (does this machine allow them? sysctl user.max_user_namespaces, "
                      "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)");
  if (write (channels->ready[1], &byte, 1) != 1 || read (channels->go[0], &byte, 1) != 1)
    _exit (STATUS_NO_WALLS);
  if (setgroups (0, NULL) != 0 || setresgid (0, 0, 0) != 0 || setresuid (0, 0, 0) != 0)
    give_up (failure, "cannot become root of a user namespace");
  /* The end of the pipe tells the keeper of ours, so that it can clean up; a signal would end it before. */
  if (prctl (PR_SET_PDEATHSIG, 0) != 0 || setpgid (0, 0) != 0 || setrlimit (RLIMIT_CORE, &no_core) != 0
      || setrlimit (RLIMIT_NPROC, &most) != 0)
    give_up (failure, "cannot set the limits of the sandbox");
  umask (022);
  sigemptyset (&none);
  if (!place_fds (channels, chamber->log_fd))
    _exit (STATUS_NO_WALLS);
  sigprocmask (SIG_SETMASK, &none, NULL);
  execve ("/bin/sh", arguments, environment);
  give_up (FAILURE_FD, "cannot start /bin/sh");
}

static pid_t
start (const AssayChamber *chamber, const Channels *channels, const GPtrArray *arguments, AssayGuard *guard,
       GError **error)
{
  rlim_t processes = (rlim_t)assay_guard_get_limits (guard)->processes;
  pid_t pid = assay_child_fork (error);
  if (pid == 0)
    keep (chamber, channels, (char *const *)arguments->pdata, processes);
  return pid;
}

static gboolean
fail (int failure_fd, const char *otherwise, GError **error)
{
  char text[512];
  gssize length = read (failure_fd, text, sizeof text);
  g_autofree char *said = length > 0 ? g_strndup (text, (gsize)length) : g_strdup (otherwise);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "the sandbox could not start: %s", said);
  return FALSE;
}

/* Gives the new process its users and lets it go on. */
static gboolean
admit (const AssayChamber *chamber, Channels *channels, pid_t pid, GError **error)
{
  char byte;
  assay_fd_close (&channels->output[1]);
  assay_fd_close (&channels->ready[1]);
  assay_fd_close (&channels->failure[1]);
  assay_fd_close (&channels->life[0]);
  if (read (channels->ready[0], &byte, 1) != 1)
    return fail (channels->failure[0], "its process ended", error);
  if (!assay_users_map (chamber->users, pid, error))
    return FALSE;
  return write (channels->go[1], "g", 1) == 1 || fail (channels->failure[0], "its process ended", error);
}

gboolean
assay_chamber_run (const AssayChamber *chamber, const char *const *arguments, const char *const *variables,
                   AssayGuard *guard, int *out_status, GError **error)
{
  g_auto (Channels) channels = { -1, -1, { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
  g_autofree char *program = g_find_program_in_path ("bwrap");
  AssayChild child = { .sink = chamber->sink, .user_data = chamber->user_data };
  int status;
  if (program == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX,
                           "no sandbox: the program bwrap (package bubblewrap) is not installed");
      return FALSE;
    }
  g_autoptr (GPtrArray) words = list_arguments (chamber, program, arguments, variables);
  if (!assay_guard_check (guard, error) || !open_channels (&channels, error))
    return FALSE;
  child.pid = start (chamber, &channels, words, guard, error);
  if (child.pid < 0)
    return FALSE;
  if (!admit (chamber, &channels, child.pid, error))
    {
      kill (child.pid, SIGKILL);
      waitpid (child.pid, NULL, 0);
      return FALSE;
    }
  child.output_fd = channels.output[0];
  assay_guard_follow (guard, child.pid);
  gboolean ended = assay_child_wait (&child, guard, &status, error);
  assay_guard_follow (guard, 0);
  if (!ended)
    return FALSE;
  *out_status = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  return *out_status != STATUS_NO_WALLS || fail (channels.failure[0], "its directory cannot be prepared", error);
}
