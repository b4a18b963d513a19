#ifndef ASSAY_INVENTORY_NATURE_PRIVATE_H
#define ASSAY_INVENTORY_NATURE_PRIVATE_H

#include "inventory/nature.h"

/** Bytes of a beginning that assay_nature_of_head() looks at, at most. */
#define ASSAY_NATURE_HEAD_BYTES 16u

/** assay_nature_of_head: what a file calls itself by its first bytes; never TEXT. */
AssayNature assay_nature_of_head (const guint8 *head, gsize length);

/** assay_nature_is_text: whether no byte is one that texts do not have. The encoding is left open: sources are written
 * in many. */
gboolean assay_nature_is_text (const guint8 *bytes, gsize length);

#endif
