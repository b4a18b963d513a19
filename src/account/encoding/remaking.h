#ifndef ASSAY_ACCOUNT_REMAKING_H
#define ASSAY_ACCOUNT_REMAKING_H

#include "account/encoding/encoding.h"

/* A stream that is there, and one that an encoder makes beside it of the content: as soon as a byte is another, the
 * encoder was asked in another way, or is another one. */

/** Bytes of content, and of a stream, that are worked on at a time. */
#define ASSAY_REMAKING_BYTES (64u << 10)

/**
 * AssayRemaking:
 * @stream: (@offset, @length): what is there
 * @content: what it decodes to; @at: how much of that the encoder has
 * @made: how much of the stream was made of that; @differs: as far as it goes it is another
 * @in: what of the content is on its way into the encoder
 * @out: what comes from it, before it is compared with @there
 * @tally: what all streams of an image have cost so far
 * @group: which ways, that differ in little, @at and @made speak of, counted from 1; 0: of none
 */
typedef struct
{
  AssayBlob *stream;
  guint64 offset;
  guint64 length;
  AssayBlob *content;
  const AssayLimits *limits;
  AssayRepacked *tally;
  guint64 at;
  guint64 made;
  gboolean differs;
  guint group;
  guint8 out[ASSAY_REMAKING_BYTES];
  guint8 there[ASSAY_REMAKING_BYTES];
  guint8 in[ASSAY_REMAKING_BYTES];
} AssayRemaking;

/** assay_remaking_begin: from the first byte on, in another way. */
void assay_remaking_begin (AssayRemaking *remaking);

/** assay_remaking_take: the next @length bytes of @out are those that stand there, or all is another. */
gboolean assay_remaking_take (AssayRemaking *remaking, gsize length, GError **error);

/** assay_remaking_take_bytes: the same of bytes that lie elsewhere, any number of them. */
gboolean assay_remaking_take_bytes (AssayRemaking *remaking, const guint8 *bytes, gsize length, GError **error);

/**
 * assay_remaking_read:
 * @into: room for @most bytes
 * @out_length: 0 where all of the content was read
 *
 * The next part of the content. Errors: as assay_blob_read(); ASSAY_ERROR_LIMIT "repacked-bytes";
 * ASSAY_ERROR_CANCELLED.
 */
gboolean assay_remaking_read (AssayRemaking *remaking, guint8 *into, gsize most, gsize *out_length, GError **error);

/** assay_remaking_has_all: whether all of the content was read. */
gboolean assay_remaking_has_all (const AssayRemaking *remaking);

/** assay_remaking_fail: FALSE, with an error (ASSAY_ERROR_LIMIT "repacked-bytes"): an encoder could not be asked, for
 * want of memory, processes or the like, so that nobody knows what it makes. @what: as the end of a sentence */
gboolean assay_remaking_fail (const char *what, GError **error);

/** assay_remaking_end: what was made must be all that is there. */
void assay_remaking_end (AssayRemaking *remaking);

/** assay_remaking_spend: counts @bytes, which were packed or cost as much. Errors: ASSAY_ERROR_LIMIT, _CANCELLED. */
gboolean assay_remaking_spend (AssayRemaking *remaking, guint64 bytes, GError **error);

/** Makes a stream again in the @way-th of several ways; a way that cannot be meant makes nothing, and differs. */
typedef gboolean (*AssayRemakeWay) (AssayRemaking *remaking, guint way, GError **error);

/** assay_remake_head: what a stream says itself of how it was asked for, beside the way; appends to @out. */
typedef gboolean (*AssayRemakeHead) (AssayRemaking *remaking, GString *out, GError **error);

/**
 * AssayEncoder:
 * @ways: how many there are, the common ones first; at each what @remake makes is one stream
 * @head: (nullable): whatever else it goes by
 */
typedef struct
{
  guint ways;
  AssayRemakeWay remake;
  AssayRemakeHead head;
} AssayEncoder;

/* One a codec: bzip2 (libbz2), zstd (libzstd), deflate, also of gzip (zlib and the programs gzip, pigz and
 * libdeflate-gzip), xz and lzma (liblzma), lzip (the program), lz4 and the kernel's form of it (liblz4). */
extern const AssayEncoder assay_encoder_bzip2;
extern const AssayEncoder assay_encoder_zstd;
extern const AssayEncoder assay_encoder_deflate;
extern const AssayEncoder assay_encoder_xz;
extern const AssayEncoder assay_encoder_lzma;
extern const AssayEncoder assay_encoder_lzip;
extern const AssayEncoder assay_encoder_lz4;
extern const AssayEncoder assay_encoder_lz4_legacy;

/**
 * AssayRemakeProgram:
 * @arguments: of the program, its name first, NULL at the end; it is looked for in PATH, gets no environment, the
 *   content at its standard input and gives the stream
 * @head: @tail: bytes in front of and behind what is to be compared
 */
typedef struct
{
  const char *const *arguments;
  gsize head;
  gsize tail;
} AssayRemakeProgram;

/**
 * assay_remaking_by_program:
 *
 * Makes a stream again with a program, which is ended with the first byte that is another. One that is not installed,
 * or says that it failed, makes another stream. Errors: as assay_remaking_read(), assay_remaking_fail().
 */
gboolean assay_remaking_by_program (AssayRemaking *remaking, const AssayRemakeProgram *program, GError **error);

#endif
