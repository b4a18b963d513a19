#ifndef ASSAY_UNPACK_CODEC_H
#define ASSAY_UNPACK_CODEC_H

#include "unpack/sink.h"

/**
 * AssayDecoder:
 * @blob: @position: @end: what is read; @position is that of the next byte to load
 * @window: @used: @have: bytes that were loaded and not yet taken are [@used, @have)
 * @next_bytes: how much to load next; small at first, since a stream may have many small members
 * @sink: where decoded bytes go
 *
 * What a codec reads from and writes to while it decodes one member of a stream.
 */
typedef struct
{
  AssayBlob *blob;
  guint64 position;
  guint64 end;
  guint8 *window;
  gsize used;
  gsize have;
  gsize next_bytes;
  AssaySink *sink;
} AssayDecoder;

/**
 * AssayCodec:
 * @name: "deflate", "bzip2", "xz", "lzma", "lzip", "zstd", "lz4", "lz4-legacy", "compress"
 * @decode: decodes exactly one member from the window on; refills it with assay_decoder_fill()
 */
typedef struct
{
  const char *name;
  gboolean (*decode) (AssayDecoder *decoder, GError **error);
} AssayCodec;

/** assay_codec_find: the codec of that name, or NULL. */
const AssayCodec *assay_codec_find (const char *name);

/**
 * assay_codec_decode:
 * @offset: @length: where in @blob the member begins, and how far it may reach at most
 * @out_consumed: bytes of the member, to the byte
 *
 * Decodes one member (a raw deflate stream, a bzip2 stream, an xz stream, a zstd frame, an lz4 frame of either kind, an
 * lzip member, a .Z file) and appends to
 * @sink. Check sums that the member carries are verified.
 *
 * Errors: ASSAY_ERROR_MALFORMED, ASSAY_ERROR_UNSUPPORTED, ASSAY_ERROR_LIMIT (total-bytes, ratio, decoder-memory),
 * ASSAY_ERROR_CANCELLED, and those of reading and writing.
 */
gboolean assay_codec_decode (const AssayCodec *codec, AssayBlob *blob, guint64 offset, guint64 length, AssaySink *sink,
                             guint64 *out_consumed, GError **error);

/** Bytes that a decoder gives at a time. */
#define ASSAY_DECODER_OUTPUT_BYTES (128u * 1024u)

/**
 * assay_decoder_fill:
 *
 * Loads the next window when all of the last was taken. At the end of the input nothing is loaded and FALSE returned
 * with ASSAY_ERROR_MALFORMED: the member ends early.
 */
gboolean assay_decoder_fill (AssayDecoder *decoder, GError **error);

/** assay_decoder_memory: the limit decoder-memory. */
guint64 assay_decoder_memory (const AssayDecoder *decoder);

/** assay_decoder_fail: says that the member is damaged; returns FALSE. */
gboolean assay_decoder_fail (const char *codec, const char *reason, GError **error);

/** assay_decoder_fail_memory: says that limit decoder-memory was hit; returns FALSE. */
gboolean assay_decoder_fail_memory (const AssayDecoder *decoder, GError **error);

/**
 * assay_zstd_window_bytes:
 * @head: of a frame; @content_bytes: what it decodes to
 *
 * How far back a frame may point (RFC 8878, "Window Descriptor"); all of its content where it says no number.
 */
guint64 assay_zstd_window_bytes (const guint8 *head, gsize length_bytes, guint64 content_bytes);

/** What is said of a block that is not sound. */
#define ASSAY_LZ4_UNSOUND                                                                                              \
  "a block that points to where it stands, which its format forbids and readers take in their ways"

/**
 * assay_lz4_block_is_sound:
 *
 * Whether every sequence of a compressed block is as the format has it (LZ4 Block Format): liblz4 takes an offset of
 * zero for zeros, older readers leave there what memory held.
 */
gboolean assay_lz4_block_is_sound (const guint8 *block, gsize length_bytes);

/* The codecs: one file each. */
gboolean assay_decode_deflate (AssayDecoder *decoder, GError **error);
gboolean assay_decode_bzip2 (AssayDecoder *decoder, GError **error);
gboolean assay_decode_xz (AssayDecoder *decoder, GError **error);
gboolean assay_decode_lzma (AssayDecoder *decoder, GError **error);
gboolean assay_decode_lzip (AssayDecoder *decoder, GError **error);
gboolean assay_decode_zstd (AssayDecoder *decoder, GError **error);
gboolean assay_decode_lz4 (AssayDecoder *decoder, GError **error);
gboolean assay_decode_lz4_legacy (AssayDecoder *decoder, GError **error);
gboolean assay_decode_compress (AssayDecoder *decoder, GError **error);

#endif
