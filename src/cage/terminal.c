#include "cage/terminal.h"

#include "util/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>

/* What is passed on at once. */
#define PASS_BYTES 4096
/* How often the size of the window is looked at. */
#define WINDOW_MS 500
/* Descriptors below are put in their places by the supervisor. */
#define FIRST_FD 16
#define NAME_BYTES 64

struct _AssayTerminal
{
  int master;
  int slave;
  int stop;
  struct termios before;
  GThread *thread;
};

static void
pass_size (const AssayTerminal *terminal)
{
  struct winsize size;
  if (ioctl (STDIN_FILENO, TIOCGWINSZ, &size) == 0)
    ioctl (terminal->master, TIOCSWINSZ, &size);
}

/* FALSE: there will be no more. */
static gboolean
pass (int from, int to)
{
  char bytes[PASS_BYTES];
  gssize length = read (from, bytes, sizeof bytes);
  if (length < 0)
    return errno == EINTR || errno == EAGAIN;
  return length > 0 && assay_system_write_all (to, bytes, (gsize)length);
}

static gpointer
pass_all (gpointer data)
{
  const AssayTerminal *terminal = data;
  gboolean typed = TRUE;
  gboolean printed = TRUE;
  for (;;)
    {
      struct pollfd polled[] = {
        { .fd = terminal->stop, .events = POLLIN },
        { .fd = typed ? STDIN_FILENO : -1, .events = POLLIN },
        { .fd = printed ? terminal->master : -1, .events = POLLIN },
      };
      pass_size (terminal);
      if (poll (polled, G_N_ELEMENTS (polled), WINDOW_MS) < 0 && errno != EINTR)
        return NULL;
      if (polled[2].revents != 0)
        printed = pass (terminal->master, STDOUT_FILENO);
      else if (polled[0].revents != 0)
        return NULL;
      if (polled[1].revents != 0)
        typed = pass (STDIN_FILENO, terminal->master);
    }
}

static gboolean
open_pair (AssayTerminal *terminal, GError **error)
{
  char name[NAME_BYTES];
  assay_autofd master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  assay_autofd slave = -1;
  if (master >= 0 && grantpt (master) == 0 && unlockpt (master) == 0 && ptsname_r (master, name, sizeof name) == 0)
    slave = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave >= 0)
    {
      terminal->master = fcntl (master, F_DUPFD_CLOEXEC, FIRST_FD);
      terminal->slave = fcntl (slave, F_DUPFD_CLOEXEC, FIRST_FD);
      terminal->stop = eventfd (0, EFD_CLOEXEC);
    }
  return terminal->stop >= 0 || assay_system_error (error, errno, "open", "a terminal");
}

AssayTerminal *
assay_terminal_open (GError **error)
{
  g_autoptr (AssayTerminal) terminal = g_new0 (AssayTerminal, 1);
  struct termios raw;
  terminal->master = terminal->slave = terminal->stop = -1;
  if (tcgetattr (STDIN_FILENO, &terminal->before) != 0 || !isatty (STDOUT_FILENO))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "standard input and output are no terminal");
      return NULL;
    }
  if (!open_pair (terminal, error))
    return NULL;
  raw = terminal->before;
  cfmakeraw (&raw);
  tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
  terminal->thread = g_thread_new ("terminal", pass_all, terminal);
  return g_steal_pointer (&terminal);
}

int
assay_terminal_get_fd (const AssayTerminal *terminal)
{
  return terminal->slave;
}

void
assay_terminal_close (AssayTerminal *terminal)
{
  const guint64 one = 1;
  if (terminal == NULL)
    return;
  assay_fd_close (&terminal->slave);
  if (terminal->thread != NULL)
    {
      assay_system_write_all (terminal->stop, &one, sizeof one);
      g_thread_join (terminal->thread);
      tcsetattr (STDIN_FILENO, TCSADRAIN, &terminal->before);
    }
  assay_fd_close (&terminal->master);
  assay_fd_close (&terminal->stop);
  g_free (terminal);
}
