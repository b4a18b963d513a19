#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/nearby.h"

#include <assay/error.h>

#include <string.h>

/* What is read nearby is what a blob has there, and what cannot be read is not made up. */

#define SIZE 20000u
#define BROKEN 15000u /* from here on nothing can be read */

static guint8
byte_at (guint64 offset)
{
  return (guint8)(offset * 7 + offset / 251);
}

static gboolean
read_bytes (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  guint *reads = data;
  guint8 *bytes = out;
  ++*reads;
  if (offset + length > BROKEN)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "broken");
      return FALSE;
    }
  for (gsize i = 0; i < length; i++)
    bytes[i] = byte_at (offset + i);
  return TRUE;
}

static void
assert_reads (AssayNearby *nearby, AssayBlob *blob, guint64 offset, gsize length)
{
  guint8 out[64];
  assert_true (assay_nearby_read (nearby, blob, offset, out, length));
  for (gsize i = 0; i < length; i++)
    assert_int_equal (out[i], byte_at (offset + i));
}

static void
whatever_was_read_before_it_is_what_stands_there (void **state)
{
  guint reads = 0;
  AssayNearby nearby = { 0 };
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_reader (SIZE, read_bytes, &reads);
  for (guint i = 0; i < 5000; i++)
    {
      gsize length = (gsize)g_rand_int_range (random, 0, 65);
      assert_reads (&nearby, blob, (guint64)g_rand_int_range (random, 0, (gint32)(BROKEN - length)), length);
    }
  reads = 0;
  for (guint64 offset = 0; offset < 8000; offset += 8)
    assert_reads (&nearby, blob, offset, 8);
  assert_in_range (reads, 1, 4);
}

static void
what_stands_before_bytes_that_cannot_be_read_is_read (void **state)
{
  guint reads = 0;
  guint8 out[64];
  AssayNearby nearby = { 0 };
  g_autoptr (AssayBlob) blob = assay_blob_new_for_reader (SIZE, read_bytes, &reads);
  assert_reads (&nearby, blob, BROKEN - 64, 64);
  assert_false (assay_nearby_read (&nearby, blob, BROKEN - 63, out, 64));
  assert_false (assay_nearby_read (&nearby, blob, BROKEN, out, 1));
  assert_false (assay_nearby_read (&nearby, blob, SIZE, out, 1));
  assert_false (assay_nearby_read (&nearby, blob, G_MAXUINT64 - 3, out, 8));
  assert_reads (&nearby, blob, 0, 8);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (whatever_was_read_before_it_is_what_stands_there),
    cmocka_unit_test (what_stands_before_bytes_that_cannot_be_read_is_read),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
