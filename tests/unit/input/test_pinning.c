#include "samples.h"

#include "input/pinning.h"

/* Digests are filled in wherever they belong, however the recipe is written, and nothing else changes. */

/* A directory with what the recipes name. */
static int
make_inputs (void **state)
{
  if (scratch_setup (state) != 0)
    return 1;
  const Scratch *scratch = *state;
  scratch_write (scratch, "one.tar", "one\n");
  scratch_write (scratch, "fix.patch", "fix\n");
  return 0;
}

static AssayPinning *
pin (const Scratch *scratch, const char *text, AssayPinMode mode, GError **error)
{
  g_autofree char *file = g_build_filename (scratch->path, "x.recipe", NULL);
  g_autoptr (GBytes) bytes = bytes_of (text);
  return assay_recipe_pin (file, bytes, mode, error);
}

#define ONE "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"

/* What a source becomes. */
static void
assert_source (const Scratch *scratch, const char *before, const char *after)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *whole = g_strdup_printf (
      "recipe: 1\nproduct: x\nsource:%s\npath: /build/x\nsteps: [a]\noutputs: [{from: b}]\n", before);
  g_autofree char *wanted
      = g_strdup_printf ("recipe: 1\nproduct: x\nsource:%s\npath: /build/x\nsteps: [a]\noutputs: [{from: b}]\n", after);
  g_autoptr (AssayPinning) pinning = pin (scratch, whole, ASSAY_PIN_REFUSE, &error);
  if (pinning == NULL)
    fail_msg ("%s in\n%s", error->message, whole);
  g_autofree char *said = g_strndup (g_bytes_get_data (pinning->text, NULL), g_bytes_get_size (pinning->text));
  assert_string_equal (said, wanted);
  g_autoptr (AssayPinning) again = pin (scratch, said, ASSAY_PIN_REFUSE, &error);
  assert_non_null (again);
  assert_false (again->changed);
}

static void
each_style_gets_its_own (void **state)
{
  assert_source (*state, " [{archive: one.tar}]", " [{archive: one.tar, sha256: " ONE "}]");
  assert_source (*state, " [ { strip: 0 , archive: 'one.tar' } ] # x",
                 " [ { strip: 0 , archive: 'one.tar', sha256: " ONE " } ] # x");
  assert_source (*state, " [archive: one.tar]", " [{archive: one.tar, sha256: " ONE "}]");
  assert_source (*state, " [{\"archive\":\"one.tar\"}]", " [{\"archive\":\"one.tar\", \"sha256\": \"" ONE "\"}]");
  assert_source (*state, "\n- archive: one.tar", "\n- archive: one.tar\n  sha256: " ONE);
  assert_source (*state, "\n  -   archive: one.tar # x\n      into: y",
                 "\n  -   archive: one.tar # x\n      sha256: " ONE "\n      into: y");
  assert_source (*state, "\n  - into: y\n    archive: \"one.tar\"",
                 "\n  - into: y\n    archive: \"one.tar\"\n    sha256: " ONE);
  assert_source (*state, "\n  - {archive: one.tar,\n     into: y}",
                 "\n  - {archive: one.tar, sha256: " ONE ",\n     into: y}");
  assert_source (*state, "\n  - archive: one.tar\n    sha256: ~", "\n  - archive: one.tar\n    sha256: " ONE);
  assert_source (*state, "\n  - archive: one.tar\n    sha256:\n    into: y",
                 "\n  - archive: one.tar\n    sha256: " ONE "\n    into: y");
  /* é is two bytes and one character */
  assert_source (*state, " [{archive: one.tar, into: \xc3\xa9}, {into: \xc3\xa9\xc3\xa9, archive: one.tar}]",
                 " [{archive: one.tar, sha256: " ONE ", into: \xc3\xa9}, {into: \xc3\xa9\xc3\xa9, archive: one.tar, "
                 "sha256: " ONE "}]");
}

static void
a_digest_that_differs_is_refused (void **state)
{
  static const char text[] = "recipe: 1\nproduct: x\nsource:\n  - {archive: one.tar, sha256: " HEX_A "}\n"
                             "patches: [{file: fix.patch, sha256: \"" HEX_B "\"}]\n"
                             "path: /build/x\nsteps: [a]\noutputs: [{from: b}]\n";
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  assert_null (pin (scratch, text, ASSAY_PIN_REFUSE, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_PIN));
  assert_non_null (strstr (error->message, ":4:32: source one.tar: its SHA-256 is " ONE));
  assert_non_null (strstr (error->message, "\n"));
  g_clear_error (&error);
  g_autoptr (AssayPinning) pinning = pin (scratch, text, ASSAY_PIN_UPDATE, &error);
  assert_non_null (pinning);
  assert_true (pinning->changed);
  assert_int_equal (pinning->pins->len, 2);
  const AssayPin *first = g_ptr_array_index (pinning->pins, 0);
  const AssayPin *second = g_ptr_array_index (pinning->pins, 1);
  assert_int_equal (first->kind, ASSAY_PIN_REPLACED);
  assert_string_equal (first->former, HEX_A);
  assert_string_equal (first->value, ONE);
  assert_string_equal (second->role, "patch");
  g_autofree char *quoted = g_strdup_printf ("sha256: \"%s\"}", second->value);
  g_autofree char *said = g_strndup (g_bytes_get_data (pinning->text, NULL), g_bytes_get_size (pinning->text));
  assert_non_null (strstr (said, quoted));
}

static void
what_is_no_recipe_is_not_pinned (void **state)
{
  static const struct
  {
    const char *text;
    AssayErrorCode code;
  } cases[] = {
    { "recipe: 1\n", ASSAY_ERROR_USAGE },
    { "", ASSAY_ERROR_USAGE },
    { "recipe: 1\nproduct: x\nsource: [{archive: gone}]\npath: /build/x\nsteps: [a]\noutputs: [{from: b}]\n",
      ASSAY_ERROR_USAGE },
    { "recipe: 1\nproduct: x\nsource: [{archive: one.tar, sha256: zz}]\npath: /build/x\nsteps: [a]\noutputs: [{from: "
      "b}]\n",
      ASSAY_ERROR_USAGE },
    { "recipe: 1\nproduct: x\nsource:\n  - archive: |-\n      one.tar\npath: /build/x\nsteps: [a]\noutputs: [{from: "
      "b}]\n",
      ASSAY_ERROR_UNSUPPORTED },
  };
  const Scratch *scratch = *state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_null (pin (scratch, cases[i].text, ASSAY_PIN_UPDATE, &error));
      assert_true (g_error_matches (error, ASSAY_ERROR, (gint)cases[i].code));
    }
}

/* Recipes as nobody writes them, of pieces in any order: what comes out is the same but for digests, or nothing does.
 */
static void
any_layout_is_kept_or_refused (void **state)
{
  static const char *const entries[] = { "{archive: one.tar}",
                                         "{ \"archive\" : \"one.tar\" , \"strip\" : 1 }",
                                         "archive: one.tar",
                                         "archive: 'one.tar' # \xc3\xa9\n    into: x",
                                         "into: \"\\xe9\"\n    archive: one.tar",
                                         "{into: x,\n    archive: one.tar,}",
                                         "archive:\n      one.tar\n    strip: 2",
                                         "{archive: one.tar, sha256: }",
                                         "? archive\n    : one.tar",
                                         "{? archive : one.tar}" };
  const Scratch *scratch = *state;
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  guint pinned = 0;
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GString) text = g_string_new ("# \xf0\x9f\x98\x80\nrecipe: 1\nproduct: x\nsource:\n");
      guint count = (guint)g_rand_int_range (random, 1, 6);
      for (guint j = 0; j < count; j++)
        g_string_append_printf (text, "  - %s%s", entries[g_rand_int_range (random, 0, G_N_ELEMENTS (entries))],
                                g_rand_boolean (random) ? "\n" : "   # c: {\n\n");
      g_string_append (text, "path: /build/x\nsteps: [a]\noutputs: [{from: b}]");
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayPinning) pinning = pin (scratch, text->str, ASSAY_PIN_REFUSE, &error);
      if (pinning == NULL)
        {
          if (!g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED))
            fail_msg ("%s in\n%s", error->message, text->str);
          continue;
        }
      pinned++;
      g_autoptr (AssayRecipe) recipe = assay_recipe_parse ("x", pinning->text, &error);
      assert_non_null (recipe);
      assert_int_equal (recipe->source->len, count);
      for (guint j = 0; j < count; j++)
        assert_true (((const AssayRecipeLayer *)g_ptr_array_index (recipe->source, j))->has_sha256);
    }
  assert_true (pinned > 300);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_style_gets_its_own),
    cmocka_unit_test (a_digest_that_differs_is_refused),
    cmocka_unit_test (what_is_no_recipe_is_not_pinned),
    cmocka_unit_test (any_layout_is_kept_or_refused),
  };
  return cmocka_run_group_tests (tests, make_inputs, scratch_teardown);
}
