#ifndef ASSAY_UNPACK_FILESYSTEM_H
#define ASSAY_UNPACK_FILESYSTEM_H

#include "unpack/container.h"

/**
 * assay_filesystem_list:
 * @root: gets one child for every entry beneath @directory, in the order of the walk, with its facts
 *
 * A file that cannot be opened is a node in trouble. Errors: ASSAY_ERROR_LIMIT; ASSAY_ERROR_IO of the walk.
 */
gboolean assay_filesystem_list (AssayUnpackContext *context, AssayNode *root, AssayDirectory *directory,
                                GError **error);

#endif
