#include "../util/scratch.h"

#include "rebuild/manifest.h"

#include <stdlib.h>
#include <sys/xattr.h>

static const AssayIdentity *
us (void)
{
  static AssayIdentity identity;
  identity = (AssayIdentity){ .uid = geteuid (), .gid = getegid () };
  return &identity;
}

static void
shell (const Scratch *scratch, const char *script)
{
  g_autofree char *line = g_strdup_printf ("cd %s && { %s; }", scratch->path, script);
  assert_int_equal (system (line), 0); /* NOLINT(cert-env33-c): a test's own words */
}

static AssayDigest
digest_of (const Scratch *scratch, const GPtrArray *paths)
{
  AssayDigest digest;
  guint64 entries;
  assert_true (assay_manifest_read (scratch->directory, us (), paths, NULL, &entries, &digest, NULL));
  return digest;
}

#define TREE                                                                                                           \
  "mkdir d; echo x > d/f; ln d/f d/g; ln -s f d/l; mkfifo p; touch -d @1000000000.25 d/f p; touch -h -d @1 d/l; "      \
  "touch -d @2 d .; chmod 640 d/f"

/* Each alone makes another tree of it. */
static void
whatever_changes_is_another_digest (void **state)
{
  static const char *const changes[] = {
    "echo y > d/f; touch -d @1000000000.25 d/f",
    "printf 'x\\n\\0' > d/f; touch -d @1000000000.25 d/f",
    "chmod 641 d/f",
    "chmod 4640 d/f",
    "touch -d @1000000000.250000001 d/f",
    "touch -d @1000000001.25 d/f",
    "cp -p d/g d/h; mv d/h d/g; touch -d @2 d",
    "ln -sf g d/l; touch -h -d @1 d/l; touch -d @2 d",
    "touch -h -d @3 d/l",
    "mv d/l d/m; touch -d @2 d",
    "rm p; touch -d @1000000000.25 p; touch -d @2 .",
    "rm p; touch -d @2 .",
    "mkdir e; touch -d @2 .",
    "touch -d @3 d",
    "chmod 711 d",
    "touch -d @3 .",
    "chmod 711 .",
  };
  const Scratch *scratch = *state;
  shell (scratch, TREE);
  AssayDigest before = digest_of (scratch, NULL);
  AssayDigest again = digest_of (scratch, NULL);
  assert_true (assay_digest_equal (&before, &again));
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      shell (scratch, "chmod 700 .; rm -rf d p e; " TREE);
      again = digest_of (scratch, NULL);
      assert_true (assay_digest_equal (&before, &again));
      shell (scratch, changes[i]);
      again = digest_of (scratch, NULL);
      if (assay_digest_equal (&before, &again))
        fail_msg ("not seen: %s", changes[i]);
    }
}

static void
a_hole_is_zeros (void **state)
{
  const Scratch *scratch = *state;
  shell (scratch, "truncate -s 10000000 f; echo end >> f; touch -d @1 f .");
  AssayDigest sparse = digest_of (scratch, NULL);
  shell (scratch, "cp --sparse=never f g; mv g f; touch -d @1 f .");
  AssayDigest full = digest_of (scratch, NULL);
  assert_true (assay_digest_equal (&sparse, &full));
}

static void
attributes_count (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = g_build_filename (scratch->path, "f", NULL);
  shell (scratch, "echo x > f; touch -d @1 f .");
  AssayDigest before = digest_of (scratch, NULL);
  if (setxattr (path, "user.name", "value", 5, 0) != 0)
    skip ();
  AssayDigest with = digest_of (scratch, NULL);
  assert_false (assay_digest_equal (&before, &with));
  assert_int_equal (setxattr (path, "user.name", "valuf", 5, 0), 0);
  AssayDigest other = digest_of (scratch, NULL);
  assert_false (assay_digest_equal (&with, &other));
}

static void
what_cannot_be_made_anew_is_refused (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  AssayDigest digest;
  guint64 entries;
  const AssayIdentity other = { .uid = geteuid () + 1, .gid = getegid () };
  shell (scratch, "echo x > f");
  assert_fails (assay_manifest_read (scratch->directory, &other, NULL, NULL, &entries, &digest, &error),
                ASSAY_ERROR_UNSUPPORTED, error);
  shell (scratch, "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new (Local => \"s\", Listen => 1) or die'");
  assert_fails (assay_manifest_read (scratch->directory, us (), NULL, NULL, &entries, &digest, &error),
                ASSAY_ERROR_UNSUPPORTED, error);
}

static void
of_some_paths_all_directories_and_links_remain (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  shell (
      scratch,
      "mkdir d d/sub e; echo x > d/f; echo y > d/sub/g; echo z > df; echo w > e/f; ln -s e l; touch -d @1 d d/sub e .");
  g_ptr_array_add (paths, (gpointer) "d");
  AssayDigest before = digest_of (scratch, paths);
  shell (scratch, "rm df e/f; touch -d @1 e .");
  AssayDigest after = digest_of (scratch, paths);
  assert_true (assay_digest_equal (&before, &after));
  shell (scratch, "rm d/sub/g; touch -d @1 d/sub");
  after = digest_of (scratch, paths);
  assert_false (assay_digest_equal (&before, &after));
}

/* Whoever has written a file knows what it digests to, as long as nobody has touched it since. */
static void
what_is_known_is_not_read_again (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *path = g_build_filename (scratch->path, "f", NULL);
  g_autoptr (AssayKnownFiles) known = assay_known_files_new (ASSAY_KNOWN_IN_PLACE);
  const AssayManifestSink sink = { .known = known };
  const AssayDigest other = { { 1 } };
  AssayDigest found;
  guint64 entries;
  struct stat status;
  shell (scratch, "echo x > f; touch -d @1 f .");
  AssayDigest plain = digest_of (scratch, NULL);
  assert_int_equal (stat (path, &status), 0);
  assay_known_files_add (known, &status, &other);
  assert_true (assay_manifest_read (scratch->directory, us (), NULL, &sink, &entries, &found, NULL));
  assert_false (assay_digest_equal (&plain, &found));
  shell (scratch, "sleep 0.1; chmod 600 f; chmod 644 f");
  assert_true (assay_manifest_read (scratch->directory, us (), NULL, &sink, &entries, &found, NULL));
  assert_true (assay_digest_equal (&plain, &found));
}

/* The form by hand: kind, mode, time, size, lengths. */
static GByteArray *
form (char kind, const char *path, const char *target)
{
  guint8 head[ASSAY_MANIFEST_HEAD_BYTES] = { (guint8)kind };
  GByteArray *bytes = g_byte_array_new ();
  head[25] = (guint8)strlen (path);
  head[37] = (guint8)strlen (target);
  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, (const guint8 *)path, (guint)strlen (path));
  g_byte_array_append (bytes, (const guint8 *)target, (guint)strlen (target));
  return bytes;
}

static gboolean
is_entry (char kind, const char *path, const char *target)
{
  g_autoptr (GByteArray) bytes = form (kind, path, target);
  g_autoptr (AssayManifestEntry) entry = assay_manifest_entry_parse (bytes->data, bytes->len);
  return entry != NULL;
}

static void
only_paths_beneath_are_entries (void **state)
{
  static const char *const wrong[] = { "/", "/a", "..", "a/..", "../a", "a/../b", "./a", "a/.", "a//b", "a/" };
  assert_true (is_entry ('d', ".", ""));
  assert_true (is_entry ('d', "a/b", ""));
  assert_true (is_entry ('f', "..a/b..", ""));
  assert_true (is_entry ('l', "a", "/../anything"));
  assert_true (is_entry ('h', "a", "b/c"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      assert_false (is_entry ('f', wrong[i], ""));
      assert_false (is_entry ('d', wrong[i], ""));
      assert_false (is_entry ('h', "a", wrong[i]));
    }
  assert_false (is_entry ('f', ".", ""));
  assert_false (is_entry ('f', "a", "b"));
  assert_false (is_entry ('l', "a", ""));
  assert_false (is_entry ('h', "a", ""));
  assert_false (is_entry ('b', "a", ""));
  assert_false (is_entry ('\0', "a", ""));
}

static void
lengths_are_those_of_the_bytes (void **state)
{
  g_autoptr (GByteArray) bytes = form ('f', "name", "");
  for (guint length = 0; length < bytes->len; length++)
    assert_null (assay_manifest_entry_parse (bytes->data, length));
  g_byte_array_append (bytes, (const guint8 *)"x", 1);
  assert_null (assay_manifest_entry_parse (bytes->data, bytes->len));
  memset (bytes->data + 25, 0xff, 16);
  assert_null (assay_manifest_entry_parse (bytes->data, bytes->len));
}

#define TEST(test) cmocka_unit_test_setup_teardown (test, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (whatever_changes_is_another_digest),
    TEST (a_hole_is_zeros),
    TEST (attributes_count),
    TEST (what_cannot_be_made_anew_is_refused),
    TEST (of_some_paths_all_directories_and_links_remain),
    TEST (what_is_known_is_not_read_again),
    cmocka_unit_test (only_paths_beneath_are_entries),
    cmocka_unit_test (lengths_are_those_of_the_bytes),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
