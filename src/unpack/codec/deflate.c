#include "unpack/codec/codec.h"

#include <zlib.h>

/* RFC 1951 without any wrapper: what stands around it is read by whoever found it. */

static void
end_stream (z_stream *stream)
{
  inflateEnd (stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (z_stream, end_stream)

gboolean
assay_decode_deflate (AssayDecoder *decoder, GError **error)
{
  g_auto (z_stream) stream = { 0 };
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  if (out == NULL || inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a deflate decoder");
  for (int status = Z_OK; status != Z_STREAM_END;)
    {
      /* When the output was full, more may follow without any further input. */
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      stream.next_in = decoder->window + decoder->used;
      stream.avail_in = (uInt)(decoder->have - decoder->used);
      stream.next_out = out;
      stream.avail_out = ASSAY_DECODER_OUTPUT_BYTES;
      status = inflate (&stream, Z_NO_FLUSH);
      decoder->used = decoder->have - stream.avail_in;
      pending = stream.avail_out == 0;
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return assay_decoder_fail ("deflate", stream.msg != NULL ? stream.msg : "damaged data", error);
      if (!assay_sink_write (decoder->sink, out, ASSAY_DECODER_OUTPUT_BYTES - stream.avail_out, error))
        return FALSE;
    }
  return TRUE;
}
