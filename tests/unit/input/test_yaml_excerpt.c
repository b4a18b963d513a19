#include "input/yaml_excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The line of a text that a message speaks of, and the mark beneath. */

static void
assert_excerpt (const char *text, int line, int column, const char *expected)
{
  g_autofree char *excerpt = assay_yaml_excerpt (text, strlen (text), line, column);
  assert_string_equal (excerpt, expected);
}

static void
a_line_and_a_mark (void **state)
{
  (void)state;
  assert_excerpt ("a: 1\nb: 2\n", 2, 4, "\n    2 | b: 2\n           ^");
  assert_excerpt ("a: 1\r\nb: 2", 1, 1, "\n    1 | a: 1\n        ^");
  /* behind the last character */
  assert_excerpt ("a:", 1, 3, "\n    1 | a:\n          ^");
  assert_excerpt ("a:", 1, 99, "\n    1 | a:\n          ^");
  /* tabs, wide characters, controls, what is no character */
  assert_excerpt ("\ta: x", 1, 5, "\n    1 |  a: x\n            ^");
  assert_excerpt ("\xe4\xb8\x80: x", 1, 4, "\n    1 | \xe4\xb8\x80: x\n            ^");
  assert_excerpt ("\x01x", 1, 2, "\n    1 | \\x01x\n            ^");
  assert_excerpt ("\xffx", 1, 2, "\n    1 | \\xFFx\n            ^");
}

static void
no_line_is_nothing (void **state)
{
  (void)state;
  assert_excerpt ("", 1, 1, "");
  assert_excerpt ("a", 2, 1, "");
  assert_excerpt ("a\n\nb", 2, 1, "");
  assert_excerpt ("a", 0, 1, "");
  assert_excerpt ("a", 1, 0, "");
}

static void
long_lines_are_cut_around_the_mark (void **state)
{
  (void)state;
  g_autofree char *text = g_strnfill (4000, 'a');
  for (int column = 1; column < 4000; column += 37)
    {
      text[column - 1] = 'X';
      g_autofree char *excerpt = assay_yaml_excerpt (text, strlen (text), 1, column);
      g_auto (GStrv) lines = g_strsplit (excerpt, "\n", -1);
      text[column - 1] = 'a';
      assert_int_equal (g_strv_length (lines), 3);
      assert_true (g_utf8_strlen (lines[1], -1) <= 80);
      const char *mark = strchr (lines[2], '^');
      assert_non_null (mark);
      assert_int_equal (*g_utf8_offset_to_pointer (lines[1], mark - lines[2]), 'X');
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_line_and_a_mark),
    cmocka_unit_test (no_line_is_nothing),
    cmocka_unit_test (long_lines_are_cut_around_the_mark),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
