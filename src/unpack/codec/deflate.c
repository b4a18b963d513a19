#include "unpack/codec/codec.h"
#include "unpack/codec/deflate_codes.h"

#include <zlib.h>

/* RFC 1951 without any wrapper: what stands around it is read by whoever found it. */

static void
end_stream (z_stream *stream)
{
  inflateEnd (stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (z_stream, end_stream)

/* Looks at the head of the block that begins at a bit of the next byte or, but for bit 0, of the one before it.
 * @codes_end: where lengths of codes ended, in bits of the blob */
static gboolean
note_block (AssayDecoder *decoder, guint bit, guint64 *codes_end, GError **error)
{
  guint8 copy[ASSAY_DEFLATE_HEAD_BYTES];
  AssaySink *sink = decoder->sink;
  gsize begun = bit != 0;
  gsize left = decoder->have - decoder->used;
  guint64 begin = decoder->position - left - begun;
  gsize length = (gsize)MIN (decoder->end - begin, sizeof copy);
  gboolean at_hand = decoder->used >= begun && left + begun >= length;
  if (sink->uncommon != NULL)
    return TRUE;
  if (!at_hand && !assay_blob_read (decoder->blob, begin, copy, length, error))
    return FALSE;
  guint bits = 0;
  sink->uncommon
      = assay_deflate_uncommon_codes (at_hand ? decoder->window + decoder->used - begun : copy, length, bit, &bits);
  *codes_end = bits == 0 ? *codes_end : begin * 8 + bits;
  return TRUE;
}

/* At the end of the stream. */
static void
note_end (AssayDecoder *decoder, guint64 codes_end)
{
  guint64 end = (decoder->position - (decoder->have - decoder->used)) * 8;
  if (codes_end > 0 && end < codes_end + ASSAY_DEFLATE_AHEAD_BITS && decoder->sink->uncommon == NULL)
    decoder->sink->uncommon = ASSAY_DEFLATE_SHORT_BLOCK;
}

/* Decodes up to the end of a block, or as far as there is input and room. Such an end may come out of what was taken
 * before, which zlib calls no progress. */
static int
run (AssayDecoder *decoder, z_stream *stream)
{
  stream->next_in = decoder->window + decoder->used;
  stream->avail_in = (uInt)(decoder->have - decoder->used);
  int status = inflate (stream, Z_BLOCK);
  decoder->used = decoder->have - stream->avail_in;
  gboolean ended = ((guint)stream->data_type & ASSAY_DEFLATE_BETWEEN_BLOCKS) != 0;
  return status == Z_BUF_ERROR && ended ? Z_OK : status;
}

/* Gives on what was decoded: not of each block by itself, which may be of a few bytes. */
static gboolean
write_out (AssayDecoder *decoder, z_stream *stream, guint8 *out, GError **error)
{
  gsize made = ASSAY_DECODER_OUTPUT_BYTES - stream->avail_out;
  stream->next_out = out;
  stream->avail_out = ASSAY_DECODER_OUTPUT_BYTES;
  return assay_sink_write (decoder->sink, out, made, error);
}

gboolean
assay_decode_deflate (AssayDecoder *decoder, GError **error)
{
  g_auto (z_stream) stream = { 0 };
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  guint64 codes_end = 0;
  if (out == NULL || inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a deflate decoder");
  stream.next_out = out;
  stream.avail_out = ASSAY_DECODER_OUTPUT_BYTES;
  if (!note_block (decoder, 0, &codes_end, error))
    return FALSE;
  for (int status = Z_OK; status != Z_STREAM_END;)
    {
      guint bit = 0;
      /* When the output was full, or a block ended, more may follow without any further input. */
      if (!pending && !assay_decoder_fill (decoder, error))
        return FALSE;
      status = run (decoder, &stream);
      pending = stream.avail_out == 0 || status == Z_OK;
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return assay_decoder_fail ("deflate", stream.msg != NULL ? stream.msg : "damaged data", error);
      if ((stream.avail_out == 0 || status == Z_STREAM_END) && !write_out (decoder, &stream, out, error))
        return FALSE;
      if (status == Z_OK && assay_deflate_at_block (stream.data_type, &bit)
          && !note_block (decoder, bit, &codes_end, error))
        return FALSE;
    }
  note_end (decoder, codes_end);
  return TRUE;
}
