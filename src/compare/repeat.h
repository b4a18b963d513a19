#ifndef ASSAY_COMPARE_REPEAT_H
#define ASSAY_COMPARE_REPEAT_H

#include "compare/bytes.h"
#include "unpack/node.h"
#include "util/limits.h"

/**
 * AssayRepeatDifference: one way in which an output of a second rebuild is not that of the first.
 *
 * @path: node path in the output; "." is the output itself
 * @node: of the first rebuild; NULL for what only the second one made. Borrowed
 * @offset: @length: bytes of @node that are others; 0 and 0 where @fact says it
 * @fact: "missing", "added", "type", "size", or a fact of a container or its entry; interned. NULL for bytes
 * @first: @second: what both rebuilds say, of bytes the first 32 in hexadecimal; NULL is "not there"
 */
typedef struct
{
  char *path;
  const AssayNode *node;
  guint64 offset;
  guint64 length;
  const char *fact;
  char *first;
  char *second;
} AssayRepeatDifference;

/**
 * assay_repeat_bytes:
 * @first: @second: leaves
 *
 * Bytes of the first that are not those of the second at the place that corresponds, as assay_align() has it.
 *
 * Returns: (transfer full) (element-type AssayDifference)
 */
GArray *assay_repeat_bytes (const AssayNode *first, const AssayNode *second, const AssayLimits *limits, GError **error);

/**
 * assay_repeat_compare:
 * @first: @second: roots of an output in two rebuilds
 *
 * All that is not equal: nodes by their paths, their facts, the bytes of leaves, and the own bytes of containers of one
 * size; of compressed bytes what they decode to. Owners of entries of directories are left out, which are whoever built
 * them. Where the bytes of the roots differ in whatever way, the list is not empty.
 *
 * Returns: (transfer full) (element-type AssayRepeatDifference): in the order of the first tree, then what was added
 */
GPtrArray *assay_repeat_compare (AssayNode *first, AssayNode *second, const AssayLimits *limits, GError **error);

#endif
