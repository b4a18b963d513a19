#include "account/encoding/remaking.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** What the start of a program costs, in bytes that might have been packed meanwhile. */
#define START_BYTES (256u << 10)
/** How long a program may take to end that has given all. */
#define END_MS 10000u
/** Between two looks at whether somebody wants this to end. */
#define WAIT_MS 500

/**
 * A program at work.
 * @waiting: of @in, bytes that it has not taken yet, from @given on
 * @got: bytes that came from it; @surplus: of these behind what is compared
 */
typedef struct
{
  AssayRemaking *remaking;
  const AssayRemakeProgram *program;
  GPid pid;
  int into;
  int from;
  gsize given;
  gsize waiting;
  guint64 got;
  gsize surplus;
} Running;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
start (Running *running, GError **error)
{
  char *const environment[] = { NULL };
  gboolean started = g_spawn_async_with_pipes ("/", (char **)running->program->arguments, (char **)environment,
                                               G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES
                                                   | G_SPAWN_STDERR_TO_DEV_NULL,
                                               NULL, NULL, &running->pid, &running->into, &running->from, NULL, NULL)
                     && g_unix_set_fd_nonblocking (running->into, TRUE, NULL);
  return started || assay_remaking_fail ("a program cannot be started", error);
}

/* Ends it. @out_well: it ended by itself, and said that all is well */
static gboolean
stop (Running *running, gboolean *out_well, GError **error)
{
  int status = -1;
  pid_t ended = 0;
  *out_well = FALSE;
  close_fd (&running->into);
  close_fd (&running->from);
  if (running->pid <= 0)
    return TRUE;
  gboolean killed = running->remaking->differs;
  for (guint i = 0; !killed && ended == 0 && i < END_MS; i++)
    {
      ended = waitpid (running->pid, &status, WNOHANG);
      if (ended == 0)
        g_usleep (1000);
    }
  if (ended == 0)
    {
      kill (running->pid, SIGKILL);
      do
        ended = waitpid (running->pid, &status, 0);
      while (ended < 0 && errno == EINTR);
    }
  if (!killed && (ended < 0 || WIFSIGNALED (status)))
    return assay_remaking_fail ("a program that was asked did not end by itself", error);
  *out_well = !killed && WIFEXITED (status) && WEXITSTATUS (status) == 0;
  return TRUE;
}

static gboolean
give (Running *running, GError **error)
{
  AssayRemaking *remaking = running->remaking;
  if (running->waiting == 0)
    {
      running->given = 0;
      if (!assay_remaking_read (remaking, remaking->in, ASSAY_REMAKING_BYTES, &running->waiting, error))
        return FALSE;
    }
  if (running->waiting == 0)
    {
      close_fd (&running->into);
      return TRUE;
    }
  ssize_t written = write (running->into, remaking->in + running->given, running->waiting);
  if (written < 0 && errno != EAGAIN && errno != EINTR)
    remaking->differs = TRUE;
  else if (written > 0)
    {
      running->given += (gsize)written;
      running->waiting -= (gsize)written;
    }
  return TRUE;
}

/* What it gives, without what stands around the stream. */
static gboolean
take (Running *running, GError **error)
{
  AssayRemaking *remaking = running->remaking;
  ssize_t got = read (running->from, remaking->out, ASSAY_REMAKING_BYTES);
  if (got < 0 && errno == EINTR)
    return TRUE;
  if (got <= 0)
    {
      close_fd (&running->from);
      return TRUE;
    }
  gsize head = running->got < running->program->head ? (gsize)(running->program->head - running->got) : 0;
  gsize skipped = MIN ((gsize)got, head);
  gsize part = (gsize)MIN ((guint64)got - skipped, remaking->length - remaking->made);
  running->got += (gsize)got;
  running->surplus += (gsize)got - skipped - part;
  memmove (remaking->out, remaking->out + skipped, part);
  if (running->surplus > running->program->tail)
    remaking->differs = TRUE;
  return assay_remaking_take (remaking, part, error);
}

static gboolean
serve (Running *running, GError **error)
{
  while (running->from >= 0 && !running->remaking->differs)
    {
      struct pollfd fds[] = { { .fd = running->from, .events = POLLIN }, { .fd = running->into, .events = POLLOUT } };
      int ready = poll (fds, G_N_ELEMENTS (fds), WAIT_MS);
      if (ready < 0 && errno != EINTR)
        running->remaking->differs = TRUE;
      if (ready <= 0)
        {
          if (!assay_remaking_spend (running->remaking, 0, error))
            return FALSE;
          continue;
        }
      if (fds[0].revents != 0 && !take (running, error))
        return FALSE;
      if (fds[1].revents != 0 && running->into >= 0 && !running->remaking->differs && !give (running, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_remaking_by_program (AssayRemaking *remaking, const AssayRemakeProgram *program, GError **error)
{
  Running running = { .remaking = remaking, .program = program, .into = -1, .from = -1 };
  g_autofree char *found = g_find_program_in_path (program->arguments[0]);
  assay_remaking_begin (remaking);
  remaking->differs = TRUE;
  if (found == NULL)
    return TRUE;
  if (!assay_remaking_spend (remaking, START_BYTES, error))
    return FALSE;
  gboolean well = FALSE;
  remaking->differs = FALSE;
  gboolean done = start (&running, error) && serve (&running, error);
  assay_remaking_end (remaking);
  if (!done)
    remaking->differs = TRUE;
  if (!stop (&running, &well, done ? error : NULL))
    done = FALSE;
  if (!well || running.surplus != program->tail || !assay_remaking_has_all (remaking))
    remaking->differs = TRUE;
  return done;
}
