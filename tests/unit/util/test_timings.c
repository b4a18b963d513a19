#include "scratch.h"

#include "util/timings.h"

/* A clock that a test moves on. */
typedef struct
{
  gint64 wall_ns;
  gint64 cpu_ns;
  guint reads;
} Clock;

static void
read_clock (gpointer data, gint64 *out_wall_ns, gint64 *out_cpu_ns)
{
  Clock *clock = data;
  clock->reads++;
  *out_wall_ns = clock->wall_ns;
  *out_cpu_ns = clock->cpu_ns;
}

static void
pass (Clock *clock, gint64 wall_ms, gint64 cpu_ms)
{
  clock->wall_ns += wall_ms * 1000000;
  clock->cpu_ns += cpu_ms * 1000000;
}

static void
nobody_asked (void **state)
{
  ASSAY_TIMED (NULL, ASSAY_STAGE_READING);
  assay_timings_add (NULL, ASSAY_STAGE_READING, 1);
  assay_timings_say (NULL, 1);
  assay_timings_free (NULL);
}

static void
explain (AssayTimings *timings, Clock *clock)
{
  ASSAY_TIMED (timings, ASSAY_STAGE_EXPLAINING);
  pass (clock, 20, 10);
}

static void
compare_and_explain (AssayTimings *timings, Clock *clock)
{
  ASSAY_TIMED (timings, ASSAY_STAGE_COMPARING);
  pass (clock, 1000, 1500);
  assay_timings_add (timings, ASSAY_STAGE_COMPARING, 3u << 20);
  explain (timings, clock);
  pass (clock, 500, 0);
}

static void
stages_add_up_to_the_whole (void **state)
{
  Clock clock = { 7000000000, 500, 0 };
  g_autoptr (AssayTimings) timings = assay_timings_new_with_clock (read_clock, &clock);
  pass (&clock, 5, 4);
  compare_and_explain (timings, &clock);
  pass (&clock, 2, 1);
  g_autofree char *text = assay_timings_render (timings, 61250000000);
  assert_string_equal (text, "TIMINGS\n"
                             "                                     bytes   seconds          rate       CPU\n"
                             "  comparing and digesting          3.0 MiB     1.500     2.0 MiB/s     1.500\n"
                             "  explaining differences                       0.020                   0.010\n"
                             "  all else                                     0.007                   0.005\n"
                             "  total                                        1.527                   1.515\n"
                             "  processes that were started                                         61.250\n");
}

/* No more than where a stage gives way to another, whatever there is of files. */
static void
the_clock_is_read_where_stages_change (void **state)
{
  Clock clock = { 0, 0, 0 };
  g_autoptr (AssayTimings) timings = assay_timings_new_with_clock (read_clock, &clock);
  ASSAY_TIMED (timings, ASSAY_STAGE_COMPARING);
  assert_int_equal (clock.reads, 2);
  for (guint i = 0; i < 1000; i++)
    {
      AssayTimed again = assay_timed_enter (timings, ASSAY_STAGE_COMPARING);
      assay_timings_add (timings, ASSAY_STAGE_COMPARING, 1);
      assay_timed_leave (&again);
    }
  assert_int_equal (clock.reads, 2);
}

static gpointer
help (gpointer data)
{
  ASSAY_TIMED (data, ASSAY_STAGE_WRITING);
  assay_timings_add (data, ASSAY_STAGE_COMPARING, 1024);
  return NULL;
}

/* What helps has no stage of its own: its bytes count, and its time is that of the stage it helps. */
static void
threads_add_bytes_alone (void **state)
{
  Clock clock = { 0, 0, 0 };
  g_autoptr (AssayTimings) timings = assay_timings_new_with_clock (read_clock, &clock);
  ASSAY_TIMED (timings, ASSAY_STAGE_COMPARING);
  GThread *threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("helper", help, timings);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  pass (&clock, 1000, 4000);
  g_autofree char *text = assay_timings_render (timings, 0);
  assert_non_null (strstr (text, "comparing and digesting          4.0 KiB     1.000     4.0 KiB/s     4.000\n"));
  assert_null (strstr (text, "writing"));
}

static void
lines_stay_within_80_columns (void **state)
{
  Clock clock = { 0, 0, 0 };
  g_autoptr (AssayTimings) timings = assay_timings_new_with_clock (read_clock, &clock);
  for (guint stage = 0; stage < ASSAY_STAGE_COUNT; stage++)
    {
      ASSAY_TIMED (timings, (AssayStage)stage);
      pass (&clock, 99999999, 99999999);
      assay_timings_add (timings, (AssayStage)stage, G_MAXINT64);
    }
  g_autofree char *text = assay_timings_render (timings, G_MAXINT64 / 2);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  assert_int_equal (g_strv_length (lines), 2 + ASSAY_STAGE_COUNT + 2 + 1);
  for (char **line = lines; *line != NULL; line++)
    assert_true (strlen (*line) <= 80);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (nobody_asked),
    cmocka_unit_test (stages_add_up_to_the_whole),
    cmocka_unit_test (the_clock_is_read_where_stages_change),
    cmocka_unit_test (threads_add_bytes_alone),
    cmocka_unit_test (lines_stay_within_80_columns),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
