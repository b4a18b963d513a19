#include "support.h"

#include "inventory/source_path.h"

static void
paths_are_joined (void **state)
{
  static const struct
  {
    const char *compilation_directory;
    const char *directory;
    const char *name;
    const char *expected;
  } cases[] = {
    { "/build/x", "", "a.c", "a.c" },
    { "/build/x", "lib", "a.c", "lib/a.c" },
    { "/build/x", "/build/x/lib", "a.c", "lib/a.c" },
    { "/build/x", "/build/x", "lib/a.c", "lib/a.c" },
    { "/build/x", "", "/build/x/lib/a.c", "lib/a.c" },
    { "/build/x/", "", "/build/x/lib/a.c", "lib/a.c" },
    { "/build/x", "/usr/include", "stdio.h", "/usr/include/stdio.h" },
    { "/build/x", "", "/build/xy/a.c", "/build/xy/a.c" },
    { "/build/x/o", "../lib", "a.c", "/build/x/lib/a.c" },
    { "/build/x/o", "..", "./o/a.c", "a.c" },
    { "/build/x", "./lib/.", "..//a.c", "a.c" },
    { "/build/x", "/build/x/o/../lib", "a.c", "lib/a.c" },
    { ".", "", "./lib/a.c", "lib/a.c" },
    { ".", "./lib", "a.c", "lib/a.c" },
    { ".", "..", "a.c", "../a.c" },
    { NULL, "lib", "a.c", "lib/a.c" },
    { NULL, "../..", "a.c", "../../a.c" },
    { "/", "", "a.c", "a.c" },
    { "/", "", "/a.c", "/a.c" },
    { "/build", "/../../etc", "a.c", "/etc/a.c" },
    { "/build/x", "", "/build/x", "/build/x" },
    { "/build/x", "", "", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = assay_source_path (cases[i].compilation_directory, cases[i].directory, cases[i].name);
      assert_string_equal (path, cases[i].expected);
    }
}

static void
long_paths_are_cut (void **state)
{
  g_autoptr (GString) name = g_string_new (NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append (name, i % 3 == 0 ? "abc/" : "d/");
  g_autofree char *path = assay_source_path ("/build", name->str, name->str);
  assert_int_equal (strlen (path), ASSAY_SOURCE_TEXT_MAX);
  g_autofree char *deep = assay_source_path (name->str, name->str, "a.c");
  assert_true (strlen (deep) <= ASSAY_SOURCE_TEXT_MAX);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (paths_are_joined),
    cmocka_unit_test (long_paths_are_cut),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
