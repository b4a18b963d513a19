#include "unpack/codec/codec.h"

#include <lzma.h>

/* The .xz and .lzma file formats (https://tukaani.org/xz/xz-file-format.txt) and that of lzip, one stream at a time. */

static void
end_stream (lzma_stream *stream)
{
  lzma_end (stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (lzma_stream, end_stream)

static gboolean
fail (const AssayDecoder *decoder, lzma_ret status, GError **error)
{
  switch (status)
    {
    case LZMA_MEMLIMIT_ERROR:
      return assay_decoder_fail_memory (decoder, error);
    case LZMA_MEM_ERROR:
      return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for an lzma decoder");
    case LZMA_OPTIONS_ERROR:
    case LZMA_UNSUPPORTED_CHECK:
      return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                                "lzma: options or check that the library does not know");
    case LZMA_FORMAT_ERROR:
      return assay_decoder_fail ("lzma", "no such stream", error);
    default:
      return assay_decoder_fail ("lzma", "damaged data", error);
    }
}

static gboolean
decode (AssayDecoder *decoder, lzma_stream *stream, GError **error)
{
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  if (out == NULL)
    return fail (decoder, LZMA_MEM_ERROR, error);
  for (lzma_ret status = LZMA_OK; status != LZMA_STREAM_END;)
    {
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      stream->next_in = decoder->window + decoder->used;
      stream->avail_in = decoder->have - decoder->used;
      stream->next_out = out;
      stream->avail_out = ASSAY_DECODER_OUTPUT_BYTES;
      status = lzma_code (stream, LZMA_RUN);
      decoder->used = decoder->have - stream->avail_in;
      pending = stream->avail_out == 0;
      /* No progress is what an output that was just full may end in; the next turn brings input. */
      if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR)
        return fail (decoder, status, error);
      if (!assay_sink_write (decoder->sink, out, ASSAY_DECODER_OUTPUT_BYTES - stream->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_decode_xz (AssayDecoder *decoder, GError **error)
{
  g_auto (lzma_stream) stream = LZMA_STREAM_INIT;
  lzma_ret status = lzma_stream_decoder (&stream, assay_decoder_memory (decoder), LZMA_TELL_UNSUPPORTED_CHECK);
  return status == LZMA_OK ? decode (decoder, &stream, error) : fail (decoder, status, error);
}

gboolean
assay_decode_lzma (AssayDecoder *decoder, GError **error)
{
  g_auto (lzma_stream) stream = LZMA_STREAM_INIT;
  lzma_ret status = lzma_alone_decoder (&stream, assay_decoder_memory (decoder));
  return status == LZMA_OK ? decode (decoder, &stream, error) : fail (decoder, status, error);
}

/* One member of an lzip file (RFC draft "Lzip Compressed Format", versions 0 and 1); its sizes and its CRC-32 are
 * verified. */
gboolean
assay_decode_lzip (AssayDecoder *decoder, GError **error)
{
  g_auto (lzma_stream) stream = LZMA_STREAM_INIT;
  lzma_ret status = lzma_lzip_decoder (&stream, assay_decoder_memory (decoder), 0);
  return status == LZMA_OK ? decode (decoder, &stream, error) : fail (decoder, status, error);
}
