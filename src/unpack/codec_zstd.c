#include "unpack/codec.h"

#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY
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

/** A frame: where it begins, and where its content begins among what was written. */
typedef struct
{
  guint64 position;
  guint64 written;
  guint8 head[FRAME_HEAD_BYTES];
} Frame;

/* Whether something in the frame could point further back than its window is long. */
static gboolean
is_longer (const Frame *frame, guint64 content)
{
  return content > assay_zstd_window_bytes (frame->head, sizeof frame->head, content);
}

static gboolean
is_written (const AssayDecoder *decoder, guint64 position, const guint8 *bytes, gsize length, gboolean *out_is,
            GError **error)
{
  guint8 window[4096];
  *out_is = TRUE;
  for (gsize done = 0; *out_is && done < length; done += MIN (length - done, sizeof window))
    {
      gsize part = MIN (length - done, sizeof window);
      if (!assay_sink_read (decoder->sink, position + done, window, part, error))
        return FALSE;
      *out_is = memcmp (window, bytes + done, part) == 0;
    }
  return TRUE;
}

/** A frame that is decoded once more, block by block into one piece of memory, in which what lies too far back to be
 * pointed to is spoilt. */
typedef struct
{
  const guint8 *in;
  gsize in_length;
  guint8 *out;
  gsize out_length;
  guint64 window;
} Again;

/* Whether each block comes out as it was written, with @spoil in place of what no block may point to. */
static gboolean
decode_again (const AssayDecoder *decoder, const Frame *frame, const Again *again, guint8 spoil, gboolean *out_same,
              GError **error)
{
  g_autoptr (ZSTD_DCtx) context = ZSTD_createDCtx ();
  gsize taken = 0;
  gsize made = 0;
  gsize spoilt = 0;
  *out_same = context != NULL && !ZSTD_isError (ZSTD_decompressBegin (context));
  for (gsize next; *out_same && (next = ZSTD_nextSrcSizeToDecompress (context)) > 0; taken += next)
    {
      gsize last = made > again->window ? made - (gsize)again->window : 0;
      memset (again->out + spoilt, spoil, last - spoilt);
      spoilt = last;
      size_t result = next > again->in_length - taken
                          ? (size_t)-1
                          : ZSTD_decompressContinue (context, again->out + made, again->out_length - made,
                                                     again->in + taken, next);
      *out_same = !ZSTD_isError (result);
      if (*out_same && !is_written (decoder, frame->written + made, again->out + made, result, out_same, error))
        return FALSE;
      made += *out_same ? result : 0;
    }
  *out_same = *out_same && made == again->out_length && taken == again->in_length;
  return TRUE;
}

/* What points further back than the window no decoder need understand (RFC 8878, 3.1.1.1.2), and libzstd does not
 * notice: a stream finds there what its ring has, of a size that each version chooses; who decodes all at once, as
 * U-Boot and Linux do with a kernel, finds the content. What comes out the same whatever lies there points to nothing
 * there. */
static gboolean
check_again (const AssayDecoder *decoder, const Frame *frame, GError **error)
{
  guint64 length = decoder->position - (decoder->have - decoder->used) - frame->position;
  guint64 content = decoder->sink->written - frame->written;
  gboolean same = TRUE;
  if (!is_longer (frame, content))
    return TRUE;
  g_autofree guint8 *out = g_try_malloc (content);
  g_autofree guint8 *in = out == NULL ? NULL : g_try_malloc (length);
  if (in == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a zstd decoder");
  if (!assay_blob_read (decoder->blob, frame->position, in, length, error))
    return FALSE;
  const Again again = { in, length, out, content, assay_zstd_window_bytes (frame->head, sizeof frame->head, content) };
  for (guint i = 0; same && i < 2; i++)
    if (!decode_again (decoder, frame, &again, i == 0 ? 0x00 : 0xff, &same, error))
      return FALSE;
  return same
         || assay_decoder_fail ("zstd", "what it decodes to depends on how: something points out of the window", error);
}

gboolean
assay_decode_zstd (AssayDecoder *decoder, GError **error)
{
  g_autoptr (ZSTD_DCtx) stream = ZSTD_createDCtx ();
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  Frame frame = { decoder->position - (decoder->have - decoder->used), decoder->sink->written, { 0 } };
  if (out == NULL || stream == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a zstd decoder");
  size_t result = ZSTD_DCtx_setParameter (stream, ZSTD_d_windowLogMax, window_log (assay_decoder_memory (decoder)));
  if (ZSTD_isError (result))
    return fail (decoder, result, error);
  gsize head = (gsize)MIN (sizeof frame.head, decoder->end - frame.position);
  if (!assay_blob_read (decoder->blob, frame.position, frame.head, head, error))
    return FALSE;
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
      guint64 content = decoder->sink->written - frame.written;
      if (content > assay_decoder_memory (decoder) && is_longer (&frame, content))
        return assay_decoder_fail_memory (decoder, error);
  } while (result != 0);
  return check_again (decoder, &frame, error);
}
