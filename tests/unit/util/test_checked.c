#include "scratch.h"

#include "util/checked.h"

static void
sums_and_products_that_do_not_fit_leave_the_result (void **state)
{
  guint64 out = 7;
  assert_false (assay_u64_add (G_MAXUINT64, 1, &out));
  assert_false (assay_u64_multiply (G_GUINT64_CONSTANT (1) << 32, G_GUINT64_CONSTANT (1) << 32, &out));
  assert_false (assay_u64_align (G_MAXUINT64 - 2, 4096, &out));
  assert_int_equal (out, 7);
  assert_true (assay_u64_add (G_MAXUINT64 - 1, 1, &out));
  assert_true (out == G_MAXUINT64);
  assert_true (assay_u64_multiply (G_GUINT64_CONSTANT (1) << 32, (G_GUINT64_CONSTANT (1) << 32) - 1, &out));
  assert_true (out == G_GUINT64_CONSTANT (0xffffffff00000000));
}

static void
ranges_at_the_edges (void **state)
{
  assert_true (assay_range_fits (0, 0, 0));
  assert_true (assay_range_fits (10, 0, 10));
  assert_false (assay_range_fits (11, 0, 10));
  assert_true (assay_range_fits (4, 6, 10));
  assert_false (assay_range_fits (4, 7, 10));
  assert_false (assay_range_fits (4, G_MAXUINT64, 10));
  assert_false (assay_range_fits (G_MAXUINT64, G_MAXUINT64, G_MAXUINT64));
}

static void
alignment_rounds_up (void **state)
{
  guint64 out;
  assert_true (assay_u64_align (0, 4, &out) && out == 0);
  assert_true (assay_u64_align (1, 4, &out) && out == 4);
  assert_true (assay_u64_align (4, 4, &out) && out == 4);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (sums_and_products_that_do_not_fit_leave_the_result),
    cmocka_unit_test (ranges_at_the_edges),
    cmocka_unit_test (alignment_rounds_up),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
