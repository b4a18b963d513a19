#include "unpack/codec.h"

#include <lz4frame.h>

/* One lz4 frame (LZ4 Frame Format 1.6.x); header, block and content checksums are verified where it has them. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LZ4F_dctx, LZ4F_freeDecompressionContext)

gboolean
assay_decode_lz4 (AssayDecoder *decoder, GError **error)
{
  g_autoptr (LZ4F_dctx) stream = NULL;
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  if (out == NULL || LZ4F_isError (LZ4F_createDecompressionContext (&stream, LZ4F_VERSION)))
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for an lz4 decoder");
  /* Two blocks of at most 4 MiB and the 64 KiB before them are all that a decoder of frames holds. */
  if (assay_decoder_memory (decoder) < (9u << 20))
    return assay_decoder_fail_memory (decoder, error);
  for (size_t result = 1; result != 0;)
    {
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      size_t in_size = decoder->have - decoder->used;
      size_t out_size = ASSAY_DECODER_OUTPUT_BYTES;
      result = LZ4F_decompress (stream, out, &out_size, decoder->window + decoder->used, &in_size, NULL);
      if (LZ4F_isError (result))
        return assay_decoder_fail ("lz4", LZ4F_getErrorName (result), error);
      decoder->used += in_size;
      pending = out_size == ASSAY_DECODER_OUTPUT_BYTES;
      if (!assay_sink_write (decoder->sink, out, out_size, error))
        return FALSE;
    }
  return TRUE;
}
