#ifndef ASSAY_REBUILD_FIND_H
#define ASSAY_REBUILD_FIND_H

#include "util/directory.h"

/**
 * assay_find_outputs:
 * @root: the build tree, /build inside, which nobody changes any more
 * @path: where @from starts, absolute and inside
 *
 * As assay_rebuild_find(). Links are resolved as they were inside: an absolute one starts at /build, or else leads out.
 *
 * Errors: ASSAY_ERROR_NOT_FOUND a path or link leads out of /build; ASSAY_ERROR_UNSUPPORTED a device, FIFO or socket, a
 * file where a tree is meant, or `..` behind a glob; ASSAY_ERROR_LIMIT more entries than ASSAY_CAGE_ENTRIES
 */
GPtrArray *assay_find_outputs (AssayDirectory *root, const char *path, const char *from, GError **error);

#endif
