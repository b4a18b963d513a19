#include "support.h"

#include "inventory/dates.h"

/* Times as programs print them: each form is read as what it means, and what is none is not. */

/* All stamps of a text, one a line: seconds, the text itself, and the zone where it has one. */
static char *
stamps_of (const char *text, gsize length)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (AssayStamp));
  GString *said = g_string_new (NULL);
  assay_dates_find_stamps (text, length, found);
  for (guint i = 0; i < found->len; i++)
    {
      const AssayStamp *stamp = &g_array_index (found, AssayStamp, i);
      assert_true (stamp->start < stamp->end && stamp->end <= length);
      g_string_append_printf (said, "%s%" G_GINT64_FORMAT " [%.*s]", i > 0 ? " " : "", stamp->seconds,
                              (int)(stamp->end - stamp->start), text + stamp->start);
      if (stamp->has_zone)
        g_string_append_printf (said, "%+d", stamp->zone);
    }
  return g_string_free (said, FALSE);
}

#define assert_stamps(text, expected)                                                                                  \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *said = stamps_of (text, sizeof text - 1);                                                         \
    assert_string_equal (said, expected);                                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
a_clock_beside_a_day_is_a_stamp (void **state)
{
  assert_stamps ("Built : 06:31:44, Nov 25 2022\n", "1669357904 [06:31:44, Nov 25 2022]");
  assert_stamps ("x Nov 14 2023 22:13:20 y", "1700000000 [Nov 14 2023 22:13:20]");
  assert_stamps ("Jan  5 2023\0 00:00:01", "");
  assert_stamps ("Jan  5 2023\0"
                 "00:00:01",
                 "1672876801 [Jan  5 2023]");
  assert_stamps ("22:13:20\0\0\0\0Nov 14 2023", "1700000000 [22:13:20]");
  assert_stamps ("2023-11-14T22:13:20", "1700000000 [2023-11-14T22:13:20]");
  assert_stamps ("2023-11-14 22:13:20.5", "1700000000 [2023-11-14 22:13:20]");
  assert_stamps ("one Nov 14 2023 22:13:20, two 22:13:21 Nov 14 2023",
                 "1700000000 [Nov 14 2023 22:13:20] 1700000001 [22:13:21 Nov 14 2023]");
}

static void
a_zone_that_is_said_is_taken_off (void **state)
{
  assert_stamps ("U-Boot 2023.01 (Jan 15 2023 - 21:46:42 +0000)", "1673819202 [Jan 15 2023 - 21:46:42 +0000]+0");
  assert_stamps ("2023-11-15T00:13:20+02:00", "1700000000 [2023-11-15T00:13:20+02:00]+7200");
  assert_stamps ("2023-11-14 14:13:20 -0800", "1700000000 [2023-11-14 14:13:20 -0800]-28800");
  assert_stamps ("2023-11-14T22:13:20Z.", "1700000000 [2023-11-14T22:13:20Z]+0");
  assert_stamps ("BusyBox v1.36.1 (2023-11-14 22:13:20 UTC)", "1700000000 [2023-11-14 22:13:20 UTC]+0");
  assert_stamps ("2023-11-14 22:13:20 +9900", "1700000000 [2023-11-14 22:13:20]");
}

static void
a_day_around_the_clock_is_one (void **state)
{
  assert_stamps ("#1 SMP Thu Jan  1 00:00:00 UTC 2026", "1767225600 [Jan  1 00:00:00 UTC 2026]+0");
  assert_stamps ("Tue Nov 14 22:13:20 2023", "1700000000 [Nov 14 22:13:20 2023]");
  assert_stamps ("Tue Nov 14 22:13:20 CET 2023", "1700000000 [Nov 14 22:13:20 CET 2023]");
  assert_stamps ("Tue Nov 14 22:13:20 GMT 2023", "1700000000 [Nov 14 22:13:20 GMT 2023]+0");
}

static void
what_is_no_time_is_none (void **state)
{
  assert_stamps ("", "");
  assert_stamps ("::", "");
  assert_stamps ("22:13:20", "");
  assert_stamps ("Nov 14 2023", "");
  assert_stamps ("Nov 31 2023 22:13:20", "");
  assert_stamps ("Nov 14 1983 22:13:20", "");
  assert_stamps ("Nov 14 2023 25:13:20", "");
  assert_stamps ("Nov 14 2023 22:61:20", "");
  assert_stamps ("Nov 14 2023 and then 22:13:20", "");
  assert_stamps ("Nov 14 2023\0\0\0\0\0\0\0\0\0"
                 "22:13:20",
                 "");
  assert_stamps ("00:1a:2b:3c:4d:5e 2023-11-14", "");
  assert_stamps ("2023-13-14 22:13:20", "");
}

static void
single_parts_are_read_as_before (void **state)
{
  gint64 seconds = 7;
  assert_int_equal (assay_dates_read_day ("Nov 14 2023", 11, &seconds), 11);
  assert_int_equal (seconds, 1699920000);
  assert_int_equal (assay_dates_read_day ("2023-11-14x", 11, &seconds), 10);
  assert_int_equal (assay_dates_read_day ("Nov 14 202", 10, &seconds), 0);
  assert_true (assay_dates_read_clock ("22:13:20", 8, &seconds));
  assert_int_equal (seconds, 80000);
  assert_false (assay_dates_read_clock ("22:13:2", 7, &seconds));
  assert_true (assay_dates_read_epoch ("1700000000", 10, &seconds));
  assert_int_equal (seconds, 1700000000);
  assert_false (assay_dates_read_epoch ("17000000000", 11, &seconds));
  assert_false (assay_dates_read_epoch ("17000000", 8, &seconds));
}

/* Any bytes at all: nothing is read beyond the end, and each stamp lies inside. */
static void
damaged_texts_are_read_within_their_bounds (void **state)
{
  static const char letters[] = "JanNovDec 0123456789:-,+TZ(){}UTC\n";
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  for (guint i = 0; i < 20000; i++)
    {
      gsize length = (gsize)g_rand_int_range (random, 0, 64);
      g_autofree char *text = g_malloc (MAX (length, 1)); /* its own, so that a sanitizer sees what is beyond */
      for (gsize j = 0; j < length; j++)
        text[j] = letters[g_rand_int_range (random, 0, sizeof letters)];
      g_autofree char *said = stamps_of (text, length);
      assert_non_null (said);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_clock_beside_a_day_is_a_stamp), cmocka_unit_test (a_zone_that_is_said_is_taken_off),
    cmocka_unit_test (a_day_around_the_clock_is_one),   cmocka_unit_test (what_is_no_time_is_none),
    cmocka_unit_test (single_parts_are_read_as_before), cmocka_unit_test (damaged_texts_are_read_within_their_bounds),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
