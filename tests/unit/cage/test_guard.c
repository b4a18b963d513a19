#include "both_users.h"
#include "cmocka_all.h"

#include "cage/cage_limits.h"
#include "cage/guard.h"
#include "cage/usage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static gboolean
never (const AssayUsage *usage, gpointer data)
{
  return FALSE;
}

static void
write_bytes (AssayDirectory *directory, const char *name, gsize length_bytes)
{
  g_autofree char *bytes = g_malloc (length_bytes);
  int fd = openat (assay_directory_get_fd (directory), name, O_WRONLY | O_CREAT, 0644);
  memset (bytes, 'x', length_bytes);
  assert_int_equal (write (fd, bytes, length_bytes), (ssize_t)length_bytes);
  fsync (fd); /* blocks count once they are allocated */
  close (fd);
}

static void
a_tree_is_counted_without_following_links (void **state)
{
  g_autoptr (AssayPrivateDirectory) private = assay_private_directory_new (NULL, NULL);
  AssayDirectory *directory = assay_private_directory_get_directory (private);
  AssayUsage usage = { 0 };
  write_bytes (directory, "a", 100000);
  assert_int_equal (mkdirat (assay_directory_get_fd (directory), "d", 0755), 0);
  write_bytes (directory, "d/b", 100000);
  assert_int_equal (linkat (assay_directory_get_fd (directory), "a", assay_directory_get_fd (directory), "hard", 0), 0);
  assert_int_equal (symlinkat ("/", assay_directory_get_fd (directory), "root"), 0);
  assert_int_equal (symlinkat (".", assay_directory_get_fd (directory), "self"), 0);
  assert_true (assay_usage_add (&usage, directory, never, NULL));
  assert_int_equal (usage.entries, 6);
  assert_in_range (usage.bytes, 200000, 250000);
}

static void
a_deep_tree_ends_the_count_and_not_the_process (void **state)
{
  g_autoptr (AssayPrivateDirectory) private = assay_private_directory_new (NULL, NULL);
  g_autoptr (AssayDirectory) directory = assay_directory_ref (assay_private_directory_get_directory (private));
  AssayUsage usage = { 0 };
  for (int i = 0; i < 2000; i++)
    {
      AssayDirectory *next;
      assert_int_equal (mkdirat (assay_directory_get_fd (directory), "d", 0755), 0);
      next = assay_directory_open_beneath (directory, "d", NULL);
      assert_non_null (next);
      assay_directory_unref (directory);
      directory = next;
    }
  assert_true (assay_usage_add (&usage, assay_private_directory_get_directory (private), never, NULL));
  assert_int_equal (usage.entries, ASSAY_CAGE_WATCH_LEVELS + 1);
}

static void
each_limit_is_named (void **state)
{
  g_autoptr (AssayPrivateDirectory) private = assay_private_directory_new (NULL, NULL);
  AssayDirectory *directory = assay_private_directory_get_directory (private);
  AssayCageLimits limits;
  g_autoptr (GError) time_error = NULL;
  g_autoptr (GError) output_error = NULL;
  g_autoptr (GError) log_error = NULL;
  assay_cage_limits_init (&limits);
  limits.output_bytes = 50000;
  limits.log_bytes = 10;
  g_autoptr (AssayGuard) guard = assay_guard_new (&limits);
  assay_guard_watch (guard, directory);
  assert_true (assay_guard_measure (guard, NULL));
  write_bytes (directory, "a", 100000);
  assert_false (assay_guard_measure (guard, &output_error));
  assert_true (g_error_matches (output_error, ASSAY_ERROR, ASSAY_ERROR_LIMIT));
  assert_string_equal (output_error->message, "limit output (50000 bytes) hit: the rebuild wrote more");
  assert_true (assay_guard_log (guard, 10, NULL));
  assert_false (assay_guard_log (guard, 1, &log_error));
  assert_string_equal (log_error->message, "limit log (10 bytes) hit: the steps print more");
  limits.time_s = 0;
  g_autoptr (AssayGuard) late = assay_guard_new (&limits);
  assert_false (assay_guard_check (late, &time_error));
  assert_string_equal (time_error->message, "limit time (0 s) hit: the rebuild takes longer");
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_tree_is_counted_without_following_links),
    cmocka_unit_test (a_deep_tree_ends_the_count_and_not_the_process),
    cmocka_unit_test (each_limit_is_named),
  };
  return cmocka_run_group_tests_name ("guard", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
