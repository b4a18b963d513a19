#include "scratch.h"

#include "util/system.h"

#include <errno.h>

static void
errno_becomes_an_error (void **state)
{
  static const struct
  {
    int number;
    AssayErrorCode code;
  } cases[] = {
    { ENOENT, ASSAY_ERROR_NOT_FOUND },  { ENOTDIR, ASSAY_ERROR_NOT_FOUND }, { ENXIO, ASSAY_ERROR_UNSUPPORTED },
    { ELOOP, ASSAY_ERROR_UNSUPPORTED }, { EACCES, ASSAY_ERROR_IO },         { ENOSPC, ASSAY_ERROR_IO },
  };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_fails (assay_system_error (&error, cases[i].number, "open", "x"), cases[i].code, error);
  assay_system_error (&error, EACCES, "open", "a\033b");
  assert_true (g_str_has_prefix (error->message, "cannot open a\\x1Bb: "));
}

static void
reads_end_at_the_end (void **state)
{
  const Scratch *scratch = *state;
  char out[8] = "";
  scratch_write (scratch, "f", "12345");
  assay_autofd fd = assay_directory_open_file (scratch->directory, "f", NULL);
  assert_int_equal (assay_system_read_at (fd, out, 4, 0), 4);
  assert_int_equal (assay_system_read_at (fd, out, 8, 2), 3);
  assert_int_equal (assay_system_read_at (fd, out, 8, 5), 0);
  assert_int_equal (assay_system_read_at (fd, out, 8, G_MAXUINT64), -1);
  assert_int_equal (assay_system_read_at (-1, out, 8, 0), -1);
}

/* A pipe takes less than is given: all of it must come out of the other end. */
static gpointer
drain (gpointer data)
{
  int fd = *(int *)data;
  gsize total = 0;
  char piece[1000];
  for (ssize_t count = read (fd, piece, sizeof piece); count > 0; count = read (fd, piece, sizeof piece))
    total += (gsize)count;
  return (gpointer)total;
}

static void
writes_are_whole (void **state)
{
  int ends[2];
  g_autofree char *large = g_strnfill (1000000, 'x');
  assert_int_equal (pipe (ends), 0);
  GThread *reader = g_thread_new (NULL, drain, &ends[0]);
  gboolean written = assay_system_write_all (ends[1], large, 1000000);
  close (ends[1]);
  assert_int_equal ((gsize)g_thread_join (reader), 1000000);
  close (ends[0]);
  assert_true (written);
  assert_false (assay_system_write_all (-1, "x", 1));
}

static void
descriptors_close_themselves_once (void **state)
{
  int number;
  {
    assay_autofd fd = dup (STDERR_FILENO);
    number = fd;
  }
  assert_int_equal (close (number), -1);
  assay_autofd fd = dup (STDERR_FILENO);
  number = assay_fd_steal (&fd);
  assert_int_equal (fd, -1);
  assert_int_equal (close (number), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (errno_becomes_an_error),
    cmocka_unit_test_setup_teardown (reads_end_at_the_end, scratch_setup, scratch_teardown),
    cmocka_unit_test (writes_are_whole),
    cmocka_unit_test (descriptors_close_themselves_once),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
