#include "util/progress.h"

#include "util/lock.h"
#include "util/system.h"
#include "util/text.h"

#include <string.h>
#include <sys/ioctl.h>

/* Ten lines a second are as many as an eye follows, and cost nothing. */
#define DRAW_INTERVAL_US (G_USEC_PER_SEC / 10)

/* Columns of a terminal that does not say how wide it is. */
#define DEFAULT_COLUMNS 80

struct _AssayProgress
{
  AssayLock lock;
  AssayWake wake;
  GThread *ticker; /* draws on when a stage is silent, so that the time goes on */
  gboolean ended;

  char *what;
  char *unit;
  guint64 total;
  guint64 done;
  gint64 started_us;
  gint64 drawn_us;
  gboolean visible; /* our line stands on the terminal */
};

static guint
terminal_columns (void)
{
  struct winsize size;
  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_COLUMNS;
}

/* Cuts the text so that it takes at most @columns; a line that wraps could not be taken away again. */
static void
cut_to_columns (GString *line, guint columns)
{
  guint used = 0;
  for (const char *at = line->str; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      used += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
      if (used > columns)
        {
          g_string_truncate (line, (gsize)(at - line->str));
          return;
        }
    }
}

static void
append_amount (GString *line, guint64 amount, const char *unit)
{
  static const char *const steps[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
  double scaled = (double)amount;
  guint step = 0;
  if (strcmp (unit, "bytes") != 0)
    {
      g_string_append_printf (line, "  %" G_GUINT64_FORMAT " %s", amount, unit);
      return;
    }
  for (; scaled >= 1024 && step + 1 < G_N_ELEMENTS (steps); step++)
    scaled /= 1024;
  g_string_append_printf (line, step == 0 ? "  %.0f %s" : "  %.1f %s", scaled, steps[step]);
}

static void
append_elapsed (GString *line, gint64 elapsed_us)
{
  guint64 seconds = (guint64)(MAX (elapsed_us, 0) / G_USEC_PER_SEC);
  g_string_append_printf (line, "  %" G_GUINT64_FORMAT ":%02u", seconds / 60, (guint)(seconds % 60));
}

static void
draw (AssayProgress *progress, gint64 now_us)
{
  g_autoptr (GString) line = g_string_new (progress->what);
  if (progress->total > 0)
    {
      guint64 done = MIN (progress->done, progress->total);
      g_string_append_printf (line, "  %u%%", (guint)((double)done * 100 / (double)progress->total));
    }
  if (progress->unit != NULL && progress->done > 0)
    append_amount (line, progress->done, progress->unit);
  append_elapsed (line, now_us - progress->started_us);
  /* The last column stays free: a terminal may wrap as soon as it is filled. */
  cut_to_columns (line, terminal_columns () - 1);
  g_string_prepend_c (line, '\r');
  g_string_append (line, "\033[K");
  /* A line that cannot be shown is no fault. */
  (void)assay_system_write_all (STDERR_FILENO, line->str, line->len);
  progress->drawn_us = now_us;
  progress->visible = TRUE;
}

static void
erase (AssayProgress *progress)
{
  if (progress->visible)
    (void)assay_system_write_all (STDERR_FILENO, "\r\033[K", 4);
  progress->visible = FALSE;
}

static gpointer
tick (gpointer data)
{
  AssayProgress *progress = data;
  assay_lock_take (&progress->lock);
  while (!progress->ended)
    {
      assay_wake_wait (&progress->wake, &progress->lock, g_get_monotonic_time () + G_USEC_PER_SEC);
      gint64 now_us = g_get_monotonic_time ();
      if (!progress->ended && progress->visible && now_us - progress->drawn_us >= G_USEC_PER_SEC / 2)
        draw (progress, now_us);
    }
  assay_lock_give (&progress->lock);
  return NULL;
}

static gboolean
is_shown (AssayProgressMode mode)
{
  const char *terminal = g_getenv ("TERM");
  if (mode != ASSAY_PROGRESS_AUTO)
    return mode == ASSAY_PROGRESS_ALWAYS;
  return isatty (STDERR_FILENO) && terminal != NULL && *terminal != '\0' && strcmp (terminal, "dumb") != 0;
}

AssayProgress *
assay_progress_new (AssayProgressMode mode)
{
  if (!is_shown (mode))
    return NULL;
  AssayProgress *progress = g_new0 (AssayProgress, 1);
  assay_lock_init (&progress->lock);
  assay_wake_init (&progress->wake);
  progress->ticker = g_thread_try_new ("progress", tick, progress, NULL);
  return progress;
}

void
assay_progress_free (AssayProgress *progress)
{
  if (progress == NULL)
    return;
  assay_lock_take (&progress->lock);
  progress->ended = TRUE;
  erase (progress);
  assay_wake_signal (&progress->wake);
  assay_lock_give (&progress->lock);
  if (progress->ticker != NULL)
    g_thread_join (progress->ticker);
  assay_wake_clear (&progress->wake);
  assay_lock_clear (&progress->lock);
  g_free (progress->what);
  g_free (progress->unit);
  g_free (progress);
}

void
assay_progress_stage (AssayProgress *progress, const char *what, guint64 total, const char *unit)
{
  if (progress == NULL)
    return;
  assay_lock_take (&progress->lock);
  g_free (progress->what);
  g_free (progress->unit);
  progress->what = assay_text_escape_line (what, -1);
  progress->unit = unit != NULL ? assay_text_escape_line (unit, -1) : NULL;
  progress->total = total;
  progress->done = 0;
  progress->started_us = g_get_monotonic_time ();
  draw (progress, progress->started_us);
  assay_lock_give (&progress->lock);
}

void
assay_progress_add (AssayProgress *progress, guint64 amount)
{
  if (progress == NULL)
    return;
  assay_lock_take (&progress->lock);
  gint64 now_us = g_get_monotonic_time ();
  progress->done = amount > G_MAXUINT64 - progress->done ? G_MAXUINT64 : progress->done + amount;
  if (progress->what != NULL && now_us - progress->drawn_us >= DRAW_INTERVAL_US)
    draw (progress, now_us);
  assay_lock_give (&progress->lock);
}

void
assay_progress_clear (AssayProgress *progress)
{
  if (progress == NULL)
    return;
  assay_lock_take (&progress->lock);
  erase (progress);
  assay_lock_give (&progress->lock);
}
