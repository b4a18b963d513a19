#ifndef ASSAY_REBUILD_COPY_H
#define ASSAY_REBUILD_COPY_H

#include "rebuild/workspace.h"

#include <assay/digest.h>

/**
 * assay_copy_tree:
 * @to: empty
 *
 * Copies everything beneath a directory: content, links as they are. Modes become 755 or 644, as the listing that is
 * digested says it, all times the workspace's, the owner the identity. So what is used afterwards is what was digested,
 * whoever changes the original meanwhile, and nothing that no digest binds reaches the build.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED a device, FIFO or socket; ASSAY_ERROR_CHANGED; those of assay_guard_check()
 */
gboolean assay_copy_tree (AssayDirectory *from, AssayDirectory *to, AssayWorkspace *workspace, GError **error);

/**
 * assay_copy_file:
 * @name: a new file in @to, of mode 0644
 *
 * Copies one file, with the workspace's time, from an open descriptor, and digests what it copied.
 */
gboolean assay_copy_file (int from_fd, AssayDirectory *to, const char *name, AssayWorkspace *workspace,
                          AssayDigest *out_digest, GError **error);

/**
 * assay_copy_level:
 * @directory: of which nobody changes anything meanwhile
 *
 * Gives modes and times as assay_copy_tree() does to what lies there already, and to the directory itself.
 */
gboolean assay_copy_level (AssayDirectory *directory, AssayWorkspace *workspace, GError **error);

#endif
