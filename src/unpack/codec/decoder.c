#include "unpack/codec/codec.h"

#include "util/cancel.h"

gboolean
assay_decoder_fill (AssayDecoder *decoder, GError **error)
{
  if (decoder->used < decoder->have)
    return TRUE;
  gsize count = (gsize)MIN (decoder->end - decoder->position, decoder->next_bytes);
  decoder->next_bytes = ASSAY_BLOB_WINDOW_BYTES;
  if (count == 0)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "compressed data ends early");
  if (assay_cancelled (error) || !assay_blob_read (decoder->blob, decoder->position, decoder->window, count, error))
    return FALSE;
  decoder->position += count;
  decoder->sink->stored += count;
  decoder->used = 0;
  decoder->have = count;
  return TRUE;
}

guint64
assay_decoder_memory (const AssayDecoder *decoder)
{
  return decoder->sink->context->limits->value[ASSAY_LIMIT_DECODER_MEMORY];
}

gboolean
assay_decoder_fail (const char *codec, const char *reason, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s: %s", codec, reason);
}

gboolean
assay_decoder_fail_memory (const AssayDecoder *decoder, GError **error)
{
  return assay_limits_exceeded (decoder->sink->context->limits, ASSAY_LIMIT_DECODER_MEMORY,
                                "a stream that needs a larger window", error);
}
