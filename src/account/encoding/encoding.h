#ifndef ASSAY_ACCOUNT_ENCODING_H
#define ASSAY_ACCOUNT_ENCODING_H

#include "util/blob.h"
#include "util/limits.h"

/** AssayEncoded: @codec: as a node's stream is called, or `deflate` without a head around it; @stream: (@offset,
 * @length): one stream of it; @content: what it decodes to */
typedef struct
{
  const char *codec;
  AssayBlob *stream;
  guint64 offset;
  guint64 length;
  AssayBlob *content;
} AssayEncoded;

/**
 * AssayRepacked:
 * @bytes: of content that were packed again for one image so far
 * @way: in which the last stream was made of one that was; the next is tried in that first
 */
typedef struct
{
  guint64 bytes;
  guint way;
} AssayRepacked;

/**
 * assay_encoding_is_made:
 * @repacked: counted up
 * @out_made: whether the stream is, byte for byte, what one of the encoders that everybody packs with makes of the
 *   content, at one of its levels
 *
 * A proof by making it again. What an encoder makes is no stream that one reader takes for this and another for that.
 * The content is not looked into: it goes through the encoder as bytes. A level is given up with the first byte that is
 * another; how long all of them may take is bounded by the bytes that they are given.
 *
 * Errors: as assay_blob_read(); ASSAY_ERROR_LIMIT "repacked-bytes"; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_encoding_is_made (const AssayEncoded *encoded, const AssayLimits *limits, AssayRepacked *repacked,
                                 gboolean *out_made, GError **error);

/**
 * assay_encoding_is_alike:
 * @repacked: as above
 * @out_alike: whether two streams of one codec are, byte for byte, what one encoder makes of either content when it is
 *   asked in one and the same way
 *
 * FALSE where the two were made in several ways, by another encoder, or nobody knows. Errors: as above.
 */
gboolean assay_encoding_is_alike (const AssayEncoded *shipped, const AssayEncoded *expected, const AssayLimits *limits,
                                  AssayRepacked *repacked, gboolean *out_alike, GError **error);

#endif
