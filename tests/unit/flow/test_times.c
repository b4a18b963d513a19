/* Which times a text prints: only these are tried as the time of a build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/times.h"

#include <string.h>

typedef struct
{
  const char *text;
  gint64 date;
  gint64 clock;
  gint64 epoch;
} Case;

static void
check_one (const GArray *found, gint64 wanted, const char *text, const char *what)
{
  if (wanted < 0 && found->len != 0)
    fail_msg ("\"%s\": a %s where there is none", text, what);
  if (wanted >= 0 && (found->len != 1 || g_array_index (found, gint64, 0) != wanted))
    fail_msg ("\"%s\": not the %s", text, what);
}

static void
test_times_are_found_in_their_usual_forms (void **state)
{
  static const Case cases[] = {
    { "built on Nov 14 2023 at 22:13:20", 1699920000, 80000, -1 },
    { "Jan  1 2000", 946684800, -1, -1 },
    { "Feb 29 2024", 1709164800, -1, -1 },
    { "Feb 29 2023", -1, -1, -1 },
    { "Nov 31 2023", -1, -1, -1 },
    { "Nov 14 1999", -1, -1, -1 },
    { "nov 14 2023", -1, -1, -1 },
    { "2023-11-14T00:00:00", 1699920000, 0, -1 },
    { "2023-13-14", -1, -1, -1 },
    { "24:00:00", -1, -1, -1 },
    { "23:59:60", -1, 86400, -1 },
    { "22:13:2", -1, -1, -1 },
    { "SOURCE_DATE_EPOCH=1700000000;", -1, -1, 1700000000 },
    { "999999999", -1, -1, 999999999 },
    { "17000000000", -1, -1, -1 },
    { "x170000000", -1, -1, -1 },
    { "1700000000 1700000000", -1, -1, 1700000000 },
    { "", -1, -1, -1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) dates = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_autoptr (GArray) clocks = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_autoptr (GArray) epochs = g_array_new (FALSE, FALSE, sizeof (gint64));
      /* a copy of its own length, so that a sanitizer sees a read behind it */
      gsize length = strlen (cases[i].text);
      g_autofree guint8 *bytes = g_memdup2 (cases[i].text, length);
      assay_times_scan (bytes, length, dates, clocks, epochs);
      check_one (dates, cases[i].date, cases[i].text, "date");
      check_one (clocks, cases[i].clock, cases[i].text, "time of day");
      check_one (epochs, cases[i].epoch, cases[i].text, "number of seconds");
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_times_are_found_in_their_usual_forms) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
