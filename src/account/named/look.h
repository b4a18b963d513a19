#ifndef ASSAY_ACCOUNT_LOOK_H
#define ASSAY_ACCOUNT_LOOK_H

#include "unpack/node.h"

/* All that an image says, for who looks for a text in it: bytes, names and facts, each node's own. */

/** Bytes of a window that assay_look_bytes() reads into. */
#define ASSAY_LOOK_WINDOW_BYTES ASSAY_BLOB_WINDOW_BYTES

/** AssayLookUse: some bytes; borrowed until it returns. */
typedef void (*AssayLookUse) (const guint8 *bytes, gsize length, gpointer data);

/** assay_look_name: the node's own name, as it is and without `/`, with the end of what stands before it, of which a
 * text of @longest bytes may take in some: stores divide a digest so. */
void assay_look_name (const AssayNode *node, gsize longest, AssayLookUse use, gpointer data);

/** assay_look_facts: @facts: (nullable): their names and values, and what is escaped as it was. */
void assay_look_facts (const GArray *facts, AssayLookUse use, gpointer data);

/**
 * assay_look_bytes:
 * @window: of ASSAY_LOOK_WINDOW_BYTES; overwritten
 *
 * The bytes of a node that are none of its children's, so that a text of @longest bytes stands wholly in one call.
 * Errors: those of reading; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_look_bytes (const AssayNode *node, guint8 *window, gsize longest, AssayLookUse use, gpointer data,
                           GError **error);

#endif
