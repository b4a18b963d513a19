#include "both_users.h"
#include "cmocka_all.h"

#include "cage/identity.h"

#include <fcntl.h>
#include <sched.h>

static void
root_becomes_somebody_else_each_time (void **state)
{
  AssayIdentity one, two;
  assay_identity_choose (&one);
  assay_identity_choose (&two);
  if (geteuid () != 0)
    {
      assert_false (one.changes);
      assert_int_equal (one.uid, geteuid ());
      return;
    }
  assert_true (one.changes);
  assert_true (one.uid >= 1879048192u && one.uid <= 2147483647u);
  assert_int_equal (one.uid, one.gid);
  assert_int_not_equal (one.uid, two.uid);
}

#define TURNS 64u

/* In a container the numbers end at 65,535: there, too, each of the rebuilds of one process has its own. */
static int
choose_many (void)
{
  guint32 seen[TURNS];
  for (guint i = 0; i < TURNS; i++)
    {
      AssayIdentity identity;
      assay_identity_choose (&identity);
      if (!identity.changes || identity.uid < 50000 || identity.uid > 65000 || identity.uid != identity.gid)
        return 1;
      for (guint j = 0; j < i; j++)
        if (seen[j] == identity.uid)
          return 2;
      seen[i] = identity.uid;
    }
  return 0;
}

static gboolean
map_all (pid_t pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, name);
  int fd = open (path, O_WRONLY);
  gboolean mapped = fd >= 0 && write (fd, "0 0 65536\n", 10) == 10;
  close (fd);
  return mapped;
}

static void
few_numbers_are_enough_for_many_at_once (void **state)
{
  int status, ready[2], go[2];
  char byte = 0;
  if (geteuid () != 0)
    skip ();
  assert_int_equal (pipe (ready) | pipe (go), 0);
  pid_t pid = fork ();
  if (pid == 0)
    {
      gboolean apart = unshare (CLONE_NEWUSER) == 0;
      if (write (ready[1], apart ? "y" : "n", 1) != 1 || read (go[0], &byte, 1) != 1 || !apart)
        _exit (77);
      _exit (byte == 'y' ? choose_many () : 77);
    }
  assert_int_equal (read (ready[0], &byte, 1), 1);
  gboolean mapped = byte == 'y' && map_all (pid, "uid_map") && map_all (pid, "gid_map");
  assert_int_equal (write (go[1], mapped ? "y" : "n", 1), 1);
  assert_int_equal (waitpid (pid, &status, 0), pid);
  for (guint i = 0; i < 2; i++)
    {
      close (ready[i]);
      close (go[i]);
    }
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    print_message ("SKIP: no user namespace can be made here\n");
  else
    assert_int_equal (status, 0);
}

static int
show_who (void)
{
  AssayIdentity identity;
  assay_identity_choose (&identity);
  if (!assay_identity_become (&identity))
    return 1;
  if (geteuid () != identity.uid || getuid () != identity.uid || getegid () != identity.gid)
    return 2;
  if (identity.changes && (getgroups (0, NULL) != 0 || setuid (0) == 0))
    return 3;
  return 0;
}

static void
there_is_no_way_back (void **state)
{
  int status;
  pid_t pid = fork ();
  if (pid == 0)
    _exit (show_who ());
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_int_equal (status, 0);
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (root_becomes_somebody_else_each_time),
    cmocka_unit_test (few_numbers_are_enough_for_many_at_once),
    cmocka_unit_test (there_is_no_way_back),
  };
  return cmocka_run_group_tests_name ("identity", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
