#include "cmocka_all.h"

#include "cage/chamber.h"
#include "cage/etc.h"
#include "cage/users.h"
#include "util/system.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
a_run_is_found_by_name_or_number (void **state)
{
  static const struct
  {
    const char *text;
    gboolean found;
    guint32 first;
  } cases[] = {
    { "", FALSE, 0 },
    { "anna:100000:65536\n", TRUE, 100000 },
    { "bert:100000:65536\nanna:165536:65536\n", TRUE, 165536 },
    { "1234:300000:65536", TRUE, 300000 },
    { "anna:100000:65535\nanna:200000:70000\n", TRUE, 200000 },
    { "anna:100000:65535\n", FALSE, 0 },
    { "annabel:100000:65536\n12345:100000:65536\n", FALSE, 0 },
    { "anna:0:65536\n", FALSE, 0 },
    { "anna:-1:65536\n", FALSE, 0 },
    { "anna:4294967295:65536\n", FALSE, 0 },
    { "anna:100000:99999999999999999999\n", FALSE, 0 },
    { "anna:100000:65536:1\n", FALSE, 0 },
    { "anna:100000\n", FALSE, 0 },
    { "# anna:100000:65536\n", FALSE, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32 first = 0;
      if (assay_users_find_run (cases[i].text, "anna", 1234, &first) != cases[i].found || first != cases[i].first)
        fail_msg ("case %zu: %u", i, first);
    }
}

typedef struct
{
  AssayPrivateDirectory *place;
  AssayIdentity identity;
  AssayUsers users;
  AssayGuard *guard;
  char *work;
  char *etc;
  int log_fd;
  GString *out;
} Fixture;

static AssayDirectory *
make_directory (const Fixture *fixture, const char *name)
{
  AssayDirectory *place = assay_private_directory_get_directory (fixture->place);
  assert_int_equal (mkdirat (assay_directory_get_fd (place), name, 0755), 0);
  AssayDirectory *made = assay_directory_open_beneath (place, name, NULL);
  assert_non_null (made);
  assert_true (assay_identity_own (&fixture->identity, assay_directory_get_fd (made), name, NULL));
  return made;
}

static int
set_up (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  AssayCageLimits limits;
  g_autoptr (GError) error = NULL;
  *state = fixture;
  assay_cage_limits_init (&limits);
  assay_identity_choose (&fixture->identity);
  fixture->place = assay_private_directory_new (NULL, NULL);
  assert_non_null (fixture->place);
  AssayDirectory *place = assay_private_directory_get_directory (fixture->place);
  assert_true (assay_identity_own (&fixture->identity, assay_directory_get_fd (place), "place", NULL));
  fixture->guard = assay_guard_new (&limits);
  fixture->log_fd = openat (assay_directory_get_fd (place), "log", O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
  fixture->out = g_string_new (NULL);
  fixture->work = g_build_filename (assay_private_directory_get_path (fixture->place), "work", NULL);
  fixture->etc = g_build_filename (assay_private_directory_get_path (fixture->place), "etc", NULL);
  g_autoptr (AssayDirectory) work = make_directory (fixture, "work");
  g_autoptr (AssayDirectory) etc = make_directory (fixture, "etc");
  assert_true (assay_etc_write (etc, &(const AssayCageDeviation){ NULL }, NULL));
  if (!assay_users_choose (&fixture->identity, &fixture->users, &error))
    print_message ("no user numbers here: %s\n", error->message);
  return 0;
}

static int
tear_down (void **state)
{
  Fixture *fixture = *state;
  assay_users_clear (&fixture->users);
  assay_guard_free (fixture->guard);
  assay_private_directory_free (fixture->place);
  assay_fd_close (&fixture->log_fd);
  g_string_free (fixture->out, TRUE);
  g_free (fixture->work);
  g_free (fixture->etc);
  g_free (fixture);
  return 0;
}

static gboolean
collect (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, data, (gssize)length_bytes);
  return TRUE;
}

static void
run (Fixture *fixture, const char *script, int expected_status)
{
  const char *const arguments[] = { "sh", "-c", script, NULL };
  static const char *const variables[] = { "SOURCE_DATE_EPOCH", "17", NULL };
  const AssayChamber chamber
      = { &fixture->users, fixture->work, NULL, fixture->etc, fixture->log_fd, collect, fixture->out };
  g_autoptr (GError) error = NULL;
  int status = -1;
  if (fixture->users.uid_first == 0)
    skip ();
  if (!assay_chamber_run (&chamber, arguments, variables, fixture->guard, &status, &error))
    fail_msg ("%s", error->message);
  if (status != expected_status)
    {
      char log[4096] = "";
      assay_system_read_at (fixture->log_fd, log, sizeof log - 1, 0);
      fail_msg ("status %d: %s%s", status, fixture->out->str, log);
    }
}

static void
root_inside_has_all_users (void **state)
{
  Fixture *fixture = *state;
  run (fixture,
       "id -u; echo $SOURCE_DATE_EPOCH; cd /work; : > a; chown 12345:65535 a; chmod 4755 a; stat -c '%u %g %a' a .\n"
       "mkdir m; mount -t tmpfs none m && echo mounted; exit 3\n",
       3);
  assert_string_equal (fixture->out->str, "0\n17\n12345 65535 4755\n0 0 755\nmounted\n");
}

static void
nothing_remains_of_other_users_files (void **state)
{
  Fixture *fixture = *state;
  run (fixture, "cd /work; mkdir -p a/.b c; : > a/.b/f; : > .hidden; chown -R 33:33 a; chmod 000 a/.b a c\n", 0);
  g_autoptr (GDir) left = g_dir_open (fixture->work, 0, NULL);
  assert_non_null (left);
  assert_null (g_dir_read_name (left));
}

static void
there_is_no_network_and_nobody_else (void **state)
{
  Fixture *fixture = *state;
  run (fixture,
       "grep -vc -e '|' -e ' lo:' /proc/net/dev; ls -d /home /etc/hostname /etc/apt/sources.list* /var/lib/dpkg/status "
       "2> /dev/null; ls /proc | grep -c '^[0-9]' > /work/n; test $(cat /work/n) -lt 10 && echo alone\n"
       "touch /usr/x 2> /dev/null || echo read-only\n",
       0);
  assert_string_equal (fixture->out->str, "0\nalone\nread-only\n");
}

static void
what_is_read_only_stays_so (void **state)
{
  Fixture *fixture = *state;
  run (fixture,
       "mount -o remount,bind,rw /usr 2> /dev/null || echo refused\n"
       "mkdir /work/b; mount --bind /usr /work/b && echo bound\n"
       "mount -o remount,bind,rw /work/b 2> /dev/null || echo refused\n"
       "grep -cE ' (/usr|/work/b) [^ ]+ ro[, ]' /proc/self/mounts\n"
       "unshare -U true 2> /dev/null || echo alone\n",
       0);
  assert_string_equal (fixture->out->str, "refused\nbound\nrefused\n2\nalone\n");
}

static gboolean
refuse (const char *data, gsize length_bytes, gpointer user_data, GError **error)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no more");
  return FALSE;
}

static void
a_sink_that_refuses_ends_it (void **state)
{
  Fixture *fixture = *state;
  const char *const arguments[] = { "sh", "-c", ": > /work/a; sleep 600 & while :; do echo x; done", NULL };
  static const char *const variables[] = { NULL };
  const AssayChamber chamber = { &fixture->users, fixture->work, NULL, fixture->etc, fixture->log_fd, refuse, NULL };
  g_autoptr (GError) error = NULL;
  int status = -1;
  if (fixture->users.uid_first == 0)
    skip ();
  assert_false (assay_chamber_run (&chamber, arguments, variables, fixture->guard, &status, &error));
  assert_int_equal (error->code, ASSAY_ERROR_IO);
  assert_int_equal (status, -1);
  g_autoptr (GDir) left = g_dir_open (fixture->work, 0, NULL);
  assert_null (g_dir_read_name (left));
}

static void
a_directory_that_is_not_there_is_an_error (void **state)
{
  Fixture *fixture = *state;
  const char *const arguments[] = { "true", NULL };
  static const char *const variables[] = { NULL };
  const AssayChamber chamber
      = { &fixture->users, "/nonexistent", NULL, fixture->etc, fixture->log_fd, collect, fixture->out };
  g_autoptr (GError) error = NULL;
  int status = -1;
  if (fixture->users.uid_first == 0)
    skip ();
  assert_false (assay_chamber_run (&chamber, arguments, variables, fixture->guard, &status, &error));
  assert_int_equal (error->code, ASSAY_ERROR_SANDBOX);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_run_is_found_by_name_or_number),
    cmocka_unit_test_setup_teardown (root_inside_has_all_users, set_up, tear_down),
    cmocka_unit_test_setup_teardown (nothing_remains_of_other_users_files, set_up, tear_down),
    cmocka_unit_test_setup_teardown (there_is_no_network_and_nobody_else, set_up, tear_down),
    cmocka_unit_test_setup_teardown (what_is_read_only_stays_so, set_up, tear_down),
    cmocka_unit_test_setup_teardown (a_sink_that_refuses_ends_it, set_up, tear_down),
    cmocka_unit_test_setup_teardown (a_directory_that_is_not_there_is_an_error, set_up, tear_down),
  };
  return cmocka_run_group_tests_name ("users", tests, NULL, NULL);
}
