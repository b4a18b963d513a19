#include "scratch.h"

#include "util/output.h"

#include <signal.h>
#include <sys/resource.h>

static char *
target (const Scratch *scratch, const char *name)
{
  return g_build_filename (scratch->path, name, NULL);
}

static gboolean
put (const char *path, const char *text, GError **error)
{
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  return output != NULL && assay_output_write (output, text, strlen (text), error)
         && assay_output_commit (output, error);
}

static mode_t
mode_of (const char *path)
{
  struct stat status;
  assert_int_equal (lstat (path, &status), 0);
  return status.st_mode & 07777;
}

static void
a_file_appears_whole (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = target (scratch, "out");
  mode_t mask = umask (0027);
  g_autoptr (AssayOutput) output = assay_output_new (path, NULL);
  umask (mask);
  g_autofree char *large = g_strnfill (200000, 'x');
  assert_true (assay_output_write (output, "a", 1, NULL));
  assert_true (assay_output_write (output, large, 200000, NULL));
  assert_true (assay_output_write (output, "", 0, NULL));
  for (guint i = 0; i < 70000; i++)
    assert_true (assay_output_write (output, "yz", 2, NULL));
  assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_true (assay_output_commit (output, NULL));
  g_autofree char *text = scratch_read (scratch, "out");
  assert_int_equal (strlen (text), 1 + 200000 + 140000);
  assert_true (text[0] == 'a' && text[1] == 'x' && text[200000] == 'x' && text[200001] == 'y' && text[340000] == 'z');
  assert_int_equal (mode_of (path), 0640);
  assert_int_equal (scratch_count (scratch), 1);
}

/* Around the sizes in which a file is written. */
static void
pieces_of_all_sizes_stand_in_their_order (void **state)
{
  static const gsize sizes[] = { 1, 65535, 65536, 65537, 131072, 0, 100, 65436, 65536, 7, 200000, 65535, 1, 3 };
  const Scratch *scratch = *state;
  g_autofree char *path = target (scratch, "out");
  g_autoptr (AssayOutput) output = assay_output_new (path, NULL);
  g_autoptr (GString) all = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gsize start = all->len;
      for (gsize j = 0; j < sizes[i]; j++)
        g_string_append_c (all, (char)('a' + (start + j) % 23));
      assert_true (assay_output_write (output, all->str + start, sizes[i], NULL));
    }
  assert_true (assay_output_commit (output, NULL));
  g_autofree char *text = scratch_read (scratch, "out");
  assert_string_equal (text, all->str);
}

static void
without_commit_everything_stays (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *old = target (scratch, "old"), *fresh = target (scratch, "fresh");
  g_autofree char *large = g_strnfill (200000, 'x');
  scratch_write (scratch, "old", "before");
  const char *paths[] = { old, fresh };
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (AssayOutput) output = assay_output_new (paths[i], NULL);
      assert_true (assay_output_write (output, large, 200000, NULL));
    }
  g_autofree char *text = scratch_read (scratch, "old");
  assert_string_equal (text, "before");
  assert_int_equal (scratch_count (scratch), 1);
}

static void
an_existing_file_is_replaced_and_keeps_its_mode (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = target (scratch, "out");
  scratch_write (scratch, "out", "before, and longer");
  assert_int_equal (chmod (path, 0600), 0);
  int reader = open (path, O_RDONLY);
  assert_true (put (path, "after", NULL));
  g_autofree char *text = scratch_read (scratch, "out");
  assert_string_equal (text, "after");
  assert_int_equal (mode_of (path), 0600);
  char old[6];
  assert_true (read (reader, old, 6) == 6 && memcmp (old, "before", 6) == 0);
  close (reader);
  assert_int_equal (scratch_count (scratch), 1);
}

static void
a_link_stays_a_link (void **state)
{
  const Scratch *scratch = *state;
  int fd = assay_directory_get_fd (scratch->directory);
  g_autoptr (GError) error = NULL;
  g_autofree char *link = target (scratch, "link"), *dangling = target (scratch, "dangling");
  assert_int_equal (mkdirat (fd, "d", 0755), 0);
  scratch_write (scratch, "d/real", "before");
  assert_int_equal (symlinkat ("d/real", fd, "link"), 0);
  assert_int_equal (symlinkat ("d/none", fd, "dangling"), 0);
  assert_true (put (link, "after", NULL));
  g_autofree char *text = scratch_read (scratch, "d/real");
  assert_string_equal (text, "after");
  assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  assert_fails (put (dangling, "x", &error), ASSAY_ERROR_USAGE, error);
}

static void
devices_and_pipes_are_written_directly (void **state)
{
  const Scratch *scratch = *state;
  struct stat status;
  char out[4] = "";
  g_autofree char *path = target (scratch, "fifo");
  assert_true (put ("/dev/null", "x", NULL));
  assert_true (stat ("/dev/null", &status) == 0 && S_ISCHR (status.st_mode));
  assert_int_equal (mkfifo (path, 0600), 0);
  int reader = open (path, O_RDONLY | O_NONBLOCK);
  assert_true (put (path, "abc", NULL));
  assert_int_equal (read (reader, out, 3), 3);
  assert_string_equal (out, "abc");
  close (reader);
  assert_int_equal (lstat (path, &status), 0);
  assert_true (S_ISFIFO (status.st_mode));
}

static void
a_full_device_is_an_error_that_names_the_path (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *large = g_strnfill (200000, 'x');
  assert_false (put ("/dev/full", "x", &error)); /* found only when the buffer is flushed */
  assert_int_equal (error->code, ASSAY_ERROR_IO);
  assert_non_null (strstr (error->message, "/dev/full"));
  g_clear_error (&error);
  g_autoptr (AssayOutput) output = assay_output_new ("/dev/full", NULL);
  assert_fails (assay_output_write (output, large, 200000, &error), ASSAY_ERROR_IO, error);
  assert_fails (assay_output_write (output, "x", 1, &error), ASSAY_ERROR_IO, error);
  assert_fails (assay_output_commit (output, &error), ASSAY_ERROR_IO, error);
}

/* A limit on file sizes stands for a disk that fills up half-way. */
static void
a_disk_that_fills_leaves_the_target (void **state)
{
  const Scratch *scratch = *state;
  int status;
  g_autofree char *path = target (scratch, "out");
  scratch_write (scratch, "out", "before");
  pid_t child = fork ();
  if (child == 0)
    {
      const struct rlimit limit = { 100000, 100000 };
      g_autofree char *large = g_strnfill (200000, 'x');
      g_autoptr (GError) error = NULL;
      signal (SIGXFSZ, SIG_IGN);
      setrlimit (RLIMIT_FSIZE, &limit);
      _exit (put (path, large, &error) || !g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_IO));
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  g_autofree char *text = scratch_read (scratch, "out");
  assert_string_equal (text, "before");
  assert_int_equal (scratch_count (scratch), 1);
}

static void
killed_midway_the_target_stays (void **state)
{
  const Scratch *scratch = *state;
  int status;
  g_autofree char *path = target (scratch, "out");
  scratch_write (scratch, "out", "before");
  int unnamed = open (scratch->path, O_TMPFILE | O_WRONLY, 0600);
  pid_t child = fork ();
  if (child == 0)
    {
      g_autofree char *large = g_strnfill (200000, 'x');
      AssayOutput *output = assay_output_new (path, NULL);
      assay_output_write (output, large, 200000, NULL);
      raise (SIGKILL);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFSIGNALED (status));
  g_autofree char *text = scratch_read (scratch, "out");
  assert_string_equal (text, "before");
  if (unnamed >= 0) /* else the file system cannot but keep the piece */
    assert_int_equal (scratch_count (scratch), 1);
  close (unnamed);
}

static void
paths_that_cannot_be_are_usage_errors (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *missing = target (scratch, "none/out"), *slash = target (scratch, "out/");
  g_autofree char *name = g_strnfill (300, 'n'), *long_name = target (scratch, name);
  scratch_write (scratch, "file", "");
  g_autofree char *beneath = target (scratch, "file/out");
  const char *bad[] = { missing, slash, beneath, scratch->path, "" };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_fails (assay_output_new (bad[i], &error) != NULL, ASSAY_ERROR_USAGE, error);
  assert_fails (assay_output_new (long_name, &error) != NULL, ASSAY_ERROR_USAGE, error);
  assert_int_equal (scratch_count (scratch), 1);
}

/* Runs with standard output in a file: what is written to `-` or /dev/stdout stands between what else is written there.
 */
static void
standard_output_is_not_replaced (void **state)
{
  const Scratch *scratch = *state;
  int status;
  g_autofree char *path = target (scratch, "log");
  pid_t child = fork ();
  if (child == 0)
    {
      int fd = open (path, O_WRONLY | O_CREAT | O_APPEND, 0644);
      dup2 (fd, STDOUT_FILENO);
      if (write (STDOUT_FILENO, "1", 1) != 1 || !put ("-", "2", NULL) || !put ("/dev/stdout", "3", NULL)
          || !put (path, "4", NULL) || write (STDOUT_FILENO, "5", 1) != 1)
        _exit (1);
      _exit (0);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  g_autofree char *text = scratch_read (scratch, "log");
  assert_string_equal (text, "12345");
  assert_int_equal (scratch_count (scratch), 1);
}

static void
relative_paths_work (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *before = g_get_current_dir ();
  assert_int_equal (chdir (scratch->path), 0);
  gboolean done = put ("plain", "x", NULL) && put ("plain", "y", NULL);
  assert_int_equal (chdir (before), 0);
  assert_true (done);
  g_autofree char *text = scratch_read (scratch, "plain");
  assert_string_equal (text, "y");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_file_appears_whole),
    TEST (pieces_of_all_sizes_stand_in_their_order),
    TEST (without_commit_everything_stays),
    TEST (an_existing_file_is_replaced_and_keeps_its_mode),
    TEST (a_link_stays_a_link),
    TEST (devices_and_pipes_are_written_directly),
    TEST (a_full_device_is_an_error_that_names_the_path),
    TEST (a_disk_that_fills_leaves_the_target),
    TEST (killed_midway_the_target_stays),
    TEST (paths_that_cannot_be_are_usage_errors),
    TEST (standard_output_is_not_replaced),
    TEST (relative_paths_work),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
