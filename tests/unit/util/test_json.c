#include "scratch.h"

#include "util/json.h"

#include <stdlib.h>

static json_t *
parse (const char *text, GError **error)
{
  return assay_json_parse (text, strlen (text), "doc.json", error);
}

static void
strict_json_is_read (void **state)
{
  static const char *const good[] = {
    "{}",
    "[]",
    " [1, -2, 0] \n",
    "{\"a\":{\"b\":[true,false,null,\"x\"]}}",
    "[\"1.5e3 [[[[ }\"]",
    "[\"\\\"1.5\"]",
    "[\"\\u00e9\"]",
    "[9223372036854775807,-9223372036854775808]",
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (json_t) value = parse (good[i], &error);
      assert_non_null (value);
      assert_null (error);
    }
}

static void
anything_else_is_refused (void **state)
{
  static const char *const bad[] = {
    "",
    " ",
    "1",
    "\"x\"",
    "{",
    "[1,]",
    "[1] x",
    "[1][2]",
    "{\"a\":1,\"a\":1}",
    "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}",
    "[1.5]",
    "[1e3]",
    "[1E0]",
    "[-0.0]",
    "[1.0]",
    "[9223372036854775808]",
    "[01]",
    "[+1]",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "['a']",
    "{a:1}",
    "[\"\\u0000\"]",
    "{\"\\u0000\":1}",
    "[\"\xff\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\\ud800\"]",
    "[\"\n\"]",
    "[\"abc",
    "[\"abc\\",
    "[\"abc\\\"",
    "// c\n[]",
    "/* c */[]",
    "\xef\xbb\xbf[]",
    "]]]]",
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (json_t) value = parse (bad[i], &error);
      if (value != NULL)
        fail_msg ("accepted: %s", bad[i]);
      assert_int_equal (error->code, ASSAY_ERROR_USAGE);
      assert_true (g_str_has_prefix (error->message, "doc.json:"));
      assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

static void
a_nul_byte_ends_nothing (void **state)
{
  static const char behind[] = "[1]\0[2]", inside[] = "[\"a\0b\"]";
  g_autoptr (GError) error = NULL;
  assert_fails (assay_json_parse (behind, sizeof behind - 1, "x", &error) != NULL, ASSAY_ERROR_USAGE, error);
  assert_fails (assay_json_parse (inside, sizeof inside - 1, "x", &error) != NULL, ASSAY_ERROR_USAGE, error);
}

static void
the_place_is_named (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (parse ("{\"\xc3\xa9\":\n  [1, 2.5]}", &error));
  assert_true (g_str_has_prefix (error->message, "doc.json:2:7: "));
  g_clear_error (&error);
  assert_null (parse ("{\n\n  \"a\": tru}", &error));
  assert_true (g_str_has_prefix (error->message, "doc.json:3:"));
}

static char *
nested (guint depth)
{
  g_autofree char *open = g_strnfill (depth, '['), *close = g_strnfill (depth, ']');
  return g_strconcat (open, close, NULL);
}

static void
depth_ends_at_64 (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deepest = nested (64), *deeper = nested (65), *abyss = g_strnfill (1000000, '[');
  g_autoptr (json_t) value = parse (deepest, &error);
  assert_non_null (value);
  assert_fails (parse (deeper, &error) != NULL, ASSAY_ERROR_USAGE, error);
  assert_fails (parse (abyss, &error) != NULL, ASSAY_ERROR_USAGE, error);
}

static void
a_document_that_is_too_large_is_not_touched (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_fails (assay_json_parse ("[]", (gsize)ASSAY_JSON_MAX_BYTES + 1, "x", &error) != NULL, ASSAY_ERROR_USAGE,
                error);
}

/* A terminal would obey them, or show nothing. */
static void
what_is_no_text_is_escaped (void **state)
{
  static const struct
  {
    const char *text;
    const char *wanted;
  } cases[] = {
    { "a\302\233b", "\"a\\u009Bb\"\n" },
    { "\177", "\"\\u007F\"\n" },
    { "\342\200\256x\342\201\251", "\"\\u202Ex\\u2069\"\n" },
    { "\363\240\201\201", "\"\\uDB40\\uDC41\"\n" },
    { "\303\251\360\235\204\236\"\n", "\"\303\251\360\235\204\236\\\"\\n\"\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (json_t) value = json_string (cases[i].text);
      char *text = assay_json_canonical (value);
      assert_string_equal (text, cases[i].wanted);
      g_autoptr (json_t) back = json_loads (text, JSON_DECODE_ANY, NULL);
      assert_true (json_equal (back, value));
      free (text);
    }
}

static void
canonical_form_is_sorted_and_compact (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) value = parse ("{ \"b\": [1, 2], \"a\": \"\xc3\xa9\\u001f/\", \"B\": null, \"aa\": {} }", &error);
  char *text = assay_json_canonical (value);
  assert_string_equal (text, "{\"B\":null,\"a\":\"\xc3\xa9\\u001F/\",\"aa\":{},\"b\":[1,2]}\n");
  free (text);
  g_autoptr (json_t) array = json_array ();
  for (guint i = 0; i < 5000; i++) /* more than one buffer */
    json_array_append_new (array, json_integer (i));
  text = assay_json_canonical (array);
  g_autoptr (json_t) back = parse (text, &error);
  assert_true (json_equal (array, back));
  free (text);
}

static void
large_numbers_become_text (void **state)
{
  g_autoptr (json_t) hex = assay_json_hex64 (G_MAXUINT64), zero = assay_json_hex64 (0);
  g_autoptr (json_t) below = assay_json_count ((G_GUINT64_CONSTANT (1) << 53) - 1);
  g_autoptr (json_t) above = assay_json_count (G_GUINT64_CONSTANT (1) << 53);
  assert_string_equal (json_string_value (hex), "0xffffffffffffffff");
  assert_string_equal (json_string_value (zero), "0x0");
  assert_int_equal (json_integer_value (below), 9007199254740991);
  assert_string_equal (json_string_value (above), "0x20000000000000");
}

static void
any_text_becomes_a_string (void **state)
{
  g_autoptr (json_t) plain = assay_json_text ("a\\\n\xc3\xa9"), raw = assay_json_text ("a\xff");
  assert_string_equal (json_string_value (plain), "a\\\n\xc3\xa9");
  assert_string_equal (json_string_value (raw), "a\\xFF");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (strict_json_is_read),        cmocka_unit_test (anything_else_is_refused),
    cmocka_unit_test (a_nul_byte_ends_nothing),    cmocka_unit_test (the_place_is_named),
    cmocka_unit_test (depth_ends_at_64),           cmocka_unit_test (a_document_that_is_too_large_is_not_touched),
    cmocka_unit_test (what_is_no_text_is_escaped), cmocka_unit_test (canonical_form_is_sorted_and_compact),
    cmocka_unit_test (large_numbers_become_text),  cmocka_unit_test (any_text_becomes_a_string),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
