#include "util/progress.h"

#include "util/lock.h"
#include "util/system.h"
#include "util/text.h"

#include <string.h>
#include <sys/ioctl.h>

/* Ten lines a second are as many as an eye follows, and cost nothing. */
#define DRAW_INTERVAL_US (G_USEC_PER_SEC / 10)

/* What is done sooner says nothing of how fast the rest goes. */
#define RATE_AFTER_US (2 * G_USEC_PER_SEC)

/* Of a terminal that does not say how large it is. */
#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS 24

struct _AssayProgress
{
  AssayLock lock;
  AssayWake wake;
  GThread *ticker; /* draws on when a stage is silent, so that the time goes on */
  gboolean ended;

  AssayProgress *root; /* of a branch, which has nothing of the above; else NULL */
  GPtrArray *branches; /* AssayProgress, borrowed; of a branch NULL */
  char *name;          /* of a branch */

  char *what;
  char *unit;
  guint64 total;
  guint64 done;
  gint64 started_us;
  gint64 drawn_us;
  guint lines; /* that stand on the terminal */
};

static AssayProgress *
root_of (AssayProgress *progress)
{
  return progress->root == NULL ? progress : progress->root;
}

static struct winsize
terminal_size (void)
{
  struct winsize size = { 0 };
  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    size.ws_col = DEFAULT_COLUMNS;
  if (size.ws_row < 2)
    size.ws_row = DEFAULT_ROWS;
  return size;
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
  g_string_append (line, "  ");
  if (strcmp (unit, "bytes") == 0)
    assay_text_append_bytes (line, (double)amount);
  else
    g_string_append_printf (line, "%" G_GUINT64_FORMAT " %s", amount, unit);
}

static void
append_elapsed (GString *line, gint64 elapsed_us)
{
  guint64 seconds = (guint64)(MAX (elapsed_us, 0) / G_USEC_PER_SEC);
  g_string_append_printf (line, "  %" G_GUINT64_FORMAT ":%02u", seconds / 60, (guint)(seconds % 60));
}

/* Of the whole stage until now: what a second made was another in each. */
static double
rate_of (const AssayProgress *progress, gint64 now_us)
{
  gint64 elapsed_us = now_us - progress->started_us;
  if (progress->done == 0 || elapsed_us < RATE_AFTER_US)
    return 0;
  return (double)progress->done * G_USEC_PER_SEC / (double)elapsed_us;
}

/* Where it is known how much there is to do, and there was time to see how fast it goes. */
static void
append_left (GString *line, const AssayProgress *progress, double rate)
{
  if (progress->total <= progress->done || rate <= 0)
    return;
  double left_s = (double)(progress->total - progress->done) / rate;
  if (left_s >= 1 && left_s < 100 * 3600.0)
    {
      g_string_append (line, "  about");
      append_elapsed (line, (gint64)(left_s * G_USEC_PER_SEC));
      g_string_append (line, " left");
    }
}

static void
append_stage (GString *line, const AssayProgress *progress, gint64 now_us)
{
  double rate = rate_of (progress, now_us);
  g_string_append (line, progress->what);
  if (progress->total > 0)
    {
      guint64 done = MIN (progress->done, progress->total);
      g_string_append_printf (line, "  %u%%", (guint)((double)done * 100 / (double)progress->total));
    }
  if (progress->unit != NULL && progress->done > 0)
    {
      append_amount (line, progress->done, progress->unit);
      if (rate >= 1)
        {
          append_amount (line, (guint64)rate, progress->unit);
          g_string_append (line, "/s");
        }
    }
  append_elapsed (line, now_us - progress->started_us);
  append_left (line, progress, rate);
}

/* The last column stays free: a terminal may wrap as soon as it is filled. */
static void
finish_line (GString *text, GString *line)
{
  cut_to_columns (line, terminal_size ().ws_col - 1u);
  g_string_append_printf (text, "%s\033[K", line->str);
}

/* To the beginning of what stands there. */
static void
go_back (GString *text, guint lines)
{
  g_string_append_c (text, '\r');
  for (guint i = 1; i < lines; i++)
    g_string_append (text, "\033[A");
}

/* @progress: a root; its branches stand below it, as many as there is room for. */
static void
draw (AssayProgress *progress, gint64 now_us)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  guint room = terminal_size ().ws_row - 1u;
  guint lines = 1;
  go_back (text, progress->lines);
  if (progress->what != NULL)
    append_stage (line, progress, now_us);
  finish_line (text, line);
  for (guint i = 0; i < progress->branches->len && lines < room; i++)
    {
      const AssayProgress *branch = g_ptr_array_index (progress->branches, i);
      if (branch->what == NULL)
        continue;
      g_string_printf (line, "  %s: ", branch->name);
      append_stage (line, branch, now_us);
      g_string_append (text, "\r\n");
      finish_line (text, line);
      lines++;
    }
  if (lines < progress->lines)
    g_string_append (text, "\r\n\033[J\033[A");
  /* A line that cannot be shown is no fault. */
  (void)assay_system_write_all (STDERR_FILENO, text->str, text->len);
  progress->drawn_us = now_us;
  progress->lines = lines;
}

static void
erase (AssayProgress *progress)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (progress->lines == 0)
    return;
  go_back (text, progress->lines);
  g_string_append (text, progress->lines > 1 ? "\033[J" : "\033[K");
  (void)assay_system_write_all (STDERR_FILENO, text->str, text->len);
  progress->lines = 0;
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
      if (!progress->ended && progress->lines > 0 && now_us - progress->drawn_us >= G_USEC_PER_SEC / 2)
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
  progress->branches = g_ptr_array_new ();
  progress->ticker = g_thread_try_new ("progress", tick, progress, NULL);
  return progress;
}

AssayProgress *
assay_progress_branch (AssayProgress *progress, const char *name)
{
  if (progress == NULL)
    return NULL;
  AssayProgress *branch = g_new0 (AssayProgress, 1);
  branch->root = root_of (progress);
  branch->name = assay_text_escape_line (name, -1);
  assay_lock_take (&branch->root->lock);
  g_ptr_array_add (branch->root->branches, branch);
  assay_lock_give (&branch->root->lock);
  return branch;
}

static void
free_words (AssayProgress *progress)
{
  g_free (progress->name);
  g_free (progress->what);
  g_free (progress->unit);
  g_free (progress);
}

/* The others stand on the line without it from the next time that it is drawn. */
static void
free_branch (AssayProgress *branch)
{
  assay_lock_take (&branch->root->lock);
  g_ptr_array_remove (branch->root->branches, branch);
  assay_lock_give (&branch->root->lock);
  free_words (branch);
}

void
assay_progress_free (AssayProgress *progress)
{
  if (progress == NULL)
    return;
  if (progress->root != NULL)
    {
      free_branch (progress);
      return;
    }
  assay_lock_take (&progress->lock);
  progress->ended = TRUE;
  erase (progress);
  assay_wake_signal (&progress->wake);
  assay_lock_give (&progress->lock);
  if (progress->ticker != NULL)
    g_thread_join (progress->ticker);
  assay_wake_clear (&progress->wake);
  assay_lock_clear (&progress->lock);
  g_ptr_array_unref (progress->branches);
  free_words (progress);
}

void
assay_progress_stage (AssayProgress *progress, const char *what, guint64 total, const char *unit)
{
  if (progress == NULL)
    return;
  AssayProgress *root = root_of (progress);
  assay_lock_take (&root->lock);
  g_free (progress->what);
  g_free (progress->unit);
  progress->what = assay_text_escape_line (what, -1);
  progress->unit = unit != NULL ? assay_text_escape_line (unit, -1) : NULL;
  progress->total = total;
  progress->done = 0;
  progress->started_us = g_get_monotonic_time ();
  draw (root, progress->started_us);
  assay_lock_give (&root->lock);
}

void
assay_progress_add (AssayProgress *progress, guint64 amount)
{
  if (progress == NULL)
    return;
  AssayProgress *root = root_of (progress);
  assay_lock_take (&root->lock);
  gint64 now_us = g_get_monotonic_time ();
  progress->done = amount > G_MAXUINT64 - progress->done ? G_MAXUINT64 : progress->done + amount;
  if (progress->what != NULL && now_us - root->drawn_us >= DRAW_INTERVAL_US)
    draw (root, now_us);
  assay_lock_give (&root->lock);
}

void
assay_progress_clear (AssayProgress *progress)
{
  if (progress == NULL)
    return;
  AssayProgress *root = root_of (progress);
  assay_lock_take (&root->lock);
  erase (root);
  assay_lock_give (&root->lock);
}
