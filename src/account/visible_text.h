#ifndef ASSAY_ACCOUNT_VISIBLE_TEXT_H
#define ASSAY_ACCOUNT_VISIBLE_TEXT_H

#include "util/blob.h"

/** AssayStretchOf: bytes of a blob from @offset on, @length of them. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
} AssayStretchOf;

/**
 * assay_visible_text:
 * @shipped: @expected: encoded streams, of a codec that writes no letter as it is but in blocks that are not compressed
 * @content: what @shipped decodes to
 * @out_more: whether a text of @content, of sixteen letters or more in a row, stands in @shipped as it is, and not in
 * @expected
 *
 * Who reads each file of a directory by lines, whatever it is called, meets that text in the one and not in the other.
 * Errors: those of reading; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_visible_text (const AssayStretchOf *shipped, AssayBlob *content, const AssayStretchOf *expected,
                             gboolean *out_more, GError **error);

#endif
