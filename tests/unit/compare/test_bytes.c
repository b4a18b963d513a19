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

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (digests_are_those_of_the_bytes),
    cmocka_unit_test (a_noted_digest_is_taken),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
