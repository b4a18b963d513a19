#include "support.h"

#include "inventory/range_map.h"

/* Up to the end that is told, the answer is the same. */
static void
assert_same_to_the_end (const AssayRangeMap *map, guint32 domain, guint64 point)
{
  guint32 value = G_MAXUINT32;
  guint64 end = 0;
  gboolean held = assay_range_map_find_end (map, domain, point, &value, &end);
  assert_true (end > point);
  for (guint64 other = point; other < MIN (end, 40); other++)
    {
      guint32 found = G_MAXUINT32;
      assert_int_equal (assay_range_map_find (map, domain, other, &found), held);
      assert_int_equal (found, value);
    }
}

/* Random nested claims against the definition: the first claim in the list that holds the point. */
static void
first_claim_wins_everywhere (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
      guint count = (guint)g_rand_int_range (random, 0, 12);
      for (guint i = 0; i < count; i++)
        {
          AssayRangeClaim claim = { .domain = (guint32)g_rand_int_range (random, 0, 2), .value = i };
          claim.start = (guint64)g_rand_int_range (random, 0, 30);
          claim.end = (guint64)g_rand_int_range (random, 0, 30);
          g_array_append_val (claims, claim);
        }
      g_autoptr (AssayRangeMap) map = assay_range_map_new (claims, NULL);
      for (guint32 domain = 0; domain < 3; domain++)
        for (guint64 point = 0; point < 32; point++)
          {
            guint32 expected = G_MAXUINT32, found = G_MAXUINT32;
            for (guint i = count; i-- > 0;)
              {
                const AssayRangeClaim *claim = &g_array_index (claims, AssayRangeClaim, i);
                if (claim->domain == domain && claim->start <= point && point < claim->end)
                  expected = i;
              }
            assert_int_equal (assay_range_map_find (map, domain, point, &found), expected != G_MAXUINT32);
            assert_int_equal (found, expected);
            assert_same_to_the_end (map, domain, point);
          }
    }
}

/* Claims in order that do not overlap, with and without gaps, some of neighbours that are one: laid without a sort. */
static void
claims_in_order_are_found (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  for (guint round = 0; round < 500; round++)
    {
      g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
      guint32 expected[2][64];
      memset (expected, 0xff, sizeof expected);
      for (guint32 domain = 0; domain < 2; domain++)
        for (guint point = (guint)g_rand_int_range (random, 0, 4); point < 60;)
          {
            AssayRangeClaim claim = { .domain = domain, .value = (guint32)g_rand_int_range (random, 0, 3) };
            claim.start = point;
            claim.end = point + (guint)g_rand_int_range (random, 0, 5);
            g_array_append_val (claims, claim);
            for (guint64 i = claim.start; i < claim.end && i < 64; i++)
              expected[domain][i] = claim.value;
            point = (guint)claim.end + (guint)(g_rand_boolean (random) ? 0 : g_rand_int_range (random, 0, 3));
            /* One that goes back now and then: what was laid is forgotten. */
            const AssayRangeClaim again = g_array_index (claims, AssayRangeClaim, 0);
            if (round % 5 == 0 && g_rand_int_range (random, 0, 20) == 0 && claims->len > 1)
              g_array_append_val (claims, again);
          }
      g_autoptr (AssayRangeMap) map = assay_range_map_new (claims, NULL);
      for (guint32 domain = 0; domain < 2; domain++)
        for (guint64 point = 0; point < 64; point++)
          {
            guint32 found = G_MAXUINT32;
            assay_range_map_find (map, domain, point, &found);
            assert_int_equal (found, expected[domain][point]);
          }
    }
}

static void
the_ends_of_the_number_line_are_points (void **state)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  const AssayRangeClaim claim = { .domain = 5, .value = 9, .start = 0, .end = G_MAXUINT64 };
  g_array_append_val (claims, claim);
  g_autoptr (AssayRangeMap) map = assay_range_map_new (claims, NULL);
  guint32 found = 0;
  assert_true (assay_range_map_find (map, 5, 0, &found));
  assert_int_equal (found, 9);
  assert_true (assay_range_map_find (map, 5, G_MAXUINT64 - 1, NULL));
  assert_false (assay_range_map_find (map, 5, G_MAXUINT64, NULL));
  assert_false (assay_range_map_find (map, 4, 0, NULL));
  assert_false (assay_range_map_find (map, 6, 0, NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (first_claim_wins_everywhere),
    cmocka_unit_test (claims_in_order_are_found),
    cmocka_unit_test (the_ends_of_the_number_line_are_points),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
