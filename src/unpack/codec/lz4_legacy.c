#include "unpack/bytes.h"
#include "unpack/codec/codec.h"

#include <lz4.h>

/*
 * One frame of lz4's legacy form (LZ4 Frame Format, "Legacy frame"), as `lz4 -l` writes and the Linux kernel reads: a
 * magic, and blocks of a length and data, without any checksum. Nothing marks its end: it is where the file ends, or
 * where no length of a block stands, such as the magic of the next frame, or the zero that ends it for the kernel. The
 * length of the content, which builds of the kernel put behind it in four bytes, is too short for a block and its
 * length. All blocks but the last hold 8 MiB: the code that unpacks a kernel counts on it, and goes by no length of a
 * block (Linux, lib/decompress_unlz4.c before the kernel runs).
 */

#define MAGIC_BYTES 4u
#define LENGTH_BYTES 4u
#define BLOCK_BYTES (8u << 20)
#define MAX_STORED_BYTES ((guint32)LZ4_COMPRESSBOUND (BLOCK_BYTES))

static guint64
bytes_left (const AssayDecoder *decoder)
{
  return decoder->end - decoder->position + (decoder->have - decoder->used);
}

static gboolean
take (AssayDecoder *decoder, guint8 *out, gsize count, GError **error)
{
  for (gsize done = 0; done < count;)
    {
      if (!assay_decoder_fill (decoder, error))
        return FALSE;
      gsize part = MIN (count - done, decoder->have - decoder->used);
      memcpy (out + done, decoder->window + decoder->used, part);
      decoder->used += part;
      done += part;
    }
  return TRUE;
}

/* The length of the next block; 0 at the end of the frame, and then nothing was taken. */
static gboolean
peek_length (AssayDecoder *decoder, guint32 *out_length, GError **error)
{
  guint8 bytes[LENGTH_BYTES];
  *out_length = 0;
  if (bytes_left (decoder) <= LENGTH_BYTES)
    return TRUE;
  guint64 position = decoder->position - (decoder->have - decoder->used);
  if (!assay_blob_read (decoder->blob, position, bytes, sizeof bytes, error))
    return FALSE;
  guint32 length = assay_get_le32 (bytes);
  *out_length = length <= MAX_STORED_BYTES ? length : 0;
  return TRUE;
}

/* @last_size: of the block before, or BLOCK_BYTES; then of this one */
static gboolean
decode_block (AssayDecoder *decoder, guint32 length, guint8 *out, int *last_size, GError **error)
{
  guint8 skipped[LENGTH_BYTES];
  if (*last_size != BLOCK_BYTES)
    return assay_decoder_fail ("lz4", "a block of less than 8 MiB that is not the last", error);
  if (!take (decoder, skipped, sizeof skipped, error))
    return FALSE;
  if (length > bytes_left (decoder))
    return assay_decoder_fail ("lz4", "a block that leaves the stream", error);
  g_autofree guint8 *stored = g_try_malloc (length);
  if (stored == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a block of lz4");
  if (!take (decoder, stored, length, error))
    return FALSE;
  int size = LZ4_decompress_safe ((const char *)stored, (char *)out, (int)length, BLOCK_BYTES);
  if (size <= 0)
    return assay_decoder_fail ("lz4", "a damaged block", error);
  if (!assay_lz4_block_is_sound (stored, length))
    return assay_decoder_fail ("lz4", ASSAY_LZ4_UNSOUND, error);
  *last_size = size;
  return assay_sink_write (decoder->sink, out, (gsize)size, error);
}

gboolean
assay_decode_lz4_legacy (AssayDecoder *decoder, GError **error)
{
  guint8 magic[MAGIC_BYTES];
  guint32 length = 0;
  int last_size = BLOCK_BYTES;
  if (assay_decoder_memory (decoder) < (guint64)BLOCK_BYTES + MAX_STORED_BYTES)
    return assay_decoder_fail_memory (decoder, error);
  g_autofree guint8 *out = g_try_malloc (BLOCK_BYTES);
  if (out == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for an lz4 decoder");
  if (!take (decoder, magic, sizeof magic, error) || !peek_length (decoder, &length, error))
    return FALSE;
  while (length != 0)
    if (!decode_block (decoder, length, out, &last_size, error) || !peek_length (decoder, &length, error))
      return FALSE;
  return TRUE;
}
