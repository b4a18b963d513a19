#include "both_users.h"
#include "cmocka_all.h"

#include "cage/cage.h"

#include <fcntl.h>
#include <signal.h>

/* Whether any process was started with this word as an argument. */
static gboolean
process_exists (const char *word)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length;
      if (!g_ascii_isdigit (name[0]) || !g_file_get_contents (path, &text, &length, NULL))
        continue;
      for (gsize i = 0; i < length; i += strlen (text + i) + 1)
        if (g_str_equal (text + i, word))
          return TRUE;
    }
  return FALSE;
}

/* Polls for some seconds at most; a test fails by what is so at the end, not by how long it took. */
static gboolean
becomes (gboolean wanted, const char *word)
{
  for (int i = 0; i < 2000; i++)
    {
      if (process_exists (word) == wanted)
        return TRUE;
      g_usleep (10000);
    }
  return FALSE;
}

static gboolean
run_script (const char *script, int *out_status, GError **error)
{
  const char *const arguments[] = { "sh", "-c", script, NULL };
  AssayCageLimits limits;
  AssayIdentity identity;
  assay_cage_limits_init (&limits);
  g_autoptr (AssayGuard) guard = assay_guard_new (&limits);
  assay_identity_choose (&identity);
  g_autoptr (AssayCage) cage = assay_cage_new (&identity, guard, ASSAY_CAGE_USER, error);
  int log_fd = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  const AssayCageCommand command = { arguments, "/", log_fd };
  assert_non_null (cage);
  assay_cage_set_variable (cage, "PATH", "/usr/bin:/bin");
  gboolean done = assay_cage_run (cage, &command, out_status, error);
  close (log_fd);
  return done;
}

static void
the_status_is_the_commands (void **state)
{
  g_autoptr (GError) error = NULL;
  int status = -1;
  assert_true (run_script ("exit 0", &status, &error));
  assert_int_equal (status, 0);
  assert_true (run_script ("exit 42", &status, &error));
  assert_int_equal (status, 42);
  assert_true (run_script ("kill -TERM $$", &status, &error));
  assert_int_equal (status, 128 + SIGTERM);
}

static void
a_command_cannot_forge_its_status (void **state)
{
  g_autoptr (GError) error = NULL;
  int status = -1;
  /* bwrap's own channel is no descriptor of the command */
  assert_true (
      run_script ("for fd in 3 4 5 6 7 8 9; do echo '{ \"exit-code\": 0 }' >&$fd; done 2> /dev/null; kill -9 1; exit 9",
                  &status, &error));
  assert_int_equal (status, 9);
}

static void
a_killed_parent_leaves_nothing_running (void **state)
{
  int status;
  pid_t pid = fork ();
  if (pid == 0)
    {
      run_script ("trap '' TERM HUP; (setsid sleep 98241 &); exec sleep 98242", &status, NULL);
      _exit (0);
    }
  assert_true (becomes (TRUE, "98241"));
  assert_true (becomes (TRUE, "98242"));
  kill (pid, SIGKILL);
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_true (becomes (FALSE, "98241"));
  assert_true (becomes (FALSE, "98242"));
}

static void
many_orphans_are_gone_on_return (void **state)
{
  g_autoptr (GError) error = NULL;
  int status = -1;
  assert_true (run_script (
      "for i in 1 2 3 4 5 6 7 8 9 10; do (setsid sh -c 'trap \"\" TERM; sleep 98243; sleep 98243' &); done; exit 5",
      &status, &error));
  assert_int_equal (status, 5);
  assert_false (process_exists ("98243"));
  assert_int_equal (waitpid (-1, NULL, WNOHANG), -1);
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_status_is_the_commands),
    cmocka_unit_test (a_command_cannot_forge_its_status),
    cmocka_unit_test (a_killed_parent_leaves_nothing_running),
    cmocka_unit_test (many_orphans_are_gone_on_return),
  };
  return cmocka_run_group_tests_name ("supervisor", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
