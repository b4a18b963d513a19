#ifndef ASSAY_UNPACK_FILESYSTEM_H
#define ASSAY_UNPACK_FILESYSTEM_H

#include "unpack/container.h"

/**
 * assay_filesystem_list:
 * @root: gets the facts of @directory itself, and one child for every entry beneath it, in the order of the walk, with
 * its facts
 *
 * A file that cannot be opened is a node in trouble. Errors: ASSAY_ERROR_LIMIT; ASSAY_ERROR_IO of the walk.
 */
gboolean assay_filesystem_list (AssayUnpackContext *context, AssayNode *root, AssayDirectory *directory,
                                GError **error);

/** What this process may not see of a directory, as a report calls it. */
#define ASSAY_FILESYSTEM_UNSEEN "trusted.* extended attributes"

/**
 * assay_filesystem_sees_all: whether the kernel shows this process extended attributes named `trusted.*`, which it
 * keeps back from everybody without CAP_SYS_ADMIN as if they were not there (xattr(7)): an overlay file system goes by
 * them. Asked of a file of our own, by taking away what is not there.
 */
gboolean assay_filesystem_sees_all (void);

#endif
