#include "scratch.h"

static void
make_tree (const Scratch *scratch)
{
  int fd = assay_directory_get_fd (scratch->directory);
  assert_int_equal (mkdirat (fd, "b", 0755), 0);
  assert_int_equal (mkdirat (fd, "b/c", 0755), 0);
  scratch_write (scratch, "b/c/deep", "12345");
  scratch_write (scratch, "b-x", "");
  scratch_write (scratch, "a", "1");
  scratch_write (scratch, "\xff", "");
  assert_int_equal (symlinkat ("../b", fd, "b/link"), 0);
  assert_int_equal (symlinkat ("/nowhere", fd, "z"), 0);
  assert_int_equal (mkfifoat (fd, "fifo", 0600), 0);
}

static void
a_walk_is_sorted_bytewise_and_follows_nothing (void **state)
{
  static const char *const wanted[] = { "a", "b", "b-x", "b/c", "b/c/deep", "b/link", "fifo", "z", "\xff" };
  const Scratch *scratch = *state;
  make_tree (scratch);
  g_autoptr (GPtrArray) entries = assay_directory_walk (scratch->directory, 9, "entries", NULL);
  assert_non_null (entries);
  assert_int_equal (entries->len, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < entries->len; i++)
    assert_string_equal (((AssayDirectoryEntry *)entries->pdata[i])->path, wanted[i]);
  const AssayDirectoryEntry *deep = entries->pdata[4], *link = entries->pdata[5], *fifo = entries->pdata[6];
  assert_int_equal (deep->status.st_size, 5);
  assert_null (deep->target);
  assert_true (S_ISLNK (link->status.st_mode));
  assert_string_equal (link->target, "../b");
  assert_true (S_ISFIFO (fifo->status.st_mode));
}

static void
a_walk_ends_at_its_limit (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  make_tree (scratch);
  assert_null (assay_directory_walk (scratch->directory, 8, "entries", &error));
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (error->message, "limit entries (8 entries) hit"));
}

static void
a_walk_begins_anew_each_time (void **state)
{
  const Scratch *scratch = *state;
  make_tree (scratch);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) entries = assay_directory_walk (scratch->directory, 100, "entries", NULL);
      assert_int_equal (entries->len, 9);
    }
  g_autoptr (AssayDirectory) beneath = assay_directory_open_beneath (scratch->directory, "b/c", NULL);
  g_autoptr (GPtrArray) entries = assay_directory_walk (beneath, 100, "entries", NULL);
  assert_int_equal (entries->len, 1);
}

static void
a_path_that_is_too_long_is_an_error_and_not_left_out (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (250, 'd');
  int at = dup (assay_directory_get_fd (scratch->directory));
  for (guint i = 0; i < 20; i++)
    {
      assert_int_equal (mkdirat (at, name, 0755), 0);
      int next = openat (at, name, O_RDONLY | O_DIRECTORY);
      close (at);
      at = next;
    }
  close (at);
  assert_null (assay_directory_walk (scratch->directory, 100, "entries", &error));
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
}

static void
another_file_system_is_an_error (void **state)
{
  /* The kernel's own trees lie on others than the root's: /sys or /proc are mount points of nearly every system. */
  struct stat root, proc;
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayDirectory) directory = assay_directory_open ("/", NULL);
  if (stat ("/", &root) != 0 || stat ("/proc", &proc) != 0 || root.st_dev == proc.st_dev)
    skip ();
  assert_null (assay_directory_walk (directory, G_MAXUINT32, "entries", &error));
  assert_int_equal (error->code, ASSAY_ERROR_UNSUPPORTED);
}

static void
nothing_is_opened_outside (void **state)
{
  static const struct
  {
    const char *path;
    AssayErrorCode code;
  } cases[] = {
    { "..", ASSAY_ERROR_IO },          { "b/..", ASSAY_ERROR_IO },
    { "b/../..", ASSAY_ERROR_IO },     { "/", ASSAY_ERROR_IO },
    { "none", ASSAY_ERROR_NOT_FOUND }, { "a", ASSAY_ERROR_NOT_FOUND },
    { "z", ASSAY_ERROR_NOT_FOUND },    { "b/link/c", ASSAY_ERROR_UNSUPPORTED },
  };
  const Scratch *scratch = *state;
  make_tree (scratch);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayDirectory) opened = assay_directory_open_beneath (scratch->directory, cases[i].path, &error);
      if (opened != NULL)
        fail_msg ("opened %s", cases[i].path);
      if (error->code != (int)cases[i].code)
        fail_msg ("%s: %d %s", cases[i].path, error->code, error->message);
    }
  g_autoptr (AssayDirectory) self = assay_directory_open_beneath (scratch->directory, ".", NULL);
  g_autoptr (AssayDirectory) dots = assay_directory_open_beneath (scratch->directory, "b/./c", NULL);
  assert_non_null (self);
  assert_non_null (dots);
}

static void
a_directory_may_be_given_by_a_link (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  make_tree (scratch);
  g_autofree char *path = g_build_filename (scratch->path, "b", "link", NULL);
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, &error);
  /* It points to "../b", the directory that holds it. */
  assert_non_null (directory);
  assert_fails (assay_directory_open ("/nonexistent/x", &error) != NULL, ASSAY_ERROR_NOT_FOUND, error);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_walk_is_sorted_bytewise_and_follows_nothing),
    TEST (a_walk_ends_at_its_limit),
    TEST (a_walk_begins_anew_each_time),
    TEST (a_path_that_is_too_long_is_an_error_and_not_left_out),
    TEST (another_file_system_is_an_error),
    TEST (nothing_is_opened_outside),
    TEST (a_directory_may_be_given_by_a_link),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
