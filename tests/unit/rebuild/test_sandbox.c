#include "recipe_maker.h"

#include "cage/group.h"

#include <sys/stat.h>

/* A step that fails unless every line of it holds. */
static void
holds (const char *script)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, script);
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
}

static void
only_unix_sockets_can_be_made (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  /* INET, INET6, NETLINK, PACKET, BLUETOOTH, ALG, VSOCK, XDP and one with high bits set */
  maker_step (maker, "perl -e 'for my $family (2, 10, 16, 17, 31, 38, 40, 44) { for my $type (1, 2, 3) {\n"
                     "  exit 1 if socket(my $s, $family, $type, 0); exit 2 if $!+0 != 97; } }\n"
                     "exit 3 if socketpair(my $a, my $b, 2, 1, 0); exit 4 if $!+0 != 97;\n"
                     "exit 5 unless socket(my $u, 1, 1, 0); exit 6 unless socketpair(my $c, my $d, 1, 1, 0);\n"
                     "exit 7 if syscall(41, (1 << 32) | 2, 1, 0) >= 0 && `uname -m` =~ /x86_64/;'");
  maker_step (maker, "[ $(wc -l < /proc/net/route) = 1 ]; [ $(grep -c : /proc/net/dev) = 1 ]");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
}

static void
the_32_bit_way_to_sockets_is_closed_too (void **state)
{
#ifdef __x86_64__
  g_autoptr (Maker) maker = maker_new ();
  maker_write (maker, "old/old.c",
               "static long call (long number, long a, long b, long c) {\n"
               "  long result;\n"
               "  __asm__ volatile (\"int $0x80\" : \"=a\" (result) : \"a\" (number), \"b\" (a), \"c\" (b), \"d\" (c) "
               ": \"memory\");\n"
               "  return (int)result; }\n"
               "int main (void) {\n"
               "  static int arguments[3] __attribute__ ((aligned (16))) = { 2, 1, 0 };\n"
               "  if (call (20, 0, 0, 0) <= 0) return 77;\n"    /* getpid works: there are 32-bit calls here */
               "  if (call (359, 2, 1, 0) != -97) return 1;\n"  /* socket (AF_INET) */
               "  if (call (359, 40, 1, 0) != -97) return 2;\n" /* socket (AF_VSOCK) */
               "  if (call (359, 1, 1, 0) < 0) return 3;\n"     /* socket (AF_UNIX) */
               "  if (call (102, 1, (long)arguments, 0) != -97) return 4;\n" /* socketcall (SYS_SOCKET) */
               "  if (call (102, 8, (long)arguments, 0) != -97) return 5;\n" /* socketcall (SYS_SOCKETPAIR) */
               "  if (call (310, 0x10000000, 0, 0) != -1) return 6;\n"       /* unshare (CLONE_NEWUSER) */
               "  if (call (288, 0, 0, 0) != -1) return 7;\n"                /* keyctl */
               "  if (call (26, 0, 0, 0) != -1) return 8;\n"                 /* ptrace */
               "  if (call (425, 1, 0, 0) != -38) return 9;\n"               /* io_uring_setup */
               "  return 0; }\n");
  maker_layer (maker, maker->recipe.source, ASSAY_SOURCE_DIRECTORY, "old", ".");
  maker_step (maker, "cc -no-pie -static -o old old.c 2>/dev/null || cc -no-pie -o old old.c; ./old");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
#endif
}

static void
calls_that_builds_do_not_need_are_refused (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_write (maker, "calls/calls.c",
               "#define _GNU_SOURCE\n#include <errno.h>\n#include <sched.h>\n#include <signal.h>\n"
               "#include <sys/ioctl.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
               "static int refused (long result, int number) { return result == -1 && errno == number; }\n"
               "int main (void) {\n"
               "  if (!refused (unshare (CLONE_NEWUSER), EPERM)) return 1;\n"
               "  if (!refused (syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM)) return 2;\n"
               "  if (!refused (syscall (SYS_clone3, 0, 0), ENOSYS)) return 3;\n"
               "  if (!refused (syscall (SYS_keyctl, 0, 0, 0, 0, 0), EPERM)) return 4;\n"
               "  if (!refused (syscall (SYS_add_key, 0, 0, 0, 0, 0), EPERM)) return 5;\n"
               "  if (!refused (syscall (SYS_bpf, 0, 0, 0), EPERM)) return 6;\n"
               "  if (!refused (syscall (SYS_perf_event_open, 0, 0, 0, 0, 0), EPERM)) return 7;\n"
               "  if (!refused (syscall (SYS_userfaultfd, 0), EPERM)) return 8;\n"
               "  if (!refused (syscall (SYS_ptrace, 0, 0, 0, 0), EPERM)) return 9;\n"
               "  if (!refused (syscall (SYS_process_vm_readv, getpid (), 0, 0, 0, 0, 0), EPERM)) return 10;\n"
               "  if (!refused (syscall (SYS_io_uring_setup, 1, 0), ENOSYS)) return 11;\n"
               "  if (!refused (ioctl (0, TIOCSTI, \"x\"), EPERM)) return 12;\n"
               "  if (!refused (ioctl (0, TIOCSTI | (1ul << 32), \"x\"), EPERM)) return 13;\n"
               "  if (!refused (syscall (SYS_mount, \"x\", \"/tmp\", \"tmpfs\", 0, 0), EPERM)) return 14;\n"
               "  if (!refused (syscall (SYS_setns, 0, 0), EPERM)) return 15;\n"
               "  if (ioctl (0, TIOCGWINSZ, 0) == -1 && errno == EPERM) return 16;\n"
               "  return 0; }\n");
  maker_layer (maker, maker->recipe.source, ASSAY_SOURCE_DIRECTORY, "calls", ".");
  maker_step (maker, "cc -o calls calls.c && ./calls");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
}

static void
nothing_outside_can_be_written (void **state)
{
  holds ("for place in / /usr /usr/bin /etc /dev /var /var/lib/dpkg /home /bin /etc/alternatives; do\n"
         "  if (: > $place/assay-was-here) 2>/dev/null; then echo wrote $place; exit 1; fi\n"
         "done\n"
         "for file in /etc/passwd /etc/hosts /bin/sh /proc/sys/kernel/hostname /proc/sysrq-trigger; do\n"
         "  if (: >> $file) 2>/dev/null; then echo wrote $file; exit 1; fi\n"
         "done");
  assert_int_not_equal (access ("/usr/assay-was-here", F_OK), 0);
}

static void
nothing_of_the_host_is_seen (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *script = NULL;
  script = g_strdup_printf ("for place in /run /root /home/*/.ssh /mnt /media /opt /srv /sys /work '%s' '%s' "
                            "/etc/shadow /etc/ssh /etc/resolv.conf; do\n"
                            "  case $place in *'*'*) continue;; esac\n"
                            "  if [ -e \"$place\" ]; then echo sees $place; exit 1; fi\n"
                            "done\n"
                            "[ \"$(ls /home)\" = assay ]; [ -z \"$(ls -A /home/assay)\" ]; [ -z \"$(ls -A /tmp)\" ]; [ "
                            "\"$(ls /build)\" = src ]\n"
                            "[ \"$(cat /proc/1/comm)\" = bwrap ]\n",
                            g_getenv ("TMPDIR"), assay_private_directory_get_path (maker->directory));
  maker_step (maker, script);
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
}

static void
who_and_where_is_fixed (void **state)
{
  holds ("[ $(id -u) = 1000 ]; [ $(id -g) = 1000 ]; [ $(id -un) = assay ]; [ $(id -G) = 1000 ]\n"
         "[ $(uname -n) = assay ]; [ $(umask) = 0022 ]; [ $TZ = UTC ]; [ $LC_ALL = C.UTF-8 ]; [ $HOME = /home/assay ]\n"
         "[ -z \"$(cat)\" ]; [ ! -t 0 ]; [ ! -t 1 ]\n"
         "[ \"$(ls /proc/self/fd | tr '\\n' ' ')\" = '0 1 2 3 ' ]\n"
         "[ $(ulimit -c) = 0 ]; [ $(ulimit -n) = 1024 ]; [ $(ulimit -s) = 8192 ]\n"
         "grep -q 'CapEff:.0000000000000000' /proc/self/status; grep -q 'CapBnd:.0000000000000000' /proc/self/status\n"
         "grep -q 'NoNewPrivs:.1' /proc/self/status; grep -q 'Seccomp:.2' /proc/self/status");
}

static void
the_environment_is_ours_and_the_recipes (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_setenv ("ASSAY_TEST_SECRET", "secret", TRUE);
  g_hash_table_insert (maker->recipe.environment, g_strdup ("SOURCE_DATE_EPOCH"), g_strdup ("1760000000"));
  g_hash_table_insert (maker->recipe.environment, g_strdup ("TZ"), g_strdup ("Asia/Tokyo"));
  g_hash_table_insert (maker->recipe.environment, g_strdup ("JOBS"), g_strdup ("99"));
  maker_step (maker, "env -u PWD -u OLDPWD -u _ | sort > environment");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autofree char *text = rebuilt_text (rebuild, "src/environment");
  g_unsetenv ("ASSAY_TEST_SECRET");
  assert_string_equal (text, "FAKEROOTDONTTRYCHOWN=1\nHOME=/home/assay\nJOBS=2\nLC_ALL=C.UTF-8\nLOGNAME=assay\n"
                             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nSHELL=/bin/sh\n"
                             "SOURCE_DATE_EPOCH=1760000000\nTZ=Asia/Tokyo\nUSER=assay\n");
}

static void
run_as_root_is_root_inside_only (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  struct stat status;
  maker->recipe.run_as_root = TRUE;
  maker_step (maker, "[ $(id -u) = 0 ]; [ $(id -un) = root ]; chown 0:0 hello.txt\n"
                     "if chown 1:1 hello.txt 2>/dev/null; then exit 1; fi\n"
                     "if mount -t tmpfs x /tmp 2>/dev/null; then exit 2; fi\n"
                     "grep -q 'CapEff:.0000000000000000' /proc/self/status\n"
                     "if (: > /usr/assay-was-here) 2>/dev/null; then exit 3; fi; : > made");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  assert_int_equal (fstatat (assay_directory_get_fd (assay_rebuild_get_root (rebuild)), "src/made", &status, 0), 0);
  assert_int_not_equal (status.st_uid, 0);
}

static void
fakeroot_works (void **state)
{
  if (g_file_test ("/usr/bin/fakeroot", G_FILE_TEST_EXISTS))
    holds ("fakeroot sh -c ': > f; chown 33:42 f; chmod 4755 f; [ $(id -u) = 0 ]; stat -c %u:%g:%a f' > said\n"
           "[ $(cat said) = 33:42:4755 ]");
  else
    skip ();
}

static void
processes_are_limited (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.processes = 24;
  maker_step (maker, "i=0; while [ $i -lt 12 ]; do sleep 98233 & i=$((i+1)); done; echo twelve are fine");
  maker_step (maker, "i=0; while [ $i -lt 4000 ]; do sleep 98233 & i=$((i+1)); done; echo no limit");
  maker_fail (maker, ASSAY_ERROR_STEP, "step 2 of 2");
  assert_false (process_exists ("98233"));
}

static void
a_fork_bomb_ends_by_the_time (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.processes = 64;
  maker->recipe.limits.time_s = 3;
  maker_step (maker, "perl -e 'while (1) { fork }' 98234 2>/dev/null");
  maker_fail (maker, ASSAY_ERROR_LIMIT, "limit time (3 s) hit");
  assert_false (process_exists ("98234"));
}

static void
an_endless_loop_ends_by_the_time (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.time_s = 2;
  maker_step (maker, "trap '' TERM INT HUP; while :; do :; done");
  maker_fail (maker, ASSAY_ERROR_LIMIT, "step 1 of 1 (recipe.yaml:20): limit time (2 s) hit");
}

static void
memory_is_limited (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.memory_bytes = 256 << 20;
  maker_step (maker, "perl -e '$x = \"a\" x (32 << 20); print \"fine\\n\"'");
  maker_step (maker, "perl -e '$x = \"a\" x (512 << 20); print \"too much\\n\"'");
  maker_fail (maker, ASSAY_ERROR_STEP,
              ", perhaps because limit memory (268435456 bytes of one process) was hit; the last lines of its log:");
}

/* What nobody has open or mapped is seen by control groups alone. */
static void
memory_that_nobody_holds_is_limited_too (void **state)
{
  AssayCageLimits limits;
  assay_cage_limits_init (&limits);
  g_autoptr (AssayGroup) group = assay_group_new (&limits);
  if (!g_strv_contains (assay_group_names (group), "memory"))
    return;
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.memory_bytes = 128 << 20;
  maker_step (maker, "i=0; while [ $i -lt 400 ]; do i=$((i + 1)); head -c 1048576 /dev/zero > /dev/shm/$i; done");
  maker_fail (maker, ASSAY_ERROR_LIMIT,
              "limit memory (134217728 bytes) hit: the kernel ended a process of the rebuild");
}

static void
a_large_file_hits_the_output_limit (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.output_bytes = 8 << 20;
  maker_step (maker, "dd if=/dev/zero of=large bs=1M count=64 2>&1");
  maker_fail (maker, ASSAY_ERROR_LIMIT, "limit output (8388608 bytes) hit");
}

static void
many_files_hit_the_output_limit_while_they_are_written (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker->recipe.limits.output_bytes = 8 << 20;
  maker_step (maker, "i=0; while :; do head -c 1048576 /dev/zero > /tmp/f$i; i=$((i+1)); sleep 0.02; done");
  maker_fail (maker, ASSAY_ERROR_LIMIT, "limit output (8388608 bytes) hit");
}

static void
a_daemon_ends_with_its_step (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (
      maker,
      "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; echo still > alive; done' 98235 > /dev/null 2>&1 &\n"
      "echo started");
  maker_step (maker, "rm -f alive; sleep 2; [ ! -e alive ]");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  assert_false (process_exists ("98235"));
}

static void
a_daemon_that_holds_the_output_does_not_hold_us (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, "setsid sleep 98236 & echo started");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  assert_false (process_exists ("98236"));
}

static void
a_host_without_the_program_is_a_sandbox_error (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  maker_step (maker, "true");
  g_setenv ("PATH", "/nonexistent", TRUE);
  g_autoptr (GError) error = NULL;
  AssayRebuild *rebuild = maker_run (maker, NULL, &error);
  g_setenv ("PATH", path, TRUE);
  assert_null (rebuild);
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_SANDBOX));
  assert_non_null (strstr (error->message, "bwrap"));
}

static void
a_failing_bwrap_is_not_a_failing_step (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  maker_step (maker, "cd /build; rm -r src");
  maker_step (maker, "true");
  maker_fail (maker, ASSAY_ERROR_SANDBOX,
              "step 2 of 2 (recipe.yaml:21): the sandbox could not start: bwrap: Can't chdir");
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (only_unix_sockets_can_be_made),
    cmocka_unit_test (the_32_bit_way_to_sockets_is_closed_too),
    cmocka_unit_test (calls_that_builds_do_not_need_are_refused),
    cmocka_unit_test (nothing_outside_can_be_written),
    cmocka_unit_test (nothing_of_the_host_is_seen),
    cmocka_unit_test (who_and_where_is_fixed),
    cmocka_unit_test (the_environment_is_ours_and_the_recipes),
    cmocka_unit_test (run_as_root_is_root_inside_only),
    cmocka_unit_test (fakeroot_works),
    cmocka_unit_test (processes_are_limited),
    cmocka_unit_test (a_fork_bomb_ends_by_the_time),
    cmocka_unit_test (an_endless_loop_ends_by_the_time),
    cmocka_unit_test (memory_is_limited),
    cmocka_unit_test (memory_that_nobody_holds_is_limited_too),
    cmocka_unit_test (a_large_file_hits_the_output_limit),
    cmocka_unit_test (many_files_hit_the_output_limit_while_they_are_written),
    cmocka_unit_test (a_daemon_ends_with_its_step),
    cmocka_unit_test (a_daemon_that_holds_the_output_does_not_hold_us),
    cmocka_unit_test (a_host_without_the_program_is_a_sandbox_error),
    cmocka_unit_test (a_failing_bwrap_is_not_a_failing_step),
  };
  return cmocka_run_group_tests_name ("sandbox", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
