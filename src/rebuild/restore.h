#ifndef ASSAY_REBUILD_RESTORE_H
#define ASSAY_REBUILD_RESTORE_H

#include "rebuild/pack.h"
#include "rebuild/workspace.h"

/**
 * assay_restore_tree:
 * @fd: of assay_pack_open()
 * @into: empty, of the workspace's identity
 *
 * Makes a tree anew, in a process behind walls that sees nothing but @into, and then reads all of it: it is what
 * @packed says, in every name, mode, time, link, attribute and byte, or this fails.
 *
 * Errors: ASSAY_ERROR_PIN it is another tree; ASSAY_ERROR_MALFORMED; those of assay_confine_run() and
 * assay_manifest_read().
 */
gboolean assay_restore_tree (int fd, const AssayPackedTree *packed, AssayDirectory *into, AssayWorkspace *workspace,
                             GError **error);

#endif
