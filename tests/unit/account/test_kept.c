#include "account/findings/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT 3000u
#define NODES 5u

/* Findings that are kept by their keys are those that are sorted by them. */

/** How findings come: nodes one behind the other or not, and in them by rank or not. */
typedef struct
{
  gboolean nodes_ascend;
  gboolean ranks_ascend;
} Coming;

static void
fill (AssayFindings *findings, const AssayNode *nodes, const Coming *coming)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (31);
  for (guint i = 0; i < COUNT; i++)
    {
      AssayFinding *finding = assay_findings_begin (findings);
      finding->order = coming->nodes_ascend ? i / (COUNT / NODES) : (guint)g_rand_int_range (random, 0, NODES);
      finding->node = &nodes[finding->order];
      finding->offset = i;
      finding->length = 1 + (guint64)g_rand_int_range (random, 0, 3);
      finding->rule = "differs";
      finding->message = "they differ";
      finding->class_ = (AssayClass)(finding->offset % (ASSAY_CLASS_COUNT + 1)); /* one of them there is none of */
      finding->cause = (AssayCause)g_rand_int_range (random, 0, ASSAY_CAUSE_RIPPLE + 1);
      finding->rank = coming->ranks_ascend ? i : (guint)g_rand_int_range (random, 0, 40);
      finding->shipped_length = finding->expected_length = 1;
      finding->shipped[0] = (guint8)i;
      if (g_rand_int_range (random, 0, 3) == 0)
        assay_finding_tell (finding)->section = g_strdup (i % 2 == 0 ? ".text" : ".data");
      if (i % 3 == 0)
        {
          g_autofree char *own = g_strdup_printf ("%u of its own", i);
          assay_findings_say (findings, own);
        }
    }
}

static AssayFindingKey
by_cause (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = (guint32)finding->cause, .minor = (guint64)finding->order << 32 | finding->rank };
}

static AssayFindingKey
by_many (const AssayFinding *finding)
{
  return (AssayFindingKey){ .major = finding->rank % 13, .minor = (guint64)finding->order << 32 };
}

static void
assert_same (const AssayFinding *a, const AssayFinding *b)
{
  g_autofree char *own = g_strdup_printf ("%u of its own", (guint)a->offset);
  assert_true (a->offset == b->offset && a->length == b->length && a->rank == b->rank && a->cause == b->cause);
  assert_true (a->node == b->node && a->order == b->order && a->shipped[0] == b->shipped[0]);
  assert_int_equal (a->has_own_message, a->offset % 3 == 0);
  assert_string_equal (a->message, a->offset % 3 == 0 ? own : "they differ");
  assert_string_equal (a->message, b->message);
  assert_int_equal (g_strcmp0 (assay_finding_words (a)->section, assay_finding_words (b)->section), 0);
}

static void
check (const Coming *coming, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  static const AssayNode nodes[NODES];
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (AssayFindings) plain = assay_findings_new ();
  g_autoptr (AssayFindings) kept = assay_findings_new_by (key_of);
  fill (plain, nodes, coming);
  fill (kept, nodes, coming);
  g_autoptr (AssayFindings) wanted = assay_findings_sort (plain, key_of);
  g_autoptr (AssayFindings) sorted = assay_findings_sort (kept, key_of);
  /* where nothing stands in the way no other list is made */
  if (coming->nodes_ascend && key_of == by_cause)
    assert_ptr_equal (sorted, kept);
  assert_int_equal (assay_findings_length (sorted), COUNT);
  for (guint i = 0; i < 2 * COUNT; i++)
    {
      guint number = i < COUNT ? i : (guint)g_rand_int_range (random, 0, COUNT);
      assert_same (assay_findings_get (sorted, number), assay_findings_get (wanted, number));
    }
}

static void
what_is_kept_by_keys_is_sorted (void **state)
{
  for (guint i = 0; i < 4; i++)
    {
      const Coming coming = { .nodes_ascend = i % 2 == 0, .ranks_ascend = i / 2 == 0 };
      check (&coming, by_cause);
      check (&coming, by_many);
    }
}

/* It is read before all have come, and goes on. */
static void
what_is_kept_is_read_between (void **state)
{
  static const AssayNode node;
  g_autoptr (AssayFindings) kept = assay_findings_new_by (by_cause);
  for (guint i = 0; i < 500; i++)
    {
      AssayFinding *finding = assay_findings_begin (kept);
      finding->node = &node;
      finding->rule = "differs";
      finding->cause = i % 2 == 0 ? ASSAY_CAUSE_RIPPLE : ASSAY_CAUSE_PRIMARY;
      finding->rank = i;
      finding->offset = i;
      guint primary = (i + 1) / 2;
      assert_int_equal (assay_findings_length (kept), i + 1);
      assert_int_equal (assay_findings_get (kept, i)->offset, i % 2 == 0 ? i : i - 1);
      if (primary > 0)
        assert_int_equal (assay_findings_get (kept, primary - 1)->offset, 2 * primary - 1);
      assert_int_equal (assay_findings_get (kept, primary)->offset, 0);
    }
}

/** What is counted one by one of the kinds that are visited. */
typedef struct
{
  AssayFindings *findings;
  guint64 bytes;
  guint kinds;
} Counting;

static void
count_kind (const AssayFinding *common, guint first, guint64 bytes, gpointer data)
{
  Counting *counting = data;
  guint64 own = 0;
  guint kind = ASSAY_FINDINGS_NO_KIND;
  guint length = assay_findings_length (counting->findings);
  for (guint i = first; i < length; i++)
    {
      const AssayFinding *finding = assay_findings_get (counting->findings, i);
      guint found = assay_findings_kind (counting->findings, i);
      if (i == first)
        kind = found;
      if (i == first || (found == kind && kind != ASSAY_FINDINGS_NO_KIND))
        own += finding->length;
      if (i == first)
        assert_true (common->node == finding->node && common->cause == finding->cause
                     && common->words == finding->words);
    }
  for (guint i = 0; i < first && kind != ASSAY_FINDINGS_NO_KIND; i++)
    {
      assay_findings_get (counting->findings, i);
      assert_int_not_equal (assay_findings_kind (counting->findings, i), kind);
    }
  assert_int_equal (own, bytes);
  counting->bytes += bytes;
  counting->kinds++;
}

static void
check_sums (AssayFindings *findings)
{
  Counting counting = { .findings = findings };
  guint64 bytes = 0;
  guint64 wanted[ASSAY_CLASS_COUNT] = { 0 };
  guint64 counts[ASSAY_CLASS_COUNT];
  for (guint i = 0; i < assay_findings_length (findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      bytes += finding->length;
      wanted[(guint)finding->class_ < ASSAY_CLASS_COUNT ? finding->class_ : ASSAY_CLASS_UNDECIDED]++;
    }
  assay_findings_count (findings, counts);
  assert_memory_equal (counts, wanted, sizeof wanted);
  assay_findings_visit (findings, count_kind, &counting);
  assert_int_equal (counting.bytes, bytes);
  assert_true (counting.kinds > NODES && counting.kinds < COUNT);
}

static void
fill_alike (AssayFindings *findings, const AssayNode *nodes, gboolean repeat)
{
  for (guint i = 0; i < COUNT; i++)
    {
      AssayFinding *finding = repeat && i % 7 > 0 ? assay_findings_repeat (findings) : assay_findings_begin (findings);
      if (!repeat || i % 7 == 0)
        {
          finding->order = i / 700;
          finding->node = &nodes[finding->order];
          finding->rule = "differs";
          finding->cause = i / 7 % 3 == 0 ? ASSAY_CAUSE_RIPPLE : ASSAY_CAUSE_PRIMARY;
          finding->has_address = i / 7 % 2 == 0;
          finding->message = "they differ";
          if (i / 7 % 4 == 0)
            assay_finding_tell (finding)->section = g_strdup (i / 7 % 8 == 0 ? ".text" : ".data");
          /* of a kind that was there before its words are gone once it is closed */
          if (i / 7 % 4 == 1)
            finding->message = assay_finding_tell (finding)->own_message = g_strdup ("they differ");
        }
      finding->offset = 10 * (guint64)i;
      finding->length = 1 + i % 2;
      finding->address = finding->has_address ? finding->offset + 4096 * (i / 7) : 0;
      finding->shipped_length = finding->expected_length = (guint8)finding->length;
      finding->shipped[0] = (guint8)i;
    }
}

static void
what_is_repeated_is_as_if_told_anew (void **state)
{
  static const AssayNode nodes[NODES];
  for (guint sorted = 0; sorted < 2; sorted++)
    {
      g_autoptr (AssayFindings) repeated = sorted ? assay_findings_new_by (by_cause) : assay_findings_new ();
      g_autoptr (AssayFindings) told = sorted ? assay_findings_new_by (by_cause) : assay_findings_new ();
      fill_alike (repeated, nodes, TRUE);
      fill_alike (told, nodes, FALSE);
      assert_int_equal (assay_findings_length (repeated), COUNT);
      for (guint i = COUNT; i-- > 0;)
        {
          const AssayFinding *a = assay_findings_get (repeated, i);
          const AssayFinding *b = assay_findings_get (told, i);
          assert_true (a->offset == b->offset && a->length == b->length && a->address == b->address);
          assert_true (a->node == b->node && a->cause == b->cause && a->has_address == b->has_address);
          assert_true (a->shipped[0] == b->shipped[0] && a->shipped_length == b->shipped_length);
          assert_string_equal (a->message, "they differ");
          assert_true (assay_finding_words_equal (a->words, b->words));
        }
    }
}

static void
kinds_are_summed_up (void **state)
{
  static const AssayNode nodes[NODES];
  assay_findings_visit (NULL, count_kind, NULL);
  for (guint i = 0; i < 4; i++)
    {
      const Coming coming = { .nodes_ascend = i % 2 == 0, .ranks_ascend = i / 2 == 0 };
      g_autoptr (AssayFindings) plain = assay_findings_new ();
      g_autoptr (AssayFindings) kept = assay_findings_new_by (by_cause);
      fill (plain, nodes, &coming);
      fill (kept, nodes, &coming);
      check_sums (plain);
      g_autoptr (AssayFindings) sorted = assay_findings_sort (kept, by_cause);
      check_sums (sorted);
      g_autoptr (AssayFindings) other = assay_findings_sort (plain, by_many);
      check_sums (other);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_kept_by_keys_is_sorted),
    cmocka_unit_test (what_is_kept_is_read_between),
    cmocka_unit_test (kinds_are_summed_up),
    cmocka_unit_test (what_is_repeated_is_as_if_told_anew),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
