#include "cmocka_all.h"

#include "cage/watch.h"
#include "util/directory.h"
#include "util/system.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/** Directories `here` with `one` and `two` in it, and `there`, which nobody watches. */
typedef struct
{
  AssayPrivateDirectory *owner;
  int fd;
  AssayWatch *watch;
} Fixture;

static void
make_file (int directory, const char *path)
{
  assay_autofd fd = openat (directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  assert_true (fd >= 0);
}

static void
open_file (int directory, const char *path)
{
  assay_autofd fd = openat (directory, path, O_RDONLY | O_CLOEXEC);
  assert_true (fd >= 0);
}

static int
set_up (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  fixture->owner = assay_private_directory_new (NULL, NULL);
  fixture->fd = assay_directory_get_fd (assay_private_directory_get_directory (fixture->owner));
  assert_int_equal (mkdirat (fixture->fd, "here", 0755), 0);
  assert_int_equal (mkdirat (fixture->fd, "here/deep", 0755), 0);
  assert_int_equal (mkdirat (fixture->fd, "there", 0755), 0);
  make_file (fixture->fd, "here/one");
  make_file (fixture->fd, "here/deep/two");
  make_file (fixture->fd, "there/three");
  fixture->watch = assay_watch_new (NULL);
  assert_non_null (fixture->watch);
  assay_autofd here = openat (fixture->fd, "here", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_true (assay_watch_add_tree (fixture->watch, here, "/inside", NULL));
  *state = fixture;
  return 0;
}

static int
tear_down (void **state)
{
  Fixture *fixture = *state;
  assay_watch_free (fixture->watch);
  assay_private_directory_free (fixture->owner);
  g_free (fixture);
  return 0;
}

/* What is listed, joined by spaces. */
static void
assert_opened (const Fixture *fixture, const char *expected)
{
  g_autoptr (GPtrArray) list = assay_watch_list_opened (fixture->watch);
  g_ptr_array_add (list, NULL);
  g_autofree char *joined = g_strjoinv (" ", (char **)list->pdata);
  assert_string_equal (joined, expected);
  assert_false (assay_watch_has_lost (fixture->watch));
}

static void
test_lists_what_is_opened_between_begin_and_end (void **state)
{
  const Fixture *fixture = *state;
  open_file (fixture->fd, "here/one");
  assay_watch_begin (fixture->watch);
  open_file (fixture->fd, "here/deep/two");
  open_file (fixture->fd, "there/three");
  open_file (fixture->fd, "here/deep");
  assay_watch_end (fixture->watch);
  open_file (fixture->fd, "here/one");
  assert_opened (fixture, "/inside/deep/two");
  assay_watch_begin (fixture->watch);
  open_file (fixture->fd, "here/one");
  assay_watch_end (fixture->watch);
  assert_opened (fixture, "/inside/deep/two /inside/one");
}

static void
test_tells_of_a_directory_by_its_first_name (void **state)
{
  const Fixture *fixture = *state;
  assay_watch_begin (fixture->watch);
  assert_int_equal (renameat (fixture->fd, "here/deep", fixture->fd, "there/other"), 0);
  open_file (fixture->fd, "there/other/two");
  assay_watch_end (fixture->watch);
  assert_opened (fixture, "/inside/deep/two");
  assert_true (assay_watch_was_moved (fixture->watch, "/inside/deep"));
  assert_false (assay_watch_was_moved (fixture->watch, "/inside"));
}

static void
test_tells_of_a_file_by_whatever_name (void **state)
{
  const Fixture *fixture = *state;
  assay_autofd three = openat (fixture->fd, "there/three", O_PATH | O_CLOEXEC);
  assert_true (assay_watch_add_file (fixture->watch, three, "/etc/three", NULL));
  assert_int_equal (linkat (fixture->fd, "there/three", fixture->fd, "there/link", 0), 0);
  assay_watch_begin (fixture->watch);
  open_file (fixture->fd, "there/link");
  assay_watch_end (fixture->watch);
  assert_opened (fixture, "/etc/three");
}

static void
test_tells_of_a_file_that_has_no_name_any_more (void **state)
{
  const Fixture *fixture = *state;
  assay_autofd one = openat (fixture->fd, "here/one", O_PATH | O_CLOEXEC);
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", one);
  assert_int_equal (unlinkat (fixture->fd, "here/one", 0), 0);
  assay_watch_begin (fixture->watch);
  open_file (AT_FDCWD, link);
  assay_watch_end (fixture->watch);
  assert_opened (fixture, "/inside/one");
}

/* A name that came with the build says nothing of the file that lay there first: what is told is the place. */
static void
test_tells_of_another_file_in_the_same_place (void **state)
{
  const Fixture *fixture = *state;
  assay_watch_begin (fixture->watch);
  assert_int_equal (renameat (fixture->fd, "there/three", fixture->fd, "here/one"), 0);
  open_file (fixture->fd, "here/one");
  assay_watch_end (fixture->watch);
  assert_opened (fixture, "/inside/one");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_lists_what_is_opened_between_begin_and_end, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_tells_of_a_directory_by_its_first_name, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_tells_of_a_file_by_whatever_name, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_tells_of_a_file_that_has_no_name_any_more, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_tells_of_another_file_in_the_same_place, set_up, tear_down),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
