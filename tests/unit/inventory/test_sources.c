#include "debug_builds.h"

#include "inventory/sources.h"

static GPtrArray *
list (const char *scratch, const char *name)
{
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, name);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  gboolean whole = FALSE;
  GPtrArray *paths = assay_sources_list (interpreter, blob, &whole);
  assert_true (whole);
  return paths;
}

static gboolean
has (const GPtrArray *paths, const char *directory, const char *path)
{
  g_autofree char *whole = directory == NULL ? g_strdup (path) : g_build_filename (directory, path, NULL);
  return g_ptr_array_find_with_equal_func ((GPtrArray *)paths, whole, g_str_equal, NULL);
}

static void
sources_of_all_units_are_listed (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  for (guint version = 2; version <= 5; version++)
    {
      g_autofree char *command = g_strdup_printf ("gcc -gdwarf-%u -O1 lib/a.c main.c -o prog", version);
      assert_true (build (scratch, command));
      g_autoptr (GPtrArray) paths = list (scratch, "prog");
      assert_true (has (paths, scratch, "lib/a.c"));
      assert_true (has (paths, scratch, "main.c"));
      assert_false (has (paths, scratch, "never.c"));
    }
}

static void
a_directory_that_was_replaced_is_relative (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O1 -ffile-prefix-map=\"$PWD\"=. lib/a.c \"$PWD/main.c\" -o prog"));
  g_autoptr (GPtrArray) paths = list (scratch, "prog");
  assert_true (has (paths, NULL, "lib/a.c"));
  assert_true (has (paths, NULL, "main.c"));
}

static void
what_has_no_debug_information_lists_nothing (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -O1 lib/a.c main.c -s -o prog"));
  g_autoptr (GPtrArray) paths = list (scratch, "prog");
  assert_int_equal (paths->len, 0);
}

static void
damage_is_no_list (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O1 lib/a.c main.c -o prog && objcopy --update-section "
                               ".debug_info=main.c prog torn"));
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, "torn");
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  gboolean whole = TRUE;
  g_autoptr (GPtrArray) paths = assay_sources_list (interpreter, blob, &whole);
  assert_int_equal (paths->len, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (sources_of_all_units_are_listed, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (a_directory_that_was_replaced_is_relative, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (what_has_no_debug_information_lists_nothing, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (damage_is_no_list, make_scratch, remove_scratch),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
