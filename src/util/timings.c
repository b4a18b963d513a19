#include "util/timings.h"

#include "util/system.h"
#include "util/text.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NS_PER_S 1000000000

struct _AssayTimings
{
  AssayTimingsClock clock;
  gpointer data;
  GThread *owner;
  AssayStage stage; /* at hand */
  gint64 wall_ns;   /* when it began, or went on */
  gint64 cpu_ns;
  struct
  {
    gint64 wall_ns;
    gint64 cpu_ns;
    gsize bytes; /* atomic */
  } stages[ASSAY_STAGE_COUNT];
};

static const char *const names[ASSAY_STAGE_COUNT] = {
  [ASSAY_STAGE_REST] = "all else",
  [ASSAY_STAGE_READING] = "reading",
  [ASSAY_STAGE_BUILDING] = "building",
  [ASSAY_STAGE_UNPACKING] = "unpacking",
  [ASSAY_STAGE_PAIRING] = "pairing",
  [ASSAY_STAGE_COMPARING] = "comparing and digesting",
  [ASSAY_STAGE_EXPLAINING] = "explaining differences",
  [ASSAY_STAGE_DIGESTING] = "digesting",
  [ASSAY_STAGE_JUDGING] = "judging",
  [ASSAY_STAGE_WRITING] = "writing",
};

static gint64
to_ns (const struct timespec *time)
{
  return (gint64)time->tv_sec * NS_PER_S + time->tv_nsec;
}

static void
read_clocks (gpointer data, gint64 *out_wall_ns, gint64 *out_cpu_ns)
{
  struct timespec time = { 0 };
  clock_gettime (CLOCK_MONOTONIC, &time);
  *out_wall_ns = to_ns (&time);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  *out_cpu_ns = to_ns (&time);
}

AssayTimings *
assay_timings_new_with_clock (AssayTimingsClock clock, gpointer data)
{
  AssayTimings *timings = g_new0 (AssayTimings, 1);
  timings->clock = clock;
  timings->data = data;
  timings->owner = g_thread_self ();
  clock (data, &timings->wall_ns, &timings->cpu_ns);
  return timings;
}

AssayTimings *
assay_timings_new (void)
{
  return assay_timings_new_with_clock (read_clocks, NULL);
}

void
assay_timings_free (AssayTimings *timings)
{
  g_free (timings);
}

void
assay_timings_add (AssayTimings *timings, AssayStage stage, guint64 bytes)
{
  if (timings != NULL)
    g_atomic_pointer_add (&timings->stages[stage].bytes, (gssize)bytes);
}

/* What went by since the last change is of the stage at hand. */
static void
change (AssayTimings *timings, AssayStage next)
{
  gint64 wall_ns = 0;
  gint64 cpu_ns = 0;
  timings->clock (timings->data, &wall_ns, &cpu_ns);
  timings->stages[timings->stage].wall_ns += wall_ns - timings->wall_ns;
  timings->stages[timings->stage].cpu_ns += cpu_ns - timings->cpu_ns;
  timings->wall_ns = wall_ns;
  timings->cpu_ns = cpu_ns;
  timings->stage = next;
}

AssayTimed
assay_timed_enter (AssayTimings *timings, AssayStage stage)
{
  AssayTimed timed = { NULL, stage };
  if (timings == NULL || g_thread_self () != timings->owner)
    return timed;
  timed = (AssayTimed){ timings, timings->stage };
  if (stage != timings->stage)
    change (timings, stage);
  return timed;
}

void
assay_timed_leave (AssayTimed *timed)
{
  if (timed->timings != NULL && timed->before != timed->timings->stage)
    change (timed->timings, timed->before);
  timed->timings = NULL;
}

static char *
seconds_of (gint64 ns)
{
  gint64 ms = (ns + 500000) / 1000000;
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%03d", ms / 1000, (int)(ms % 1000));
}

static void
append_row (GString *text, const char *name, guint64 bytes, gint64 wall_ns, gint64 cpu_ns)
{
  g_autoptr (GString) amount = g_string_new (NULL);
  g_autoptr (GString) rate = g_string_new (NULL);
  g_autofree char *wall = seconds_of (wall_ns);
  g_autofree char *cpu = seconds_of (cpu_ns);
  if (bytes > 0)
    assay_text_append_bytes (amount, (double)bytes);
  if (bytes > 0 && wall_ns >= 1000000)
    {
      assay_text_append_bytes (rate, (double)bytes * NS_PER_S / (double)wall_ns);
      g_string_append (rate, "/s");
    }
  g_string_append_printf (text, "  %-28s%12s%10s%14s%10s\n", name, amount->str, wall, rate->str, cpu);
}

char *
assay_timings_render (AssayTimings *timings, gint64 started_cpu_ns)
{
  /* in the order in which a run comes to them, and what is of none last */
  static const AssayStage order[ASSAY_STAGE_COUNT] = {
    ASSAY_STAGE_READING,    ASSAY_STAGE_BUILDING,  ASSAY_STAGE_UNPACKING, ASSAY_STAGE_PAIRING, ASSAY_STAGE_COMPARING,
    ASSAY_STAGE_EXPLAINING, ASSAY_STAGE_DIGESTING, ASSAY_STAGE_JUDGING,   ASSAY_STAGE_WRITING, ASSAY_STAGE_REST,
  };
  GString *text = g_string_new ("TIMINGS\n");
  gint64 wall_ns = 0;
  gint64 cpu_ns = 0;
  change (timings, timings->stage);
  g_string_append_printf (text, "  %-28s%12s%10s%14s%10s\n", "", "bytes", "seconds", "rate", "CPU");
  for (gsize i = 0; i < ASSAY_STAGE_COUNT; i++)
    {
      AssayStage stage = order[i];
      gsize bytes = (gsize)g_atomic_pointer_get (&timings->stages[stage].bytes);
      if (timings->stages[stage].wall_ns > 0 || bytes > 0)
        append_row (text, names[stage], bytes, timings->stages[stage].wall_ns, timings->stages[stage].cpu_ns);
      wall_ns += timings->stages[stage].wall_ns;
      cpu_ns += timings->stages[stage].cpu_ns;
    }
  append_row (text, "total", 0, wall_ns, cpu_ns);
  g_autofree char *started = seconds_of (started_cpu_ns);
  g_string_append_printf (text, "  %-28s%46s\n", "processes that were started", started);
  return g_string_free (text, FALSE);
}

void
assay_timings_say (AssayTimings *timings, guint64 others_cpu_us)
{
  struct rusage usage = { 0 };
  if (timings == NULL)
    return;
  getrusage (RUSAGE_CHILDREN, &usage);
  gint64 started_us = ((gint64)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
                      + usage.ru_stime.tv_usec;
  g_autofree char *text = assay_timings_render (timings, (started_us + (gint64)others_cpu_us) * 1000);
  /* figures that cannot be shown change nothing of what was found */
  (void)assay_system_write_all (STDERR_FILENO, text, strlen (text));
}
