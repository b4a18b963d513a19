#include "account/finding.h"

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
  for (guint i = 0; i < assay_findings_length (findings); i++)
    bytes += assay_findings_get (findings, i)->length;
  assay_findings_visit (findings, count_kind, &counting);
  assert_int_equal (counting.bytes, bytes);
  assert_true (counting.kinds > NODES && counting.kinds < COUNT);
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
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
