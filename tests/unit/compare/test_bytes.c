#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/bytes.h"
#include "crypto/sha256.h"

#include <string.h>

#define BLOB_BYTES (3 * ASSAY_BLOB_WINDOW_BYTES + 777)

static AssayBlob *
make_blob (gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (GByteArray) array = g_byte_array_sized_new ((guint)size);
  for (gsize i = 0; i < size; i++)
    g_byte_array_append (array, &(guint8){ (guint8)g_rand_int (rand) }, 1);
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  return assay_blob_new_for_bytes (bytes);
}

/* Pieces of any length up to @most, some of them empty, with or without gaps between them. */
static GArray *
make_pieces (GRand *rand, guint64 size, gint32 most, gboolean gaps)
{
  GArray *pieces = g_array_new (FALSE, TRUE, sizeof (AssayPieceDigest));
  guint64 at = 0;
  while (at < size)
    {
      at += gaps ? (guint64)g_rand_int_range (rand, 0, most) : 0;
      guint64 length = g_rand_int_range (rand, 0, 5) == 0 ? 0 : (guint64)g_rand_int_range (rand, 0, most);
      if (at >= size)
        break;
      AssayPieceDigest piece = { .offset = at, .length = MIN (length, size - at) };
      g_array_append_val (pieces, piece);
      at += piece.length;
    }
  AssayPieceDigest end = { .offset = size, .length = 0 };
  g_array_append_val (pieces, end);
  return pieces;
}

static void
assert_digests (AssayBlob *blob, const GArray *pieces, const AssayDigest *whole)
{
  AssayDigest expected;
  if (whole != NULL)
    {
      assert_true (assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &expected, NULL));
      assert_true (assay_digest_equal (&expected, whole));
    }
  for (guint i = 0; pieces != NULL && i < pieces->len; i++)
    {
      const AssayPieceDigest *piece = &g_array_index (pieces, AssayPieceDigest, i);
      assert_true (assay_sha256_blob (blob, piece->offset, piece->length, &expected, NULL));
      assert_true (assay_digest_equal (&expected, &piece->digest));
    }
}

static void
assert_pass (AssayBlob *blob, GArray *pieces, AssayDigest *whole)
{
  AssayPass pass = { .whole = whole, .pieces = pieces };
  const AssayCorrespondence all = { .shipped = 0, .expected = 0, .length = assay_blob_get_size (blob) };
  g_autoptr (GArray) correspondences = g_array_new (FALSE, FALSE, sizeof (AssayCorrespondence));
  g_autoptr (GArray) differences = NULL;
  gboolean equal = FALSE;
  g_array_append_val (correspondences, all);
  assert_true (assay_blob_equal_digested (blob, blob, &pass, &equal, NULL));
  assert_true (equal);
  assert_digests (blob, pieces, whole);
  for (guint i = 0; pieces != NULL && i < pieces->len; i++)
    memset (&g_array_index (pieces, AssayPieceDigest, i).digest, 0, sizeof (AssayDigest));
  if (whole != NULL)
    memset (whole, 0, sizeof *whole);
  assert_true (assay_blob_compare (blob, blob, correspondences, &pass, &differences, NULL));
  assert_int_equal (differences->len, 0);
  assert_digests (blob, pieces, whole);
}

/* The whole, pieces, and both, where pieces are small or longer than a window, tile the blob or leave gaps. */
static void
digests_are_those_of_the_bytes (void **state)
{
  static const gint32 lengths[] = { 3, 70, 5000, 300000 };
  static const gsize sizes[] = { 0, 1, 64, 1000, BLOB_BYTES };
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint round = 0; round < 2 * G_N_ELEMENTS (lengths); round++)
      {
        gint32 most = sizes[i] > 100000 ? MAX (lengths[round / 2], 2000) : lengths[round / 2];
        AssayDigest whole;
        g_autoptr (AssayBlob) blob = make_blob (sizes[i]);
        g_autoptr (GArray) pieces = make_pieces (rand, sizes[i], most, round % 2 == 1);
        assert_pass (blob, pieces, &whole);
        assert_pass (blob, pieces, NULL);
        assert_pass (blob, NULL, &whole);
        assert_pass (blob, NULL, NULL);
      }
}

static void
a_noted_digest_is_taken (void **state)
{
  AssayDigest noted, whole;
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);
  g_autoptr (AssayBlob) blob = make_blob (BLOB_BYTES);
  g_autoptr (GArray) pieces = make_pieces (rand, BLOB_BYTES, 5000, TRUE);
  assert_true (assay_sha256_blob (blob, 0, BLOB_BYTES, &noted, NULL));
  assay_blob_note_sha256 (blob, &noted);
  assert_pass (blob, pieces, &whole);
}

/* Of just these pieces; of others, be they one more, one less or one that begins elsewhere, nothing is. */
static void
noted_pieces_are_taken (void **state)
{
  static const struct
  {
    guint64 offset;
    guint64 length;
    gboolean taken;
  } seconds[] = { { 100, 200, TRUE }, { 100, 199, FALSE }, { 101, 199, FALSE }, { 0, 0, FALSE } };
  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      gboolean equal = FALSE;
      g_autoptr (AssayBlob) blob = make_blob (1000);
      g_autoptr (GArray) pieces = g_array_new (FALSE, TRUE, sizeof (AssayPieceDigest));
      g_autoptr (GArray) noted = g_array_new (FALSE, TRUE, sizeof (AssayBlobPart));
      const AssayPieceDigest wanted[] = { { .offset = 0, .length = 100 }, { .offset = 100, .length = 200 } };
      AssayBlobPart said[]
          = { { .offset = 0, .length = 100 }, { .offset = seconds[i].offset, .length = seconds[i].length } };
      memset (&said[0].digest, 1, sizeof said[0].digest);
      memset (&said[1].digest, 2, sizeof said[1].digest);
      g_array_append_vals (pieces, wanted, 2);
      g_array_append_vals (noted, said, seconds[i].length > 0 ? 2 : 1);
      assay_blob_note_parts (blob, noted);
      const AssayPass pass = { .pieces = pieces };
      assert_true (assay_blob_equal_digested (blob, blob, &pass, &equal, NULL));
      assert_true (equal);
      for (guint piece = 0; piece < 2; piece++)
        {
          AssayDigest own;
          assert_true (assay_sha256_blob (blob, wanted[piece].offset, wanted[piece].length, &own, NULL));
          assert_true (assay_digest_equal (&g_array_index (pieces, AssayPieceDigest, piece).digest,
                                           seconds[i].taken ? &said[piece].digest : &own));
        }
    }
}

/* Two blobs that are damaged here and there: a byte, some, or a stretch that goes on in the next window. */
static AssayBlob *
damage (AssayBlob *blob, GRand *rand, guint64 size)
{
  guint8 *bytes = g_malloc (size);
  assert_true (assay_blob_read (blob, 0, bytes, size, NULL));
  for (guint i = 0; i < 3000; i++)
    {
      guint64 at = (guint64)g_rand_int_range (rand, 0, (gint32)size);
      guint64 length = i % 100 == 0 ? 500 : (guint64)g_rand_int_range (rand, 1, 5);
      for (guint64 j = at; j < MIN (at + length, size); j++)
        bytes[j] ^= (guint8)g_rand_int_range (rand, 1, 256);
    }
  for (guint64 j = ASSAY_BLOB_WINDOW_BYTES - 5; j < ASSAY_BLOB_WINDOW_BYTES + 5; j++)
    bytes[j] ^= 1;
  g_autoptr (GBytes) taken = g_bytes_new_take (bytes, size);
  return assay_blob_new_for_bytes (taken);
}

/* Byte by byte: where the other side of @offset stands. */
static guint64
other_of (const GArray *correspondences, guint64 offset)
{
  for (guint i = 0; i < correspondences->len; i++)
    {
      const AssayCorrespondence *each = &g_array_index (correspondences, AssayCorrespondence, i);
      if (offset >= each->shipped && offset - each->shipped < each->length)
        return each->expected + (offset - each->shipped);
    }
  return ASSAY_NO_COUNTERPART;
}

static void
assert_differences (const guint8 *a, const guint8 *b, guint64 size, const GArray *correspondences,
                    const GArray *differences)
{
  guint next = 0;
  for (guint64 i = 0; i < size; i++)
    {
      guint64 other = other_of (correspondences, i);
      const AssayDifference *difference
          = next < differences->len ? &g_array_index (differences, AssayDifference, next) : NULL;
      gboolean inside = difference != NULL && i >= difference->offset;
      assert_int_equal (inside, other == ASSAY_NO_COUNTERPART || a[i] != b[other]);
      if (!inside)
        continue;
      guint64 within = i - difference->offset;
      assert_true (other
                   == (difference->expected_offset == ASSAY_NO_COUNTERPART ? ASSAY_NO_COUNTERPART
                                                                           : difference->expected_offset + within));
      next += within + 1 == difference->length;
    }
  assert_int_equal (next, differences->len);
}

static void
assert_shown (const guint8 *a, const guint8 *b, const GArray *differences, const AssayShown *shown)
{
  AssayShownWalk walk = { .differences = differences, .shown = shown };
  guint refused = 0;
  for (guint i = 0; i < differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (differences, AssayDifference, i);
      gboolean alone = difference->expected_offset == ASSAY_NO_COUNTERPART;
      for (guint64 within = 0; within < difference->length; within += 1 + difference->length / 7)
        {
          guint8 left[8];
          guint8 right[8];
          gsize length = (gsize)MIN (difference->length - within, sizeof left);
          guint64 offset = difference->offset + within;
          guint64 other = alone ? ASSAY_NO_COUNTERPART : difference->expected_offset + within;
          gboolean taken = assay_shown_take (&walk, offset, other, length, left, right);
          assert_int_equal (taken, within + length <= shown->most);
          refused += !taken;
          if (!taken)
            continue;
          assert_memory_equal (left, a + offset, length);
          if (!alone)
            assert_memory_equal (right, b + other, length);
          /* of another place nothing is known */
          assert_false (assay_shown_take (&walk, offset, alone ? offset : other + 1, length, left, right));
        }
    }
  assert_true (refused > 0);
}

static void
differences_are_found_and_shown (void **state)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);
  g_autoptr (AssayBlob) expected = make_blob (BLOB_BYTES);
  g_autoptr (AssayBlob) shipped = damage (expected, rand, BLOB_BYTES);
  const AssayCorrespondence parts[]
      = { { 0, 0, 1000 }, { 1000, 1000, ASSAY_BLOB_WINDOW_BYTES }, { ASSAY_BLOB_WINDOW_BYTES + 3000, 5000, 60000 } };
  g_autofree guint8 *a = g_malloc (BLOB_BYTES);
  g_autofree guint8 *b = g_malloc (BLOB_BYTES);
  assert_true (assay_blob_read (shipped, 0, a, BLOB_BYTES, NULL) && assay_blob_read (expected, 0, b, BLOB_BYTES, NULL));
  for (guint i = 0; i < 2; i++)
    {
      const AssayCorrespondence all = { 0, 0, BLOB_BYTES };
      g_autoptr (GArray) correspondences = g_array_new (FALSE, FALSE, sizeof (AssayCorrespondence));
      g_autoptr (GArray) differences = NULL;
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      AssayShown shown = { .most = 32, .bytes = bytes };
      const AssayPass pass = { .shown = &shown };
      if (i == 0)
        g_array_append_val (correspondences, all);
      else
        g_array_append_vals (correspondences, parts, G_N_ELEMENTS (parts));
      assert_true (assay_blob_compare (shipped, expected, correspondences, &pass, &differences, NULL));
      assert_true (differences->len > 20);
      assert_differences (a, b, BLOB_BYTES, correspondences, differences);
      assert_shown (a, b, differences, &shown);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (digests_are_those_of_the_bytes),
    cmocka_unit_test (a_noted_digest_is_taken),
    cmocka_unit_test (noted_pieces_are_taken),
    cmocka_unit_test (differences_are_found_and_shown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
