#include "scratch.h"

#include <signal.h>
#include <sys/prctl.h>

static void
it_is_ours_alone_and_goes (void **state)
{
  const Scratch *scratch = *state;
  struct stat status;
  mode_t mask = umask (0277); /* takes our own rights away as well */
  g_autoptr (AssayPrivateDirectory) made = assay_private_directory_new (scratch->path, NULL);
  umask (mask);
  assert_non_null (made);
  const char *path = assay_private_directory_get_path (made);
  g_autofree char *name = g_path_get_basename (path);
  assert_true (g_str_has_prefix (path, scratch->path));
  assert_true (g_str_has_prefix (name, "assay-"));
  assert_int_equal (stat (path, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0700);
  g_autoptr (GPtrArray) entries
      = assay_directory_walk (assay_private_directory_get_directory (made), 10, "entries", NULL);
  assert_int_equal (entries->len, 0);
  g_autofree char *inner = g_build_filename (path, "deep", NULL);
  assert_int_equal (mkdir (inner, 0000), 0);
  assay_private_directory_free (g_steal_pointer (&made));
  assert_int_equal (scratch_count (scratch), 0);
}

static void
the_parent_is_tmpdir_by_default (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *before = g_strdup (g_getenv ("TMPDIR"));
  g_setenv ("TMPDIR", scratch->path, TRUE);
  g_autoptr (AssayPrivateDirectory) made = assay_private_directory_new (NULL, NULL);
  assert_true (g_str_has_prefix (assay_private_directory_get_path (made), scratch->path));
  if (before != NULL)
    g_setenv ("TMPDIR", before, TRUE);
  else
    g_unsetenv ("TMPDIR");
}

static void
a_missing_parent_is_an_error (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_fails (assay_private_directory_new ("/nonexistent/x", &error) != NULL, ASSAY_ERROR_NOT_FOUND, error);
  assert_fails (assay_private_file_new ("/nonexistent/x", &error) >= 0, ASSAY_ERROR_NOT_FOUND, error);
}

/* A process that makes one, tells that it is there, and waits for its end. */
static pid_t
start_owner (const Scratch *scratch)
{
  int ends[2];
  char byte;
  assert_int_equal (pipe (ends), 0);
  pid_t child = fork ();
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL); /* when the test fails, nothing of it stays */
      AssayPrivateDirectory *made = assay_private_directory_new (scratch->path, NULL);
      g_autofree char *file = g_build_filename (assay_private_directory_get_path (made), "f", NULL);
      if (g_file_set_contents (file, "x", 1, NULL) && write (ends[1], "!", 1) == 1)
        for (;;)
          pause ();
      _exit (1);
    }
  close (ends[1]);
  assert_int_equal (read (ends[0], &byte, 1), 1);
  close (ends[0]);
  return child;
}

static void
what_a_killed_process_left_goes_and_what_lives_stays (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory), status;
  pid_t dead = start_owner (scratch), living = start_owner (scratch);
  assert_int_equal (scratch_count (scratch), 4);
  kill (dead, SIGKILL);
  assert_int_equal (waitpid (dead, &status, 0), dead);
  /* Directories of the user that look like ours, and locks that are none of ours. */
  assert_int_equal (mkdirat (fd, "assay-2024-report", 0700), 0);
  scratch_write (scratch, "assay-2024-report/f", "mine");
  assert_int_equal (mkdirat (fd, "assay-2025-report", 0700), 0);
  scratch_write (scratch, "assay-2025-report.lock", "not empty");
  assert_int_equal (mkdirat (fd, "assay-2026-report", 0755), 0);
  scratch_write (scratch, "assay-2026-report.lock", "");
  scratch_write (scratch, "assay-2026-report/f", "mine");
  assert_int_equal (scratch_count (scratch), 9);

  g_autoptr (AssayPrivateDirectory) made = assay_private_directory_new (scratch->path, NULL);
  assert_non_null (made);
  assert_int_equal (scratch_count (scratch), 9 - 2 + 2);
  g_autofree char *mine = scratch_read (scratch, "assay-2024-report/f");
  g_autofree char *shared = scratch_read (scratch, "assay-2026-report/f");
  assert_string_equal (mine, "mine");
  assert_string_equal (shared, "mine");
  kill (living, SIGKILL);
  assert_int_equal (waitpid (living, &status, 0), living);
}

static void
a_forked_child_removes_nothing (void **state)
{
  const Scratch *scratch = *state;
  int status;
  g_autoptr (AssayPrivateDirectory) made = assay_private_directory_new (scratch->path, NULL);
  pid_t child = fork ();
  if (child == 0)
    {
      assay_private_directory_free (made);
      _exit (0);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (g_file_test (assay_private_directory_get_path (made), G_FILE_TEST_IS_DIR));
}

static void
a_private_file_has_no_name (void **state)
{
  const Scratch *scratch = *state;
  struct stat status;
  char out[2];
  int fd = assay_private_file_new (scratch->path, NULL);
  assert_true (fd >= 0);
  assert_int_equal (scratch_count (scratch), 0);
  assert_int_equal (fstat (fd, &status), 0);
  assert_int_equal (status.st_nlink, 0);
  assert_int_equal (status.st_mode & 07777, 0600);
  assert_true (pwrite (fd, "ab", 2, 0) == 2 && pread (fd, out, 2, 0) == 2);
  close (fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (it_is_ours_alone_and_goes),      TEST (the_parent_is_tmpdir_by_default),
    TEST (a_missing_parent_is_an_error),   TEST (what_a_killed_process_left_goes_and_what_lives_stays),
    TEST (a_forked_child_removes_nothing), TEST (a_private_file_has_no_name),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
