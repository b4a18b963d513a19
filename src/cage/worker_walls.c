#include "cage/worker_walls.h"

#include "cage/filter.h"
#include "util/system.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef ASSAY_SANITIZED
/* What a process needs that computes. */
static const char *const allowed[] = {
  "brk",          "clock_gettime", "clock_gettime64", "exit",           "exit_group",   "futex",
  "futex_time64", "getpid",        "getrandom",       "gettid",         "gettimeofday", "madvise",
  "mremap",       "munmap",        "restart_syscall", "rt_sigprocmask", "rt_sigreturn", "sched_yield",
  "sigaltstack",  "sigreturn",     "sysinfo",         "time",           "rt_sigaction", "tgkill",
};

/* What libraries try: tables of character sets, numbers of processors, buffers of streams. */
static const char *const refused[] = {
  "access",    "close",  "faccessat", "faccessat2", "fcntl", "fcntl64",           "fstat", "fstat64",
  "fstatat64", "getcwd", "ioctl",     "lseek",      "lstat", "newfstatat",        "open",  "openat",
  "prlimit64", "read",   "readlink",  "readlinkat", "rseq",  "sched_getaffinity", "stat",  "statx",
  "uname",     "write",  "writev",
};

static int
add (scmp_filter_ctx filter, uint32_t action, const char *name, guint count, const struct scmp_arg_cmp *conditions)
{
  int call = seccomp_syscall_resolve_name (name);
  if (call == __NR_SCMP_ERROR)
    return -ENOSYS;
  return seccomp_rule_add_array (filter, action, call, count, conditions);
}

static int
add_all (scmp_filter_ctx filter)
{
  const struct scmp_arg_cmp socket = SCMP_A0 (SCMP_CMP_EQ, ASSAY_WORKER_FD);
  const struct scmp_arg_cmp no_code = SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  int failed = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    failed |= add (filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    failed |= add (filter, SCMP_ACT_ERRNO (EPERM), refused[i], 0, NULL);
  failed |= add (filter, SCMP_ACT_ALLOW, "recvmsg", 1, &socket);
  failed |= add (filter, SCMP_ACT_ALLOW, "sendmsg", 1, &socket);
  failed |= add (filter, SCMP_ACT_ALLOW, "mmap", 1, &no_code);
  failed |= add (filter, SCMP_ACT_ALLOW, "mmap2", 1, &no_code);
  failed |= add (filter, SCMP_ACT_ALLOW, "mprotect", 1, &no_code);
  return failed;
}
#endif

GBytes *
assay_worker_filter_new (GError **error)
{
#ifdef ASSAY_SANITIZED
  return assay_filter_new (ASSAY_FILTER_BUILD, error);
#else
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
  GBytes *program = NULL;
  if (filter != NULL && add_all (filter) == 0)
    program = assay_filter_export (filter);
  if (filter != NULL)
    seccomp_release (filter);
  if (program == NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "cannot make the system call filter of the readers");
  return program;
#endif
}

static gboolean
set_limits (guint64 memory_bytes)
{
  const struct rlimit none = { 0, 0 };
#ifndef ASSAY_SANITIZED
  /* The sanitizers reserve more address space than any limit. Who started us may allow less than @memory_bytes, and
   * nobody may go beyond that. */
  struct rlimit memory;
  if (getrlimit (RLIMIT_AS, &memory) != 0)
    return FALSE;
  memory.rlim_max = MIN (memory.rlim_max, memory_bytes);
  memory.rlim_cur = memory.rlim_max;
  if (setrlimit (RLIMIT_AS, &memory) != 0)
    return FALSE;
#endif
  return setrlimit (RLIMIT_CORE, &none) == 0 && setrlimit (RLIMIT_FSIZE, &none) == 0
         && setrlimit (RLIMIT_NPROC, &none) == 0;
}

/* Who started us may bound processor time. Where the soft bound is the hard one, as `ulimit -t` makes it, the kernel
 * ends the process by SIGKILL, of which nobody can tell where it came from: a second less, and it is SIGXCPU. */
static gboolean
heed_processor_time (void)
{
  struct rlimit time;
  sigset_t signals;
  if (getrlimit (RLIMIT_CPU, &time) != 0)
    return FALSE;
  if (time.rlim_max != RLIM_INFINITY && time.rlim_max > 1)
    time.rlim_cur = MIN (time.rlim_cur, time.rlim_max - 1);
  return setrlimit (RLIMIT_CPU, &time) == 0 && signal (SIGXCPU, SIG_DFL) != SIG_ERR && sigemptyset (&signals) == 0
         && sigaddset (&signals, SIGXCPU) == 0 && sigprocmask (SIG_UNBLOCK, &signals, NULL) == 0;
}

/* A kernel without it has the filter alone, which lets no file be opened either. */
static gboolean
forbid_files (void)
{
  const struct landlock_ruleset_attr nothing = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
  assay_autofd rules = (int)syscall (SYS_landlock_create_ruleset, &nothing, sizeof nothing, 0);
  if (rules < 0)
    return errno == ENOSYS || errno == EOPNOTSUPP;
  return syscall (SYS_landlock_restrict_self, rules, 0) == 0;
}

gboolean
assay_worker_walls_build (GBytes *filter, guint64 memory_bytes)
{
  return close_range (ASSAY_WORKER_FD + 1, ~0u, 0) == 0 && prctl (PR_SET_DUMPABLE, 0) == 0
         && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && forbid_files () && set_limits (memory_bytes)
         && heed_processor_time () && assay_filter_install (filter);
}
