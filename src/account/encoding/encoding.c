#include "account/encoding/encoding.h"

#include "account/encoding/remaking.h"

#include <string.h>

static const struct
{
  const char *codec;
  const AssayEncoder *encoder;
} encoders[] = {
  { "gzip", &assay_encoder_deflate },
  { "deflate", &assay_encoder_deflate },
  { "bzip2", &assay_encoder_bzip2 },
  { "zstd", &assay_encoder_zstd },
  { "xz", &assay_encoder_xz },
  { "lzma", &assay_encoder_lzma },
  { "lzip", &assay_encoder_lzip },
  { "lz4", &assay_encoder_lz4 },
  { "lz4-legacy", &assay_encoder_lz4_legacy },
};

static const AssayEncoder *
find_encoder (const char *codec)
{
  for (gsize i = 0; i < G_N_ELEMENTS (encoders); i++)
    if (strcmp (encoders[i].codec, codec) == 0)
      return encoders[i].encoder;
  return NULL;
}

static AssayRemaking *
remaking_new (const AssayEncoded *encoded, const AssayLimits *limits, AssayRepacked *repacked)
{
  AssayRemaking *remaking = g_new0 (AssayRemaking, 1);
  *remaking = (AssayRemaking){ .stream = encoded->stream,
                               .offset = encoded->offset,
                               .length = encoded->length,
                               .content = encoded->content,
                               .limits = limits,
                               .tally = repacked,
                               .differs = TRUE };
  return remaking;
}

/* The @turn-th way that is tried: first that of the stream before, then all in their order. */
static guint
way_at (const AssayEncoder *encoder, guint first, guint turn)
{
  if (first >= encoder->ways)
    return turn;
  return turn == 0 ? first : turn - (turn <= first);
}

gboolean
assay_encoding_is_made (const AssayEncoded *encoded, const AssayLimits *limits, AssayRepacked *repacked,
                        gboolean *out_made, GError **error)
{
  const AssayEncoder *encoder = find_encoder (encoded->codec);
  *out_made = FALSE;
  if (encoder == NULL)
    return TRUE;
  g_autofree AssayRemaking *remaking = remaking_new (encoded, limits, repacked);
  const guint first = repacked->way;
  for (guint turn = 0; turn < encoder->ways && remaking->differs; turn++)
    {
      guint way = way_at (encoder, first, turn);
      if (!encoder->remake (remaking, way, error))
        return FALSE;
      if (!remaking->differs)
        repacked->way = way;
    }
  *out_made = !remaking->differs;
  return TRUE;
}

static gboolean
have_equal_heads (const AssayEncoder *encoder, AssayRemaking *ours, AssayRemaking *theirs, gboolean *out_equal,
                  GError **error)
{
  g_autoptr (GString) first = g_string_new (NULL);
  g_autoptr (GString) second = g_string_new (NULL);
  if (encoder->head != NULL && (!encoder->head (ours, first, error) || !encoder->head (theirs, second, error)))
    return FALSE;
  *out_equal = g_string_equal (first, second);
  return TRUE;
}

gboolean
assay_encoding_is_alike (const AssayEncoded *shipped, const AssayEncoded *expected, const AssayLimits *limits,
                         AssayRepacked *repacked, gboolean *out_alike, GError **error)
{
  const AssayEncoder *encoder = find_encoder (shipped->codec);
  *out_alike = FALSE;
  if (encoder == NULL || strcmp (shipped->codec, expected->codec) != 0)
    return TRUE;
  g_autofree AssayRemaking *ours = remaking_new (shipped, limits, repacked);
  g_autofree AssayRemaking *theirs = remaking_new (expected, limits, repacked);
  gboolean equal_heads = FALSE;
  if (!have_equal_heads (encoder, ours, theirs, &equal_heads, error))
    return FALSE;
  for (guint way = 0; way < encoder->ways && equal_heads && !*out_alike; way++)
    {
      if (!encoder->remake (theirs, way, error) || (!theirs->differs && !encoder->remake (ours, way, error)))
        return FALSE;
      *out_alike = !theirs->differs && !ours->differs;
    }
  return TRUE;
}
