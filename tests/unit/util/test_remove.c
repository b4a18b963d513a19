#include "scratch.h"

#include <grp.h>
#include <stdio.h>

/* Somebody who is not root, for whom permission bits count (65534 is nobody on every Debian). */
#define NOBODY 65534

static int
make_and_remove_locked_tree (void)
{
  g_autofree char *path = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, NULL);
  if (directory == NULL)
    return 2;
  int fd = assay_directory_get_fd (directory);
  mkdirat (fd, "a", 0755);
  mkdirat (fd, "a/b", 0755);
  mkdirat (fd, "a/b/c", 0755);
  mkdirat (fd, "empty", 0000);
  close (openat (fd, "a/b/c/f", O_CREAT | O_WRONLY, 0000));
  close (openat (fd, "a/f", O_CREAT | O_WRONLY, 0444));
  if (fchmodat (fd, "a/b/c", 0000, 0) != 0 || fchmodat (fd, "a/b", 0111, 0) != 0 || fchmodat (fd, "a", 0000, 0) != 0
      || fchmod (fd, 0500) != 0)
    return 3;
  gboolean removed = assay_directory_remove_contents (directory, NULL);
  return !removed || g_rmdir (path) != 0;
}

static void
directories_without_permissions_go_too (void **state)
{
  pid_t child = fork ();
  if (child == 0)
    {
      if (geteuid () == 0
          && (setgroups (0, NULL) != 0 || setresgid (NOBODY, NOBODY, NOBODY) != 0
              || setresuid (NOBODY, NOBODY, NOBODY) != 0))
        _exit (4);
      _exit (make_and_remove_locked_tree ());
    }
  int status;
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

static void
links_are_removed_and_what_they_point_to_stays (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory);
  assert_int_equal (mkdirat (fd, "kept", 0711), 0);
  scratch_write (scratch, "kept/file", "x");
  assert_int_equal (mkdirat (fd, "gone", 0755), 0);
  assert_int_equal (mkdirat (fd, "gone/d", 0755), 0);
  assert_int_equal (symlinkat ("../kept", fd, "gone/link"), 0);
  assert_int_equal (symlinkat ("../../kept", fd, "gone/d/link"), 0);
  assert_int_equal (mkfifoat (fd, "gone/fifo", 0000), 0);
  g_autoptr (AssayDirectory) gone = assay_directory_open_beneath (scratch->directory, "gone", NULL);
  assert_true (assay_directory_remove_contents (gone, NULL));
  struct stat kept;
  assert_int_equal (fstatat (fd, "kept", &kept, 0), 0);
  assert_int_equal (kept.st_mode & 07777, 0711);
  g_autofree char *text = scratch_read (scratch, "kept/file");
  assert_string_equal (text, "x");
  assert_int_equal (unlinkat (fd, "gone", AT_REMOVEDIR), 0);
}

/* Deeper than a path, a stack of directories, or the descriptors of a process reach. */
static void
any_depth_goes (void **state)
{
  const Scratch *scratch = *state;
  int at = dup (assay_directory_get_fd (scratch->directory));
  for (guint i = 0; i < 2000; i++)
    {
      assert_int_equal (mkdirat (at, "dd", 0755), 0);
      int next = openat (at, "dd", O_RDONLY | O_DIRECTORY);
      assert_true (next >= 0);
      close (at);
      at = next;
    }
  close (at);
  assert_true (assay_directory_remove_contents (scratch->directory, NULL));
  assert_int_equal (scratch_count (scratch), 0);
}

static void
names_of_ours_are_no_obstacle (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory);
  for (guint i = 0; i < 3; i++)
    {
      char name[64];
      g_snprintf (name, sizeof name, ".assay-removed-%u", i);
      assert_int_equal (mkdirat (fd, name, 0755), 0);
      for (guint j = 0; j < 200; j++)
        {
          char inner[128];
          g_snprintf (inner, sizeof inner, "%s/%u", name, j);
          assert_int_equal (mkdirat (fd, inner, 0755), 0);
          g_strlcat (inner, "/f", sizeof inner);
          scratch_write (scratch, inner, "");
        }
    }
  assert_true (assay_directory_remove_contents (scratch->directory, NULL));
  assert_int_equal (scratch_count (scratch), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (directories_without_permissions_go_too),
    TEST (links_are_removed_and_what_they_point_to_stays),
    TEST (any_depth_goes),
    TEST (names_of_ours_are_no_obstacle),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
