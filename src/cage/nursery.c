#include "cage/nursery.h"

#include "cage/child.h"
#include "cage/worker_walls.h"
#include "util/lock.h"
#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

typedef enum
{
  ORDER_START = 1,
  ORDER_END,
} OrderKind;

/** What the nursery is asked for; with ORDER_START comes a descriptor. */
typedef struct
{
  OrderKind kind;
  pid_t pid;
  AssayWorkerMain work;
  guint64 memory_bytes;
} Order;

/** What it answers. */
typedef struct
{
  pid_t pid;  /* of the new worker; -1 */
  int number; /* errno */
  int status;
  guint64 cpu_us; /* of a worker that has ended */
} Answer;

/* One for the whole process, as the memory that it was copied from is. */
static struct
{
  AssayLock lock;
  pid_t owner; /* a process that forked has none of its own */
  int fd;
  guint64 cpu_us; /* of all workers that were ended */
} nursery = { PTHREAD_MUTEX_INITIALIZER, 0, -1, 0 };

/* --- the nursery itself: from here on nothing is shared with who set it aside --- */

static _Noreturn void
become_worker (const Order *order, int fd, GBytes *filter, pid_t parent)
{
  AssayWire wire;
  if (!assay_child_survives (parent) || dup2 (fd, ASSAY_WORKER_FD) < 0
      || !assay_worker_walls_build (filter, order->memory_bytes))
    _exit (127);
  /* Signals stay blocked, as they are in the nursery: who asks is the one to be told to stop. */
  assay_wire_init (&wire, ASSAY_WORKER_FD);
  order->work (&wire);
  _exit (0);
}

/* Takes one order and its descriptor; FALSE when there will be no more. */
static gboolean
take_order (int control, Order *out_order, int *out_fd)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr aligned;
  } room;
  struct iovec part = { out_order, sizeof *out_order };
  struct msghdr message
      = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes };
  ssize_t length;
  do
    length = recvmsg (control, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length != sizeof *out_order)
    return FALSE;
  const struct cmsghdr *carried = CMSG_FIRSTHDR (&message);
  if (carried != NULL && carried->cmsg_type == SCM_RIGHTS)
    memcpy (out_fd, CMSG_DATA (carried), sizeof *out_fd);
  return TRUE;
}

static Answer
start (const Order *order, int fd, GBytes *filter)
{
  pid_t parent = getpid ();
  pid_t pid = fork ();
  if (pid == 0)
    become_worker (order, fd, filter, parent);
  return (Answer){ .pid = pid, .number = errno };
}

static guint64
to_us (const struct timeval *time)
{
  return (guint64)time->tv_sec * G_USEC_PER_SEC + (guint64)time->tv_usec;
}

static Answer
end (const Order *order)
{
  struct rusage usage = { 0 };
  Answer answer = { .pid = -1, .number = ECHILD };
  if (order->pid <= 0)
    return answer;
  kill (order->pid, SIGKILL);
  do
    answer.pid = wait4 (order->pid, &answer.status, 0, &usage);
  while (answer.pid < 0 && errno == EINTR);
  answer.number = errno;
  answer.cpu_us = to_us (&usage.ru_utime) + to_us (&usage.ru_stime);
  return answer;
}

/* Nothing is read or printed here; with sanitizers standard error stays for what they have to say. */
static void
close_standard (void)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0)
    _exit (127);
  dup2 (null, STDIN_FILENO);
  dup2 (null, STDOUT_FILENO);
#ifndef ASSAY_SANITIZED
  dup2 (null, STDERR_FILENO);
#endif
}

/* GLib says on standard error why it ends the process, and asks the system first what that is. */
static GLogWriterOutput
say_nothing (GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
  return G_LOG_WRITER_HANDLED;
}

/* A worker needs none of it, and what stands there may be secret: it lies in the memory that is copied. */
static void
wipe_environment (void)
{
  for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
    explicit_bzero (*variable, strlen (*variable));
  clearenv ();
}

static _Noreturn void
tend (int control)
{
  GBytes *filter;
  Order order;
  int fd = -1;
  close_standard ();
  wipe_environment ();
  g_log_set_writer_func (say_nothing, NULL, NULL);
  /* File names are UTF-8 most of the time: what libraries need to know of it lies in a file, which no worker can open.
   */
  setlocale (LC_CTYPE, "C.UTF-8");
  if (dup2 (control, ASSAY_WORKER_FD) < 0 || close_range (ASSAY_WORKER_FD + 1, ~0u, 0) != 0)
    _exit (127);
  control = fcntl (ASSAY_WORKER_FD, F_DUPFD_CLOEXEC, ASSAY_WORKER_FD + 1);
  filter = assay_worker_filter_new (NULL);
  if (control < 0 || filter == NULL)
    _exit (127);
  while (take_order (control, &order, &fd))
    {
      Answer answer = order.kind == ORDER_START ? start (&order, fd, filter) : end (&order);
      assay_fd_close (&fd);
      if (send (control, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer)
        break;
    }
  _exit (0);
}

/* --- who asks it --- */

static gboolean
set_aside (GError **error)
{
  int fds[2];
  if (nursery.owner == getpid ())
    return TRUE;
  assay_fd_close (&nursery.fd);
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    return assay_system_error (error, errno, "make", "a socket");
  pid_t pid = assay_child_fork (error);
  if (pid == 0)
    tend (fds[1]);
  close (fds[1]);
  if (pid < 0)
    {
      close (fds[0]);
      return FALSE;
    }
  nursery.owner = getpid ();
  nursery.fd = fds[0];
  return TRUE;
}

gboolean
assay_nursery_open (GError **error)
{
  assay_lock_take (&nursery.lock);
  gboolean open = set_aside (error);
  assay_lock_give (&nursery.lock);
  return open;
}

static gboolean
send_order (const Order *order, int fd)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr aligned;
  } room = { { 0 } };
  struct iovec part = { (void *)order, sizeof *order };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  if (fd >= 0)
    {
      message.msg_control = room.bytes;
      message.msg_controllen = sizeof room.bytes;
      struct cmsghdr *carried = CMSG_FIRSTHDR (&message);
      carried->cmsg_level = SOL_SOCKET;
      carried->cmsg_type = SCM_RIGHTS;
      carried->cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (carried), &fd, sizeof fd);
    }
  ssize_t sent;
  do
    sent = sendmsg (nursery.fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == sizeof *order;
}

static gboolean
ask (const Order *order, int fd, Answer *out_answer, GError **error)
{
  ssize_t length = -1;
  assay_lock_take (&nursery.lock);
  gboolean ready = set_aside (error);
  if (ready && send_order (order, fd))
    do
      length = recv (nursery.fd, out_answer, sizeof *out_answer, 0);
    while (length < 0 && errno == EINTR);
  if (length == sizeof *out_answer)
    nursery.cpu_us += out_answer->cpu_us;
  assay_lock_give (&nursery.lock);
  if (ready && length != sizeof *out_answer)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX, "the process that starts readers is gone");
  return ready && length == sizeof *out_answer;
}

guint64
assay_nursery_count_cpu_us (void)
{
  assay_lock_take (&nursery.lock);
  guint64 cpu_us = nursery.owner == getpid () ? nursery.cpu_us : 0;
  assay_lock_give (&nursery.lock);
  return cpu_us;
}

pid_t
assay_nursery_start (AssayWorkerMain work, guint64 memory_bytes, int fd, GError **error)
{
  const Order order = { .kind = ORDER_START, .work = work, .memory_bytes = memory_bytes };
  Answer answer;
  if (!ask (&order, fd, &answer, error))
    return -1;
  if (answer.pid < 0)
    assay_system_error (error, answer.number, "start", "a reader");
  return answer.pid;
}

gboolean
assay_nursery_end (pid_t pid, int *out_status, GError **error)
{
  const Order order = { .kind = ORDER_END, .pid = pid };
  Answer answer;
  if (!ask (&order, -1, &answer, error))
    return FALSE;
  if (answer.pid < 0)
    return assay_system_error (error, answer.number, "wait for", "a reader");
  *out_status = answer.status;
  return TRUE;
}
