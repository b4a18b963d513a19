#include "scratch.h"

#include "util/crew.h"
#include "util/lock.h"

#define TASKS 50u

typedef struct
{
  AssayLock lock;
  AssayWake wake;
  guint begun[TASKS];
  guint order[TASKS];
  guint count;
  guint now;
  guint most;
  guint wanted; /* so many have to be there at once before any goes on */
} Log;

static void
do_task (guint index, gpointer data)
{
  Log *log = data;
  assay_lock_take (&log->lock);
  log->begun[index]++;
  log->order[log->count++] = index;
  log->now++;
  log->most = MAX (log->most, log->now);
  assay_wake_signal (&log->wake);
  while (log->most < log->wanted)
    assay_wake_wait (&log->wake, &log->lock, g_get_monotonic_time () + G_USEC_PER_SEC / 100);
  log->now--;
  assay_lock_give (&log->lock);
}

static void
run (Log *log, guint count, guint at_once)
{
  assay_lock_init (&log->lock);
  assay_wake_init (&log->wake);
  assay_crew_run (count, at_once, do_task, log);
  assay_wake_clear (&log->wake);
  assay_lock_clear (&log->lock);
  assert_int_equal (log->count, count);
  for (guint i = 0; i < count; i++)
    assert_int_equal (log->begun[i], 1);
}

static void
one_at_a_time_is_in_order (void **state)
{
  for (guint at_once = 0; at_once < 2; at_once++)
    {
      Log log = { .wanted = 1 };
      run (&log, TASKS, at_once);
      assert_int_equal (log.most, 1);
      for (guint i = 0; i < TASKS; i++)
        assert_int_equal (log.order[i], i);
    }
}

static void
as_many_as_allowed_are_done_side_by_side (void **state)
{
  for (guint at_once = 2; at_once < 6; at_once++)
    {
      Log log = { .wanted = at_once };
      run (&log, TASKS, at_once);
      assert_int_equal (log.most, at_once);
    }
}

static void
no_more_than_there_are_tasks (void **state)
{
  Log none = { .wanted = 1 };
  run (&none, 0, 4);
  Log few = { .wanted = 3 };
  run (&few, 3, G_MAXUINT);
  assert_int_equal (few.most, 3);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (one_at_a_time_is_in_order),
    cmocka_unit_test (as_many_as_allowed_are_done_side_by_side),
    cmocka_unit_test (no_more_than_there_are_tasks),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
