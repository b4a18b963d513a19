#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/drift.h"

#include <string.h>

/* Where the objects of one area went. Both sides are written as texts: each object is a run of one letter and digits.
 */

typedef struct
{
  AssayDrift drift;
  guint8 mask[4096];
} Sides;

/** Objects of the expected side: a length of 0 ends the list. */
static void
set_up (Sides *sides, const char *expected, const char *shipped, const guint64 *lengths)
{
  memset (sides, 0, sizeof *sides);
  sides->drift.expected = (const guint8 *)expected;
  sides->drift.expected_length = strlen (expected);
  sides->drift.shipped = (const guint8 *)shipped;
  sides->drift.shipped_length = strlen (shipped);
  sides->drift.mask = sides->mask;
  sides->drift.objects = g_array_new (FALSE, TRUE, sizeof (AssayObject));
  guint64 offset = 0;
  for (guint i = 0; lengths[i] > 0; i++)
    {
      AssayObject object = {
        .offset = offset, .length = lengths[i], .kind = ASSAY_OBJECT_FUNCTION, .name = "f", .hint = ASSAY_DRIFT_NOWHERE
      };
      g_array_append_val (sides->drift.objects, object);
      offset += lengths[i];
    }
  assert_int_equal (offset, sides->drift.expected_length);
}

static void
assert_placed (const Sides *sides, guint index, AssayPlacement placement, guint64 offset, guint64 length)
{
  const AssayObject *object = &g_array_index (sides->drift.objects, AssayObject, index);
  assert_int_equal (object->placement, placement);
  assert_int_equal (object->shipped_offset, offset);
  assert_int_equal (object->shipped_length, length);
}

static void
what_did_not_move_is_found (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnop0123456789", "abcdefghijklmnop0123456789", (const guint64[]){ 16, 10, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 0, ASSAY_PLACEMENT_FOUND, 0, 16);
  assert_placed (&sides, 1, ASSAY_PLACEMENT_FOUND, 16, 10);
  assert_int_equal (sides.drift.added->len, 0);
  assay_drift_clear (&sides.drift);
}

static void
one_grew_and_the_rest_moved (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnopABCDEFGHIJKLMNOP0123456789qrstuv",
          "abcdefghijklmnopABCDEFGHxxIJKLMNOP0123456789qrstuv", (const guint64[]){ 16, 16, 16, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 0, ASSAY_PLACEMENT_FOUND, 0, 16);
  assert_placed (&sides, 1, ASSAY_PLACEMENT_CHANGED, 16, 18);
  assert_placed (&sides, 2, ASSAY_PLACEMENT_FOUND, 34, 16);
  assay_drift_clear (&sides.drift);
}

static void
one_is_gone (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnopABCDEFGHIJKLMNOP0123456789qrstuv", "abcdefghijklmnop0123456789qrstuv",
          (const guint64[]){ 16, 16, 16, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 0, ASSAY_PLACEMENT_FOUND, 0, 16);
  assert_int_equal (g_array_index (sides.drift.objects, AssayObject, 1).placement, ASSAY_PLACEMENT_REMOVED);
  assert_placed (&sides, 2, ASSAY_PLACEMENT_FOUND, 16, 16);
  assay_drift_clear (&sides.drift);
}

/* The one before is gone, and the next got new bytes in front: its own old ones stand where it does not begin. */
static void
one_is_gone_and_the_next_begins_with_new_bytes (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnopABCDEFGHIJKLMNOP0123456789qrstuvwxyzQRSTUVWXYZ.,",
          "abcdefghijklmnop[new]0123456789qrstuvwxyzQRSTUVWXYZ.,", (const guint64[]){ 16, 16, 32, 0 });
  g_array_index (sides.drift.objects, AssayObject, 2).hint = 16;
  assay_drift_solve (&sides.drift);
  assert_int_equal (g_array_index (sides.drift.objects, AssayObject, 1).placement, ASSAY_PLACEMENT_REMOVED);
  assert_placed (&sides, 2, ASSAY_PLACEMENT_CHANGED, 16, 37);
  assert_int_equal (sides.drift.added->len, 0);
  assay_drift_clear (&sides.drift);
}

static void
one_was_added (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnop0123456789qrstuv", "abcdefghijklmnopABCDEFGHIJKLMNOP0123456789qrstuv",
          (const guint64[]){ 16, 16, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 1, ASSAY_PLACEMENT_FOUND, 32, 16);
  assert_int_equal (sides.drift.added->len, 1);
  assert_int_equal (g_array_index (sides.drift.added, AssayStretch, 0).offset, 16);
  assert_int_equal (g_array_index (sides.drift.added, AssayStretch, 0).length, 16);
  assay_drift_clear (&sides.drift);
}

/* An address in it became another one: what is masked is left out when it is looked for. */
static void
masked_bytes_are_left_out (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijkl....ABCDEFGHIJKL", "xxabcdefghijkl!?!?ABCDEFGHIJKL", (const guint64[]){ 16, 12, 0 });
  memset (sides.mask + 12, 0xff, 4);
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 0, ASSAY_PLACEMENT_FOUND, 2, 16);
  assert_placed (&sides, 1, ASSAY_PLACEMENT_FOUND, 18, 12);
  assay_drift_clear (&sides.drift);
}

/*
 * A text before zeros grew shorter, and the linker kept the place of what stands behind these. Zeros fit at either
 * shift; they must not draw their neighbours along.
 */
static void
plain_objects_stand_where_their_neighbours_leave_room (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnop12345678________ABCDEFGHIJKLMNOP",
          "abcdefghijklmnop1234____________ABCDEFGHIJKLMNOP", (const guint64[]){ 16, 8, 8, 16, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 2, ASSAY_PLACEMENT_FOUND, 24, 8);
  assert_placed (&sides, 3, ASSAY_PLACEMENT_FOUND, 32, 16);
  assert_int_equal (g_array_index (sides.drift.objects, AssayObject, 1).placement, ASSAY_PLACEMENT_CHANGED);
  assay_drift_clear (&sides.drift);
}

/* Two neighbours differ, and nothing moved: each is held against what stands in its own place. */
static void
neighbours_that_differ_keep_their_places (void **state)
{
  (void)state;
  Sides sides;
  set_up (&sides, "abcdefghijklmnop1234567887654321ABCDEFGHIJKLMNOP",
          "abcdefghijklmnop12345x788x654321ABCDEFGHIJKLMNOP", (const guint64[]){ 16, 8, 8, 16, 0 });
  assay_drift_solve (&sides.drift);
  assert_placed (&sides, 1, ASSAY_PLACEMENT_CHANGED, 16, 8);
  assert_placed (&sides, 2, ASSAY_PLACEMENT_CHANGED, 24, 8);
  assay_drift_clear (&sides.drift);
}

#define FUNCTIONS 6144u
#define FUNCTION_BYTES 32u
#define LENGTH (FUNCTIONS * FUNCTION_BYTES)

/* Functions of random bytes, of which each @every-th is other bytes on the shipped side, and is found nowhere. */
static void
set_up_many (AssayDrift *drift, guint8 *expected, guint8 *shipped, const guint8 *mask, guint every)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (17);
  *drift = (AssayDrift){ .expected = expected,
                         .expected_length = LENGTH,
                         .shipped = shipped,
                         .shipped_length = LENGTH,
                         .mask = mask,
                         .objects = g_array_new (FALSE, TRUE, sizeof (AssayObject)) };
  for (guint i = 0; i < LENGTH; i++)
    {
      expected[i] = (guint8)g_rand_int (random);
      shipped[i] = i / FUNCTION_BYTES % every == 0 ? (guint8)g_rand_int (random) : expected[i];
    }
  for (guint i = 0; i < FUNCTIONS; i++)
    {
      const AssayObject object = { .offset = (guint64)i * FUNCTION_BYTES,
                                   .length = FUNCTION_BYTES,
                                   .kind = ASSAY_OBJECT_FUNCTION,
                                   .name = "f",
                                   .hint = ASSAY_DRIFT_NOWHERE };
      g_array_append_val (drift->objects, object);
    }
}

/* How many are found, each where it was. */
static guint
count_found (const AssayDrift *drift)
{
  guint found = 0;
  for (guint i = 0; i < FUNCTIONS; i++)
    {
      const AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      if (object->placement != ASSAY_PLACEMENT_FOUND)
        continue;
      assert_int_equal (object->shipped_offset, object->offset);
      found++;
    }
  return found;
}

/* To look for thousands of functions that are nowhere would take the square of their number. */
static void
searches_that_find_nothing_are_bounded (void **state)
{
  static const guint64 most = ASSAY_DRIFT_SEARCH_BYTES + ASSAY_DRIFT_SEARCH_TIMES * LENGTH;
  g_autofree guint8 *expected = g_malloc (LENGTH);
  g_autofree guint8 *shipped = g_malloc (LENGTH);
  g_autofree guint8 *mask = g_malloc0 (LENGTH);
  AssayDrift drift;
  set_up_many (&drift, expected, shipped, mask, 1);
  /* what would be searched is several times what may be */
  assert_true ((guint64)FUNCTIONS * LENGTH > 4 * most);
  assay_drift_solve (&drift);
  assert_true (drift.cut);
  assert_in_range (drift.searched, most / 2, most);
  assert_int_equal (count_found (&drift), 0);
  assay_drift_clear (&drift);

  set_up_many (&drift, expected, shipped, mask, 2);
  assay_drift_solve (&drift);
  assert_true (drift.cut);
  /* what is in its place is found all the same */
  assert_int_equal (count_found (&drift), FUNCTIONS / 2);
  assay_drift_clear (&drift);
}

static void
what_changed_here_and_there_is_searched_everywhere (void **state)
{
  g_autofree guint8 *expected = g_malloc (LENGTH);
  g_autofree guint8 *shipped = g_malloc (LENGTH);
  g_autofree guint8 *mask = g_malloc0 (LENGTH);
  AssayDrift drift;
  set_up_many (&drift, expected, shipped, mask, 64);
  assay_drift_solve (&drift);
  assert_false (drift.cut);
  assert_int_equal (count_found (&drift), FUNCTIONS - FUNCTIONS / 64);
  assay_drift_clear (&drift);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_did_not_move_is_found),
    cmocka_unit_test (one_grew_and_the_rest_moved),
    cmocka_unit_test (one_is_gone),
    cmocka_unit_test (one_is_gone_and_the_next_begins_with_new_bytes),
    cmocka_unit_test (one_was_added),
    cmocka_unit_test (masked_bytes_are_left_out),
    cmocka_unit_test (plain_objects_stand_where_their_neighbours_leave_room),
    cmocka_unit_test (neighbours_that_differ_keep_their_places),
    cmocka_unit_test (searches_that_find_nothing_are_bounded),
    cmocka_unit_test (what_changed_here_and_there_is_searched_everywhere),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
