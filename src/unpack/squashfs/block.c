#include "unpack/squashfs/squashfs.h"

#include "unpack/bytes.h"
#include "unpack/codec/codec.h"
#include "unpack/codec/deflate_codes.h"
#include "unpack/codec/xz_chain.h"

#include <lzma.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

/*
 * A block is taken whole or not at all. libsquashfs, as the kernel, stops where a compressed stream ends; bytes behind
 * that end, or in a frame that a decoder skips, would be in no account.
 */

/** Decodes all of @length bytes into at most @room; -1 where that cannot be, or where bytes are left. */
typedef gssize (*DecodeBlock) (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room);

/* LZ4 has no end of its own: its decoder takes all that it is given. */
static gssize
decode_any (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  sqfs_s32 size = squashfs->compressor->do_block (squashfs->compressor, in, (sqfs_u32)length, out, (sqfs_u32)room);
  return size > 0 ? size : -1;
}

static gssize
decode_lz4 (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  return assay_lz4_block_is_sound (in, length) ? decode_any (squashfs, in, length, out, room) : -1;
}

static gssize
decode_gzip (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  z_stream stream = { .next_in = (Bytef *)in, .avail_in = (uInt)length, .next_out = out, .avail_out = (uInt)room };
  if (inflateInit (&stream) != Z_OK)
    return -1;
  int status = Z_OK;
  for (guint bit = 0; status == Z_OK;)
    {
      status = inflate (&stream, Z_BLOCK);
      if (squashfs->uncommon == NULL && status == Z_OK && assay_deflate_at_block (stream.data_type, &bit))
        {
          const guint8 *head = stream.next_in - (bit != 0);
          squashfs->uncommon = assay_deflate_uncommon_codes (head, (gsize)(in + length - head), bit, NULL);
        }
    }
  gboolean whole = status == Z_STREAM_END && stream.avail_in == 0;
  gssize size = (gssize)stream.total_out;
  inflateEnd (&stream);
  return whole ? size : -1;
}

/* Linux knows fewer filters than liblzma, and may lack each of those for branches: one that the options of the file
 * system do not name no packer has used. That of IA-64 went with the processor; the options have no names for later
 * ones. */
static gboolean
kernel_knows (const AssaySquashfs *squashfs, const guint8 *header, const lzma_block *block)
{
  AssayXzChain chain;
  if (!assay_xz_chain_read (header, block->header_size, &chain))
    return FALSE;
  if (chain.branches != 0
      && (chain.branches == ASSAY_XZ_IA64 || chain.branches > ASSAY_XZ_SPARC
          || (squashfs->branches & 1u << (chain.branches - ASSAY_XZ_X86)) == 0))
    return FALSE;
  const lzma_options_lzma *lzma2 = block->filters[chain.branches == 0 ? 0 : 1].options;
  return lzma2->dict_size <= squashfs->window_bytes;
}

/* The one block of a stream, whose header begins at @taken. */
static gboolean
decode_xz_block (AssaySquashfs *squashfs, lzma_block *block, const guint8 *in, gsize *taken, gsize length, guint8 *out,
                 gsize *out_length, gsize room)
{
  lzma_filter filters[LZMA_FILTERS_MAX + 1];
  if (*taken >= length || in[*taken] == 0)
    return FALSE;
  block->filters = filters;
  block->header_size = lzma_block_header_size_decode (in[*taken]);
  if (block->header_size > length - *taken || lzma_block_header_decode (block, NULL, in + *taken) != LZMA_OK)
    {
      block->filters = NULL;
      return FALSE;
    }
  gboolean known = kernel_knows (squashfs, in + *taken, block);
  *taken += block->header_size;
  gboolean decoded = known
                     && lzma_raw_decoder_memusage (filters)
                            <= squashfs->container->context->limits->value[ASSAY_LIMIT_DECODER_MEMORY]
                     && lzma_block_buffer_decode (block, NULL, in, taken, length, out, out_length, room) == LZMA_OK;
  lzma_filters_free (filters, NULL);
  block->filters = NULL;
  return decoded;
}

/* The index says again what the block is; the last twelve bytes repeat the first. */
static gboolean
ends_well (const lzma_stream_flags *flags, const lzma_block *block, const guint8 *in, gsize taken, gsize length)
{
  lzma_stream_flags footer;
  lzma_index *index = NULL;
  guint64 memory = G_MAXUINT64;
  gsize begin = taken;
  if (lzma_index_buffer_decode (&index, &memory, NULL, in, &taken, length) != LZMA_OK)
    return FALSE;
  lzma_index_iter iterator;
  lzma_index_iter_init (&iterator, index);
  gboolean same = lzma_index_block_count (index) == 1 && !lzma_index_iter_next (&iterator, LZMA_INDEX_ITER_BLOCK)
                  && iterator.block.unpadded_size == lzma_block_unpadded_size (block)
                  && iterator.block.uncompressed_size == block->uncompressed_size;
  lzma_index_end (index, NULL);
  return same && length - taken == LZMA_STREAM_HEADER_SIZE && lzma_stream_footer_decode (&footer, in + taken) == LZMA_OK
         && footer.backward_size == taken - begin && lzma_stream_flags_compare (flags, &footer) == LZMA_OK;
}

/* A stream as Linux reads it (lib/xz): CRC-32 or no check at all, and no other filters than it has. What only liblzma
 * can read is an input/output error on the device. Of one block, as every packer makes it. */
static gssize
decode_xz (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  lzma_stream_flags flags;
  gsize taken = LZMA_STREAM_HEADER_SIZE;
  gsize size = 0;
  if (length < taken || lzma_stream_header_decode (&flags, in) != LZMA_OK
      || (flags.check != LZMA_CHECK_NONE && flags.check != LZMA_CHECK_CRC32))
    return -1;
  lzma_block block = { .check = flags.check };
  return decode_xz_block (squashfs, &block, in, &taken, length, out, &size, room)
                 && ends_well (&flags, &block, in, taken, length)
             ? (gssize)size
             : -1;
}

/* A header of 13 bytes, as in .lzma files. The last byte of the range coder's five need not be asked for. */
static gssize
decode_lzma (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  lzma_stream stream = LZMA_STREAM_INIT;
  guint64 memory = squashfs->container->context->limits->value[ASSAY_LIMIT_DECODER_MEMORY];
  if (lzma_alone_decoder (&stream, memory) != LZMA_OK)
    return -1;
  stream.next_in = in;
  stream.avail_in = length;
  stream.next_out = out;
  stream.avail_out = room;
  lzma_ret status = lzma_code (&stream, LZMA_FINISH);
  gboolean whole = status == LZMA_STREAM_END && stream.avail_in == 0;
  gssize size = (gssize)stream.total_out;
  lzma_end (&stream);
  return whole ? size : -1;
}

/* One frame (RFC 8878) and no skippable one beside it, that Linux has the memory for. Linux decodes it as a stream, and
 * finds other bytes than we where something points out of the window. */
static gssize
decode_zstd (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  guint64 window = assay_zstd_window_bytes (in, length, room);
  if (length < 4 || assay_get_le32 (in) != ZSTD_MAGICNUMBER || ZSTD_findFrameCompressedSize (in, length) != length
      || window > MAX (squashfs->window_bytes, room))
    return -1;
  gssize size = decode_any (squashfs, in, length, out, room);
  return size < 0 || (guint64)size <= window ? size : -1;
}

static const struct
{
  SQFS_COMPRESSOR id;
  DecodeBlock decode;
} decoders[] = {
  { SQFS_COMP_GZIP, decode_gzip }, { SQFS_COMP_LZMA, decode_lzma }, { SQFS_COMP_XZ, decode_xz },
  { SQFS_COMP_LZ4, decode_lz4 },   { SQFS_COMP_ZSTD, decode_zstd },
};

gboolean
assay_squashfs_decode (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room,
                       gsize *out_length, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (decoders); i++)
    if (decoders[i].id == squashfs->super.compression_id)
      {
        gssize size = decoders[i].decode (squashfs, in, length, out, room);
        if (size <= 0)
          return assay_squashfs_fail ("a block that cannot be decoded from its first byte to its last", error);
        *out_length = (gsize)size;
        return TRUE;
      }
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "squashfs: compressor %u cannot be read",
                            squashfs->super.compression_id);
}
