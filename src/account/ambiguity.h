#ifndef ASSAY_ACCOUNT_AMBIGUITY_H
#define ASSAY_ACCOUNT_AMBIGUITY_H

#include "account/work.h"

/**
 * assay_account_stream_is_unambiguous:
 * @node: a container whose content is compressed
 * @span: the part of it that is one stream, frame or member, or an entry of a zip
 *
 * Whether all readers of this encoding find the content that we found, or none. Only then is another encoding of equal
 * content nothing but that (T6): whoever writes the stream by hand can have it say one thing to one reader and another
 * to the next, and sums of content that such formats have (32 bits of CRC or xxHash) are met by both, as they are
 * nothing that is hard to find.
 *
 * What it does NOT say: that the stream is one that some encoder makes, but for those whose own libraries take what
 * others read otherwise (encoding.h). Readers of this are those of the formats' own
 * projects, libarchive, Linux, U-Boot and busybox.
 *
 * Errors: those of reading the stream or its content; those of assay_encoding_is_made().
 */
gboolean assay_account_stream_is_unambiguous (AssayWork *work, const AssayNode *node, const AssaySpan *span,
                                              gboolean *out_unambiguous, GError **error);

/** assay_account_is_made_again: whether a stream is held to what an encoder makes of its content: not those of a
 * squashfs, a 7z or an rpm. */
gboolean assay_account_is_made_again (const AssayNode *node, const AssaySpan *span);

/** assay_account_codec_of_entry: (nullable) (transfer none): by which codec an entry of a zip is compressed; NULL of
 * whatever else a span is. */
const char *assay_account_codec_of_entry (const AssayNode *node, const AssaySpan *span);

/** assay_account_codec_of: (nullable) (transfer none): the same of any encoded bytes, of a stream as well. */
const char *assay_account_codec_of (const AssayNode *node, const AssaySpan *span);

/** assay_account_has_one_stream: whether all of a container's content is in one span. */
gboolean assay_account_has_one_stream (const AssayNode *node);

#endif
