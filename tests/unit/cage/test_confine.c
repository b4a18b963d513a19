#include "both_users.h"
#include "cmocka_all.h"

#include "cage/cage_limits.h"
#include "cage/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

typedef gboolean (*Work) (int fd);

static gboolean
work (int fd, gpointer data, AssayErrorCode *out_code, char *out_message)
{
  const Work *function = data;
  if ((*function) (fd))
    return TRUE;
  *out_code = ASSAY_ERROR_MALFORMED;
  g_snprintf (out_message, ASSAY_CAGE_MESSAGE_BYTES, "not so: \x1b[31m errno %d", errno);
  return FALSE;
}

static gboolean
run_confined (Work function, GError **error)
{
  g_autoptr (AssayPrivateDirectory) private = assay_private_directory_new (NULL, error);
  AssayDirectory *root = assay_private_directory_get_directory (private);
  AssayIdentity identity;
  AssayCageLimits limits;
  assay_cage_limits_init (&limits);
  limits.time_s = 5;
  g_autoptr (AssayGuard) guard = assay_guard_new (&limits);
  assay_identity_choose (&identity);
  assert_true (assay_identity_own (&identity, assay_directory_get_fd (root), "root", error));
  int fd = open ("/etc/hostname", O_RDONLY | O_CLOEXEC);
  gboolean done = assay_confine_run (&identity, root, fd, ASSAY_CAGE_DECODER_BYTES, guard, work, &function, error);
  close (fd);
  return done;
}

static gboolean
sees_only_its_root (int fd)
{
  struct stat status;
  char byte;
  if (open ("/etc/passwd", O_RDONLY) >= 0 || open ("/proc/self/status", O_RDONLY) >= 0)
    return FALSE;
  if (open ("/mine", O_WRONLY | O_CREAT, 0600) < 0 || stat ("/../mine", &status) != 0)
    return FALSE;
  if (read (fd, &byte, 1) < 0 || geteuid () == 0)
    return FALSE;
  /* only the input, the report, and the file just made are open beside the standard descriptors */
  for (int other = 6; other < 1024; other++)
    if (fcntl (other, F_GETFD) >= 0)
      return FALSE;
  return chroot ("/") != 0 && errno == EPERM && socket (AF_INET, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT;
}

static gboolean
says_no (int fd)
{
  errno = 0;
  return FALSE;
}

static gboolean
crashes (int fd)
{
  signal (SIGSEGV, SIG_DFL);
  raise (SIGSEGV);
  return TRUE;
}

static gboolean
never_ends (int fd)
{
  signal (SIGTERM, SIG_DFL);
  while (fcntl (fd, F_GETFD) >= 0)
    pause ();
  return TRUE;
}

static void
a_confined_process_sees_only_its_root (void **state)
{
  g_autoptr (GError) error = NULL;
  if (!run_confined (sees_only_its_root, &error))
    fail_msg ("%s", error->message);
}

static void
its_word_is_escaped (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_false (run_confined (says_no, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED));
  assert_string_equal (error->message, "not so: \\x1B[31m errno 0");
}

static void
a_crash_is_an_error (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_false (run_confined (crashes, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_FAILED));
}

static void
an_endless_one_ends_by_the_time (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_false (run_confined (never_ends, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT));
  assert_int_equal (waitpid (-1, NULL, WNOHANG), -1);
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_confined_process_sees_only_its_root),
    cmocka_unit_test (its_word_is_escaped),
    cmocka_unit_test (a_crash_is_an_error),
    cmocka_unit_test (an_endless_one_ends_by_the_time),
  };
  return cmocka_run_group_tests_name ("confine", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
