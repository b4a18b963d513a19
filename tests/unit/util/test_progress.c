#include "scratch.h"

#include "util/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* Takes standard error away while a test draws; what was drawn comes back as text. */
typedef struct
{
  int saved;
  FILE *file;
} Capture;

static Capture
capture_begin (void)
{
  Capture capture = { dup (STDERR_FILENO), tmpfile () };
  assert_non_null (capture.file);
  dup2 (fileno (capture.file), STDERR_FILENO);
  return capture;
}

static char *
capture_end (Capture *capture)
{
  dup2 (capture->saved, STDERR_FILENO);
  close (capture->saved);
  struct stat status;
  assert_int_equal (fstat (fileno (capture->file), &status), 0);
  char *text = g_malloc0 ((gsize)status.st_size + 1);
  assert_int_equal (pread (fileno (capture->file), text, (size_t)status.st_size, 0), status.st_size);
  fclose (capture->file);
  return text;
}

static void
nobody_looks (void **state)
{
  assert_null (assay_progress_new (ASSAY_PROGRESS_NEVER));
  assay_progress_stage (NULL, "x", 1, NULL);
  assay_progress_add (NULL, 1);
  assay_progress_clear (NULL);
  assay_progress_free (NULL);
}

static void
nothing_is_shown_where_there_is_no_terminal (void **state)
{
  Capture capture = capture_begin ();
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_AUTO);
  g_autofree char *text = capture_end (&capture);
  assert_null (progress);
  assert_string_equal (text, "");
}

static void
the_line_says_what_and_how_far_and_goes (void **state)
{
  Capture capture = capture_begin ();
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_ALWAYS);
  assay_progress_stage (progress, "unpacking a\nb", 200, "files");
  assay_progress_clear (progress);
  assay_progress_clear (progress);
  assay_progress_stage (progress, "comparing", 0, NULL);
  assay_progress_free (progress);
  g_autofree char *text = capture_end (&capture);
  assert_true (g_str_has_prefix (text, "\runpacking a\\x0Ab  0%  "));
  assert_non_null (strstr (text, "\033[K\r\033[K\rcomparing  "));
  assert_true (g_str_has_suffix (text, "\033[K\r\033[K"));
  assert_null (strchr (text, '\n'));
}

static void
a_fast_loop_draws_seldom_and_overflow_is_held (void **state)
{
  Capture capture = capture_begin ();
  g_autoptr (AssayProgress) progress = assay_progress_new (ASSAY_PROGRESS_ALWAYS);
  assay_progress_stage (progress, "x", 10, "bytes");
  for (guint i = 0; i < 100000; i++)
    assay_progress_add (progress, G_MAXUINT64 / 2);
  g_autofree char *text = capture_end (&capture);
  guint lines = 0;
  for (const char *at = text; *at != '\0'; at++)
    lines += *at == '\r';
  assert_in_range (lines, 1, 10000);
}

static gpointer
add_often (gpointer progress)
{
  for (guint i = 0; i < 1000; i++)
    assay_progress_add (progress, 1);
  return NULL;
}

static void
threads_share_it (void **state)
{
  Capture capture = capture_begin ();
  GThread *threads[3];
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_ALWAYS);
  assay_progress_add (progress, 1); /* before any stage: nothing to show */
  assay_progress_stage (progress, "x", 3000, "files");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, add_often, progress);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  assay_progress_free (progress);
  g_autofree char *text = capture_end (&capture);
  assert_true (g_str_has_prefix (text, "\rx  0%"));
}

/* How fast it goes is said after two seconds, and then how long the rest takes. */
static void
a_rate_and_the_time_that_is_left (void **state)
{
  (void)state;
  Capture capture = capture_begin ();
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_ALWAYS);
  assay_progress_stage (progress, "known", 1000u << 20, "bytes");
  assay_progress_add (progress, 10u << 20);
  g_usleep (2100000);
  assay_progress_add (progress, 1);
  assay_progress_stage (progress, "not known", 0, "files");
  assay_progress_add (progress, 1000000);
  g_usleep (2100000);
  assay_progress_add (progress, 1);
  assay_progress_free (progress);
  g_autofree char *text = capture_end (&capture);
  const char *unknown = strstr (text, "\rnot known");
  assert_non_null (unknown);
  g_autofree char *known = g_strndup (text, (gsize)(unknown - text));
  assert_non_null (strstr (known, "  10.0 MiB  "));
  assert_non_null (strstr (known, "MiB/s  0:0"));
  assert_non_null (strstr (known, "  about  "));
  assert_non_null (strstr (known, " left\033[K"));
  assert_non_null (strstr (unknown, " files/s  0:0"));
  assert_null (strstr (unknown, " left"));
}

static void
branches_have_lines_of_their_own (void **state)
{
  Capture capture = capture_begin ();
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_ALWAYS);
  assert_null (assay_progress_branch (NULL, "x"));
  assay_progress_stage (progress, "building", 4, NULL);
  AssayProgress *first = assay_progress_branch (progress, "one\n");
  AssayProgress *second = assay_progress_branch (progress, "two");
  assay_progress_stage (first, "step 1", 0, NULL);
  assay_progress_stage (second, "step 2", 0, NULL);
  assay_progress_free (first);
  assay_progress_stage (second, "step 3", 0, NULL);
  assay_progress_clear (second);
  assay_progress_free (second);
  assay_progress_free (progress);
  g_autofree char *text = capture_end (&capture);
  assert_true (g_str_has_prefix (
      text, "\rbuilding  0%  0:00\033[K\rbuilding  0%  0:00\033[K\r\n  one\\x0A: step 1  0:00\033[K"));
  assert_non_null (
      strstr (text, "\r\033[Abuilding  0%  0:00\033[K\r\n  one\\x0A: step 1  0:00\033[K\r\n  two: step 2  0:00\033[K"));
  /* one line less: what stood below is taken away */
  assert_non_null (
      strstr (text, "\r\033[A\033[Abuilding  0%  0:00\033[K\r\n  two: step 3  0:00\033[K\r\n\033[J\033[A"));
  assert_true (g_str_has_suffix (text, "\033[A\r\033[A\033[J"));
}

/* A terminal of 20 columns; a character that takes two of them is not cut in half. */
static void
a_terminal_gets_lines_that_fit (void **state)
{
  const struct winsize size = { .ws_row = 5, .ws_col = 20 };
  char text[256] = "";
  int control = posix_openpt (O_RDWR | O_NOCTTY);
  if (control < 0 || grantpt (control) != 0 || unlockpt (control) != 0)
    skip ();
  int terminal = open (ptsname (control), O_RDWR | O_NOCTTY);
  assert_true (terminal >= 0);
  assert_int_equal (ioctl (terminal, TIOCSWINSZ, &size), 0);
  int saved = dup (STDERR_FILENO);
  g_autofree char *before = g_strdup (g_getenv ("TERM"));
  dup2 (terminal, STDERR_FILENO);
  g_setenv ("TERM", "dumb", TRUE);
  AssayProgress *dumb = assay_progress_new (ASSAY_PROGRESS_AUTO);
  g_setenv ("TERM", "xterm", TRUE);
  AssayProgress *progress = assay_progress_new (ASSAY_PROGRESS_AUTO);
  assay_progress_stage (progress, "123456789012345678\xe6\xbc\xa2\xe6\xbc\xa2", 0, NULL);
  assay_progress_free (progress);
  dup2 (saved, STDERR_FILENO);
  close (saved);
  if (before != NULL)
    g_setenv ("TERM", before, TRUE);
  else
    g_unsetenv ("TERM");
  assert_true (read (control, text, sizeof text - 1) > 0);
  close (terminal);
  close (control);
  assert_null (dumb);
  assert_non_null (progress);
  assert_true (g_str_has_prefix (text, "\r123456789012345678\033[K"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (nobody_looks),
    cmocka_unit_test (nothing_is_shown_where_there_is_no_terminal),
    cmocka_unit_test (the_line_says_what_and_how_far_and_goes),
    cmocka_unit_test (a_fast_loop_draws_seldom_and_overflow_is_held),
    cmocka_unit_test (threads_share_it),
    cmocka_unit_test (a_rate_and_the_time_that_is_left),
    cmocka_unit_test (branches_have_lines_of_their_own),
    cmocka_unit_test (a_terminal_gets_lines_that_fit),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
