#include "unpack/squashfs.h"

#include "unpack/bytes.h"

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
decode_gzip (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  z_stream stream = { .next_in = (Bytef *)in, .avail_in = (uInt)length, .next_out = out, .avail_out = (uInt)room };
  if (inflateInit (&stream) != Z_OK)
    return -1;
  int status = inflate (&stream, Z_FINISH);
  gboolean whole = status == Z_STREAM_END && stream.avail_in == 0;
  gssize size = (gssize)stream.total_out;
  inflateEnd (&stream);
  return whole ? size : -1;
}

/* The kernel knows no check but CRC-32 (lib/xz); liblzma would pass over one that it does not know. */
static gssize
decode_xz (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  guint64 memory = squashfs->container->context->limits->value[ASSAY_LIMIT_DECODER_MEMORY];
  gsize taken = 0;
  gsize size = 0;
  lzma_ret status
      = lzma_stream_buffer_decode (&memory, LZMA_TELL_UNSUPPORTED_CHECK, NULL, in, &taken, length, out, &size, room);
  return status == LZMA_OK && taken == length ? (gssize)size : -1;
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

/* One frame (RFC 8878) and no skippable one beside it. */
static gssize
decode_zstd (AssaySquashfs *squashfs, const guint8 *in, gsize length, guint8 *out, gsize room)
{
  if (length < 4 || assay_get_le32 (in) != ZSTD_MAGICNUMBER || ZSTD_findFrameCompressedSize (in, length) != length)
    return -1;
  return decode_any (squashfs, in, length, out, room);
}

static const struct
{
  SQFS_COMPRESSOR id;
  DecodeBlock decode;
} decoders[] = {
  { SQFS_COMP_GZIP, decode_gzip }, { SQFS_COMP_LZMA, decode_lzma }, { SQFS_COMP_XZ, decode_xz },
  { SQFS_COMP_LZ4, decode_any },   { SQFS_COMP_ZSTD, decode_zstd },
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
