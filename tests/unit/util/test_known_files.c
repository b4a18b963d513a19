#include "scratch.h"

#include "util/known_files.h"

static struct stat
look_at (const Scratch *scratch, const char *name)
{
  struct stat status;
  assert_int_equal (fstatat (assay_directory_get_fd (scratch->directory), name, &status, AT_SYMLINK_NOFOLLOW), 0);
  return status;
}

static void
a_file_is_known_by_place_and_size (void **state)
{
  const Scratch *scratch = *state;
  const AssayDigest first = { .bytes = { 1 } }, second = { .bytes = { 2 } };
  scratch_write (scratch, "a", "12345");
  scratch_write (scratch, "b", "12345");
  struct stat a = look_at (scratch, "a"), b = look_at (scratch, "b");
  g_autoptr (AssayKnownFiles) known = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
  assert_null (assay_known_files_find (known, &a));
  assay_known_files_add (known, &a, &first);
  assert_null (assay_known_files_find (known, &b));
  assay_known_files_add (known, &b, &second);
  assert_true (assay_digest_equal (assay_known_files_find (known, &a), &first));
  assert_true (assay_digest_equal (assay_known_files_find (known, &b), &second));
  a.st_size++;
  assert_null (assay_known_files_find (known, &a));
  a.st_size--;
  a.st_dev++;
  assert_null (assay_known_files_find (known, &a));
}

static void
what_was_touched_is_known_only_where_it_may_move (void **state)
{
  const Scratch *scratch = *state;
  const AssayDigest sha256 = { .bytes = { 1 } };
  int fd = assay_directory_get_fd (scratch->directory);
  scratch_write (scratch, "a", "12345");
  struct stat before = look_at (scratch, "a");
  g_autoptr (AssayKnownFiles) in_place = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
  g_autoptr (AssayKnownFiles) moved = assay_known_files_new (ASSAY_KNOWN_MOVED);
  assay_known_files_add (in_place, &before, &sha256);
  assay_known_files_add (moved, &before, &sha256);
  struct stat after = before;
  while (after.st_ctim.tv_sec == before.st_ctim.tv_sec && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
    {
      assert_int_equal (renameat (fd, "a", fd, "b"), 0);
      assert_int_equal (renameat (fd, "b", fd, "a"), 0);
      after = look_at (scratch, "a");
    }
  assert_null (assay_known_files_find (in_place, &after));
  assert_non_null (assay_known_files_find (moved, &after));
}

static void
nothing_is_known_of_what_is_no_file (void **state)
{
  const Scratch *scratch = *state;
  const AssayDigest sha256 = { .bytes = { 1 } };
  scratch_write (scratch, "a", "");
  assert_int_equal (symlinkat ("a", assay_directory_get_fd (scratch->directory), "link"), 0);
  struct stat file = look_at (scratch, "a"), link = look_at (scratch, "link");
  g_autoptr (AssayKnownFiles) known = assay_known_files_new (ASSAY_KNOWN_MOVED);
  assay_known_files_add (known, &link, &sha256);
  assert_null (assay_known_files_find (known, &link));
  assay_known_files_add (NULL, &file, &sha256);
  assert_null (assay_known_files_find (NULL, &file));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (a_file_is_known_by_place_and_size, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_was_touched_is_known_only_where_it_may_move, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (nothing_is_known_of_what_is_no_file, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
