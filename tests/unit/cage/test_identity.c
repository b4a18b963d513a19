#include "both_users.h"
#include "cmocka_all.h"

#include "cage/identity.h"

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
    cmocka_unit_test (there_is_no_way_back),
  };
  return cmocka_run_group_tests_name ("identity", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
