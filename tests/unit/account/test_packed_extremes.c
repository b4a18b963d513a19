#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/findings/finding.h"
#include "range_check.h"

#include <string.h>

/* What is packed by what it shares with the one before it: the largest and smallest of each member, in all company. */

#define COUNT 5000u

static const char *const words[] = { "differs", "no-counterpart", "unreproducible", ".text", "main" };

static const guint64 extremes[] = {
  0, 1, 127, 128, G_MAXUINT32, (1ull << 53) - 1, 1ull << 53, (1ull << 53) + 1, 1ull << 63, G_MAXUINT64 - 1, G_MAXUINT64
};
#define EXTREMES G_N_ELEMENTS (extremes)

/* Any number for each member, and all pairs of them one behind the other. */
static AssayRange
extreme_range (guint number)
{
  return (AssayRange){ .offset = extremes[number % EXTREMES],
                       .length = extremes[number / EXTREMES % EXTREMES],
                       .expected_offset = extremes[number / 3 % EXTREMES],
                       .class_ = (AssayClass)(number % ASSAY_CLASS_COUNT),
                       .payload = number % 5 == 0,
                       .rule = words[number % G_N_ELEMENTS (words)] };
}

/* Those that a walk over all would not pass by, in their order, and whatever is last. */
static void
the_others_are_all_that_differ (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (13);
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr (AssayRanges) ranges = assay_ranges_new ();
      guint count = round < 10 ? round : 400;
      for (guint i = 0; i < count; i++)
        {
          AssayRange range = extreme_range (round % 2 == 0 ? g_rand_int (random) : i * 7 + round);
          if (g_rand_boolean (random))
            range.class_ = ASSAY_CLASS_IDENTICAL;
          assay_ranges_append (ranges, &range);
        }
      AssayRangeWalk all = assay_ranges_walk (ranges);
      AssayRangeWalk others = assay_ranges_walk (ranges);
      while (assay_ranges_next (&all))
        {
          if (all.range.class_ == ASSAY_CLASS_IDENTICAL || all.range.payload)
            continue;
          assert_true (assay_ranges_next_other (&others));
          check_range (&others.range, &all.range);
        }
      assert_false (assay_ranges_next_other (&others));
      assert_false (assay_ranges_next_other (&others));
      /* a walk may take turns */
      AssayRangeWalk both = assay_ranges_walk (ranges);
      all = assay_ranges_walk (ranges);
      while (assay_ranges_next_other (&both))
        {
          while (assay_ranges_next (&all) && all.index < both.index)
            continue;
          check_range (&both.range, &all.range);
          if (assay_ranges_next (&both) && assay_ranges_next (&all))
            check_range (&both.range, &all.range);
        }
    }
  AssayRangeWalk none = assay_ranges_walk (NULL);
  assert_false (assay_ranges_next_other (&none));
}

static void
extreme_ranges_are_read_as_they_were_put_in (void **state)
{
  g_autoptr (AssayRanges) ranges = assay_ranges_new ();
  for (guint i = 0; i < COUNT; i++)
    {
      const AssayRange range = extreme_range (i * 7);
      assay_ranges_append (ranges, &range);
    }
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  for (guint i = 0; i < COUNT; i++)
    {
      const AssayRange wanted = extreme_range (i * 7);
      assert_true (assay_ranges_next (&walk));
      check_range (&walk.range, &wanted);
    }
}

/* Findings whose neighbours differ from them in this and that: what they share is what changes. */
static AssayFinding
extreme_finding (const AssayNode *nodes, guint number)
{
  static const guint ranks[] = { 0, 0, 1, G_MAXUINT - 1, G_MAXUINT };
  AssayFinding finding = { .node = &nodes[number / 70 % 3],
                           .order = number / 70 % 3,
                           .offset = number % 3 == 0 ? number : extremes[number % EXTREMES],
                           .length = number % 2 == 0 ? 1 : extremes[number / 5 % EXTREMES],
                           .rule = words[number / 9 % 2],
                           .rank = ranks[number / 4 % G_N_ELEMENTS (ranks)],
                           .has_address = number / 6 % 2,
                           .shipped_length = number % 7 == 0 ? 0 : 1,
                           .expected_length = number % 11 == 0 ? ASSAY_FINDING_HEX_BYTES : 1 };
  finding.address = finding.has_address == 0 ? 0
                    : number % 13 == 0       ? extremes[number / 2 % EXTREMES]
                                             : finding.offset + 0x400000;
  memset (finding.shipped, (int)(number & 0xff), finding.shipped_length);
  memset (finding.expected, (int)(number >> 3 & 0xff), finding.expected_length);
  return finding;
}

static void
extreme_findings_are_read_as_they_were_put_in (void **state)
{
  static const AssayNode nodes[3];
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  for (guint i = 0; i < COUNT; i++)
    *assay_findings_begin (findings) = extreme_finding (nodes, i);
  for (guint i = 0; i < 2 * COUNT; i++)
    {
      guint number = i < COUNT ? i : (guint)((guint64)i * 7919 % COUNT);
      const AssayFinding wanted = extreme_finding (nodes, number);
      const AssayFinding *finding = assay_findings_get (findings, number);
      assert_true (finding->node == wanted.node && finding->order == wanted.order && finding->rule == wanted.rule);
      assert_true (finding->offset == wanted.offset && finding->length == wanted.length);
      assert_true (finding->rank == wanted.rank && finding->address == wanted.address);
      assert_int_equal (finding->has_address, wanted.has_address);
      assert_int_equal (finding->shipped_length, wanted.shipped_length);
      assert_int_equal (finding->expected_length, wanted.expected_length);
      assert_memory_equal (finding->shipped, wanted.shipped, wanted.shipped_length);
      assert_memory_equal (finding->expected, wanted.expected, wanted.expected_length);
    }
}

/* Who writes to words that others have too writes to a copy; they are there for the others until the last lets go. */
static void
shared_words_are_written_to_by_one_alone (void **state)
{
  static const AssayNode node;
  g_autoptr (AssayFindings) findings = assay_findings_new ();
  AssayFinding first = { .node = &node, .rule = "differs" };
  assay_finding_tell (&first)->section = g_strdup (".text");
  assay_finding_tell (&first)->symbol = g_strdup ("main");
  assay_finding_tell (&first)->is_function = TRUE;
  AssayFindingWords *shared = first.words;
  assert_ptr_equal (assay_finding_tell (&first), shared);
  for (guint i = 0; i < 200; i++)
    {
      AssayFinding *finding = assay_findings_begin (findings);
      *finding = (AssayFinding){ .node = &node, .offset = i, .rule = "differs", .message = "common" };
      finding->words = assay_finding_words_share (shared);
      if (i % 3 != 1)
        continue;
      AssayFindingWords *own = assay_finding_tell (finding);
      assert_ptr_not_equal (own, shared);
      assert_ptr_equal (assay_finding_tell (finding), own);
      finding->message = own->own_message = g_strdup_printf ("of %u", i);
      own->line = i;
    }
  /* the first one gives up its share by writing, and then its own words */
  assay_finding_tell (&first)->symbol[0] = 'M';
  assert_ptr_not_equal (first.words, shared);
  assay_finding_words_free (first.words);
  for (guint i = 0; i < 200; i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      const AssayFindingWords *told = assay_finding_words (finding);
      g_autofree char *own = g_strdup_printf ("of %u", i);
      assert_string_equal (told->section, ".text");
      assert_string_equal (told->symbol, "main");
      assert_true (told->is_function);
      assert_string_equal (finding->message, i % 3 == 1 ? own : "common");
      assert_int_equal (told->line, i % 3 == 1 ? i : 0);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (extreme_ranges_are_read_as_they_were_put_in),
    cmocka_unit_test (the_others_are_all_that_differ),
    cmocka_unit_test (extreme_findings_are_read_as_they_were_put_in),
    cmocka_unit_test (shared_words_are_written_to_by_one_alone),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
