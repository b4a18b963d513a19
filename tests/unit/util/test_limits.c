#include "scratch.h"

#include "util/limits.h"

static void
defaults_are_those_of_the_table (void **state)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  assert_int_equal (limits.value[ASSAY_LIMIT_DEPTH], 24);
  assert_int_equal (limits.value[ASSAY_LIMIT_TOTAL_BYTES], G_GUINT64_CONSTANT (64) << 30);
  assert_string_equal (assay_limit_name (ASSAY_LIMIT_TOTAL_BYTES), "total-bytes");
  assert_string_equal (assay_limit_name (ASSAY_LIMIT_NONE), "none");
  for (guint i = 1; i < ASSAY_LIMIT_COUNT; i++)
    assert_true (limits.value[i] > 0);
}

static void
assignments_are_read (void **state)
{
  static const struct
  {
    const char *text;
    AssayLimit limit;
    guint64 value;
  } cases[] = {
    { "depth=3", ASSAY_LIMIT_DEPTH, 3 },
    { "depth=0", ASSAY_LIMIT_DEPTH, 0 },
    { "depth=007", ASSAY_LIMIT_DEPTH, 7 },
    { "total-bytes=5KiB", ASSAY_LIMIT_TOTAL_BYTES, 5120 },
    { "total-bytes=2MiB", ASSAY_LIMIT_TOTAL_BYTES, 2097152 },
    { "total-bytes=1GiB", ASSAY_LIMIT_TOTAL_BYTES, 1073741824 },
    { "output=2TiB", ASSAY_LIMIT_OUTPUT, G_GUINT64_CONSTANT (2) << 40 },
    { "time=90", ASSAY_LIMIT_TIME, 90 },
    { "time=90s", ASSAY_LIMIT_TIME, 90 },
    { "time=30m", ASSAY_LIMIT_TIME, 1800 },
    { "time=12h", ASSAY_LIMIT_TIME, 43200 },
    { "total-bytes=18446744073709551615", ASSAY_LIMIT_TOTAL_BYTES, G_MAXUINT64 },
    { "total-bytes=17179869183GiB", ASSAY_LIMIT_TOTAL_BYTES, G_GUINT64_CONSTANT (17179869183) << 30 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayLimits limits;
      g_autoptr (GError) error = NULL;
      assay_limits_init (&limits);
      assert_true (assay_limits_set (&limits, cases[i].text, &error));
      assert_true (limits.value[cases[i].limit] == cases[i].value);
      for (guint limit = 0; limit < ASSAY_LIMIT_COUNT; limit++)
        assert_int_equal (limits.given[limit], limit == cases[i].limit);
    }
}

static void
other_texts_are_usage_errors_and_change_nothing (void **state)
{
  static const char *const bad[] = {
    "",
    "depth",
    "=3",
    "depth=",
    "depth=-1",
    "depth=+1",
    "depth= 1",
    "depth=1 ",
    "depth=1k",
    "depth=1kib",
    "depth=1KB",
    "depth=KiB",
    "depth=0x10",
    "depth=5m",
    "memory=5h",
    "time=1KiB",
    "time=1d",
    "time=5124095576030432h",
    "depth=1.5",
    "dept=1",
    "depths=1",
    "none=1",
    "NONE=1",
    "total-bytes=18446744073709551616",
    "total-bytes=99999999999999999999999",
    "total-bytes=17179869184GiB",
    "total-bytes=18014398509481984KiB",
  };
  AssayLimits limits, before;
  g_autoptr (GError) error = NULL;
  assay_limits_init (&limits);
  before = limits;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      assert_fails (assay_limits_set (&limits, bad[i], &error), ASSAY_ERROR_USAGE, error);
      assert_memory_equal (&limits, &before, sizeof limits);
    }
}

static void
one_that_is_set_twice_is_a_usage_error (void **state)
{
  static const char *const again[] = { "depth=3", "depth=4" };
  for (guint i = 0; i < G_N_ELEMENTS (again); i++)
    {
      AssayLimits limits;
      g_autoptr (GError) error = NULL;
      assay_limits_init (&limits);
      assert_true (assay_limits_set (&limits, "depth=3", &error));
      assert_true (assay_limits_set (&limits, "ratio=3", &error));
      assert_false (assay_limits_set (&limits, again[i], &error));
      assert_int_equal (error->code, ASSAY_ERROR_USAGE);
      assert_non_null (strstr (error->message, "depth is given twice"));
      assert_int_equal (limits.value[ASSAY_LIMIT_DEPTH], 3);
    }
}

static void
a_hit_names_the_limit (void **state)
{
  AssayLimits limits;
  g_autoptr (GError) error = NULL;
  assay_limits_init (&limits);
  assert_true (assay_limits_check (&limits, ASSAY_LIMIT_DEPTH, 24, "x", &error));
  assert_null (error);
  assert_false (assay_limits_check (&limits, ASSAY_LIMIT_DEPTH, 25, "a//b", &error));
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
  assert_string_equal (error->message, "limit depth (24 levels) hit: a//b");
  g_clear_error (&error);
  assert_fails (assay_limits_exceeded (&limits, ASSAY_LIMIT_RATIO, "x", &error), ASSAY_ERROR_LIMIT, error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (defaults_are_those_of_the_table),
    cmocka_unit_test (assignments_are_read),
    cmocka_unit_test (other_texts_are_usage_errors_and_change_nothing),
    cmocka_unit_test (one_that_is_set_twice_is_a_usage_error),
    cmocka_unit_test (a_hit_names_the_limit),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
