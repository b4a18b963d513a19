#include "crypto/sha256_lanes.h"

#include <openssl/crypto.h>

#include <string.h>

#define BLOCK_BYTES 64
#define LENGTH_BYTES 8 /* of the number of bits at the end of the last block */

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

/* Functions of these instructions are called only where the processor was found to have them. */
#define WITH_SHA __attribute__ ((target ("sha,sse4.1,ssse3")))
#define WITH_SHA_INLINE WITH_SHA __attribute__ ((always_inline)) static inline

/* FIPS 180-4, 4.2.2 */
static const guint32 constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The eight words as SHA256RNDS2 takes them: A, B, E, F and C, D, G, H, the first named highest. */
typedef struct
{
  __m128i abef;
  __m128i cdgh;
} State;

/* Sixteen words of the message schedule: four in each, the first lowest. */
typedef struct
{
  __m128i words[4];
} Schedule;

WITH_SHA_INLINE State
load_state (const guint32 *words)
{
  __m128i badc = _mm_shuffle_epi32 (_mm_loadu_si128 ((const __m128i_u *)words), 0xb1);
  __m128i hgfe = _mm_shuffle_epi32 (_mm_loadu_si128 ((const __m128i_u *)(words + 4)), 0x1b);
  return (State){ _mm_alignr_epi8 (badc, hgfe, 8), _mm_blend_epi16 (hgfe, badc, 0xf0) };
}

WITH_SHA_INLINE void
store_state (guint32 *words, State state)
{
  __m128i abef = _mm_shuffle_epi32 (state.abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32 (state.cdgh, 0xb1);
  _mm_storeu_si128 ((__m128i_u *)words, _mm_blend_epi16 (abef, dchg, 0xf0));
  _mm_storeu_si128 ((__m128i_u *)(words + 4), _mm_alignr_epi8 (dchg, abef, 8));
}

WITH_SHA_INLINE State
add_states (State a, State b)
{
  return (State){ _mm_add_epi32 (a.abef, b.abef), _mm_add_epi32 (a.cdgh, b.cdgh) };
}

/* Four words, which the message has with the highest byte first. */
WITH_SHA_INLINE __m128i
load_words (const guint8 *bytes)
{
  __m128i highest_first = _mm_set_epi64x (0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8 (_mm_loadu_si128 ((const __m128i_u *)bytes), highest_first);
}

WITH_SHA_INLINE Schedule
load_block (const guint8 *block)
{
  return (
      Schedule){ { load_words (block), load_words (block + 16), load_words (block + 32), load_words (block + 48) } };
}

WITH_SHA_INLINE void
do_four_rounds (State *state, __m128i words, const guint32 *four_constants)
{
  __m128i sums = _mm_add_epi32 (words, _mm_loadu_si128 ((const __m128i_u *)four_constants));
  state->cdgh = _mm_sha256rnds2_epu32 (state->cdgh, state->abef, sums);
  state->abef = _mm_sha256rnds2_epu32 (state->abef, state->cdgh, _mm_shuffle_epi32 (sums, 0x0e));
}

/* Four rounds, by the words at @at; what the schedule has sixteen words later takes their place. */
WITH_SHA_INLINE void
advance (State *state, Schedule *schedule, guint at, const guint32 *sixteen_constants)
{
  __m128i *words = schedule->words;
  __m128i last = words[(at + 3) % 4];
  do_four_rounds (state, words[at], sixteen_constants + 4 * at);
  __m128i sums = _mm_add_epi32 (_mm_sha256msg1_epu32 (words[at], words[(at + 1) % 4]),
                                _mm_alignr_epi8 (last, words[(at + 2) % 4], 4));
  words[at] = _mm_sha256msg2_epu32 (sums, last);
}

WITH_SHA_INLINE void
advance_sixteen (State *state, Schedule *schedule, const guint32 *sixteen_constants)
{
  advance (state, schedule, 0, sixteen_constants);
  advance (state, schedule, 1, sixteen_constants);
  advance (state, schedule, 2, sixteen_constants);
  advance (state, schedule, 3, sixteen_constants);
}

/* The order of the instructions is what makes two lanes faster than one: written out, as no compiler finds it. */
WITH_SHA_INLINE void
advance_sixteen_of_two (State states[2], Schedule schedules[2], const guint32 *sixteen_constants)
{
  advance (&states[0], &schedules[0], 0, sixteen_constants);
  advance (&states[1], &schedules[1], 0, sixteen_constants);
  advance (&states[0], &schedules[0], 1, sixteen_constants);
  advance (&states[1], &schedules[1], 1, sixteen_constants);
  advance (&states[0], &schedules[0], 2, sixteen_constants);
  advance (&states[1], &schedules[1], 2, sixteen_constants);
  advance (&states[0], &schedules[0], 3, sixteen_constants);
  advance (&states[1], &schedules[1], 3, sixteen_constants);
}

WITH_SHA static void
digest_blocks (AssaySha256Lane *lane, const guint8 *data, gsize blocks)
{
  State state = load_state (lane->state);
  for (; blocks > 0; blocks--, data += BLOCK_BYTES)
    {
      State before = state;
      Schedule schedule = load_block (data);
      advance_sixteen (&state, &schedule, constants);
      advance_sixteen (&state, &schedule, constants + 16);
      advance_sixteen (&state, &schedule, constants + 32);
      advance_sixteen (&state, &schedule, constants + 48);
      state = add_states (state, before);
    }
  store_state (lane->state, state);
}

WITH_SHA static void
digest_blocks_of_two (AssaySha256Lane *first, const guint8 *first_data, AssaySha256Lane *second,
                      const guint8 *second_data, gsize blocks)
{
  State states[2] = { load_state (first->state), load_state (second->state) };
  for (; blocks > 0; blocks--, first_data += BLOCK_BYTES, second_data += BLOCK_BYTES)
    {
      State before[2] = { states[0], states[1] };
      Schedule schedules[2] = { load_block (first_data), load_block (second_data) };
      advance_sixteen_of_two (states, schedules, constants);
      advance_sixteen_of_two (states, schedules, constants + 16);
      advance_sixteen_of_two (states, schedules, constants + 32);
      advance_sixteen_of_two (states, schedules, constants + 48);
      states[0] = add_states (states[0], before[0]);
      states[1] = add_states (states[1], before[1]);
    }
  store_state (first->state, states[0]);
  store_state (second->state, states[1]);
}

/* libcrypto says what CPUID gives it, less what its user took away: "OPENSSL_ia32cap=0x…:0x…", where the first has
 * EDX and ECX of leaf 1, and the second EBX and ECX of leaf 7. Any other text is a no. */
gboolean
assay_sha256_lanes_supported (void)
{
  static const char name[] = "OPENSSL_ia32cap=";
  static const guint64 ssse3 = G_GUINT64_CONSTANT (1) << 41, sse41 = G_GUINT64_CONSTANT (1) << 51;
  static const guint64 sha = G_GUINT64_CONSTANT (1) << 29;
  const char *settings = OPENSSL_info (OPENSSL_INFO_CPU_SETTINGS);
  if (settings == NULL || !g_str_has_prefix (settings, name))
    return FALSE;
  char *end = NULL;
  guint64 first = g_ascii_strtoull (settings + sizeof name - 1, &end, 16);
  guint64 second = *end == ':' ? g_ascii_strtoull (end + 1, NULL, 16) : 0;
  return (first & ssse3) != 0 && (first & sse41) != 0 && (second & sha) != 0;
}

#else

static void
digest_blocks (AssaySha256Lane *lane, const guint8 *data, gsize blocks)
{
  g_error ("a SHA-256 in lanes on a processor that has none");
}

static void
digest_blocks_of_two (AssaySha256Lane *first, const guint8 *first_data, AssaySha256Lane *second,
                      const guint8 *second_data, gsize blocks)
{
  digest_blocks (first, first_data, blocks);
}

gboolean
assay_sha256_lanes_supported (void)
{
  return FALSE;
}

#endif

void
assay_sha256_lane_begin (AssaySha256Lane *lane)
{
  /* FIPS 180-4, 5.3.3 */
  static const guint32 initial[8]
      = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  memcpy (lane->state, initial, sizeof initial);
  lane->length_bytes = 0;
}

/* What one lane has still to digest. */
typedef struct
{
  AssaySha256Lane *lane;
  const guint8 *data;
  gsize length_bytes;
} Rest;

/* Fills the block that was begun. Returns: whether it is full, and is to be digested before what is left. */
static gboolean
fill_block (Rest *rest)
{
  gsize begun = rest->lane->length_bytes % BLOCK_BYTES;
  if (begun == 0 || rest->length_bytes == 0)
    return FALSE;
  gsize taken = MIN (BLOCK_BYTES - begun, rest->length_bytes);
  memcpy (rest->lane->block + begun, rest->data, taken);
  rest->lane->length_bytes += taken;
  rest->data += taken;
  rest->length_bytes -= taken;
  return begun + taken == BLOCK_BYTES;
}

static void
skip_blocks (Rest *rest, gsize blocks)
{
  rest->lane->length_bytes += blocks * BLOCK_BYTES;
  rest->data += blocks * BLOCK_BYTES;
  rest->length_bytes -= blocks * BLOCK_BYTES;
}

/* Digests the blocks that are whole, and begins one with what is behind them. */
static void
finish_alone (Rest *rest)
{
  gsize blocks = rest->length_bytes / BLOCK_BYTES;
  if (blocks > 0)
    {
      digest_blocks (rest->lane, rest->data, blocks);
      skip_blocks (rest, blocks);
    }
  if (rest->length_bytes == 0)
    return;
  memcpy (rest->lane->block, rest->data, rest->length_bytes);
  rest->lane->length_bytes += rest->length_bytes;
}

void
assay_sha256_lanes_update (AssaySha256Lane *first, const void *first_data, gsize first_length_bytes,
                           AssaySha256Lane *second, const void *second_data, gsize second_length_bytes)
{
  Rest one = { first, first_data, first_length_bytes };
  Rest other = { second, second_data, second_length_bytes };
  gboolean one_full = fill_block (&one);
  gboolean other_full = fill_block (&other);
  if (one_full && other_full)
    digest_blocks_of_two (first, first->block, second, second->block, 1);
  else if (one_full || other_full)
    digest_blocks (one_full ? first : second, one_full ? first->block : second->block, 1);
  gsize blocks = MIN (one.length_bytes, other.length_bytes) / BLOCK_BYTES;
  if (blocks > 0)
    {
      digest_blocks_of_two (first, one.data, second, other.data, blocks);
      skip_blocks (&one, blocks);
      skip_blocks (&other, blocks);
    }
  finish_alone (&one);
  finish_alone (&other);
}

/* FIPS 180-4, 5.1.1: a bit, zeros, and the number of bits, to the end of a block. */
void
assay_sha256_lane_finish (AssaySha256Lane *lane, AssayDigest *out_digest)
{
  gsize at = lane->length_bytes % BLOCK_BYTES;
  guint64 bits = GUINT64_TO_BE (lane->length_bytes * 8);
  lane->block[at++] = 0x80;
  if (at > BLOCK_BYTES - LENGTH_BYTES)
    {
      memset (lane->block + at, 0, BLOCK_BYTES - at);
      digest_blocks (lane, lane->block, 1);
      at = 0;
    }
  memset (lane->block + at, 0, BLOCK_BYTES - LENGTH_BYTES - at);
  memcpy (lane->block + BLOCK_BYTES - LENGTH_BYTES, &bits, LENGTH_BYTES);
  digest_blocks (lane, lane->block, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lane->state); i++)
    {
      guint32 word = GUINT32_TO_BE (lane->state[i]);
      memcpy (out_digest->bytes + i * sizeof word, &word, sizeof word);
    }
  assay_sha256_lane_begin (lane);
}
