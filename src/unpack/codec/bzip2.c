#include "unpack/codec/codec.h"

#include <bzlib.h>

/* One bzip2 stream, from "BZh" to its combined CRC, which the library verifies. */

static void
end_stream (bz_stream *stream)
{
  BZ2_bzDecompressEnd (stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (bz_stream, end_stream)

gboolean
assay_decode_bzip2 (AssayDecoder *decoder, GError **error)
{
  g_auto (bz_stream) stream = { 0 };
  g_autofree char *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  if (out == NULL || BZ2_bzDecompressInit (&stream, 0, 0) != BZ_OK)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a bzip2 decoder");
  for (int status = BZ_OK; status != BZ_STREAM_END;)
    {
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      stream.next_in = (char *)decoder->window + decoder->used;
      stream.avail_in = (unsigned)(decoder->have - decoder->used);
      stream.next_out = out;
      stream.avail_out = ASSAY_DECODER_OUTPUT_BYTES;
      status = BZ2_bzDecompress (&stream);
      decoder->used = decoder->have - stream.avail_in;
      pending = stream.avail_out == 0;
      if (status != BZ_OK && status != BZ_STREAM_END)
        return assay_decoder_fail ("bzip2", "damaged data", error);
      if (!assay_sink_write (decoder->sink, out, ASSAY_DECODER_OUTPUT_BYTES - stream.avail_out, error))
        return FALSE;
    }
  return TRUE;
}
