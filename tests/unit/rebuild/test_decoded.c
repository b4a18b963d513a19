#include "../util/scratch.h"

#include "rebuild/decoded.h"

#include <zstd.h>

/* More than what is on its way at once, in both forms: some of it does not compress. */
#define PLAIN_BYTES (3u << 20)
#define TIME_S 60

static guint8 *
make_plain (gsize length)
{
  guint8 *plain = g_malloc (length);
  guint32 state = 1;
  for (gsize i = 0; i < length; i++)
    {
      state = state * 1664525u + 1013904223u;
      plain[i] = i % (1u << 20) < (1u << 19) ? (guint8)(state >> 24) : 0;
    }
  return plain;
}

static GByteArray *
pack (const guint8 *plain, gsize length)
{
  gsize most = ZSTD_compressBound (length);
  GByteArray *packed = g_byte_array_sized_new ((guint)most);
  gsize size = ZSTD_compress (packed->data, most, plain, length, 1);
  assert_false (ZSTD_isError (size));
  packed->len = (guint)size;
  return packed;
}

/* A file that has the stream at @before, and other bytes around it. */
static int
place (const Scratch *scratch, const guint8 *bytes, gsize length, gsize before)
{
  g_autofree char *path = g_build_filename (scratch->path, "stream", NULL);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  for (gsize i = 0; i < before; i++)
    g_byte_array_append (all, (const guint8 *)"x", 1);
  g_byte_array_append (all, bytes, (guint)length);
  g_byte_array_append (all, (const guint8 *)"behind", 6);
  assert_true (g_file_set_contents (path, (const char *)all->data, (gssize)all->len, NULL));
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  assert_true (fd >= 0);
  return fd;
}

/* What it holds; NULL with *code where it fails. */
static GByteArray *
read_all (int fd, guint64 offset, guint64 length, gsize most, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (AssayDecoded) decoded = assay_decoded_new (fd, offset, length, TIME_S, &error);
  gsize count = decoded == NULL ? 0 : 1;
  while (error == NULL && count > 0)
    {
      const guint8 *bytes = NULL;
      if (!assay_decoded_pull (decoded, most, &bytes, &count, &error))
        break;
      assert_true (count <= most);
      g_byte_array_append (all, bytes, (guint)count);
    }
  *code = error == NULL ? 0 : error->code;
  return error == NULL ? g_steal_pointer (&all) : NULL;
}

static void
assert_decodes (const Scratch *scratch, const guint8 *plain, gsize length, gsize most)
{
  g_autoptr (GByteArray) packed = pack (plain, length);
  int code = 0;
  int fd = place (scratch, packed->data, packed->len, 7);
  g_autoptr (GByteArray) all = read_all (fd, 7, packed->len, most, &code);
  close (fd);
  assert_int_equal (code, 0);
  assert_int_equal (all->len, length);
  assert_memory_equal (all->data, plain, length);
}

static void
what_was_packed_comes_out (void **state)
{
  g_autofree guint8 *plain = make_plain (PLAIN_BYTES);
  assert_decodes (*state, plain, PLAIN_BYTES, G_MAXSSIZE);
  assert_decodes (*state, plain, PLAIN_BYTES, 1000);
  assert_decodes (*state, plain, 1, 1000);
  assert_decodes (*state, plain, 0, 1000);
}

static void
what_is_no_stream_or_is_cut_fails (void **state)
{
  g_autofree guint8 *plain = make_plain (PLAIN_BYTES);
  g_autoptr (GByteArray) packed = pack (plain, PLAIN_BYTES);
  const gsize lengths[] = { 0, 1, 5, 65536, 131072, packed->len - 1 };
  int code = 0;
  int fd = place (*state, packed->data, packed->len, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      assert_null (read_all (fd, 0, lengths[i], G_MAXSSIZE, &code));
      assert_int_equal (code, ASSAY_ERROR_MALFORMED);
    }
  assert_null (read_all (fd, 1, packed->len - 1, G_MAXSSIZE, &code));
  assert_int_equal (code, ASSAY_ERROR_MALFORMED);
  assert_null (read_all (fd, G_GUINT64_CONSTANT (1) << 50, 1, G_MAXSSIZE, &code));
  assert_int_equal (code, ASSAY_ERROR_MALFORMED);
  assert_null (read_all (fd, G_MAXUINT64, 2, G_MAXSSIZE, &code));
  assert_int_equal (code, ASSAY_ERROR_MALFORMED);
  close (fd);
}

/* Whoever wants just so many bytes gets them, or an error. */
static void
exactly_as_many_bytes (void **state)
{
  g_autofree guint8 *plain = make_plain (PLAIN_BYTES);
  g_autofree guint8 *out = g_malloc (PLAIN_BYTES);
  g_autoptr (GByteArray) packed = pack (plain, PLAIN_BYTES);
  g_autoptr (GError) error = NULL;
  int fd = place (*state, packed->data, packed->len, 0);
  g_autoptr (AssayDecoded) decoded = assay_decoded_new (fd, 0, packed->len, TIME_S, &error);
  assert_non_null (decoded);
  assert_true (assay_decoded_fill (decoded, out, PLAIN_BYTES - 1, &error));
  assert_memory_equal (out, plain, PLAIN_BYTES - 1);
  assert_fails (assay_decoded_fill (decoded, out, 2, &error), ASSAY_ERROR_MALFORMED, error);
  close (fd);
}

/* Nobody waits for ever for one that was left alone. */
static void
it_may_be_left_before_its_end (void **state)
{
  g_autofree guint8 *plain = make_plain (PLAIN_BYTES);
  g_autoptr (GByteArray) packed = pack (plain, PLAIN_BYTES);
  int fd = place (*state, packed->data, packed->len, 0);
  AssayDecoded *decoded = assay_decoded_new (fd, 0, packed->len, TIME_S, NULL);
  assert_non_null (decoded);
  assay_decoded_free (decoded);
  close (fd);
}

#define TEST(test) cmocka_unit_test_setup_teardown (test, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_was_packed_comes_out),
    TEST (what_is_no_stream_or_is_cut_fails),
    TEST (exactly_as_many_bytes),
    TEST (it_may_be_left_before_its_end),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
