#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The plain functions of libcrypto let a test set how much was digested before. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "crypto/sha256.h"
#include "crypto/sha256_pair.h"
#include "sha256_vectors.h"

#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define CHANCE_BYTES 20000

static guint8 chance[2][CHANCE_BYTES];

static int
fill_chance (void **state)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (256);
  for (guint side = 0; side < 2; side++)
    for (guint i = 0; i < CHANCE_BYTES; i++)
      chance[side][i] = (guint8)g_rand_int (rand);
  return 0;
}

static void
assert_digest_of (const AssayDigest *digest, const guint8 *data, gsize length)
{
  AssayDigest expected;
  assay_sha256_bytes (data, length, &expected);
  assert_memory_equal (digest->bytes, expected.bytes, sizeof expected.bytes);
}

static gboolean
processor_has_sha (void)
{
#ifdef __x86_64__
  guint a, b, c, d;
  return __get_cpuid_count (7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1) != 0;
#else
  return FALSE;
#endif
}

static void
skip_without_lanes (void)
{
  if (!assay_sha256_lanes_supported ())
    skip ();
}

/* Each of the two ways is tested by a run of its own: this holds that it is the one that was asked for. */
static void
lanes_are_used_where_they_can_be (void **state)
{
  gboolean allowed = processor_has_sha () && g_getenv ("OPENSSL_ia32cap") == NULL;
  assert_true (assay_sha256_is_default ());
  assert_int_equal (assay_sha256_lanes_supported (), allowed);
  assert_int_equal (assay_sha256_pair_in_lanes (), allowed);
}

static void
published_vectors (void **state)
{
  g_autofree char *million = g_strnfill (1000000, 'a');
  g_autoptr (AssaySha256Pair) pair = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  AssayDigest digest;
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    for (guint j = 0; j < G_N_ELEMENTS (vectors); j++)
      {
        assay_sha256_pair_update (pair, vectors[i].text, strlen (vectors[i].text), vectors[j].text,
                                  strlen (vectors[j].text));
        assay_sha256_pair_finish (pair, ASSAY_SHA256_FIRST, &digest);
        assert_digest (&digest, vectors[i].hex);
        assay_sha256_pair_finish (pair, ASSAY_SHA256_SECOND, &digest);
        assert_digest (&digest, vectors[j].hex);
      }
  assay_sha256_pair_update (pair, million, 1000000, million, 500000);
  assay_sha256_pair_update (pair, NULL, 0, million, 500000);
  assay_sha256_pair_finish (pair, ASSAY_SHA256_FIRST, &digest);
  assert_digest (&digest, MILLION_HEX);
  assay_sha256_pair_finish (pair, ASSAY_SHA256_SECOND, &digest);
  assert_digest (&digest, MILLION_HEX);
}

static gsize
any_part (GRand *rand, gint32 most, gsize rest)
{
  gsize part = (gsize)g_rand_int_range (rand, 0, most + 1);
  return MIN (part, rest);
}

/* Hands both texts over in parts of any size up to @part, and compares both digests. */
static void
assert_pair (AssaySha256Pair *pair, GRand *rand, const guint8 *const data[2], const gsize lengths[2], gint32 part)
{
  gsize done[2] = { 0, 0 };
  while (done[0] < lengths[0] || done[1] < lengths[1])
    {
      gsize first = any_part (rand, part, lengths[0] - done[0]);
      gsize second = any_part (rand, part, lengths[1] - done[1]);
      assay_sha256_pair_update (pair, first == 0 ? NULL : data[0] + done[0], first,
                                second == 0 ? NULL : data[1] + done[1], second);
      done[0] += first;
      done[1] += second;
    }
  AssayDigest digest;
  assay_sha256_pair_finish (pair, ASSAY_SHA256_SECOND, &digest);
  assert_digest_of (&digest, data[1], lengths[1]);
  assay_sha256_pair_finish (pair, ASSAY_SHA256_FIRST, &digest);
  assert_digest_of (&digest, data[0], lengths[0]);
}

static void
every_length_and_any_parts (void **state)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (180);
  g_autoptr (AssaySha256Pair) pair = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  for (gsize length = 0; length <= 300; length++)
    for (guint round = 0; round < 40; round++)
      {
        const guint8 *data[2] = { chance[0] + round % 17, chance[1] + g_rand_int_range (rand, 0, 64) };
        gsize lengths[2] = { length, (gsize)g_rand_int_range (rand, 0, 301) };
        if (round % 2 == 1)
          {
            lengths[0] = lengths[1];
            lengths[1] = length;
          }
        assert_pair (pair, rand, data, lengths, round < 10 ? 300 : 1 + (gint32)round * 3);
      }
}

static void
long_texts_in_any_parts (void **state)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  g_autoptr (AssaySha256Pair) pair = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  for (guint round = 0; round < 600; round++)
    {
      gsize starts[2] = { (gsize)g_rand_int_range (rand, 0, 100), (gsize)g_rand_int_range (rand, 0, 100) };
      const guint8 *data[2] = { chance[0] + starts[0], chance[1] + starts[1] };
      gsize lengths[2] = { (gsize)g_rand_int_range (rand, 0, CHANCE_BYTES - 100),
                           (gsize)g_rand_int_range (rand, 0, CHANCE_BYTES - 100) };
      assert_pair (pair, rand, data, lengths, g_rand_int_range (rand, 50, 6000));
    }
}

/* As a file and its sections: one goes on while the other is finished again and again. */
static void
one_side_ends_often (void **state)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (AssaySha256Pair) pair = assay_sha256_pair_new (ASSAY_SHA256_BOTH);
  AssayDigest digest;
  for (gsize done = 0; done < CHANCE_BYTES;)
    {
      gsize length = any_part (rand, 500, CHANCE_BYTES - done);
      gsize part = length / 3;
      const guint8 *data = chance[0] + done;
      assay_sha256_pair_update (pair, data, part, data, part);
      assay_sha256_pair_update (pair, data + part, length - part, data + part, length - part);
      assay_sha256_pair_finish (pair, ASSAY_SHA256_SECOND, &digest);
      assert_digest_of (&digest, data, length);
      done += length;
    }
  assay_sha256_pair_finish (pair, ASSAY_SHA256_FIRST, &digest);
  assert_digest_of (&digest, chance[0], CHANCE_BYTES);
}

static void
one_side_alone (void **state)
{
  static const AssaySha256Sides sides[] = { ASSAY_SHA256_FIRST, ASSAY_SHA256_SECOND };
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AssaySha256Pair) pair = assay_sha256_pair_new (sides[i]);
      AssayDigest digest;
      assay_sha256_pair_update (pair, chance[0], 1000, chance[1], 500);
      assay_sha256_pair_finish (pair, sides[i], &digest);
      assert_digest_of (&digest, chance[i], i == 0 ? 1000 : 500);
    }
}

/* Digests as if @before bytes had been digested already, by libcrypto and by a lane. */
static void
assert_far_on (guint64 before, gsize length)
{
  AssaySha256Lane lanes[2];
  SHA256_CTX context;
  AssayDigest expected, found;
  SHA256_Init (&context);
  context.Nl = (SHA_LONG)(before << 3);
  context.Nh = (SHA_LONG)(before >> 29);
  SHA256_Update (&context, chance[0], length);
  SHA256_Final (expected.bytes, &context);
  for (guint side = 0; side < 2; side++)
    {
      assay_sha256_lane_begin (&lanes[0]);
      assay_sha256_lane_begin (&lanes[1]);
      lanes[side].length_bytes = before;
      assay_sha256_lanes_update (&lanes[0], chance[side], length, &lanes[1], chance[1 - side], length);
      assay_sha256_lane_finish (&lanes[side], &found);
      assert_memory_equal (found.bytes, expected.bytes, sizeof expected.bytes);
      assay_sha256_lane_finish (&lanes[1 - side], &found);
      assert_digest_of (&found, chance[1], length);
    }
}

static void
lengths_beyond_32_bits (void **state)
{
  static const guint edges[] = { 29, 31, 32, 33, 35, 40, 60 }; /* 2^29 bytes are 2^32 bits */
  skip_without_lanes ();
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    for (guint64 below = 0; below <= 256; below += 64)
      for (gsize length = 0; length < 330; length += 11)
        assert_far_on ((G_GUINT64_CONSTANT (1) << edges[i]) - below, length);
}

static void
swap_lanes (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
            gsize b_length)
{
  assay_sha256_lanes_update (first, b, b_length, second, a, a_length);
}

static void
leave_second (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
              gsize b_length)
{
  assay_sha256_lanes_update (first, a, a_length, second, b, 0);
}

static void
lose_what_is_behind_both (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
                          gsize b_length)
{
  gsize both = MIN (a_length, b_length) + 63;
  assay_sha256_lanes_update (first, a, MIN (a_length, both), second, b, MIN (b_length, both));
}

static void
lose_the_block_begun (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
                      gsize b_length)
{
  memset (first->block, 0, 1);
  assay_sha256_lanes_update (first, a, a_length, second, b, b_length);
}

static void
flip_in_pairs_of_blocks (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
                         gsize b_length)
{
  assay_sha256_lanes_update (first, a, a_length, second, b, b_length);
  if (MIN (a_length, b_length) >= 128)
    second->state[7] ^= 1;
}

static void
count_in_32_blocks (AssaySha256Lane *first, const void *a, gsize a_length, AssaySha256Lane *second, const void *b,
                    gsize b_length)
{
  assay_sha256_lanes_update (first, a, a_length, second, b, b_length);
  second->length_bytes %= 512;
}

static void
what_disagrees_is_not_used (void **state)
{
  static const AssaySha256LanesUpdate wrong[]
      = { swap_lanes,        leave_second, lose_what_is_behind_both, lose_the_block_begun, flip_in_pairs_of_blocks,
          count_in_32_blocks };
  skip_without_lanes ();
  assert_true (assay_sha256_pair_check (assay_sha256_lanes_update));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_false (assay_sha256_pair_check (wrong[i]));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (lanes_are_used_where_they_can_be),
    cmocka_unit_test (published_vectors),
    cmocka_unit_test (every_length_and_any_parts),
    cmocka_unit_test (long_texts_in_any_parts),
    cmocka_unit_test (one_side_ends_often),
    cmocka_unit_test (one_side_alone),
    cmocka_unit_test (lengths_beyond_32_bits),
    cmocka_unit_test (what_disagrees_is_not_used),
  };
  return cmocka_run_group_tests (tests, fill_chance, NULL);
}
