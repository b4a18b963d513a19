#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/extents.h"

#include <string.h>

/* Sets of bytes, against sets of bits. */

#define BITS 64u

static GArray *
random_set (GRand *random, guint64 *out_bits)
{
  GArray *set = assay_extents_new ();
  *out_bits = 0;
  for (gint i = g_rand_int_range (random, 0, 6); i > 0; i--)
    {
      guint start = (guint)g_rand_int_range (random, 0, BITS);
      guint length = (guint)g_rand_int_range (random, 0, (gint)(BITS - start) + 1);
      assay_extents_add (set, start, length);
      for (guint bit = start; bit < start + length; bit++)
        *out_bits |= G_GUINT64_CONSTANT (1) << bit;
    }
  assay_extents_settle (set);
  return set;
}

static void
check_set (const GArray *set, guint64 wanted)
{
  guint64 bits = 0;
  guint64 last = 0;
  for (guint i = 0; i < set->len; i++)
    {
      const AssayExtent *extent = &g_array_index (set, AssayExtent, i);
      assert_true (extent->start < extent->end);
      assert_true (i == 0 || extent->start > last || (extent->start == last && i > 0));
      last = extent->end;
      for (guint64 bit = extent->start; bit < extent->end; bit++)
        {
          assert_int_equal (bits >> bit & 1, 0);
          bits |= G_GUINT64_CONSTANT (1) << bit;
        }
    }
  assert_true (bits == wanted);
}

static void
sets_are_what_they_say (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  for (guint i = 0; i < 20000; i++)
    {
      guint64 a_bits, b_bits;
      g_autoptr (GArray) a = random_set (random, &a_bits);
      g_autoptr (GArray) b = random_set (random, &b_bits);
      g_autoptr (GArray) both = assay_extents_intersect (a, b);
      g_autoptr (GArray) rest = assay_extents_subtract (a, b);
      check_set (a, a_bits);
      check_set (both, a_bits & b_bits);
      check_set (rest, a_bits & ~b_bits);
    }
}

static void
a_range_without_end_reaches_to_the_last_byte (void **state)
{
  g_autoptr (GArray) set = assay_extents_new ();
  assay_extents_add (set, G_MAXUINT64 - 3, 10);
  assay_extents_add (set, 5, 0);
  assert_int_equal (set->len, 1);
  assert_true (g_array_index (set, AssayExtent, 0).end == G_MAXUINT64);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (sets_are_what_they_say), cmocka_unit_test (a_range_without_end_reaches_to_the_last_byte) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
