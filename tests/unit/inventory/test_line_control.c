#include "support.h"

#include "inventory/line_control.h"

/* Of which other files a text says that its lines are. */

static AssayLineControl *
control_of (const char *text)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (text, strlen (text));
  AssayLineControl *control = NULL;
  assert_true (assay_line_control_find (blob, &control, NULL));
  return control;
}

/* The names, with commas; behind them "*" where it may be any; "" for none. */
static char *
names_of (const char *text)
{
  g_autoptr (AssayLineControl) control = control_of (text);
  GString *out = g_string_new (NULL);
  for (guint i = 0; control != NULL && i < control->names->len; i++)
    g_string_append_printf (out, "%s%s", i == 0 ? "" : ",", (const char *)g_ptr_array_index (control->names, i));
  return g_string_append (out, control != NULL && control->any ? "*" : ""), g_string_free (out, FALSE);
}

static void
assert_names (const char *text, const char *expected)
{
  g_autofree char *names = names_of (text);
  assert_string_equal (names, expected);
}

static void
directives_of_c_are_found (void **state)
{
  (void)state;
  assert_names ("#line 1 \"a.c\"\n", "a.c");
  assert_names ("int x;\n  #  line 12   \"a.c\"", "a.c");
  assert_names ("#line 1\"a.c\"\n", "a.c");
  assert_names ("# 1 \"a.c\" 2 3\n# 7 \"b.c\"\n# 1 \"a.c\"\n", "a.c,b.c");
  assert_names ("%:line 1 \"a.c\"\n", "a.c");
  assert_names ("?\?=line 1 \"a.c\"\n", "a.c");
  assert_names ("#li\\\nne 1 \"a\\\n.c\"\n", "a.c");
  assert_names ("#li?\?/\nne 1 \"a.c\"\n", "a.c");
  assert_names ("#line \\ \t\n 1 \"a.c\"\r\n", "a.c");
  assert_names ("/* x */ # /* y */ line /**/ 1 /* z */ \"a.c\"\n", "a.c");
  assert_names ("/* x\n y */ #line 1 \"a.c\"\n", "a.c");
  assert_names ("#line 1 \"dir\\\\a\\\"b.c\"\n", "dir\\\\a\"b.c");
}

static void
what_may_be_any_name_is_one (void **state)
{
  (void)state;
  assert_names ("#line HERE\n", "*");
  assert_names ("#line 1 NAME\n", "*");
  assert_names ("#line 1 L\"a.c\"\n", "*");
  assert_names ("#line 1 /* x\n */ \"a.c\"\n", "*");
  assert_names ("#line 1 \"a.c\n", "a.c*");
  assert_names ("#line\n", "*");
}

static void
other_lines_name_nothing (void **state)
{
  (void)state;
  assert_names ("", "");
  assert_names ("#line 12\n", "");
  assert_names ("# 12\n# 12 apples\n#12\n", "");
  assert_names ("#include \"a.c\"\n#define line 1\n#lines 1 \"a.c\"\n", "");
  assert_names ("x #line 1 \"a.c\"\n", "");
  assert_names ("s.file = 1; t.loc = 2; f (s.file, \"x\"); .section .text\n", "");
  assert_names ("  .file \"a.s\"\n", "");
}

static void
assembly_is_found_anywhere (void **state)
{
  (void)state;
  assert_names ("\t.file 1 \"a.c\"\n", "a.c");
  assert_names ("\t.file 1 \"dir\" \"a.c\"\n", "a.c,dir");
  assert_names ("asm (\"nop; .file 7 \\\"a.c\\\"\\n\");\n", "a.c");
  assert_names ("asm (\".loc 1 5\");\n", "*");
  assert_names (".section .debug_line,\"\",@progbits\n", "*");
  assert_names ("asm (\".pushsection \\\".debug_info\\\"\");\n", "*");
  assert_names (".file 1 NAME\n", "*");
}

static void
go_is_found (void **state)
{
  (void)state;
  assert_names ("//line a.go:12\n", "a.go");
  assert_names ("//line a.go:12:3\n", "a.go,a.go:12");
  assert_names ("x /*line a.go:1*/ y /*line b.go:1:2*/\n", "a.go,b.go,b.go:1");
  assert_names ("//line of text\n//lines a.go:1\n", "");
}

/* A line may lie on both sides of a window, and be longer than any. */
static void
long_texts_are_read (void **state)
{
  (void)state;
  for (gsize before = 65520; before < 65545; before++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      for (gsize i = 0; i < before; i++)
        g_string_append_c (text, i % 50 == 49 ? '\n' : ' ');
      g_string_append (text, "\n#line 1 \"a.c\"\n");
      assert_names (text->str, "a.c");
    }
  g_autoptr (GString) line = g_string_new ("#");
  for (gsize i = 0; i < (2u << 20); i++)
    g_string_append_c (line, ' ');
  g_string_append (line, "line 1 \"a.c\"\n");
  assert_names (line->str, "*");
  g_string_assign (line, "");
  for (gsize i = 0; i < 200000; i++)
    g_string_append (line, "/**/");
  assert_names (line->str, "");
  g_string_append (line, "# line 1 \"a.c\"");
  g_autofree char *names = names_of (line->str);
  assert_true (*names != '\0');
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (directives_of_c_are_found),
    cmocka_unit_test (what_may_be_any_name_is_one),
    cmocka_unit_test (other_lines_name_nothing),
    cmocka_unit_test (assembly_is_found_anywhere),
    cmocka_unit_test (go_is_found),
    cmocka_unit_test (long_texts_are_read),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
