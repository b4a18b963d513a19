#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/moment.h"

#include <assay/error.h>

static void
times_of_every_form_are_read (void **state)
{
  static const struct
  {
    const char *text;
    gint64 seconds;
  } cases[] = {
    { "100000000", 100000000 },
    { "1798761600", 1798761600 },
    { "9223372036854775807", G_MAXINT64 },
    { "1970-01-01", 0 },
    { "2027-01-01", 1798761600 },
    { "2028-02-29", 1835395200 },
    { "2027-01-01T00:00:00Z", 1798761600 },
    { "2026-12-31T23:59:59Z", 1798761599 },
    { "2027-01-01T02:00:00+02:00", 1798761600 },
    { "2026-12-31T18:30:00-05:30", 1798761600 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 seconds = -1;
      assert_true (assay_moment_parse (cases[i].text, &seconds, NULL));
      assert_int_equal (seconds, cases[i].seconds);
    }
}

static void
what_is_no_time_is_refused (void **state)
{
  static const char *const texts[] = { "",
                                       "now",
                                       "0",
                                       "2026",
                                       "20270101",
                                       "99999999",
                                       "000002026",
                                       "tomorrow",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.5",
                                       "0x10",
                                       "2027-1-1",
                                       "2027-13-01",
                                       "2027-02-30",
                                       "2027-00-01",
                                       "1969-12-31",
                                       "2027-01-01 ",
                                       "20270101T000000Z",
                                       "2027-01-01T00:00:00",
                                       "2027-01-01T25:00:00Z",
                                       "2027-01-01T00:00:00z",
                                       "2027-01-01T00:00:00.5Z",
                                       "9223372036854775808",
                                       "18446744073709551616" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gint64 seconds = -7;
      g_autoptr (GError) error = NULL;
      if (assay_moment_parse (texts[i], &seconds, &error))
        fail_msg ("%s is read as %" G_GINT64_FORMAT, texts[i], seconds);
      assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE));
      assert_int_equal (seconds, -7);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (times_of_every_form_are_read), cmocka_unit_test (what_is_no_time_is_refused) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
