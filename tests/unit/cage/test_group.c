#include "cmocka_all.h"

#include "cage/group.h"
#include "util/directory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** A hierarchy of files that only look like one. */
typedef struct
{
  AssayPrivateDirectory *owner;
  char *cgroup;
  char *mountinfo;
} Fake;

static void
fake_clear (Fake *fake)
{
  assay_private_directory_free (fake->owner);
  g_free (fake->cgroup);
  g_free (fake->mountinfo);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fake, fake_clear)

static void
fake_init (Fake *fake, const char *cgroup, const char *mountinfo)
{
  fake->owner = assay_private_directory_new (NULL, NULL);
  const char *path = assay_private_directory_get_path (fake->owner);
  g_auto (GStrv) parts = g_strsplit (mountinfo, "%s", -1);
  g_autofree char *mounts = g_strjoinv (path, parts);
  g_autofree char *inner = g_build_filename (path, "mount/inner", NULL);
  fake->cgroup = g_build_filename (path, "cgroup", NULL);
  fake->mountinfo = g_build_filename (path, "mountinfo", NULL);
  assert_int_equal (g_mkdir_with_parents (inner, 0755), 0);
  assert_true (g_file_set_contents (fake->cgroup, cgroup, -1, NULL));
  assert_true (g_file_set_contents (fake->mountinfo, mounts, -1, NULL));
}

/* How many entries of a directory are called as groups of ours are. */
static guint
count_groups (const Fake *fake, const char *beneath)
{
  g_autofree char *path = g_build_filename (assay_private_directory_get_path (fake->owner), beneath, NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint count = 0;
  assert_non_null (directory);
  for (const char *name = g_dir_read_name (directory); name != NULL; name = g_dir_read_name (directory))
    count += g_str_has_prefix (name, "assay-");
  return count;
}

static void
holds_nothing (const char *cgroup, const char *mountinfo)
{
  g_auto (Fake) fake = { NULL };
  AssayCageLimits limits;
  int fds[ASSAY_GROUP_MAX];
  assay_cage_limits_init (&limits);
  fake_init (&fake, cgroup, mountinfo);
  g_autoptr (AssayGroup) group = assay_group_new_at (&limits, fake.cgroup, fake.mountinfo);
  assert_null (assay_group_names (group)[0]);
  assert_int_equal (assay_group_fds (group, fds), 0);
  assert_true (assay_group_check (group, NULL));
  assert_int_equal (count_groups (&fake, "mount/inner") + count_groups (&fake, "mount"), 0);
}

static void
where_none_can_be_made_none_is_in_force (void **state)
{
  const char *v1 = "30 20 0:26 / %s/mount rw - cgroup cgroup rw,memory\n";
  const char *v2 = "30 20 0:26 / %s/mount rw - cgroup2 cgroup2 rw\n";
  holds_nothing ("", "");
  holds_nothing ("4:memory:/inner\n8:pids:/inner\n", v1);
  holds_nothing ("4:memory:/elsewhere\n", v1);
  holds_nothing ("4:memory\nnonsense\n::\n", "30 20 - cgroup\n- cgroup cgroup memory\n");
  holds_nothing ("0::/inner\n", v2);
  holds_nothing ("0::/inner\n", v1);
  holds_nothing ("4:memory:/inner\n", "30 20 0:26 /inn %s/mount rw - cgroup cgroup rw,memory\n");
}

static void
version_2_takes_the_next_group_above_that_has_the_controller (void **state)
{
  g_auto (Fake) fake = { NULL };
  AssayCageLimits limits;
  assay_cage_limits_init (&limits);
  fake_init (&fake, "0::/inner\n", "30 20 0:26 / %s/mount rw - cgroup2 cgroup2 rw\n");
  const char *path = assay_private_directory_get_path (fake.owner);
  g_autofree char *control = g_build_filename (path, "mount", "cgroup.subtree_control", NULL);
  g_autofree char *left = g_build_filename (path, "mount", "assay-999999999-0", NULL);
  g_autofree char *held = g_build_filename (path, "mount", "assay-999999998-0", NULL);
  g_autofree char *alive = g_strdup_printf ("%s/mount/assay-%ld-77", path, (long)getpid ());
  assert_true (g_file_set_contents (control, "cpu memory\n", -1, NULL));
  assert_int_equal (mkdir (left, 0700) | mkdir (held, 0700) | mkdir (alive, 0700), 0);
  /* in another process namespace that number is somebody, who holds the lock */
  int fd = open (held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_int_equal (flock (fd, LOCK_EX | LOCK_NB), 0);
  g_autoptr (AssayGroup) group = assay_group_new_at (&limits, fake.cgroup, fake.mountinfo);
  /* it went there, removed what a process that is gone left behind, and found that this is no hierarchy */
  assert_null (assay_group_names (group)[0]);
  assert_int_equal (count_groups (&fake, "mount"), 2);
  assert_int_equal (access (alive, F_OK) | access (held, F_OK), 0);
  close (fd);
}

/* What /proc says of the group of a process that went into all of them. */
static char *
said_inside (const AssayGroup *group)
{
  int fds[ASSAY_GROUP_MAX], ends[2];
  guint count = assay_group_fds (group, fds);
  char text[4096] = "";
  gsize length = 0;
  assert_int_equal (pipe (ends), 0);
  pid_t pid = fork ();
  if (pid == 0)
    {
      for (guint i = 0; i < count; i++)
        if (write (fds[i], "0", 1) != 1)
          _exit (1);
      dup2 (ends[1], 1);
      execlp ("cat", "cat", "/proc/self/cgroup", NULL);
      _exit (1);
    }
  close (ends[1]);
  for (gssize got = 1; got > 0; length += (gsize)got)
    {
      got = read (ends[0], text + length, sizeof text - 1 - length);
      assert_true (got >= 0);
    }
  close (ends[0]);
  int status = 0;
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_int_equal (status, 0);
  return g_strdup (text);
}

static void
who_goes_in_is_in_and_nothing_is_left (void **state)
{
  AssayCageLimits limits;
  assay_cage_limits_init (&limits);
  AssayGroup *group = assay_group_new (&limits);
  if (assay_group_names (group)[0] == NULL)
    {
      print_message ("SKIP: no control group can be made here\n");
      assay_group_free (group);
      return;
    }
  g_autofree char *name = g_strdup_printf ("/assay-%ld-", (long)getpid ());
  g_autofree char *inside = said_inside (group);
  assert_non_null (strstr (inside, name));
  assert_true (assay_group_check (group, NULL));
  assay_group_free (group);
  g_autofree char *command = g_strdup_printf ("! find /sys/fs/cgroup -type d -path '*%s*' | grep -q .", name);
  assert_int_equal (system (command), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (where_none_can_be_made_none_is_in_force),
    cmocka_unit_test (version_2_takes_the_next_group_above_that_has_the_controller),
    cmocka_unit_test (who_goes_in_is_in_and_nothing_is_left),
  };
  return cmocka_run_group_tests_name ("group", tests, NULL, NULL);
}
