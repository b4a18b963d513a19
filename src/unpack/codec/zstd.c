#include "unpack/codec/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

/* One zstd frame (RFC 8878); its content checksum is verified where it has one. */

/** Magic number, descriptor, window descriptor. */
#define FRAME_HEAD_BYTES 6u
#define SINGLE_SEGMENT 0x20u

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ZSTD_DCtx, ZSTD_freeDCtx)

/* The limit counts bytes, the library's parameter the window's binary logarithm. */
static int
window_log (guint64 limit_bytes)
{
  ZSTD_bounds bounds = ZSTD_dParam_getBounds (ZSTD_d_windowLogMax);
  int log = bounds.lowerBound;
  while (log < bounds.upperBound && (G_GUINT64_CONSTANT (2) << log) <= limit_bytes)
    log++;
  return log;
}

static gboolean
fail (const AssayDecoder *decoder, size_t result, GError **error)
{
  switch (ZSTD_getErrorCode (result))
    {
    case ZSTD_error_frameParameter_windowTooLarge:
      return assay_decoder_fail_memory (decoder, error);
    case ZSTD_error_memory_allocation:
      return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a zstd decoder");
    case ZSTD_error_frameParameter_unsupported:
    case ZSTD_error_version_unsupported:
    case ZSTD_error_dictionary_wrong:
      return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zstd: %s", ZSTD_getErrorName (result));
    default:
      return assay_decoder_fail ("zstd", ZSTD_getErrorName (result), error);
    }
}

guint64
assay_zstd_window_bytes (const guint8 *head, gsize length, guint64 content_bytes)
{
  if (length < FRAME_HEAD_BYTES || (head[4] & SINGLE_SEGMENT) != 0)
    return content_bytes;
  guint64 base = G_GUINT64_CONSTANT (1) << (10 + (head[5] >> 3));
  return base + base / 8 * (head[5] & 7);
}

gboolean
assay_decode_zstd (AssayDecoder *decoder, GError **error)
{
  g_autoptr (ZSTD_DCtx) stream = ZSTD_createDCtx ();
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  if (out == NULL || stream == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a zstd decoder");
  size_t result = ZSTD_DCtx_setParameter (stream, ZSTD_d_windowLogMax, window_log (assay_decoder_memory (decoder)));
  if (ZSTD_isError (result))
    return fail (decoder, result, error);
  do
    {
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      ZSTD_inBuffer in = { decoder->window + decoder->used, decoder->have - decoder->used, 0 };
      ZSTD_outBuffer sink = { out, ASSAY_DECODER_OUTPUT_BYTES, 0 };
      result = ZSTD_decompressStream (stream, &sink, &in);
      decoder->used += in.pos;
      pending = sink.pos == sink.size;
      if (ZSTD_isError (result))
        return fail (decoder, result, error);
      if (!assay_sink_write (decoder->sink, out, sink.pos, error))
        return FALSE;
  } while (result != 0);
  return TRUE;
}
