#ifndef ASSAY_ACCOUNT_XZ_BLOCKS_H
#define ASSAY_ACCOUNT_XZ_BLOCKS_H

#include "unpack/node.h"

/**
 * assay_account_xz_is_uniform:
 * @node: an xz stream, or a zip; @span: its bytes, or those of one of its entries
 * @out_uniform: whether all blocks of the stream are packed with the same filters and dictionary, and Linux reads these
 *   (xz_chain.h)
 *
 * A reader that lacks a filter or the memory for a dictionary then finds nothing at all; else it finds the blocks
 * before, and some readers go on with that. FALSE too where another stream follows, and where the index does not lead
 * from block to block, or to more of them than are looked at. No check sum is looked at.
 *
 * Errors: as assay_blob_read(); ASSAY_ERROR_CANCELLED.
 */
gboolean assay_account_xz_is_uniform (const AssayNode *node, const AssaySpan *span, gboolean *out_uniform,
                                      GError **error);

#endif
