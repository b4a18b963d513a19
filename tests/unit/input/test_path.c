#include "samples.h"

#include "input/path.h"

static void
paths_are_normalised (void **state)
{
  static const struct
  {
    const char *path;
    const char *normal; /* NULL: refused */
  } cases[] = {
    { ".", "." },       { "./", "." },   { "a", "a" },     { "./a//b/./c/", "a/b/c" },
    { "/", "/" },       { "//", "/" },   { "/a/.", "/a" }, { "..a/b..", "..a/b.." },
    { "...", "..." },   { "", NULL },    { "..", NULL },   { "a/..", NULL },
    { "a/../b", NULL }, { "/..", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *normal = assay_path_normalize (cases[i].path);
      if (g_strcmp0 (normal, cases[i].normal) != 0)
        fail_msg ("%s gives %s", cases[i].path, normal);
    }
}

static void
parents_are_resolved_but_not_above_the_root (void **state)
{
  static const struct
  {
    const char *path;
    const char *resolved;
  } cases[] = {
    { "x", "/build/p/x" },
    { "../x", "/build/x" },
    { "../../x", "/x" },
    { "../..", "/" },
    { "../../..", NULL },
    { "/x", NULL },
    { "", NULL },
    { "a/../b", "/build/p/b" },
    { "*/../../y/", "/build/y" },
    { "../../../build/x", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *resolved = assay_path_resolve ("/build/p", cases[i].path);
      if (g_strcmp0 (resolved, cases[i].resolved) != 0)
        fail_msg ("%s gives %s", cases[i].path, resolved);
    }
}

static void
beneath_is_by_component (void **state)
{
  assert_true (assay_path_is_beneath ("/build/a", "/build"));
  assert_true (assay_path_is_beneath ("/a", "/"));
  assert_false (assay_path_is_beneath ("/build", "/build"));
  assert_false (assay_path_is_beneath ("/buildx", "/build"));
  assert_false (assay_path_is_beneath ("/", "/"));
  assert_false (assay_path_is_beneath ("/b", "/build"));
}

static void
files_lie_beside_what_names_them (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *real = realpath (scratch->path, NULL);
  g_autofree char *file = g_build_filename (scratch->path, "r.yaml", NULL);
  g_autofree char *directory = assay_path_directory_of (file);
  g_autofree char *relative = assay_path_from_file (directory, "../x");
  g_autofree char *absolute = assay_path_from_file (directory, "/x");
  g_autofree char *wanted = g_strconcat (real, "/../x", NULL);
  g_autofree char *plain = assay_path_directory_of ("r.yaml");
  g_autofree char *gone = assay_path_directory_of ("/does/not/exist/r.yaml");
  assert_string_equal (directory, real);
  assert_string_equal (relative, wanted);
  assert_string_equal (absolute, "/x");
  assert_int_equal (plain[0], '/');
  assert_string_equal (gone, "/does/not/exist");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (paths_are_normalised),
    cmocka_unit_test (parents_are_resolved_but_not_above_the_root),
    cmocka_unit_test (beneath_is_by_component),
    cmocka_unit_test_setup_teardown (files_lie_beside_what_names_them, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name ("input/path", tests, NULL, NULL);
}
