#ifndef ASSAY_REBUILD_PLACE_H
#define ASSAY_REBUILD_PLACE_H

#include "cage/identity.h"
#include "util/directory.h"

/**
 * assay_place_make:
 * @path: relative; `.` components are dropped
 *
 * Makes a directory and those above it, as far as they are missing, of mode 0755 and owned by the identity. Nothing on
 * the way may be a symbolic link: whoever wrote the tree must not choose where we write or mount.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED for `..` and for links on the way
 */
AssayDirectory *assay_place_make (AssayDirectory *root, const char *path, const AssayIdentity *identity,
                                  GError **error);

/** assay_place_make_file: the same for an empty file, where a file will be mounted. */
gboolean assay_place_make_file (AssayDirectory *root, const char *path, const AssayIdentity *identity, GError **error);

#endif
