#include "crypto/sha256_pair.h"

#include "crypto/sha256.h"

struct _AssaySha256Pair
{
  gboolean in_lanes;
  AssaySha256Lane lanes[2];
  AssaySha256 *plain[2]; /* nullable: not wanted, or in lanes */
};

/* Lengths around the ends of blocks, and around where the padding needs one more. */
static const guint sample_lengths[] = { 0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 191, 1000 };
#define SAMPLES G_N_ELEMENTS (sample_lengths)
#define SAMPLE_BYTES 1000

/* The bytes of the two sides differ, so that neither passes for the other. */
typedef struct
{
  guint8 bytes[2][SAMPLE_BYTES];
  AssayDigest expected[2][SAMPLES];
  AssaySha256Lane lanes[2];
} Check;

static void
check_begin (Check *check)
{
  guint32 state = 1;
  for (guint side = 0; side < 2; side++)
    {
      for (guint i = 0; i < SAMPLE_BYTES; i++)
        {
          state = state * 1664525 + 1013904223; /* any numbers that look like chance */
          check->bytes[side][i] = state >> 24;
        }
      for (guint i = 0; i < SAMPLES; i++)
        assay_sha256_bytes (check->bytes[side], sample_lengths[i], &check->expected[side][i]);
      assay_sha256_lane_begin (&check->lanes[side]);
    }
}

/* Two parts each, which end at different places. */
static gboolean
check_samples (Check *check, AssaySha256LanesUpdate update, guint first, guint second)
{
  guint lengths[2] = { sample_lengths[first], sample_lengths[second] };
  guint parts[2] = { lengths[0] * 3 / 7, lengths[1] * 5 / 6 };
  AssayDigest found[2];
  update (&check->lanes[0], check->bytes[0], parts[0], &check->lanes[1], check->bytes[1], parts[1]);
  update (&check->lanes[0], check->bytes[0] + parts[0], lengths[0] - parts[0], &check->lanes[1],
          check->bytes[1] + parts[1], lengths[1] - parts[1]);
  assay_sha256_lane_finish (&check->lanes[0], &found[0]);
  assay_sha256_lane_finish (&check->lanes[1], &found[1]);
  return assay_digest_equal (&found[0], &check->expected[0][first])
         && assay_digest_equal (&found[1], &check->expected[1][second]);
}

gboolean
assay_sha256_pair_check (AssaySha256LanesUpdate update)
{
  Check check;
  check_begin (&check);
  for (guint first = 0; first < SAMPLES; first++)
    for (guint second = 0; second < SAMPLES; second++)
      if (!check_samples (&check, update, first, second))
        return FALSE;
  return TRUE;
}

gboolean
assay_sha256_pair_in_lanes (void)
{
  static gsize answer; /* 1 no, 2 yes */
  if (g_once_init_enter (&answer))
    {
      gboolean yes = assay_sha256_lanes_supported () && assay_sha256_is_default ()
                     && assay_sha256_pair_check (assay_sha256_lanes_update);
      g_once_init_leave (&answer, yes ? 2 : 1);
    }
  return answer == 2;
}

AssaySha256Pair *
assay_sha256_pair_new (AssaySha256Sides sides)
{
  AssaySha256Pair *pair = g_new0 (AssaySha256Pair, 1);
  pair->in_lanes = sides == ASSAY_SHA256_BOTH && assay_sha256_pair_in_lanes ();
  for (guint side = 0; side < 2; side++)
    if (pair->in_lanes)
      assay_sha256_lane_begin (&pair->lanes[side]);
    else if ((sides & (1u << side)) != 0)
      pair->plain[side] = assay_sha256_new ();
  return pair;
}

void
assay_sha256_pair_free (AssaySha256Pair *pair)
{
  if (pair == NULL)
    return;
  assay_sha256_free (pair->plain[0]);
  assay_sha256_free (pair->plain[1]);
  g_free (pair);
}

void
assay_sha256_pair_update (AssaySha256Pair *pair, const void *first_data, gsize first_length_bytes,
                          const void *second_data, gsize second_length_bytes)
{
  if (pair->in_lanes)
    {
      assay_sha256_lanes_update (&pair->lanes[0], first_data, first_length_bytes, &pair->lanes[1], second_data,
                                 second_length_bytes);
      return;
    }
  if (pair->plain[0] != NULL)
    assay_sha256_update (pair->plain[0], first_data, first_length_bytes);
  if (pair->plain[1] != NULL)
    assay_sha256_update (pair->plain[1], second_data, second_length_bytes);
}

void
assay_sha256_pair_finish (AssaySha256Pair *pair, AssaySha256Sides side, AssayDigest *out_digest)
{
  guint at = side == ASSAY_SHA256_FIRST ? 0 : 1;
  if (pair->in_lanes)
    assay_sha256_lane_finish (&pair->lanes[at], out_digest);
  else
    assay_sha256_finish (pair->plain[at], out_digest);
}
