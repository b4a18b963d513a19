#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/secret.h"
#include "crypto/sha256.h"

#include <assay/error.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A key file in a directory of its own. */
typedef struct
{
  char *directory;
  char *path;
} Key;

static Key
key_new (void)
{
  Key key;
  key.directory = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  assert_non_null (key.directory);
  key.path = g_build_filename (key.directory, "key", NULL);
  return key;
}

static void
key_clear (Key *key)
{
  g_unlink (key->path);
  assert_int_equal (g_rmdir (key->directory), 0);
  g_free (key->path);
  g_free (key->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Key, key_clear)

static void
the_code_is_hmac_sha_256 (void **state)
{
  /* Not one of its messages, since ours have a form; but its function: python3 -c 'import hmac, hashlib;
     print(hmac.new( bytes(range(32)), b"purpose\0name\0" + hashlib.sha256(b"content").digest(), "sha256").hexdigest())'
   */
  static const char wanted[] = "14e23d2842a22e9f195884a34641c3b9c5c4a81b991fa2b2bf2390ef8ae0204d";
  g_auto (Key) key = key_new ();
  guint8 bytes[32];
  AssayDigest content, code;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)i;
  assert_true (
      g_file_set_contents_full (key.path, (const char *)bytes, sizeof bytes, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_autoptr (AssaySecret) secret = assay_secret_open (key.path, NULL);
  assert_non_null (secret);
  assay_sha256_bytes ("content", strlen ("content"), &content);
  assert_true (assay_secret_authenticate (secret, "purpose", "name", &content, &code, NULL));
  assay_digest_to_hex (&code, hex);
  assert_string_equal (hex, wanted);
}

static void
only_what_was_authenticated_is_verified (void **state)
{
  g_auto (Key) key = key_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AssaySecret) secret = assay_secret_open (key.path, NULL);
  AssayDigest content, other, code;
  assert_non_null (secret);
  assay_sha256_bytes ("one", 3, &content);
  assay_sha256_bytes ("two", 3, &other);
  assert_true (assay_secret_authenticate (secret, "kind", "name", &content, &code, NULL));
  assert_true (assay_secret_verify (secret, "kind", "name", &content, &code, NULL));
  assert_false (assay_secret_verify (secret, "other", "name", &content, &code, NULL));
  assert_false (assay_secret_verify (secret, "kind", "other", &content, &code, NULL));
  assert_false (assay_secret_verify (secret, "kindn", "ame", &content, &code, NULL));
  assert_false (assay_secret_verify (secret, "kind", "name", &other, &code, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_PIN));
  for (guint i = 0; i < ASSAY_DIGEST_SIZE; i++)
    {
      AssayDigest wrong = code;
      wrong.bytes[i] ^= 1;
      assert_false (assay_secret_verify (secret, "kind", "name", &content, &wrong, NULL));
    }
}

static void
the_key_is_made_once_and_for_us_alone (void **state)
{
  g_auto (Key) key = key_new ();
  struct stat status;
  AssayDigest content, first, second;
  g_autoptr (AssaySecret) made = assay_secret_open (key.path, NULL);
  g_autoptr (AssaySecret) again = assay_secret_open (key.path, NULL);
  assert_non_null (made);
  assert_non_null (again);
  assert_int_equal (lstat (key.path, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0600);
  assert_int_equal (status.st_size, 32);
  assay_sha256_bytes ("x", 1, &content);
  assert_true (assay_secret_authenticate (made, "", "", &content, &first, NULL));
  assert_true (assay_secret_authenticate (again, "", "", &content, &second, NULL));
  assert_true (assay_digest_equal (&first, &second));
}

/* Whoever comes first: all have the same key. */
static void
many_make_one_key (void **state)
{
  g_auto (Key) key = key_new ();
  AssayDigest content, code;
  int fds[2];
  assert_int_equal (pipe (fds), 0);
  assay_sha256_bytes ("x", 1, &content);
  for (guint i = 0; i < 8; i++)
    {
      pid_t pid = fork ();
      if (pid == 0)
        {
          g_autoptr (AssaySecret) secret = assay_secret_open (key.path, NULL);
          gboolean done = secret != NULL && assay_secret_authenticate (secret, "", "", &content, &code, NULL)
                          && write (fds[1], code.bytes, sizeof code.bytes) == sizeof code.bytes;
          _exit (done ? 0 : 1);
        }
      assert_true (pid > 0);
    }
  guint8 all[8][ASSAY_DIGEST_SIZE];
  for (guint i = 0; i < 8; i++)
    {
      int status;
      assert_true (wait (&status) > 0);
      assert_int_equal (status, 0);
      assert_int_equal (read (fds[0], all[i], ASSAY_DIGEST_SIZE), ASSAY_DIGEST_SIZE);
      assert_memory_equal (all[i], all[0], ASSAY_DIGEST_SIZE);
    }
  close (fds[0]);
  close (fds[1]);
}

/* A process that is forked while others use the key can use it too: nobody holds the lock in it. */
static gpointer
authenticate_often (gpointer data)
{
  AssayDigest content, code;
  assay_sha256_bytes ("x", 1, &content);
  for (guint i = 0; i < 2000; i++)
    assert_true (assay_secret_authenticate (data, "", "", &content, &code, NULL));
  return NULL;
}

static void
forks_meanwhile_go_on (void **state)
{
  g_auto (Key) key = key_new ();
  g_autoptr (AssaySecret) secret = assay_secret_open (key.path, NULL);
  GThread *thread = g_thread_new ("authenticates", authenticate_often, secret);
  for (guint i = 0; i < 50; i++)
    {
      int status;
      pid_t pid = fork ();
      if (pid == 0)
        {
          alarm (60);
          _exit (getpid () > 0 ? 0 : 1);
        }
      assert_true (waitpid (pid, &status, 0) == pid);
      assert_int_equal (status, 0);
    }
  g_thread_join (thread);
}

static void
no_key_is_none (void **state)
{
  static const gsize lengths[] = { 0, 1, 31, 33, 1000 };
  g_auto (Key) key = key_new ();
  g_autofree char *bytes = g_strnfill (1000, 'k');
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_true (
          g_file_set_contents_full (key.path, bytes, (gssize)lengths[i], G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      assert_null (assay_secret_open (key.path, &error));
      assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_code_is_hmac_sha_256),
    cmocka_unit_test (only_what_was_authenticated_is_verified),
    cmocka_unit_test (the_key_is_made_once_and_for_us_alone),
    cmocka_unit_test (many_make_one_key),
    cmocka_unit_test (forks_meanwhile_go_on),
    cmocka_unit_test (no_key_is_none),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
