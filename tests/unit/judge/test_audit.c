#include "build.h"

/* An account that contradicts itself is never read: whoever made it, a verdict from it would be a guess. */

/* A container of 10 bytes (header 2, payload 8) with one file, all identical. */
typedef struct
{
  Build *build;
  AssayNodeAccount *container;
  AssayNodeAccount *file;
} Pair;

static Pair
make (AssaySpanKind kind)
{
  Pair pair = { .build = build_new () };
  pair.container = build_file (pair.build, ".", 10);
  pair.file = build_file (pair.build, "file", 8);
  AssayNode *node = pair.container->node;
  AssaySpan header = { .length = 2, .kind = ASSAY_SPAN_HEADER, .child = ASSAY_SPAN_NO_CHILD };
  AssaySpan payload = { .offset = 2, .length = 8, .kind = kind, .child = 0 };
  node->spans = g_array_new (FALSE, FALSE, sizeof (AssaySpan));
  g_array_append_val (node->spans, header);
  g_array_append_val (node->spans, payload);
  node->children = g_ptr_array_new ();
  g_ptr_array_add (node->children, pair.file->node);
  build_range (pair.build, pair.container, 2, ASSAY_CLASS_IDENTICAL, "equal");
  build_payload (pair.container, 2, 8);
  build_range (pair.build, pair.file, 8, ASSAY_CLASS_IDENTICAL, "equal");
  return pair;
}

static void
forget_ranges (AssayNodeAccount *node_account)
{
  assay_ranges_free (node_account->ranges);
  node_account->ranges = assay_ranges_new ();
}

/* Puts another range in the place of one. */
static void
set_range (AssayNodeAccount *node_account, guint index, const AssayRange *range)
{
  AssayRanges *ranges = node_account->ranges;
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  node_account->ranges = assay_ranges_new ();
  for (guint i = 0; assay_ranges_next (&walk); i++)
    assay_ranges_append (node_account->ranges, i == index ? range : &walk.range);
  assay_ranges_free (ranges);
}

static AssayRange
range_at (const AssayNodeAccount *node_account, guint index)
{
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  for (guint i = 0; i <= index; i++)
    assert_true (assay_ranges_next (&walk));
  return walk.range;
}

static AssaySpan *
payload_span (Pair *pair)
{
  return &g_array_index (pair->container->node->spans, AssaySpan, 1);
}

static void
break_gap (Pair *pair)
{
  AssayRange range = range_at (pair->file, 0);
  range.offset = 1;
  set_range (pair->file, 0, &range);
}

static void
break_overlap (Pair *pair)
{
  AssayRange range = range_at (pair->container, 1);
  range.offset = 1;
  set_range (pair->container, 1, &range);
}

static void
break_short (Pair *pair)
{
  AssayRange range = range_at (pair->file, 0);
  range.length = 7;
  set_range (pair->file, 0, &range);
}

static void
break_long (Pair *pair)
{
  AssayRange range = range_at (pair->file, 0);
  range.length = 9;
  set_range (pair->file, 0, &range);
}

static void
break_overflow (Pair *pair)
{
  AssayRange range = range_at (pair->container, 1);
  range.length = G_MAXUINT64;
  set_range (pair->container, 1, &range);
}

static void
break_empty_range (Pair *pair)
{
  AssayRange empty = { .offset = 8 };
  assay_ranges_append (pair->file->ranges, &empty);
}

static void
break_no_ranges (Pair *pair)
{
  forget_ranges (pair->file);
}

static void
break_class (Pair *pair)
{
  AssayRange range = range_at (pair->file, 0);
  range.class_ = ASSAY_CLASS_COUNT;
  set_range (pair->file, 0, &range);
}

/* The ranges say what is so, the totals something better. */
static void
break_hidden_class (Pair *pair)
{
  AssayRange range = range_at (pair->file, 0);
  range.class_ = ASSAY_CLASS_UNEXPLAINED;
  set_range (pair->file, 0, &range);
}

static void
break_node_totals (Pair *pair)
{
  pair->file->totals[ASSAY_CLASS_IDENTICAL] = 7;
}

static void
break_totals (Pair *pair)
{
  pair->build->account.totals[ASSAY_CLASS_IDENTICAL]++;
  pair->build->account.total++;
}

static void
break_total (Pair *pair)
{
  pair->build->account.total--;
}

static void
break_scope (Pair *pair)
{
  pair->file->in_scope = FALSE;
}

static void
break_twice (Pair *pair)
{
  AssayNodeAccount *again = build_account_for (pair->build, pair->file->node, ASSAY_MATCH_OUTPUT);
  build_range (pair->build, again, 8, ASSAY_CLASS_IDENTICAL, "equal");
}

static void
break_no_node (Pair *pair)
{
  pair->file->node = NULL;
}

/* Bytes that the container leaves to a child which nobody accounts for. */
static void
break_lost_child (Pair *pair)
{
  g_ptr_array_remove_index (pair->build->account.nodes, 1);
  pair->build->account.totals[ASSAY_CLASS_IDENTICAL] -= 8;
  pair->build->account.total -= 8;
}

static void
break_payload_total (Pair *pair)
{
  pair->container->payload = 7;
}

static void
break_payload_elsewhere (Pair *pair)
{
  payload_span (pair)->offset = 1;
}

static void
break_payload_shorter (Pair *pair)
{
  payload_span (pair)->length = 7;
}

static void
break_payload_is_header (Pair *pair)
{
  payload_span (pair)->kind = ASSAY_SPAN_HEADER;
}

static void
break_payload_of_nobody (Pair *pair)
{
  payload_span (pair)->child = ASSAY_SPAN_NO_CHILD;
}

static void
break_payload_without_spans (Pair *pair)
{
  g_clear_pointer (&pair->container->node->spans, g_array_unref);
}

static void
break_child_without_bytes (Pair *pair)
{
  g_clear_pointer (&pair->file->node->blob, assay_blob_unref);
  forget_ranges (pair->file);
  pair->file->totals[ASSAY_CLASS_IDENTICAL] = 0;
  pair->build->account.totals[ASSAY_CLASS_IDENTICAL] -= 8;
  pair->build->account.total -= 8;
}

static void
break_fact_count (Pair *pair)
{
  build_fact (pair->build, pair->file->node, "mode", "1", "2", ASSAY_CLASS_UNEXPLAINED, "differs");
  pair->build->account.fact_totals[ASSAY_CLASS_UNEXPLAINED] = 0;
}

static void
break_fact_unlisted (Pair *pair)
{
  pair->build->account.fact_totals[ASSAY_CLASS_EXPLAINED] = 1;
}

static void
break_fact_structure (Pair *pair)
{
  build_fact (pair->build, pair->file->node, "mode", "1", "2", ASSAY_CLASS_STRUCTURE, "rewritten");
}

static AssayFinding *
explain_file (Pair *pair)
{
  build_fact (pair->build, pair->file->node, "mode", "1", "1", ASSAY_CLASS_IDENTICAL, "equal");
  forget_ranges (pair->file);
  pair->file->totals[ASSAY_CLASS_IDENTICAL] = 0;
  pair->build->account.totals[ASSAY_CLASS_IDENTICAL] -= 8;
  pair->build->account.total -= 8;
  return build_range (pair->build, pair->file, 8, ASSAY_CLASS_EXPLAINED, "filler");
}

static void
break_finding_lost (Pair *pair)
{
  explain_file (pair);
  assay_findings_unref (pair->build->account.findings);
  pair->build->account.findings = assay_findings_new ();
}

static void
break_finding_outside (Pair *pair)
{
  explain_file (pair)->offset = 1;
}

static void
a_whole_account_is_read (void **state)
{
  static const AssaySpanKind kinds[] = { ASSAY_SPAN_PAYLOAD, ASSAY_SPAN_ENCODED };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Pair pair = make (kinds[i]);
      g_autoptr (Build) build = pair.build;
      g_autoptr (AssayJudgement) judgement = build_judge (build);
      assert_int_equal (judgement->verdict, ASSAY_VERDICT_IDENTICAL);
      assert_int_equal (judgement->judged, 10);
      explain_file (&pair);
      g_autoptr (AssayJudgement) second = build_judge (build);
      assert_int_equal (second->verdict, ASSAY_VERDICT_EQUIVALENT);
    }
}

/* What a stream decodes to has a size of its own; what lies there as it is has not. */
static void
only_decoded_content_may_have_another_size (void **state)
{
  static const struct
  {
    AssaySpanKind kind;
    AssayVerdict verdict;
  } cases[] = { { ASSAY_SPAN_ENCODED, ASSAY_VERDICT_IDENTICAL }, { ASSAY_SPAN_PAYLOAD, ASSAY_VERDICT_UNDECIDED } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Pair pair = make (cases[i].kind);
      g_autoptr (Build) build = pair.build;
      pair.file->node->size = 20;
      build_range (build, pair.file, 12, ASSAY_CLASS_IDENTICAL, "equal");
      g_autoptr (AssayJudgement) judgement = build_judge (build);
      assert_int_equal (judgement->verdict, cases[i].verdict);
    }
}

static void
whatever_does_not_add_up_is_undecided (void **state)
{
  static const struct
  {
    const char *name;
    void (*damage) (Pair *pair);
  } cases[] = {
#define CASE(name) { #name, break_##name }
    CASE (gap),
    CASE (overlap),
    CASE (short),
    CASE (long),
    CASE (overflow),
    CASE (empty_range),
    CASE (no_ranges),
    CASE (class),
    CASE (hidden_class),
    CASE (node_totals),
    CASE (totals),
    CASE (total),
    CASE (scope),
    CASE (twice),
    CASE (no_node),
    CASE (lost_child),
    CASE (payload_total),
    CASE (payload_elsewhere),
    CASE (payload_shorter),
    CASE (payload_is_header),
    CASE (payload_of_nobody),
    CASE (payload_without_spans),
    CASE (child_without_bytes),
    CASE (fact_count),
    CASE (fact_unlisted),
    CASE (fact_structure),
    CASE (finding_lost),
    CASE (finding_outside),
#undef CASE
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Pair pair = make (ASSAY_SPAN_PAYLOAD);
      g_autoptr (Build) build = pair.build;
      cases[i].damage (&pair);
      g_autoptr (AssayJudgement) judgement = build_judge (build);
      const char *reason = g_ptr_array_index (judgement->reasons, 0);
      if (judgement->verdict != ASSAY_VERDICT_UNDECIDED || judgement->judged != 0
          || strstr (reason, "the account does not add up") == NULL)
        fail_msg ("%s: %s, %s", cases[i].name, assay_verdict_name (judgement->verdict), reason);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_whole_account_is_read),
    cmocka_unit_test (only_decoded_content_may_have_another_size),
    cmocka_unit_test (whatever_does_not_add_up_is_undecided),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
