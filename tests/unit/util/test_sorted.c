#include "util/sorted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those that it needs */
#include <cmocka.h>

#include <stdlib.h>

typedef struct
{
  guint16 before;
  guint64 key;
  guint32 number;
} Thing;

#define KEY G_STRUCT_OFFSET (Thing, key)

static int
by_key_and_number (const void *left, const void *right)
{
  const Thing *a = left;
  const Thing *b = right;
  if (a->key != b->key)
    return a->key < b->key ? -1 : 1;
  return (a->number > b->number) - (a->number < b->number);
}

/* Numbered in the order in which they stand, so that what is stable is known. */
static GArray *
things_of (GRand *random, guint count, guint64 mask)
{
  GArray *things = g_array_new (FALSE, FALSE, sizeof (Thing));
  for (guint i = 0; i < count; i++)
    {
      guint64 high = g_rand_int (random);
      const Thing thing = { .before = (guint16)~i, .key = (high << 32 | g_rand_int (random)) & mask, .number = i };
      g_array_append_val (things, thing);
    }
  return things;
}

static void
check (GArray *things)
{
  g_autoptr (GArray) wanted = g_array_copy (things);
  if (wanted->len > 0)
    qsort (wanted->data, wanted->len, sizeof (Thing), by_key_and_number);
  assay_sorted_by (things, KEY);
  assert_int_equal (things->len, wanted->len);
  for (guint i = 0; i < wanted->len; i++)
    {
      const Thing *thing = &g_array_index (things, Thing, i);
      assert_int_equal (thing->key, g_array_index (wanted, Thing, i).key);
      assert_int_equal (thing->number, g_array_index (wanted, Thing, i).number);
      assert_int_equal (thing->before, (guint16)~thing->number);
    }
}

/* Keys that differ in the lowest bits, the highest, all, one between, or none. */
static void
keys (void **state)
{
  static const guint64 masks[] = { 0,
                                   1,
                                   0x7ff,
                                   0x800,
                                   0xfff000,
                                   G_MAXUINT32,
                                   G_GUINT64_CONSTANT (1) << 63,
                                   G_GUINT64_CONSTANT (0xffe0000000000001),
                                   G_MAXUINT64 };
  static const guint counts[] = { 0, 1, 2, 3, 23, 24, 25, 26, 1000, 5000 };
  GRand *random = g_rand_new_with_seed (1);
  for (gsize m = 0; m < G_N_ELEMENTS (masks); m++)
    for (gsize c = 0; c < G_N_ELEMENTS (counts); c++)
      {
        g_autoptr (GArray) things = things_of (random, counts[c], masks[m]);
        check (things);
        check (things); /* as it is now */
      }
  g_rand_free (random);
}

static void
descending (void **state)
{
  for (guint count = 2; count < 100; count++)
    {
      g_autoptr (GArray) things = g_array_new (FALSE, FALSE, sizeof (Thing));
      for (guint i = 0; i < count; i++)
        {
          const Thing thing = { .before = (guint16)~i, .key = G_MAXUINT64 - i / 2, .number = i };
          g_array_append_val (things, thing);
        }
      check (things);
    }
}

/* The last at or before a value, also where several are equal, and none, or all, lie before it. */
static void
last (void **state)
{
  for (guint count = 0; count < 40; count++)
    {
      g_autoptr (GArray) things = g_array_new (FALSE, FALSE, sizeof (Thing));
      for (guint i = 0; i < count; i++)
        {
          const Thing thing = { .key = 3 + i / 3 * 5, .number = i };
          g_array_append_val (things, thing);
        }
      for (guint64 value = 0; value < 80; value++)
        {
          guint wanted = 0;
          for (guint i = 0; i < count; i++)
            if (g_array_index (things, Thing, i).key <= value)
              wanted = i;
          assert_int_equal (assay_sorted_last (things, KEY, value), wanted);
        }
      assert_int_equal (assay_sorted_last (things, KEY, G_MAXUINT64), count == 0 ? 0 : count - 1);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (keys), cmocka_unit_test (descending), cmocka_unit_test (last) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
