#include "scratch.h"

#include "util/cancel.h"
#include "util/stream.h"
#include "util/system.h"

#include <signal.h>

/* The reading end of a pipe into which another process writes @count times @text, with a pause before each. */
static int
open_writer (const char *text, guint count, pid_t *out_pid)
{
  int fds[2];
  assert_int_equal (pipe2 (fds, O_CLOEXEC), 0);
  *out_pid = fork ();
  if (*out_pid == 0)
    {
      close (fds[0]);
      for (guint i = 0; i < count; i++)
        {
          g_usleep (1000);
          if (!assay_system_write_all (fds[1], text, strlen (text)))
            _exit (0);
        }
      _exit (0);
    }
  close (fds[1]);
  return fds[0];
}

static void
what_comes_in_pieces_is_read_whole (void **state)
{
  g_autoptr (GError) error = NULL;
  pid_t writer;
  assay_autofd fd = open_writer ("piece ", 20, &writer);
  g_autoptr (GBytes) bytes = assay_stream_read_all (fd, "pipe", 1000, &error);
  waitpid (writer, NULL, 0);
  assert_non_null (bytes);
  assert_int_equal (g_bytes_get_size (bytes), 120);
  assert_memory_equal ((const char *)g_bytes_get_data (bytes, NULL) + 114, "piece ", 6);
}

static void
a_pipe_without_writer_is_empty (void **state)
{
  g_autoptr (GError) error = NULL;
  pid_t writer;
  assay_autofd fd = open_writer ("", 0, &writer);
  waitpid (writer, NULL, 0);
  g_autoptr (GBytes) bytes = assay_stream_read_all (fd, "pipe", 1000, &error);
  assert_non_null (bytes);
  assert_int_equal (g_bytes_get_size (bytes), 0);
}

/* A file that grows through several doublings of the buffer, at its very end. */
static void
one_byte_too_many_is_seen (void **state)
{
  const Scratch *scratch = *state;
  static const gsize max = 200000;
  g_autofree char *path = g_build_filename (scratch->path, "large", NULL);
  scratch_write (scratch, "large", "");
  for (gsize more = 0; more <= 2; more++)
    {
      g_autoptr (GError) error = NULL;
      assert_int_equal (truncate (path, (off_t)(max + more)), 0);
      assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
      g_autoptr (GBytes) bytes = assay_stream_read_all (fd, "large", max, &error);
      assert_non_null (bytes);
      assert_int_equal (g_bytes_get_size (bytes), max + MIN (more, 1));
    }
}

static void
what_cannot_be_read_is_an_error (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  assay_autofd fd = open (scratch->path, O_RDONLY | O_CLOEXEC);
  assert_fails (assay_stream_read_all (fd, "dir", 10, &error) != NULL, ASSAY_ERROR_IO, error);
}

/* In a process of its own, which a signal marks for good. Nobody ever writes. */
static int
wait_for_a_signal (void)
{
  g_autoptr (GError) error = NULL;
  int fds[2];
  pid_t waiting = getpid ();
  signal (SIGTERM, SIG_DFL);
  assay_cancel_install ();
  if (pipe2 (fds, O_CLOEXEC) != 0)
    return 1;
  pid_t sender = fork ();
  if (sender == 0)
    {
      g_usleep (50000);
      kill (waiting, SIGTERM);
      _exit (0);
    }
  if (assay_stream_read_all (fds[0], "pipe", 10, &error) != NULL)
    return 2;
  waitpid (sender, NULL, 0);
  return !g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_CANCELLED);
}

static void
a_signal_ends_the_waiting (void **state)
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    _exit (wait_for_a_signal ());
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_comes_in_pieces_is_read_whole),
    cmocka_unit_test (a_pipe_without_writer_is_empty),
    cmocka_unit_test_setup_teardown (one_byte_too_many_is_seen, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_cannot_be_read_is_an_error, scratch_setup, scratch_teardown),
    cmocka_unit_test (a_signal_ends_the_waiting),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
