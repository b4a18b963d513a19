#include "scratch.h"

#include "util/own.h"
#include "util/system.h"

static char *
place (const Scratch *scratch, const char *name)
{
  assert_int_equal (chmod (scratch->path, 0755), 0);
  return g_build_filename (scratch->path, name, NULL);
}

static void
a_directory_is_made_and_ours_alone (void **state)
{
  struct stat status;
  g_autofree char *path = place (*state, "above/own");
  g_autoptr (AssayDirectory) made = assay_own_directory_open (path, NULL);
  assert_non_null (made);
  assert_int_equal (fstat (assay_directory_get_fd (made), &status), 0);
  assert_int_equal (status.st_mode & 07777, 0700);
  g_autoptr (AssayDirectory) again = assay_own_directory_open (path, NULL);
  assert_non_null (again);
}

static void
what_others_may_open_is_refused (void **state)
{
  static const mode_t modes[] = { 0701, 0710, 0702, 0740, 0777 };
  g_autofree char *path = place (*state, "own");
  g_autoptr (GError) error = NULL;
  assert_int_equal (mkdir (path, 0700), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      assert_int_equal (chmod (path, modes[i]), 0);
      assert_fails (assay_own_directory_open (path, &error), ASSAY_ERROR_UNSUPPORTED, error);
    }
}

static void
a_way_that_others_may_change_is_refused (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = place (scratch, "own");
  g_autoptr (GError) error = NULL;
  static const mode_t open[] = { 0777, 0775, 0757 };
  for (gsize i = 0; i < G_N_ELEMENTS (open); i++)
    {
      assert_int_equal (chmod (scratch->path, open[i]), 0);
      assert_fails (assay_own_check_way (path, &error), ASSAY_ERROR_UNSUPPORTED, error);
      assert_fails (assay_own_directory_open (path, &error), ASSAY_ERROR_UNSUPPORTED, error);
    }
  /* as /tmp is */
  assert_int_equal (chmod (scratch->path, 01777), 0);
  assert_true (assay_own_check_way (path, NULL));
  assert_int_equal (chmod (scratch->path, 0755), 0);
}

static void
links_and_files_are_no_directory (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = place (scratch, "own");
  g_autofree char *link = place (scratch, "link");
  g_autoptr (GError) error = NULL;
  assert_int_equal (mkdir (path, 0700), 0);
  assert_int_equal (symlink (path, link), 0);
  assert_fails (assay_own_directory_open (link, &error), ASSAY_ERROR_UNSUPPORTED, error);
  assert_int_equal (unlink (link), 0);
  scratch_write (scratch, "link", "a file");
  assert_fails (assay_own_directory_open (link, &error), ASSAY_ERROR_UNSUPPORTED, error);
}

static void
a_file_of_ours_has_one_name_and_no_other_readers (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = place (scratch, "file");
  g_autofree char *second = place (scratch, "second");
  g_autoptr (GError) error = NULL;
  scratch_write (scratch, "file", "text");
  assert_int_equal (chmod (path, 0600), 0);
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  assert_true (assay_own_check_file (fd, path, NULL));
  assert_int_equal (chmod (path, 0604), 0);
  assert_fails (assay_own_check_file (fd, path, &error), ASSAY_ERROR_UNSUPPORTED, error);
  assert_int_equal (chmod (path, 0600), 0);
  assert_int_equal (link (path, second), 0);
  assert_fails (assay_own_check_file (fd, path, &error), ASSAY_ERROR_UNSUPPORTED, error);
  assert_fails (assay_own_check_file (assay_directory_get_fd (scratch->directory), path, &error),
                ASSAY_ERROR_UNSUPPORTED, error);
}

#define TEST(test) cmocka_unit_test_setup_teardown (test, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_directory_is_made_and_ours_alone),
    TEST (what_others_may_open_is_refused),
    TEST (a_way_that_others_may_change_is_refused),
    TEST (links_and_files_are_no_directory),
    TEST (a_file_of_ours_has_one_name_and_no_other_readers),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
