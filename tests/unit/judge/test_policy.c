#include "build.h"

#include "judge/policy.h"

/* Every key of `require` and `pin`: what holds, what does not, and with which sentence. The accounts are built by hand,
 * so that there is also what no rebuild can make yet: an expected side from a cache, unreproducible bytes. */

/** All of a digest that digests() makes but its first byte. */
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

static GArray *
digests (guint count, ...)
{
  GArray *list = g_array_new (FALSE, TRUE, sizeof (AssayDigest));
  va_list arguments;
  va_start (arguments, count);
  for (guint i = 0; i < count; i++)
    {
      AssayDigest digest = { { (guint8)va_arg (arguments, int) } };
      g_array_append_val (list, digest);
    }
  va_end (arguments);
  return list;
}

/* One file with every class of bytes that a pass may have, and one fact. */
static Build *
make (AssayClass class_, const char *rule)
{
  Build *build = build_new ();
  AssayNodeAccount *file = build_file (build, "file", 10);
  build_range (build, file, 7, ASSAY_CLASS_IDENTICAL, "equal");
  build_range (build, file, 3, class_, rule);
  file->has_origin = TRUE;
  build->account.grants = g_ptr_array_new ();
  return build;
}

/** A policy text, what it is held against, and the failures that are expected. */
typedef struct
{
  const char *policy;
  AssayClass class_;
  const char *rule;
  gboolean cached;
  guint64 rebuilds;
  AssayOrigin origin;
  const char *failure; /* NULL: it holds */
} Case;

static const Case cases[] = {
  { "require: {verdict: identical}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, 0, NULL },
  { "require: {verdict: identical}", ASSAY_CLASS_EXPLAINED, "filler", FALSE, 1, 0,
    "p:2:11: the verdict is equivalent, at least identical is required" },
  { "require: {verdict: waived}", ASSAY_CLASS_WAIVED, "waiver", FALSE, 1, 0, NULL },
  { "require: {}", ASSAY_CLASS_WAIVED, "waiver", FALSE, 1, 0,
    "p:2:1: the verdict is waived, at least equivalent is required" },
  { "scope: [a]", ASSAY_CLASS_WAIVED, "waiver", FALSE, 1, 0,
    "p: the verdict is waived, at least equivalent is required" },
  { "require: {cached: true}", ASSAY_CLASS_IDENTICAL, "equal", TRUE, 1, 0, NULL },
  { "require: {rebuilds: 1}", ASSAY_CLASS_IDENTICAL, "equal", TRUE, 1, 0, NULL },
  { "require: {cached: false}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, 0, NULL },
  { "require: {cached: false}", ASSAY_CLASS_IDENTICAL, "equal", TRUE, 1, 0,
    "p:2:11: the expected side came from a cache, which is not allowed" },
  { "require: {rebuilds: 2}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 2, 0, NULL },
  { "require: {rebuilds: 3}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 2, 0,
    "p:2:11: 2 rebuilds were made, 3 are required" },
  { "require: {origin: known}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, ASSAY_ORIGIN_COMPILED, NULL },
  { "require: {origin: known}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, ASSAY_ORIGIN_OPAQUE, NULL },
  { "require: {origin: known}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, ASSAY_ORIGIN_UNKNOWN,
    "p:2:11: the origin of the parts is unknown: what the build read was not recorded, or not all of it is known (1 "
    "file, the first is file)" },
  { "require: {outside: 3}", ASSAY_CLASS_OUTSIDE, "scope", FALSE, 1, 0, NULL },
  { "require: {outside: 2}", ASSAY_CLASS_OUTSIDE, "scope", FALSE, 1, 0,
    "p:2:11: more bytes are outside than the 2 that are allowed" },
  { "require: {unreproducible: 0}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, 0, NULL },
  { "require: {unreproducible: 2}", ASSAY_CLASS_UNREPRODUCIBLE, "differs", FALSE, 1, 0,
    "p:2:11: more bytes are unreproducible than the 2 that are allowed" },
  { "require: {unexplained: 2}", ASSAY_CLASS_UNEXPLAINED, "differs", FALSE, 1, 0,
    "p:2:11: more bytes are unexplained than the 2 that are allowed" },
  { "require: {unexplained: 18446744073709551615}", ASSAY_CLASS_IDENTICAL, "equal", FALSE, 1, 0, NULL },
  { "require: {rules: [filler, rewritten]}", ASSAY_CLASS_STRUCTURE, "rewritten", FALSE, 1, 0, NULL },
  { "require: {rules: [filler]}", ASSAY_CLASS_STRUCTURE, "rewritten", FALSE, 1, 0,
    "p:2:11: the rule `rewritten` explains something and is not allowed" },
  { "require: {rules: [filler], verdict: waived}", ASSAY_CLASS_WAIVED, "waiver", FALSE, 1, 0, NULL },
};

static AssayPolicy *
parse (const char *text)
{
  g_autofree char *whole = g_strdup_printf ("policy: 1\n%s\n", text);
  g_autoptr (GBytes) bytes = g_bytes_new (whole, strlen (whole));
  g_autoptr (GError) error = NULL;
  AssayPolicy *policy = assay_policy_parse ("p", bytes, &error);
  assert_null (error);
  return policy;
}

/* D1 and D2 stand for the digests that digests() gives for these. */
static AssayPolicy *
parse_pins (const char *pins)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_printf (text, "pin: {%s}", pins);
  g_string_replace (text, "D1", "01" ZEROS, 0);
  g_string_replace (text, "D2", "02" ZEROS, 0);
  return parse (text->str);
}

static GPtrArray *
hold (const AssayPolicy *policy, Build *build, const Case *the_case, const GPtrArray *inputs)
{
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  AssayPolicyCase policy_case = { .policy = policy,
                                  .account = &build->account,
                                  .judgement = judgement,
                                  .inputs = inputs,
                                  .expected = ASSAY_POLICY_EXPECTED_REBUILD,
                                  .rebuilds = the_case->rebuilds,
                                  .cached = the_case->cached };
  g_autoptr (AssayPolicyRules) rules = assay_policy_rules_new (policy);
  assay_policy_judge (&policy_case, rules);
  return assay_policy_rules_list_failures (rules);
}

static gboolean
says (const GPtrArray *failures, const char *text)
{
  for (guint i = 0; i < failures->len; i++)
    if (strcmp (g_ptr_array_index (failures, i), text) == 0)
      return TRUE;
  return FALSE;
}

static void
each_key_holds_or_says_why (void **state)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Build) build = make (cases[i].class_, cases[i].rule);
      ((AssayNodeAccount *)g_ptr_array_index (build->account.nodes, 0))->origin = cases[i].origin;
      g_autoptr (AssayPolicy) policy = parse (cases[i].policy);
      g_autoptr (GPtrArray) failures = hold (policy, build, &cases[i], inputs);
      if (cases[i].failure == NULL ? failures->len > 0 : !says (failures, cases[i].failure))
        fail_msg ("%s: %u failures, the first: %s", cases[i].policy, failures->len,
                  failures->len > 0 ? (const char *)g_ptr_array_index (failures, 0) : "none");
      g_ptr_array_unref (build->account.grants);
    }
}

static AssayPolicyInput *
add_input (GPtrArray *inputs, GArray *source, GArray *toolchain)
{
  AssayPolicyInput *input = g_new0 (AssayPolicyInput, 1);
  input->product = "product 1";
  input->recipe = digests (1, 1);
  input->source = source;
  input->patches = digests (0);
  input->toolchain = toolchain;
  g_ptr_array_add (inputs, input);
  return input;
}

static void
a_pin_is_the_exact_set_over_all_recipes (void **state)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_policy_input_free);
  g_autoptr (GArray) one = digests (1, 2);
  g_autoptr (GArray) both = digests (2, 3, 2);
  g_autoptr (GArray) more = digests (3, 2, 3, 4);
  g_autoptr (GArray) nothing = digests (0);
  assert_false (assay_policy_pin_holds (nothing, inputs, ASSAY_POLICY_PIN_TOOLCHAIN));
  add_input (inputs, digests (1, 2), digests (0));
  assert_true (assay_policy_pin_holds (one, inputs, ASSAY_POLICY_PIN_SOURCE));
  assert_false (assay_policy_pin_holds (both, inputs, ASSAY_POLICY_PIN_SOURCE));
  assert_true (assay_policy_pin_holds (nothing, inputs, ASSAY_POLICY_PIN_TOOLCHAIN));
  add_input (inputs, digests (2, 2, 3), digests (1, 9));
  assert_false (assay_policy_pin_holds (one, inputs, ASSAY_POLICY_PIN_SOURCE));
  assert_true (assay_policy_pin_holds (both, inputs, ASSAY_POLICY_PIN_SOURCE));
  assert_false (assay_policy_pin_holds (more, inputs, ASSAY_POLICY_PIN_SOURCE));
  assert_false (assay_policy_pin_holds (nothing, inputs, ASSAY_POLICY_PIN_TOOLCHAIN));
  assert_false (assay_policy_pin_holds (NULL, inputs, ASSAY_POLICY_PIN_SOURCE));
}

/* Whatever the recipe's steps do: nobody pinned what builds it. */
static void
pins_without_the_recipe_fail (void **state)
{
  static const Case plain = { .rebuilds = 1 };
  static const char failure[] = "p:2:1: `pin` must name the recipe as well: its steps can carry the whole program, and "
                                "leave aside all else that is pinned";
  static const struct
  {
    const char *pins;
    gboolean holds;
  } pins[] = {
    { "source: [D2]", FALSE },
    { "patches: []", FALSE },
    { "inputs: []", FALSE },
    { "toolchain: []", FALSE },
    { "product: product 1, source: [D2], patches: [], inputs: [], toolchain: []", FALSE },
    { "product: product 1", TRUE },
    { "recipe: [D1]", TRUE },
    { "recipe: [D1], source: [D2]", TRUE },
    { "recipe: [D1], source: [D2], patches: [], inputs: [], toolchain: []", TRUE },
  };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_policy_input_free);
  add_input (inputs, digests (1, 2), digests (0))->inputs = digests (0);
  for (gsize i = 0; i < G_N_ELEMENTS (pins); i++)
    {
      g_autoptr (Build) build = make (ASSAY_CLASS_IDENTICAL, "equal");
      g_autoptr (AssayPolicy) policy = parse_pins (pins[i].pins);
      g_autoptr (GPtrArray) failures = hold (policy, build, &plain, inputs);
      if (failures->len != (pins[i].holds ? 0 : 1) || says (failures, failure) == pins[i].holds)
        fail_msg ("%s: %u failures, the first: %s", pins[i].pins, failures->len,
                  failures->len > 0 ? (const char *)g_ptr_array_index (failures, 0) : "none");
      g_ptr_array_unref (build->account.grants);
    }
}

/* Whoever pins the recipe means what lies in the places that it names: a digest says that, a commit, or a pin. */
static void
a_pinned_recipe_leaves_nothing_open (void **state)
{
  static const Case plain = { .rebuilds = 1 };
  static const struct
  {
    AssayPolicyLayer layer;
    const char *pins;
    gboolean holds;
    gboolean authenticated;
  } layers[] = {
    { { ASSAY_POLICY_PIN_SOURCE, "s", FALSE, FALSE }, "recipe: [D1]", FALSE, FALSE },
    { { ASSAY_POLICY_PIN_SOURCE, "s", TRUE, FALSE }, "recipe: [D1]", TRUE, TRUE },
    { { ASSAY_POLICY_PIN_SOURCE, "s", FALSE, FALSE }, "recipe: [D1], source: [D2]", TRUE, TRUE },
    { { ASSAY_POLICY_PIN_SOURCE, "s", FALSE, TRUE }, "recipe: [D1]", TRUE, FALSE },
    { { ASSAY_POLICY_PIN_SOURCE, "s", FALSE, TRUE }, "recipe: [D1], source: [D2]", TRUE, TRUE },
    { { ASSAY_POLICY_PIN_SOURCE, "s", FALSE, FALSE }, "product: product 1", TRUE, FALSE },
    { { ASSAY_POLICY_PIN_PATCHES, "p", FALSE, FALSE }, "recipe: [D1]", FALSE, FALSE },
    { { ASSAY_POLICY_PIN_INPUTS, "i", FALSE, FALSE }, "recipe: [D1]", FALSE, FALSE },
    /* only a source can be a commit */
    { { ASSAY_POLICY_PIN_INPUTS, "i", FALSE, TRUE }, "recipe: [D1]", FALSE, FALSE },
    { { ASSAY_POLICY_PIN_TOOLCHAIN, "t", FALSE, FALSE }, "recipe: [D1]", FALSE, FALSE },
    { { ASSAY_POLICY_PIN_TOOLCHAIN, "t", TRUE, FALSE }, "recipe: [D1]", TRUE, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_policy_input_free);
      g_autoptr (Build) build = make (ASSAY_CLASS_IDENTICAL, "equal");
      AssayPolicyInput *input = add_input (inputs, digests (1, 2), digests (0));
      input->inputs = digests (0);
      input->layers = g_array_new (FALSE, FALSE, sizeof (AssayPolicyLayer));
      g_array_append_val (input->layers, layers[i].layer);
      g_autoptr (AssayPolicy) policy = parse_pins (layers[i].pins);
      g_autoptr (GPtrArray) failures = hold (policy, build, &plain, inputs);
      if (failures->len != (layers[i].holds ? 0 : 1))
        fail_msg ("%u: %u failures", (guint)i, failures->len);
      if (!layers[i].holds && strstr (g_ptr_array_index (failures, 0), "nothing says what its") == NULL)
        fail_msg ("%u: %s", (guint)i, (const char *)g_ptr_array_index (failures, 0));
      const AssayPolicyHeld held = assay_policy_hold_pins (policy, inputs);
      const AssayPolicyHeld none = assay_policy_hold_pins (NULL, inputs);
      if (assay_policy_authenticates (&held, input, ASSAY_POLICY_PIN_SOURCE) != layers[i].authenticated)
        fail_msg ("%u: the source is called otherwise", (guint)i);
      assert_false (assay_policy_authenticates (&none, input, ASSAY_POLICY_PIN_SOURCE));
      assert_false (assay_policy_authenticates (&held, NULL, ASSAY_POLICY_PIN_SOURCE));
      assert_int_equal (assay_policy_authenticates (&held, input, ASSAY_POLICY_PIN_RECIPE),
                        strstr (layers[i].pins, "recipe") != NULL);
      assert_int_equal (assay_policy_authenticates (&held, input, ASSAY_POLICY_PIN_TOOLCHAIN),
                        layers[i].layer.pin == ASSAY_POLICY_PIN_TOOLCHAIN && layers[i].layer.in_recipe);
      g_ptr_array_unref (build->account.grants);
    }
}

static void
recompressed_content_is_allowed_unless_the_policy_says_so (void **state)
{
  static const Case plain = { .rebuilds = 1 };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (Build) build = make (ASSAY_CLASS_IDENTICAL, "equal");
  AssayNode *node = g_ptr_array_index (build->owned_nodes, 0);
  build_fact (build, node, "recompressed", "gzip", "gzip", ASSAY_CLASS_EXPLAINED, "recompressed");
  g_autoptr (AssayPolicy) generous = parse ("require: {recompressed: true}");
  g_autoptr (AssayPolicy) strict = parse ("require: {recompressed: false}");
  g_autoptr (GPtrArray) allowed = hold (generous, build, &plain, inputs);
  g_autoptr (GPtrArray) forbidden = hold (strict, build, &plain, inputs);
  assert_int_equal (allowed->len, 0);
  assert_true (says (
      forbidden, "p:2:11: file was compressed in another way, which is not allowed, or has other content, and nothing "
                 "shows that it was not"));
  g_ptr_array_unref (build->account.grants);
}

/* Without an account nothing holds that an account could break. */
static void
nothing_judged_fails_every_count (void **state)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (NULL, NULL, NULL);
  static const char text[] = "policy: 1\nrequire: {unexplained: 18446744073709551614, origin: known}\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (AssayPolicy) policy = assay_policy_parse ("p", bytes, NULL);
  AssayPolicyCase policy_case
      = { .policy = policy, .judgement = judgement, .inputs = inputs, .expected = ASSAY_POLICY_EXPECTED_REBUILD };
  g_autoptr (AssayPolicyRules) rules = assay_policy_rules_new (policy);
  assay_policy_judge (&policy_case, rules);
  g_autoptr (GPtrArray) failures = assay_policy_rules_list_failures (rules);
  assert_true (says (failures, "p:2:1: the verdict is undecided, at least equivalent is required"));
  assert_true (says (failures, "p:2:11: more bytes are unexplained than the 18446744073709551614 that are allowed"));
  assert_int_equal (failures->len, 3);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_key_holds_or_says_why),
    cmocka_unit_test (a_pin_is_the_exact_set_over_all_recipes),
    cmocka_unit_test (pins_without_the_recipe_fail),
    cmocka_unit_test (a_pinned_recipe_leaves_nothing_open),
    cmocka_unit_test (recompressed_content_is_allowed_unless_the_policy_says_so),
    cmocka_unit_test (nothing_judged_fails_every_count),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
