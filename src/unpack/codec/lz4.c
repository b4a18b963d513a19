#include "unpack/bytes.h"
#include "unpack/codec/codec.h"

#include <lz4frame.h>

/* One lz4 frame (LZ4 Frame Format 1.6.x); header, block and content checksums are verified where it has them. */

enum
{
  MAGIC_BYTES = 4,
  DESCRIPTOR_BYTES = 3, /* flags, block size, checksum */
  CONTENT_SIZE_BYTES = 8,
  DICTIONARY_BYTES = 4,
  WORD_BYTES = 4,
};

#define FLAG_DICTIONARY 0x01u
#define FLAG_CONTENT_SUM 0x04u
#define FLAG_CONTENT_SIZE 0x08u
#define FLAG_BLOCK_SUM 0x10u
#define BLOCK_STORED 0x80000000u
#define BLOCK_BYTES_MAX (4u << 20)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LZ4F_dctx, LZ4F_freeDecompressionContext)

/* A length of four bits, and further bytes while they are all ones (LZ4 Block Format, "Data Sequence"). */
static gboolean
take_length (const guint8 *block, gsize length, gsize *at, gsize first, gsize *out)
{
  guint8 more = 0xff;
  for (*out = first; first == 15 && more == 0xff && *at < length; *out += more)
    more = block[(*at)++];
  return first != 15 || more != 0xff;
}

gboolean
assay_lz4_block_is_sound (const guint8 *block, gsize length)
{
  enum
  {
    OFFSET_BYTES = 2
  };
  gsize at = 0;
  while (at < length)
    {
      guint8 token = block[at++];
      gsize literals;
      gsize match;
      if (!take_length (block, length, &at, token >> 4, &literals) || literals > length - at)
        return FALSE;
      at += literals;
      if (at == length)
        return TRUE;
      if (length - at < OFFSET_BYTES || assay_get_le16 (block + at) == 0)
        return FALSE;
      at += OFFSET_BYTES;
      if (!take_length (block, length, &at, token & 15, &match))
        return FALSE;
    }
  return FALSE;
}

/* A frame that was decoded, block by block once more. @at: behind the magic. */
static gboolean
check_blocks (const AssayDecoder *decoder, guint64 at, GError **error)
{
  guint8 head[DESCRIPTOR_BYTES];
  guint8 word[WORD_BYTES];
  guint64 end = decoder->position - (decoder->have - decoder->used);
  if (!assay_blob_read (decoder->blob, at, head, sizeof head, error))
    return FALSE;
  at += DESCRIPTOR_BYTES + ((head[0] & FLAG_CONTENT_SIZE) != 0 ? CONTENT_SIZE_BYTES : 0)
        + ((head[0] & FLAG_DICTIONARY) != 0 ? DICTIONARY_BYTES : 0);
  for (;;)
    {
      if (!assay_blob_read (decoder->blob, at, word, sizeof word, error))
        return FALSE;
      guint32 length = assay_get_le32 (word) & ~BLOCK_STORED;
      at += WORD_BYTES;
      if (assay_get_le32 (word) == 0)
        return at + ((head[0] & FLAG_CONTENT_SUM) != 0 ? WORD_BYTES : 0) == end
               || assay_decoder_fail ("lz4", "a frame that ends in two places", error);
      /* liblz4 goes on behind an empty one; U-Boot and coreboot end there. */
      if (length == 0 || length > BLOCK_BYTES_MAX)
        return assay_decoder_fail ("lz4", "a block of nothing, or of more than 4 MiB", error);
      g_autofree guint8 *block = assay_blob_read_bytes (decoder->blob, at, length, error);
      if (block == NULL)
        return FALSE;
      if ((assay_get_le32 (word) & BLOCK_STORED) == 0 && !assay_lz4_block_is_sound (block, length))
        return assay_decoder_fail ("lz4", ASSAY_LZ4_UNSOUND, error);
      at += length + ((head[0] & FLAG_BLOCK_SUM) != 0 ? WORD_BYTES : 0);
    }
}

gboolean
assay_decode_lz4 (AssayDecoder *decoder, GError **error)
{
  g_autoptr (LZ4F_dctx) stream = NULL;
  g_autofree guint8 *out = g_try_malloc (ASSAY_DECODER_OUTPUT_BYTES);
  gboolean pending = FALSE;
  guint64 start = decoder->position - (decoder->have - decoder->used);
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
  return check_blocks (decoder, start + MAGIC_BYTES, error);
}
