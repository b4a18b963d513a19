/* Files of a directory that somebody changes, while they are judged, through a mapping that leaves no trace (T19): what
 * is digested is what was judged. The changes are made where progress is told, between two readings of a file. */
#include "../util/scratch.h"

#include "account/account.h"
#include "crypto/sha256.h"
#include "flow/judging.h"

#include <sys/mman.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#define GOOD "GOOD text of a file"
#define EVIL "EVIL text of a file"
#define OTHER "REAL text of a file"
#define ELF "\177ELF"

/** What stands in the mapping from some moment on; NULL: what stood there. */
typedef struct
{
  const char *when_comparing;
  const char *when_read; /* for the first time */
} Changes;

static struct
{
  char *mapping;
  Changes next;
  gboolean comparing;
} attacker;

void __wrap_assay_progress_stage (AssayProgress *progress, const char *what, guint64 total, const char *unit);
void __wrap_assay_progress_add (AssayProgress *progress, guint64 amount);

static void
change (const char *text)
{
  if (text != NULL)
    memcpy (attacker.mapping, text, 4);
}

void
__wrap_assay_progress_stage (AssayProgress *progress, const char *what, guint64 total, const char *unit)
{
  (void)progress;
  (void)total;
  (void)unit;
  attacker.comparing = strcmp (what, "comparing") == 0;
  if (attacker.comparing)
    change (attacker.next.when_comparing);
}

void
__wrap_assay_progress_add (AssayProgress *progress, guint64 amount)
{
  (void)progress;
  (void)amount;
  if (attacker.comparing)
    change (attacker.next.when_read);
}

/** So long that it is not read whole when it is looked into. */
#define LARGE_BYTES 20000u

/* What a file holds that begins as @text. */
static char *
content_of (const char *text, gboolean large)
{
  return large ? g_strdup_printf ("%-*s", (int)LARGE_BYTES, text) : g_strdup (text);
}

static void
write_text (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
hex_of (const char *text)
{
  AssayDigest digest;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_sha256_bytes (text, strlen (text), &digest);
  assay_digest_to_hex (&digest, hex);
  return g_strdup (hex);
}

typedef struct
{
  char *path;
  gboolean large;
  gboolean rebuilt_changes;  /* it is the rebuild's file that is written to */
  const char *expected_name; /* nullable: that of the shipped file */
  AssayVerdict verdict;
  AssayDigest digest;
  gboolean has_digest;
  gboolean stale; /* what is noted of the file's bytes is not what was judged */
} Run;

/* What an account says of the file. */
static void
take_account (Run *run, const AssayAccount *account)
{
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (strcmp (node_account->node->path, "x") != 0)
        continue;
      const AssayBlobSeen *seen = assay_blob_get_seen (node_account->node->blob);
      run->has_digest = node_account->has_digest;
      run->digest = node_account->digest;
      run->stale = seen != NULL && !assay_digest_equal (&seen->sha256, &run->digest);
    }
  for (guint i = 0; run->has_digest && i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      AssayDigest shown;
      if (finding->shipped_length < finding->length || finding->length < finding->node->size)
        continue;
      assay_sha256_bytes (finding->shipped, finding->shipped_length, &shown);
      assert_true (assay_digest_equal (&shown, &run->digest));
    }
}

/* An image of one file, which says GOOD at first, against a rebuild that says @expected. */
static void
judge (Run *run, const char *expected, const Changes *changes)
{
  static int dummy;
  AssayFlowOptions options;
  g_autoptr (GError) error = NULL;
  g_autofree char *shipped_directory = g_build_filename (run->path, "shipped", NULL);
  g_autofree char *expected_directory = g_build_filename (run->path, "expected", NULL);
  const char *expected_name = run->expected_name != NULL ? run->expected_name : "x";
  const char *first = run->rebuilt_changes ? expected : GOOD;
  g_autofree char *file = run->rebuilt_changes ? g_build_filename (expected_directory, expected_name, NULL)
                                               : g_build_filename (shipped_directory, "x", NULL);
  g_autofree char *policy = g_build_filename (run->path, "policy.yml", NULL);
  g_autofree char *shipped_content = content_of (GOOD, run->large);
  g_autofree char *expected_content = content_of (expected, run->large);
  write_text (shipped_directory, "x", shipped_content);
  write_text (expected_directory, expected_name, expected_content);
  int fd = g_open (file, O_RDWR | O_CLOEXEC, 0);
  assert_true (fd >= 0);
  attacker.mapping = mmap (NULL, strlen (GOOD), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  assert_ptr_not_equal (attacker.mapping, MAP_FAILED);
  close (fd);
  change (first);
  attacker.next = *changes;
  attacker.comparing = FALSE;
  assay_flow_options_init (&options);
  options.policy = run->expected_name != NULL ? NULL : policy; /* else all that stands alone is copied */
  options.progress = (AssayProgress *)&dummy;
  g_autoptr (AssayFlowResult) result = assay_flow_compare (shipped_directory, expected_directory, &options, &error);
  if (result == NULL)
    {
      fail_msg ("%s", error->message);
      return; /* not reached: for who reads the code without running it */
    }
  run->verdict = assay_flow_result_get_verdict (result);
  take_account (run, result->account);
  munmap (attacker.mapping, strlen (GOOD));
}

static void
assert_judged (const Run *run, AssayVerdict verdict, const char *content)
{
  g_autofree char *all = content_of (content, run->large);
  g_autofree char *wanted = hex_of (all);
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assert_int_equal (run->verdict, verdict);
  assert_true (run->has_digest);
  assert_false (run->stale);
  assay_digest_to_hex (&run->digest, hex);
  assert_string_equal (hex, wanted);
}

/* A line of the policy accepts a digest, which is made in another place than that of the report. */
static void
test_a_file_that_differs_is_read_from_a_copy (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  judge (run, OTHER, &(Changes){ NULL, NULL });
  assert_judged (run, ASSAY_VERDICT_WAIVED, GOOD);
  judge (run, OTHER, &(Changes){ EVIL, GOOD });
  assert_judged (run, ASSAY_VERDICT_MISMATCH, EVIL);
  judge (run, OTHER, &(Changes){ NULL, EVIL });
  assert_judged (run, ASSAY_VERDICT_WAIVED, GOOD);
}

static void
test_a_file_that_is_equal_is_digested_as_it_was_compared (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  run->large = TRUE;
  judge (run, GOOD, &(Changes){ NULL, NULL });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
  judge (run, GOOD, &(Changes){ EVIL, GOOD });
  assert_judged (run, ASSAY_VERDICT_MISMATCH, EVIL);
  judge (run, GOOD, &(Changes){ NULL, EVIL });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
}

/* A small one was read whole before anything was compared: what it says since then is neither judged nor digested. */
static void
test_a_small_file_that_is_equal_is_digested_as_it_was_first_read (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  judge (run, GOOD, &(Changes){ EVIL, GOOD });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
  judge (run, GOOD, &(Changes){ EVIL, NULL });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
  judge (run, EVIL, &(Changes){ EVIL, GOOD });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, EVIL);
}

/* One that was not yet equal when it was looked into: all that is said of it is said of what was compared. */
static void
test_a_small_file_that_becomes_equal_is_known_by_what_was_compared (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  run->rebuilt_changes = TRUE;
  judge (run, OTHER, &(Changes){ GOOD, NULL });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
  judge (run, GOOD, &(Changes){ EVIL, NULL });
  assert_judged (run, ASSAY_VERDICT_IDENTICAL, GOOD);
}

static void
test_a_small_file_that_stands_alone_is_digested_as_it_was_first_read (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  run->expected_name = "y";
  judge (run, GOOD, &(Changes){ EVIL, NULL });
  assert_judged (run, ASSAY_VERDICT_MISMATCH, GOOD);
  judge (run, GOOD, &(Changes){ NULL, EVIL });
  assert_judged (run, ASSAY_VERDICT_MISMATCH, GOOD);
}

/* As what it is read was settled by its first bytes, before it was copied. */
static void
test_a_file_that_becomes_something_else_is_undecided (void **state)
{
  Run *run = *state;
  if (run->path == NULL)
    skip ();
  judge (run, OTHER, &(Changes){ ELF, GOOD });
  assert_int_equal (run->verdict, ASSAY_VERDICT_UNDECIDED);
  judge (run, ELF " text of a file", &(Changes){ ELF, NULL });
  assert_int_equal (run->verdict, ASSAY_VERDICT_UNDECIDED);
}

/* In memory, where no write to a mapping that was written to before changes a time. */
static int
setup (void **state)
{
  struct statfs status;
  g_autofree char *good = hex_of (GOOD);
  g_autofree char *policy = g_strdup_printf ("policy: 1\nrequire: {verdict: waived, expected: path}\n"
                                             "blobs: [{path: x, sha256: %s, reason: accepted}]\n",
                                             good);
  Run *run = g_new0 (Run, 1);
  *state = run;
  if (statfs ("/dev/shm", &status) != 0 || (guint32)status.f_type != TMPFS_MAGIC)
    return 0;
  run->path = g_strdup ("/dev/shm/assay-test-XXXXXX");
  if (g_mkdtemp (run->path) == NULL)
    return 1;
  g_autofree char *shipped = g_build_filename (run->path, "shipped", NULL);
  g_autofree char *expected = g_build_filename (run->path, "expected", NULL);
  write_text (run->path, "policy.yml", policy);
  return g_mkdir (shipped, 0755) != 0 || g_mkdir (expected, 0755) != 0;
}

static int
teardown (void **state)
{
  Run *run = *state;
  gboolean removed = TRUE;
  if (run->path != NULL)
    {
      g_autoptr (AssayDirectory) directory = assay_directory_open (run->path, NULL);
      removed = directory != NULL && assay_directory_remove_contents (directory, NULL) && g_rmdir (run->path) == 0;
    }
  g_free (run->path);
  g_free (run);
  return !removed;
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test_setup_teardown (test_a_file_that_differs_is_read_from_a_copy, setup, teardown),
          cmocka_unit_test_setup_teardown (test_a_file_that_is_equal_is_digested_as_it_was_compared, setup, teardown),
          cmocka_unit_test_setup_teardown (test_a_small_file_that_is_equal_is_digested_as_it_was_first_read, setup,
                                           teardown),
          cmocka_unit_test_setup_teardown (test_a_small_file_that_becomes_equal_is_known_by_what_was_compared, setup,
                                           teardown),
          cmocka_unit_test_setup_teardown (test_a_small_file_that_stands_alone_is_digested_as_it_was_first_read, setup,
                                           teardown),
          cmocka_unit_test_setup_teardown (test_a_file_that_becomes_something_else_is_undecided, setup, teardown) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
