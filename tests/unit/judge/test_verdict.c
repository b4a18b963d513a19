#include "build.h"

/* T1 and T3: the order of verdicts, over every combination of what can be in an account. */

enum
{
  MISSING = 1 << 0,
  AMBIGUOUS = 1 << 1,
  SENTENCE = 1 << 2,
  UNMATCHED = 1 << 3,
  UNMATCHED_SCOPE = 1 << 4,
  FAILURE = 1 << 5,
  EXTRAS = 1 << 6,
};

/* One account from sets of classes: of bytes, of facts, and what stands beside. Each class of bytes lies in a file of
 * its own or (@together) all in one. */
static Build *
make (guint bytes, guint facts, guint extras, gboolean together)
{
  Build *build = build_new ();
  guint count = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    count += (bytes >> i) & 1;
  AssayNodeAccount *file = together || bytes == 0 ? build_file (build, "all", count) : NULL;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if ((bytes & (1u << i)) != 0)
      build_range (build, together ? file : (file = build_file (build, "one", 1)), 1, i, "rule");
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if ((facts & (1u << i)) != 0)
      build_fact (build, file->node, "mode", "0100755", "0100644", i, "differs");
  if ((extras & MISSING) != 0)
    build_missing (build, "etc/x", NULL);
  if ((extras & AMBIGUOUS) != 0)
    g_ptr_array_add (build->pairing.ambiguous, g_strdup ("two outputs stand for one file"));
  if ((extras & SENTENCE) != 0)
    g_ptr_array_add (build->account.undecided, g_strdup ("one: cut off"));
  if ((extras & UNMATCHED) != 0)
    g_ptr_array_add (build->pairing.unmatched, g_strdup ("a pattern matches nothing"));
  if ((extras & UNMATCHED_SCOPE) != 0)
    g_ptr_array_add (build->account.unmatched_scope, g_strdup ("a scope matches nothing"));
  if ((extras & FAILURE) != 0)
    g_ptr_array_add (build->failures, g_strdup ("the rebuild failed"));
  return build;
}

/* The sentence T1, written down a second time and in another way: each thing names the verdict that it allows at best.
 */
static AssayVerdict
oracle (guint bytes, guint facts, guint extras)
{
  static const int best_of_class[ASSAY_CLASS_COUNT] = {
    [ASSAY_CLASS_UNDECIDED] = 1,   [ASSAY_CLASS_IDENTICAL] = 4,      [ASSAY_CLASS_EXPLAINED] = 3,
    [ASSAY_CLASS_WAIVED] = 2,      [ASSAY_CLASS_UNREPRODUCIBLE] = 0, [ASSAY_CLASS_STRUCTURE] = 3,
    [ASSAY_CLASS_UNEXPLAINED] = 0, [ASSAY_CLASS_OUTSIDE] = 4,
  };
  static const AssayVerdict ladder[] = { ASSAY_VERDICT_MISMATCH, ASSAY_VERDICT_UNDECIDED, ASSAY_VERDICT_WAIVED,
                                         ASSAY_VERDICT_EQUIVALENT, ASSAY_VERDICT_IDENTICAL };
  guint all = bytes | facts;
  guint outside = 1u << ASSAY_CLASS_OUTSIDE;
  /* no byte was judged though there are bytes, or nothing at all */
  gboolean nothing = (bytes & ~outside) == 0 && (bytes != 0 || (facts & ~outside) == 0);
  int best = nothing ? 1 : 4;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if ((all & (1u << i)) != 0 && best_of_class[i] < best)
      best = best_of_class[i];
  if ((extras & (MISSING | AMBIGUOUS)) != 0)
    best = 0;
  if ((extras & (SENTENCE | UNMATCHED | UNMATCHED_SCOPE | FAILURE)) != 0 && best > 1)
    best = 1;
  return ladder[best];
}

static void
check (guint bytes, guint facts, guint extras, gboolean together)
{
  g_autoptr (Build) build = make (bytes, facts, extras, together);
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  AssayVerdict expected = oracle (bytes, facts, extras);
  if (judgement->verdict != expected)
    fail_msg ("bytes %#x, facts %#x, extras %#x: %s, not %s", bytes, facts, extras,
              assay_verdict_name (judgement->verdict), assay_verdict_name (expected));
  assert_int_equal (judgement->judged, build->account.total - build->account.totals[ASSAY_CLASS_OUTSIDE]);
  assert_true (judgement->reasons->len > 0);
  for (guint i = 0; i < judgement->reasons->len; i++)
    assert_true (g_str_has_suffix (g_ptr_array_index (judgement->reasons, i), "."));
}

static void
every_mixture_of_bytes_has_the_verdict_of_t1 (void **state)
{
  for (guint bytes = 0; bytes < 1u << ASSAY_CLASS_COUNT; bytes++)
    for (guint extras = 0; extras < EXTRAS; extras++)
      check (bytes, 0, extras, (extras & 1) != 0);
}

/* Facts are never structure (T5): that class does not occur among them. */
static void
every_mixture_of_bytes_and_facts_has_the_verdict_of_t1 (void **state)
{
  for (guint bytes = 0; bytes < 1u << ASSAY_CLASS_COUNT; bytes++)
    for (guint facts = 0; facts < 1u << ASSAY_CLASS_COUNT; facts++)
      if ((facts & (1u << ASSAY_CLASS_STRUCTURE)) == 0)
        check (bytes, facts, 0, TRUE);
}

static void
every_mixture_of_facts_has_the_verdict_of_t1 (void **state)
{
  for (guint facts = 0; facts < 1u << ASSAY_CLASS_COUNT; facts++)
    for (guint extras = 0; extras < EXTRAS; extras++)
      if ((facts & (1u << ASSAY_CLASS_STRUCTURE)) == 0)
        check (1u << ASSAY_CLASS_IDENTICAL, facts, extras, TRUE);
}

/* Forgotten memory never passes. */
static void
an_account_of_zeros_is_undecided (void **state)
{
  AssayAccount account = { NULL };
  AssayPairing pairing = { NULL };
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (&account, &pairing, NULL);
  assert_int_equal (judgement->verdict, ASSAY_VERDICT_UNDECIDED);
  assert_int_equal (judgement->judged, 0);
  assert_non_null (strstr (g_ptr_array_index (judgement->reasons, 0), "Nothing was judged"));
}

static void
no_account_is_undecided_and_says_what_failed (void **state)
{
  g_autoptr (GPtrArray) failures = g_ptr_array_new ();
  g_ptr_array_add (failures, (gpointer) "the rebuild failed in step 2");
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (NULL, NULL, failures);
  assert_int_equal (judgement->verdict, ASSAY_VERDICT_UNDECIDED);
  assert_string_equal (g_ptr_array_index (judgement->reasons, 0), "the rebuild failed in step 2.");
  assert_string_equal (g_ptr_array_index (judgement->reasons, 1), "Nothing was judged.");
}

/* An account whose counterparts nobody knows is no pass, however equal it looks. */
static void
no_pairing_is_undecided (void **state)
{
  g_autoptr (Build) build = make (1u << ASSAY_CLASS_IDENTICAL, 0, 0, TRUE);
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (&build->account, NULL, NULL);
  assert_int_equal (judgement->verdict, ASSAY_VERDICT_UNDECIDED);
}

static void
names_are_those_of_the_contract (void **state)
{
  static const char *const verdicts[] = { "undecided", "mismatch", "waived", "equivalent", "identical" };
  static const char *const classes[]
      = { "undecided", "identical", "explained", "waived", "unreproducible", "structure", "outside", "unexplained" };
  for (guint i = 0; i < G_N_ELEMENTS (verdicts); i++)
    assert_string_equal (assay_verdict_name (i), verdicts[i]);
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    assert_string_equal (assay_class_name (i), classes[i]);
  assert_string_equal (assay_verdict_name (77), "undecided");
  assert_string_equal (assay_class_name (77), "undecided");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_mixture_of_bytes_has_the_verdict_of_t1),
    cmocka_unit_test (every_mixture_of_bytes_and_facts_has_the_verdict_of_t1),
    cmocka_unit_test (every_mixture_of_facts_has_the_verdict_of_t1),
    cmocka_unit_test (an_account_of_zeros_is_undecided),
    cmocka_unit_test (no_account_is_undecided_and_says_what_failed),
    cmocka_unit_test (no_pairing_is_undecided),
    cmocka_unit_test (names_are_those_of_the_contract),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
