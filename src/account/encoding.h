#ifndef ASSAY_ACCOUNT_ENCODING_H
#define ASSAY_ACCOUNT_ENCODING_H

#include "util/blob.h"

/**
 * assay_encoding_is_made:
 * @codec: `bzip2` or `zstd`
 * @stream: (@offset, @length): one stream of it
 * @content: what it decodes to
 * @out_made: whether it is, byte for byte, what the library that everybody packs with makes of the content, at one of
 *   its levels; FALSE also where the content is longer than 64 MiB, which nobody tries
 *
 * A proof by making it again. What an encoder makes is no stream that one reader takes for this and another for that.
 * The content is not looked into: it goes through the encoder as bytes.
 *
 * Errors: as assay_blob_read(); ASSAY_ERROR_CANCELLED.
 */
gboolean assay_encoding_is_made (const char *codec, AssayBlob *stream, guint64 offset, guint64 length,
                                 AssayBlob *content, gboolean *out_made, GError **error);

#endif
