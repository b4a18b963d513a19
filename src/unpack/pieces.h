#ifndef ASSAY_UNPACK_PIECES_H
#define ASSAY_UNPACK_PIECES_H

#include "unpack/container.h"

/*
 * Files that a container stores in several pieces, with holes between them: fragmented ones of a file system, sparse
 * ones. A reader says where the pieces stand, and nothing of what is in them: whoever asked it puts the bytes together,
 * out of the container itself (T23).
 */

/** assay_pieces_add_stored: the next bytes of @child stand at @offset of the container, which gets a span for them.
 * Errors: ASSAY_ERROR_MALFORMED they leave it. */
gboolean assay_pieces_add_stored (AssayContainer *container, AssayNode *child, guint64 offset, guint64 length_bytes,
                                  const char *span_name, GError **error);

/**
 * assay_pieces_add_hole:
 *
 * The next bytes of @child are zeros that stand nowhere. Errors: as assay_container_charge_hole().
 */
gboolean assay_pieces_add_hole (AssayContainer *container, AssayNode *child, guint64 length_bytes, GError **error);

/** assay_pieces_are_holes: @child is nothing but zeros that stand nowhere. */
gboolean assay_pieces_are_holes (const AssayNode *child);

/** assay_pieces_share: @child is the same bytes as another one, of which the pieces are. */
void assay_pieces_share (AssayNode *child, GArray *pieces);

/**
 * assay_pieces_check:
 *
 * Whether the pieces of each child are its encoded spans, one for one, so that no byte can be left out of the content
 * and count as part of it. What shares the pieces of a child before it has no spans. Errors: ASSAY_ERROR_INTERNAL.
 */
gboolean assay_pieces_check (const AssayNode *node, GError **error);

/**
 * assay_pieces_join:
 *
 * Puts the bytes of all children of @node together that are in pieces; equal lists of pieces once. Errors:
 * ASSAY_ERROR_LIMIT (total-bytes; ratio, of holes and of all that is decoded); ASSAY_ERROR_MALFORMED; those of reading.
 */
gboolean assay_pieces_join (AssayUnpackContext *context, AssayNode *node, GError **error);

#endif
