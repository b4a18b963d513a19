#include "cage/filter.h"

#include "util/system.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/** @building, @installing: errno of each kind of filter; 0: allowed */
typedef struct
{
  const char *name;
  int building;
  int installing;
} Refusal;

static const Refusal refusals[] = {
  { "add_key", EPERM, EPERM },
  { "request_key", EPERM, EPERM },
  { "keyctl", EPERM, EPERM },
  { "bpf", EPERM, EPERM },
  { "perf_event_open", EPERM, EPERM },
  { "userfaultfd", EPERM, EPERM },
  { "ptrace", EPERM, EPERM },
  { "process_vm_readv", EPERM, EPERM },
  { "process_vm_writev", EPERM, EPERM },
  { "process_madvise", EPERM, EPERM },
  { "pidfd_getfd", EPERM, EPERM },
  { "kcmp", EPERM, EPERM },
  { "setns", EPERM, EPERM },
  { "mount", EPERM, 0 },
  { "umount", EPERM, 0 },
  { "umount2", EPERM, 0 },
  { "pivot_root", EPERM, 0 },
  /* What mounts in the newer way takes the older one, of which a filter sees the flags. */
  { "open_tree", EPERM, ENOSYS },
  { "move_mount", EPERM, ENOSYS },
  { "fsopen", EPERM, ENOSYS },
  { "fsconfig", EPERM, ENOSYS },
  { "fsmount", EPERM, ENOSYS },
  { "fspick", EPERM, ENOSYS },
  { "mount_setattr", EPERM, ENOSYS },
  { "open_by_handle_at", EPERM, EPERM },
  { "quotactl", EPERM, EPERM },
  { "quotactl_fd", EPERM, EPERM },
  { "swapon", EPERM, EPERM },
  { "swapoff", EPERM, EPERM },
  { "reboot", EPERM, EPERM },
  { "kexec_load", EPERM, EPERM },
  { "kexec_file_load", EPERM, EPERM },
  { "init_module", EPERM, EPERM },
  { "finit_module", EPERM, EPERM },
  { "delete_module", EPERM, EPERM },
  { "syslog", EPERM, EPERM },
  { "acct", EPERM, EPERM },
  { "lookup_dcookie", EPERM, EPERM },
  { "vhangup", EPERM, EPERM },
  { "fanotify_init", EPERM, EPERM },
  /* "No such system call", so that programs take the older way. The flags of clone3() lie in memory, out of sight. */
  { "clone3", ENOSYS, ENOSYS },
  { "io_uring_setup", ENOSYS, ENOSYS },
  { "io_uring_enter", ENOSYS, ENOSYS },
  { "io_uring_register", ENOSYS, ENOSYS },
};

/*
 * Adds a rule for one system call. libseccomp takes the number that it has on the machine's own architecture (or a
 * pseudo number) also where the filter is for another one, and translates it; it leaves out what does not exist there.
 */
static int
refuse (scmp_filter_ctx filter, const char *name, int number, guint count, const struct scmp_arg_cmp *conditions)
{
  int call = seccomp_syscall_resolve_name (name);
  if (call == __NR_SCMP_ERROR)
    return -ENOSYS;
  return seccomp_rule_add_array (filter, SCMP_ACT_ERRNO ((uint32_t)number), call, count, conditions);
}

static int
refuse_sockets (scmp_filter_ctx filter)
{
  /* The whole register is compared: a family hidden under high bits is refused too. */
  const struct scmp_arg_cmp not_unix = SCMP_A0 (SCMP_CMP_NE, AF_UNIX);
  int failed = 0;
  failed |= refuse (filter, "socket", EAFNOSUPPORT, 1, &not_unix);
  failed |= refuse (filter, "socketpair", EAFNOSUPPORT, 1, &not_unix);
  return failed;
}

/* On some architectures socket() is also one of the functions of socketcall(2), whose arguments lie in memory: there
   that way of making any socket is closed; the direct system calls exist since Linux 4.3. */
static int
refuse_socketcall (scmp_filter_ctx filter)
{
  static const scmp_datum_t functions[] = { 1 /* SYS_SOCKET */, 8 /* SYS_SOCKETPAIR */ };
  int failed = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      const struct scmp_arg_cmp condition = SCMP_A0 (SCMP_CMP_MASKED_EQ, 0xffffffffu, functions[i]);
      failed |= refuse (filter, "socketcall", EAFNOSUPPORT, 1, &condition);
    }
  return failed;
}

static int
refuse_namespaces (scmp_filter_ctx filter, uint32_t architecture)
{
  const unsigned flags_argument = architecture == SCMP_ARCH_S390X || architecture == SCMP_ARCH_S390 ? 1 : 0;
  const struct scmp_arg_cmp clone_user = SCMP_CMP (flags_argument, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
  const struct scmp_arg_cmp unshare_user = SCMP_A0 (SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
  int failed = 0;
  failed |= refuse (filter, "clone", EPERM, 1, &clone_user);
  failed |= refuse (filter, "unshare", EPERM, 1, &unshare_user);
  return failed;
}

static int
refuse_terminal (scmp_filter_ctx filter)
{
  static const scmp_datum_t requests[] = { TIOCSTI, TIOCLINUX };
  int failed = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      /* The kernel looks at 32 bits only. */
      const struct scmp_arg_cmp condition = SCMP_A1 (SCMP_CMP_MASKED_EQ, 0xffffffffu, requests[i]);
      failed |= refuse (filter, "ioctl", EPERM, 1, &condition);
    }
  return failed;
}

/* What is mounted read-only stays so, also for who has mounted it. */
static int
refuse_remounts (scmp_filter_ctx filter)
{
  const struct scmp_arg_cmp condition = SCMP_A3 (SCMP_CMP_MASKED_EQ, MS_REMOUNT, MS_REMOUNT);
  return refuse (filter, "mount", EPERM, 1, &condition);
}

static int
refuse_all (scmp_filter_ctx filter, uint32_t architecture, AssayFilterKind kind)
{
  int failed = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      int number = kind == ASSAY_FILTER_BUILD ? refusals[i].building : refusals[i].installing;
      if (number != 0)
        failed |= refuse (filter, refusals[i].name, number, 0, NULL);
    }
  if (kind == ASSAY_FILTER_INSTALL)
    failed |= refuse_remounts (filter);
  failed |= refuse_sockets (filter);
  failed |= refuse_socketcall (filter);
  failed |= refuse_namespaces (filter, architecture);
  failed |= refuse_terminal (filter);
  return failed;
}

/* The 32-bit system calls that a 64-bit kernel also takes; 0 for none. */
static uint32_t
compatible_architecture (uint32_t native)
{
  switch (native)
    {
    case SCMP_ARCH_X86_64:
      return SCMP_ARCH_X86;
    case SCMP_ARCH_AARCH64:
      return SCMP_ARCH_ARM;
    default:
      return 0;
    }
}

static int
add_compatible (scmp_filter_ctx filter, uint32_t architecture, AssayFilterKind kind)
{
  scmp_filter_ctx other;
  int failed;
  if (architecture == 0)
    return 0;
  other = seccomp_init (SCMP_ACT_ALLOW);
  if (other == NULL)
    return -ENOMEM;
  failed = seccomp_attr_set (other, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (ENOSYS));
  failed |= seccomp_arch_remove (other, SCMP_ARCH_NATIVE);
  failed |= seccomp_arch_add (other, architecture);
  if (failed == 0)
    failed = refuse_all (other, architecture, kind);
  if (failed == 0)
    failed = seccomp_merge (filter, other);
  if (failed != 0)
    seccomp_release (other);
  return failed;
}

static GBytes *
read_program (int fd)
{
  off_t size = lseek (fd, 0, SEEK_END);
  g_autofree guint8 *program = NULL;
  if (size <= 0 || size > 1 << 20)
    return NULL;
  program = g_try_malloc ((gsize)size);
  if (program == NULL || assay_system_read_at (fd, program, (gsize)size, 0) != size)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&program), (gsize)size);
}

GBytes *
assay_filter_export (scmp_filter_ctx filter)
{
  assay_autofd fd = memfd_create ("assay-filter", MFD_CLOEXEC);
  return fd >= 0 && seccomp_export_bpf (filter, fd) == 0 ? read_program (fd) : NULL;
}

GBytes *
assay_filter_new (AssayFilterKind kind, GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  GBytes *program = NULL;
  int failed = filter == NULL;
  if (!failed)
    failed = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (ENOSYS));
  if (!failed)
    failed = refuse_all (filter, seccomp_arch_native (), kind);
  if (!failed)
    failed = add_compatible (filter, compatible_architecture (seccomp_arch_native ()), kind);
  if (!failed)
    program = assay_filter_export (filter);
  if (filter != NULL)
    seccomp_release (filter);
  if (program == NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "cannot make the system call filter of the sandbox");
  return program;
}

int
assay_filter_open (GBytes *filter, GError **error)
{
  assay_autofd fd = memfd_create ("assay-filter", MFD_CLOEXEC);
  gsize size;
  const void *program = g_bytes_get_data (filter, &size);
  if (fd < 0 || !assay_system_write_all (fd, program, size) || lseek (fd, 0, SEEK_SET) != 0)
    {
      assay_system_error (error, errno, "write", "the system call filter");
      return -1;
    }
  return assay_fd_steal (&fd);
}

gboolean
assay_filter_install (GBytes *filter)
{
  gsize size;
  const struct sock_filter *instructions = g_bytes_get_data (filter, &size);
  struct sock_fprog program;
  program.len = (unsigned short)(size / sizeof (struct sock_filter));
  program.filter = (struct sock_filter *)instructions;
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
