#include "samples.h"

#include "input/recipe_text.h"

/* Whatever is written into a recipe is read again as it was, and nothing gets out of a quote or a comment. */

static AssayRecipe *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bytes_of (text);
  AssayRecipe *recipe = assay_recipe_parse ("x", bytes, &error);
  if (recipe == NULL)
    fail_msg ("%s in\n%s", error->message, text);
  return recipe;
}

static char *
recipe_of (const char *product, const char *comment)
{
  return g_strdup_printf ("recipe: 1\n%sproduct: %s\nsource: [{archive: a}]\npath: /build/x\nsteps:\n%s  - a\noutputs: "
                          "[{from: b}]\n",
                          comment, product, comment);
}

static void
assert_quoted (const char *text, const char *expected)
{
  g_autofree char *quoted = assay_recipe_text_quote (text);
  assert_string_equal (quoted, expected);
  g_autofree char *whole = recipe_of (quoted, "");
  g_autoptr (AssayRecipe) recipe = parse (whole);
  assert_string_equal (recipe->product, text);
}

static void
values_are_quoted (void **state)
{
  assert_quoted ("plain", "\"plain\"");
  assert_quoted ("a\"b\\c", "\"a\\\"b\\\\c\"");
  assert_quoted ("# no comment: {[&*!|>'%@`", "\"# no comment: {[&*!|>'%@`\"");
  assert_quoted ("~", "\"~\"");
  assert_quoted ("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  assert_quoted ("zero\xe2\x80\x8bwidth", "\"zero\\u200Bwidth\"");
  assert_quoted ("tag\xf3\xa0\x81\x81", "\"tag\\U000E0041\"");
}

static void
what_no_recipe_can_say_is_not_quoted (void **state)
{
  static const char *const texts[] = { "",
                                       "  ",
                                       "a\nb",
                                       "a\rb",
                                       "a\tb",
                                       "\x1b[2J",
                                       "\x7f",
                                       "a\xff",
                                       "\xe2\x80\xae"
                                       "x",
                                       "\xe2\x80\xa8",
                                       "\xef\xbb\xbf",
                                       "\xc2\x85" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_null (assay_recipe_text_quote (texts[i]));
}

static void
assert_comment (guint indent, const char *text, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);
  assay_recipe_text_comment (out, indent, text);
  assert_string_equal (out->str, expected);
}

static void
comments_are_lines_of_their_own (void **state)
{
  assert_comment (0, "a b", "# a b\n");
  assert_comment (4, "a b", "    # a b\n");
  assert_comment (0, "", "#\n");
  assert_comment (0, "a\nsteps: [evil]", "# a\\x0Asteps: [evil]\n");
  assert_comment (0,
                  "a\r\tb\xe2\x80\xa8"
                  "c\xe2\x80\xae",
                  "# a\\x0D\\x09b\\xE2\\x80\\xA8c\\xE2\\x80\\xAE\n");
  assert_comment (0, "\xef\xbf\xbf\xff", "# \\xEF\\xBF\\xBF\\xFF\n");
  assert_comment (0, "  inner", "#   inner\n");
}

static void
long_comments_go_on_below (void **state)
{
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  for (guint i = 0; i < 60; i++)
    g_string_append_printf (words, "word%u ", i);
  assay_recipe_text_comment (out, 2, words->str);
  g_auto (GStrv) lines = g_strsplit (out->str, "\n", -1);
  assert_true (g_strv_length (lines) > 3);
  for (guint i = 0; lines[i + 1] != NULL; i++)
    {
      assert_true (strlen (lines[i]) <= 120);
      assert_true (g_str_has_prefix (lines[i], i == 0 ? "  # word0 " : "  #   word"));
    }
  g_autofree char *unbroken = g_strnfill (5000, 'x');
  g_autofree char *expected = g_strdup_printf ("# %s\n", unbroken);
  assert_comment (0, unbroken, expected);
}

/* Bytes of all kinds: each comment line begins with its mark, and the recipe around it stays the same. */
static void
no_bytes_get_out (void **state)
{
  static const char *const pieces[]
      = { "\n",           "\r",           "\"",   "\\",   "# ", "'", "steps: [x]", " ",        "\xe2\x80\xa8",
          "\xe2\x80\xae", "\xef\xbf\xbe", "\xff", "\x01", "\t", "%", "a",          "\xc2\x85", "\xf3\xa0\x80\x81",
          "\\n" };
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  for (guint i = 0; i < 4000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GString) comment = g_string_new (NULL);
      for (gint count = g_rand_int_range (random, 0, i % 10 == 0 ? 100 : 8); count > 0; count--)
        g_string_append (text, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
      assay_recipe_text_comment (comment, (guint)g_rand_int_range (random, 0, 6), text->str);
      g_auto (GStrv) lines = g_strsplit (comment->str, "\n", -1);
      for (guint j = 0; lines[j + 1] != NULL; j++)
        assert_int_equal (lines[j][strspn (lines[j], " ")], '#');
      g_autofree char *quoted = assay_recipe_text_quote (text->str);
      g_autofree char *whole = recipe_of (quoted != NULL ? quoted : "none", comment->str);
      g_autoptr (AssayRecipe) recipe = parse (whole);
      assert_string_equal (recipe->product, quoted != NULL ? text->str : "none");
      assert_int_equal (recipe->steps->len, 1);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (values_are_quoted),
    cmocka_unit_test (what_no_recipe_can_say_is_not_quoted),
    cmocka_unit_test (comments_are_lines_of_their_own),
    cmocka_unit_test (long_comments_go_on_below),
    cmocka_unit_test (no_bytes_get_out),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
