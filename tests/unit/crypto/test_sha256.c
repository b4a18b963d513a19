#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "sha256_vectors.h"
#include "util/system.h"

#include <assay/error.h>

#include <string.h>

static void
published_vectors (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      AssayDigest digest;
      assay_sha256_bytes (vectors[i].text, strlen (vectors[i].text), &digest);
      assert_digest (&digest, vectors[i].hex);
    }
}

static void
one_context_makes_many_digests (void **state)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
      {
        AssayDigest digest;
        for (const char *at = vectors[i].text; *at != '\0'; at++)
          assay_sha256_update (sha256, at, 1);
        assay_sha256_update (sha256, NULL, 0);
        assay_sha256_finish (sha256, &digest);
        assert_digest (&digest, vectors[i].hex);
      }
}

static AssayBlob *
million (gboolean in_file)
{
  g_autofree char *text = g_strnfill (1000000, 'a');
  if (in_file)
    {
      int fd = assay_private_file_new (NULL, NULL);
      assert_true (fd >= 0 && assay_system_write_all (fd, text, 1000000));
      return assay_blob_new_for_fd (fd, NULL);
    }
  g_autoptr (GBytes) bytes = g_bytes_new (text, 1000000);
  return assay_blob_new_for_bytes (bytes);
}

static void
blobs_in_windows (void **state)
{
  for (guint in_file = 0; in_file < 2; in_file++)
    {
      AssayDigest digest, again;
      g_autofree char *part = g_strnfill (ASSAY_BLOB_WINDOW_BYTES + 1, 'a');
      g_autoptr (AssayBlob) blob = million (in_file != 0);
      assert_true (assay_sha256_blob (blob, 0, 1000000, &digest, NULL));
      assert_digest (&digest, MILLION_HEX);
      assert_true (assay_sha256_blob (blob, 7, 0, &digest, NULL));
      assert_digest (&digest, vectors[0].hex);
      for (gsize length = ASSAY_BLOB_WINDOW_BYTES - 1; length <= ASSAY_BLOB_WINDOW_BYTES + 1; length++)
        {
          assert_true (assay_sha256_blob (blob, 1000000 - length, length, &digest, NULL));
          assay_sha256_bytes (part, length, &again);
          assert_true (assay_digest_equal (&digest, &again));
        }
    }
}

static void
a_failed_digest_leaves_nothing_behind (void **state)
{
  AssayDigest digest, before;
  g_autoptr (GError) error = NULL;
  int fd = assay_private_file_new (NULL, NULL);
  g_autofree char *text = g_strnfill (300000, 'x');
  assert_true (fd >= 0 && assay_system_write_all (fd, text, 300000));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_fd (fd, NULL);
  memset (&digest, 0x5a, sizeof digest);
  before = digest;
  assert_false (assay_sha256_blob (blob, 1, 300000, &digest, &error));
  assert_int_equal (error->code, ASSAY_ERROR_MALFORMED);
  g_clear_error (&error);
  assert_int_equal (ftruncate (fd, 150000), 0); /* after the first window, within the second */
  assert_false (assay_sha256_blob (blob, 0, 300000, &digest, &error));
  assert_int_equal (error->code, ASSAY_ERROR_CHANGED);
  assert_memory_equal (&digest, &before, sizeof digest);
  assay_sha256_bytes ("abc", 3, &digest);
  assert_digest (&digest, vectors[1].hex);
}

static gpointer
digest_often (gpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      AssayDigest digest;
      char found[ASSAY_DIGEST_HEX_SIZE];
      if (!assay_sha256_blob (data, 0, 1000000, &digest, NULL))
        return (gpointer) "read";
      assay_digest_to_hex (&digest, found);
      if (strcmp (found, MILLION_HEX) != 0)
        return (gpointer) "digest";
    }
  return NULL;
}

static void
threads_do_not_mix (void **state)
{
  GThread *threads[4];
  g_autoptr (AssayBlob) blob = million (TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, digest_often, blob);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    assert_null (g_thread_join (threads[i]));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (published_vectors),  cmocka_unit_test (one_context_makes_many_digests),
    cmocka_unit_test (blobs_in_windows),   cmocka_unit_test (a_failed_digest_leaves_nothing_behind),
    cmocka_unit_test (threads_do_not_mix),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
