#ifndef ASSAY_REBUILD_COPY_H
#define ASSAY_REBUILD_COPY_H

#include "rebuild/workspace.h"

#include <assay/digest.h>

/**
 * assay_copy_tree:
 * @to: empty
 *
 * Copies everything beneath a directory: content, times, links as they are, modes but for set-id bits; the owner
 * becomes the identity, who may always read files and enter directories. So what is used afterwards is what was
 * digested, whoever changes the original meanwhile.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED a device, FIFO or socket; ASSAY_ERROR_CHANGED; those of assay_guard_check()
 */
gboolean assay_copy_tree (AssayDirectory *from, AssayDirectory *to, AssayWorkspace *workspace, GError **error);

/**
 * assay_copy_file:
 * @name: a new file in @to, of mode 0644
 *
 * Copies one file from an open descriptor, and digests what it copied.
 */
gboolean assay_copy_file (int from_fd, AssayDirectory *to, const char *name, AssayWorkspace *workspace,
                          AssayDigest *out_digest, GError **error);

#endif
