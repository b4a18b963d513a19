#ifndef ASSAY_REBUILD_MERGE_H
#define ASSAY_REBUILD_MERGE_H

#include "util/directory.h"

/**
 * assay_merge_tree:
 *
 * Moves everything beneath @from over what lies beneath @to: directories are joined, files and links replaced. No link
 * is followed, so that a layer cannot write through one of a layer below. Both lie on one file system, and nobody else
 * changes them.
 *
 * Errors: ASSAY_ERROR_MALFORMED a directory would replace something else, or the other way round
 */
gboolean assay_merge_tree (AssayDirectory *from, AssayDirectory *to, GError **error);

#endif
