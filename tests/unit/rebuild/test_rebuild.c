#include "recipe_maker.h"

#include "util/cancel.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static void
a_small_program_is_built (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_write (maker, "app/main.c", "#include <stdio.h>\nint main (void) { puts (GREETING); return 0; }\n");
  maker_write (maker, "app/Makefile", "app: main.c\n\tcc -DGREETING='\"ahoy\"' -o app main.c\n");
  maker_layer (maker, maker->recipe.source, ASSAY_SOURCE_DIRECTORY, "app", ".");
  maker_step (maker, "make -j$JOBS");
  maker_step (maker, "./app > said; echo $JOBS > jobs; pwd > where");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *said = rebuilt_text (rebuild, "src/said");
  g_autofree char *jobs = rebuilt_text (rebuild, "src/jobs");
  g_autofree char *where = rebuilt_text (rebuild, "src/where");
  assert_string_equal (said, "ahoy\n");
  assert_string_equal (jobs, "2\n");
  assert_string_equal (where, "/build/src\n");
  assert_true (g_str_has_prefix (assay_rebuild_get_source_swhid (rebuild), "swh:1:dir:"));
}

static void
the_log_has_a_header_for_each_step_and_no_time (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *log = NULL;
  maker_step (maker, "echo one");
  maker_step (maker, "echo two >&2");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  assert_true (g_file_get_contents (assay_rebuild_get_log (rebuild), &log, NULL, NULL));
  assert_string_equal (log, "== step 1 of 2 (recipe.yaml:20)\none\n== step 2 of 2 (recipe.yaml:21)\ntwo\n");
}

static void
a_failing_step_is_named_with_its_last_lines (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, "true");
  maker_step (
      maker,
      "i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i+1)); done; printf 'esc\\033[31m\\n'; false; echo never");
  maker_step (maker, "true");
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayRebuild) rebuild = maker_run (maker, NULL, &error);
  assert_null (rebuild);
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_STEP));
  assert_true (g_str_has_prefix (error->message,
                                 "step 2 of 3 (recipe.yaml:21) ended with status 1; the last lines of its log:\n"));
  assert_non_null (strstr (error->message, "\n  line 31\n"));
  assert_null (strstr (error->message, "line 30\n"));
  assert_non_null (strstr (error->message, "\n  esc\\x1B[31m"));
  assert_null (strstr (error->message, "\n  never\n"));
  /* and how to repeat it */
  assert_non_null (strstr (error->message, "\n  it ran by `sh -e` in /build/src:\n    i=0; while "));
  assert_non_null (strstr (error->message, "\n  with the environment:\n"));
  assert_non_null (strstr (error->message, "\n    HOME=/home/assay\n"));
}

static void
a_step_ended_by_a_signal_has_failed (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, "kill -9 $$");
  maker_fail (maker, ASSAY_ERROR_STEP, "ended with status 137");
}

static void
a_step_longer_than_one_argument_runs (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autoptr (GString) script = g_string_new (NULL);
  while (script->len < 400000)
    g_string_append (script, ": a line that does nothing but be there\n");
  g_string_append (script, "echo long > long\n");
  maker_step (maker, script->str);
  maker_step (maker, "echo short > short");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *said = rebuilt_text (rebuild, "src/long");
  assert_string_equal (said, "long\n");
}

static void
tmp_and_home_live_as_long_as_the_rebuild (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, "echo kept > /tmp/a; echo kept > $HOME/b; cat /var/tmp/a; [ ! -e /tmp/home ]");
  maker_step (maker, "cat /tmp/a $HOME/b > both");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *both = rebuilt_text (rebuild, "src/both");
  assert_string_equal (both, "kept\nkept\n");
}

static void
with_a_work_dir_tree_and_log_stay (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *work = NULL, *log = NULL, *built = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;
  /* The sandbox's user must be able to come by. */
  assert_int_equal (chmod (assay_private_directory_get_path (maker->directory), 0711), 0);
  work = maker_path (maker, "work");
  log = maker_path (maker, "work/test_1.0-1/build.log");
  built = maker_path (maker, "work/test_1.0-1/build/src/made");
  second = maker_path (maker, "work/test_1.0-2/build.log");
  maker_step (maker, "echo made > made; mkdir locked; chmod 0 locked");
  AssayRebuild *rebuild = maker_run (maker, work, &error);
  if (rebuild == NULL)
    fail_msg ("%s", error->message);
  assay_rebuild_free (rebuild);
  assert_true (g_file_test (log, G_FILE_TEST_IS_REGULAR));
  assert_true (g_file_test (built, G_FILE_TEST_IS_REGULAR));
  g_ptr_array_set_size (maker->recipe.steps, 0);
  maker_step (maker, "exit 3");
  assert_null (maker_run (maker, work, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_STEP));
  assert_true (g_file_test (second, G_FILE_TEST_IS_REGULAR));
  g_autoptr (GDir) entries = g_dir_open (work, 0, NULL);
  guint count = 0;
  while (g_dir_read_name (entries) != NULL)
    count++;
  assert_int_equal (count, 2);
  g_autofree char *kept = maker_path (maker, "work/test_1.0-1");
  assert_int_equal (stat (kept, &status), 0);
  assert_int_equal (status.st_uid, geteuid ());
  assert_int_equal (status.st_mode & 0777, 0700);
}

static void
a_work_dir_behind_a_closed_door_is_said (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *work = maker_path (maker, "work");
  g_autoptr (GError) error = NULL;
  maker_step (maker, "true");
  if (geteuid () != 0)
    return; /* one's own door is open */
  assert_null (maker_run (maker, work, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX));
  assert_non_null (strstr (error->message, "cannot pass through"));
}

static void
two_rebuilds_leave_no_process_and_no_file (void **state)
{
  /* that no file stays is checked at the end of all tests (both_users.h) */
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (Maker) maker = maker_new_small ();
      maker_step (maker, "sleep 98231 & (setsid sleep 98231 &) ; mkdir -p a/b; chmod 0 a/b a");
      maker_step (maker, "for p in /proc/[0-9]*; do [ $(cat $p/comm) != sleep ]; done; echo done > done");
      g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
      assert_false (process_exists ("98231"));
    }
  assert_int_equal (waitpid (-1, NULL, WNOHANG), -1);
}

static void
patches_apply_in_order (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_write (maker, "1.patch", "--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello\n+good day\n");
  maker_write (maker, "2.patch", "--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1,2 @@\n good day\n+sir\n");
  maker_layer (maker, maker->recipe.patches, ASSAY_SOURCE_FILE, "1.patch", ".")->strip = 1;
  maker_layer (maker, maker->recipe.patches, ASSAY_SOURCE_FILE, "2.patch", ".")->strip = 1;
  maker_step (maker, "[ $(ls | wc -l) = 1 ]");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *text = rebuilt_text (rebuild, "src/hello.txt");
  assert_string_equal (text, "good day\nsir\n");
}

static void
a_patch_that_does_not_apply_is_named (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_write (maker, "bad.patch", "--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hullo\n+good day\n");
  maker_layer (maker, maker->recipe.patches, ASSAY_SOURCE_FILE, "bad.patch", ".")->strip = 1;
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_STEP, "the patch bad.patch (recipe.yaml:5) does not apply");
}

static void
a_patch_whose_context_only_nearly_agrees_does_not_apply (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_write (maker, "fuzzy/hello.txt", "a\nb\nc\nhello\nx\ny\nz\n");
  maker_layer (maker, maker->recipe.source, ASSAY_SOURCE_DIRECTORY, "fuzzy", ".");
  maker_write (maker, "fuzz.patch",
               "--- a/hello.txt\n+++ b/hello.txt\n@@ -1,7 +1,7 @@\n A\n b\n c\n-hello\n+hi\n x\n y\n z\n");
  maker_layer (maker, maker->recipe.patches, ASSAY_SOURCE_FILE, "fuzz.patch", ".")->strip = 1;
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_STEP, "does not apply");
}

static void
a_patch_cannot_leave_its_directory (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *victim = maker_path (maker, "victim");
  g_autofree char *text = NULL, *patch = NULL;
  maker_write (maker, "victim", "untouched\n");
  patch = g_strdup_printf ("--- %s\n+++ %s\n@@ -1 +1 @@\n-untouched\n+touched\n", victim, victim);
  maker_write (maker, "out.patch", patch);
  maker_layer (maker, maker->recipe.patches, ASSAY_SOURCE_FILE, "out.patch", ".")->strip = 0;
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_STEP, "does not apply");
  assert_true (g_file_get_contents (victim, &text, NULL, NULL));
  assert_string_equal (text, "untouched\n");
}

/* Waits in a thread until the step runs, then sends the signal as a user would. */
static gpointer
interrupt (gpointer data)
{
  const char *log = data;
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *text = NULL;
      if (g_file_get_contents (log, &text, NULL, NULL) && strstr (text, "ready") != NULL)
        break;
      g_usleep (10000);
    }
  kill (getpid (), SIGTERM);
  return NULL;
}

static int
run_cancelled (void)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *work = maker_path (maker, "work");
  g_autofree char *log = maker_path (maker, "work/test_1.0-1/build.log");
  g_autoptr (GError) error = NULL;
  GThread *thread;
  chmod (assay_private_directory_get_path (maker->directory), 0711);
  maker_step (maker, "echo ready; exec sleep 98232");
  assay_cancel_install ();
  thread = g_thread_new ("interrupt", interrupt, log);
  AssayRebuild *rebuild = maker_run (maker, work, &error);
  g_thread_join (thread);
  if (rebuild != NULL || !g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    return 1;
  return process_exists ("98232") ? 2 : 0;
}

static void
a_signal_ends_a_rebuild_in_order (void **state)
{
  int status;
  pid_t pid = fork ();
  if (pid == 0)
    _exit (run_cancelled ());
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_int_equal (status, 0);
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_small_program_is_built),
    cmocka_unit_test (the_log_has_a_header_for_each_step_and_no_time),
    cmocka_unit_test (a_failing_step_is_named_with_its_last_lines),
    cmocka_unit_test (a_step_ended_by_a_signal_has_failed),
    cmocka_unit_test (a_step_longer_than_one_argument_runs),
    cmocka_unit_test (tmp_and_home_live_as_long_as_the_rebuild),
    cmocka_unit_test (with_a_work_dir_tree_and_log_stay),
    cmocka_unit_test (a_work_dir_behind_a_closed_door_is_said),
    cmocka_unit_test (two_rebuilds_leave_no_process_and_no_file),
    cmocka_unit_test (patches_apply_in_order),
    cmocka_unit_test (a_patch_that_does_not_apply_is_named),
    cmocka_unit_test (a_patch_whose_context_only_nearly_agrees_does_not_apply),
    cmocka_unit_test (a_patch_cannot_leave_its_directory),
    cmocka_unit_test (a_signal_ends_a_rebuild_in_order),
  };
  return cmocka_run_group_tests_name ("rebuild", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
