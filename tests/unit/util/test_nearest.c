#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/nearest.h"

#include <string.h>

static void
slips_are_counted (void **state)
{
  static const struct
  {
    const char *a;
    const char *b;
    guint slips;
  } cases[] = {
    { "", "", 0 },
    { "verify", "verify", 0 },
    { "verfy", "verify", 1 },   /* left out */
    { "verrify", "verify", 1 }, /* put in */
    { "verity", "verify", 1 },  /* replaced */
    { "vreify", "verify", 1 },  /* exchanged with its neighbour */
    { "evrfiy", "verify", 2 },
    { "", "gate", 4 },
    { "ca", "abc", 3 }, /* no place is changed twice; the unrestricted distance is 2 */
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_int_equal (assay_nearest_distance (cases[i].a, cases[i].b), cases[i].slips);
      assert_int_equal (assay_nearest_distance (cases[i].b, cases[i].a), cases[i].slips);
    }
}

static void
the_nearest_word_is_found (void **state)
{
  static const char *const words[] = { "verify", "compare", "gate", "pin", "rebuild", "render", NULL };
  assert_string_equal (assay_nearest_find ("verfy", words), "verify");
  assert_string_equal (assay_nearest_find ("copmaer", words), "compare");
  assert_string_equal (assay_nearest_find ("gat", words), "gate");
  assert_string_equal (assay_nearest_find ("pni", words), "pin");
  assert_string_equal (assay_nearest_find ("rebiuld", words), "rebuild");
}

static void
what_is_far_is_not_suggested (void **state)
{
  static const char *const words[] = { "verify", "gate", "pin", NULL };
  static const char *const none[] = { NULL };
  /* three slips; two of four letters; nothing; and words of any length */
  assert_null (assay_nearest_find ("vxxxfy", words));
  assert_null (assay_nearest_find ("gone", words));
  assert_null (assay_nearest_find ("", words));
  assert_null (assay_nearest_find ("verify", none));
  char longest[ASSAY_NEAREST_MAX_BYTES + 2] = "verify";
  memset (longest + 6, 'y', sizeof longest - 7);
  longest[sizeof longest - 1] = '\0';
  assert_int_equal (assay_nearest_distance (longest, "verify"), G_MAXUINT);
  assert_null (assay_nearest_find (longest, words));
  longest[sizeof longest - 2] = '\0';
  assert_int_equal (assay_nearest_distance (longest, "verify"), ASSAY_NEAREST_MAX_BYTES - 6);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (slips_are_counted),
    cmocka_unit_test (the_nearest_word_is_found),
    cmocka_unit_test (what_is_far_is_not_suggested),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
