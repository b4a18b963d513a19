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
  /* compilers do not agree that this is one line */
  assert_names ("#li?\?/\nne 1 \"a.c\"\n", "*");
  assert_names ("// x ?\?/\n#line 1 \"a.c\"\n", "a.c*");
  assert_names ("int q; // ?\?/ \n#line 1 \"a.c\"\n", "a.c*");
  /* a mark joins one line and no more */
  assert_names ("// x \\\\\n\n#line 1 \"a.c\"\n", "a.c");
  assert_names ("// x \\\n#line 1 \"a.c\"\n", "a.c");
  /* nothing to assembly, Fortran and Go */
  assert_names ("! x \\\n# 1 \"a.c\"\n", "a.c");
  assert_names ("// x \\\n//line a.c:1\n", "a.c");
  assert_names ("# x \\\n# 1 \"a.c\"\n", "a.c");
  /* a comment that goes on in the next line, and the directive with it */
  assert_names ("#/*\n*/line 1 \"a.c\"\n", "*");
  assert_names ("# /* x */ /*\n*/line 1 \"a.c\"\n", "*");
  assert_names ("#define x /* y */ 1\n", "");
  /* no name of a file */
  assert_names ("#line 1 \"a.c/.\"\n", "*");
  assert_names ("#line 1 \"a.c/\"\n", "*");
  assert_names ("#line 1 \"a.c/x/..\"\n", "*");
  assert_names ("#line 1 \"\"\n", "*");
  assert_names ("#line 1 \"x/.a\"\n", "x/.a");
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
  assert_names ("# 1 R\"(a.c)\"\n", "*");
  assert_names ("# 1 u8\"a.c\"\n", "*");
  assert_names ("pragma Source_Reference (1, \"a.adb\");\n", "*");
  assert_names ("%line 1 a.asm\n", "*");
  assert_names ("{-# LINE 1 \"a.hs\" #-}\n", "*");
  assert_names (".li/**/nefile 1 \"a.s\"\n", "*");
  assert_names ("gpch014 and the rest\n", "*");
  assert_names ("# 1 name\n", "*");
  assert_names ("# 1 name 1 2\n", "*");
  assert_names ("# 1 /* of */ NAME OTHER\n", "*");
  assert_names ("# 1 name_of (x) y\n", "*");
  assert_names ("# 1 /* x\n */ \"a.c\"\n", "*");
}

/* As gcc undoes them; what it reads otherwise than others may be any name. */
static void
escapes_are_undone (void **state)
{
  (void)state;
  assert_names ("#line 1 \"\\147ood.c\"\n", "good.c");
  assert_names ("# 1 \"\\x67ood.c\" 3\n", "good.c");
  assert_names ("#line 1 \"\\1\\\n47ood.c\"\n", "good.c");
  assert_names ("#line 1 \"a\\\n\\147\\\r\nood.c\"\n", "agood.c");
  assert_names ("#line 1 \"\\0604.c\"\n", "04.c");
  assert_names ("#line 1 \"a\\tb\\\"\\12.c\"\n", "a\\x09b\"\\x0A.c");
  assert_names ("#line 1 \"good.c\\0x\"\n", "good.c\\x00x*");
  static const char *const unclear[]
      = { "\\x167ood.c",          "\\good.c", "\\u0067ood.c", "\\x{67}ood.c",  "\\N{X}ood.c",
          "?\?/147ood.c",         "\\xood.c", "\\8ood.c",     "\\o{147}ood.c", "\\aood.c",
          "\\150el\\154o\\148.c", "a\\?",     "a\\'",         "good.c\\400" };
  for (gsize i = 0; i < G_N_ELEMENTS (unclear); i++)
    {
      g_autofree char *text = g_strdup_printf ("#line 1 \"%s\"\n", unclear[i]);
      g_autoptr (AssayLineControl) control = control_of (text);
      if (control == NULL || !control->any)
        fail_msg ("%s", unclear[i]);
    }
  assert_names ("asm (\".file 7 \\\"\\\\147ood.c\\\"\\n\");\n", "\\\\147ood.c*");
  assert_names ("char *s = \"C:\\\\a\\\\147\\x67\";\n#define P '\\\\'\n#line 7\n", "");
}

/* A zero byte, at which a compiler's name ends. */
static void
zero_bytes_are_seen (void **state)
{
  (void)state;
  static const char text[] = "#line 1 \"good.c\0x\"\n";
  g_autoptr (AssayBlob) blob = blob_of_memory (text, sizeof text - 1);
  g_autoptr (AssayLineControl) control = NULL;
  assert_true (assay_line_control_find (blob, &control, NULL));
  assert_true (control->any);
}

static void
beginnings_and_ends_of_lines (void **state)
{
  (void)state;
  assert_names ("\xef\xbb\xbf#line 1 \"a.c\"\n", "a.c");
  assert_names ("\xef\xbb\xbf//line a.go:12\n", "a.go");
  assert_names ("\xef\xbb\xbfint x;\n", "");
  assert_names ("\xef\xbb\xbf", "");
  assert_names ("\xef\xbb", "");
  assert_names ("int x;\r#line 1 \"a.c\"\rint y;", "a.c");
  assert_names ("#li\\\rne 1 \"a.c\"\n", "a.c");
  assert_names ("#li\\\r\nne 1 \"a.c\"\r\n#line 1 \"b.c\"\r\n", "a.c,b.c");
  assert_names ("int x;\r\nint y;\r\r\n", "");
  assert_names ("x\r#line 1 \\\n\"a.c\"\n", "a.c");
  assert_names ("x\r#line\\\r 1 \"a.c\"\\\r", "a.c");
  assert_names ("asm (NAME (.line\\\rfile));\n", "*");
  assert_names ("nop\r.loc\r1 5\n", "*");
  assert_names ("#line 1 \"a.c\"\r", "a.c");
  assert_names ("s.file\r\n1 \"x\"\r\n", "");
}

static void
other_lines_name_nothing (void **state)
{
  (void)state;
  assert_names ("", "");
  assert_names ("#line 12\n", "");
  assert_names ("# 12\n# 12 apples and pears\n#12\n# 3 (or more)\n# 4 - yes\n# 5 5\n", "");
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
  assert_names ("\t.FILE 1 \"a.c\"\n", "a.c");
  assert_names (".Loc 1 5\n", "*");
  assert_names (".SECTION .debug_line\n", "*");
  assert_names (".linefile 1 \"a.s\"\n", "*");
  assert_names ("\tnop; .LineFILE 1 \"a.s\"\n", "*");
  assert_names (".irp n,linefile\n.\\n 1 \"a.s\"\n.endr\n", "*");
  assert_names ("asm (\".line\\\nfile 1 \\\"a.s\\\"\\n\");\n", "*");
  assert_names ("asm (\".irp n,\\tlinefile\\n\");\n", "*");
  assert_names ("// ends \\\n.linefile 1 \"a.s\"\n", "*");
  assert_names ("nop # /*\n.linefile 1 \"a.s\"\n# */\n", "*");
  assert_names ("/*\n// */ asm (NAME (linefile));\n", "*");
  assert_names ("asm (R\"(nop\n// )\" \"\\n.linefile 1 a\");\n", "*");
  assert_names ("  // what .linefile does\nint lines, file; /* line file */\n", "");
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
  for (gsize before = (1u << 20) - 12; before < (1u << 20) + 4; before++)
    {
      g_string_assign (line, "s = \"");
      for (gsize i = line->len; i < before; i++)
        g_string_append_c (line, ' ');
      g_string_append (line, ".linefile\";\n");
      assert_names (line->str, "*");
    }
  g_string_assign (line, "");
  for (gsize i = 0; i < (1u << 20) + 9; i++)
    g_string_append_c (line, 'x');
  g_string_append (line, "\n#line 1 \"a.c\"\n");
  assert_names (line->str, "a.c");
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
    cmocka_unit_test (directives_of_c_are_found),    cmocka_unit_test (what_may_be_any_name_is_one),
    cmocka_unit_test (escapes_are_undone),           cmocka_unit_test (zero_bytes_are_seen),
    cmocka_unit_test (beginnings_and_ends_of_lines), cmocka_unit_test (other_lines_name_nothing),
    cmocka_unit_test (assembly_is_found_anywhere),   cmocka_unit_test (go_is_found),
    cmocka_unit_test (long_texts_are_read),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
