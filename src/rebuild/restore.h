#ifndef ASSAY_REBUILD_RESTORE_H
#define ASSAY_REBUILD_RESTORE_H

#include "rebuild/cache_entry.h"
#include "rebuild/workspace.h"

/**
 * assay_restore_tree:
 * @fd: whose text assay_pack_check() has read
 * @into: empty, of the workspace's identity
 * @known: new: gets the digests of its files
 *
 * Makes a tree anew of a stream that is what @packed says, which is decoded behind walls, and then reads what there is:
 * it is what @packed says, too, in every name, mode, time, link, attribute and byte, or this fails. Bytes are digested
 * when they are written, all else is read again.
 *
 * Errors: ASSAY_ERROR_PIN it is another stream or tree; ASSAY_ERROR_MALFORMED; those of assay_pack_check_tree(),
 * assay_decoded_pull(), assay_tree_writer_make(), assay_guard_check() and assay_manifest_read().
 */
gboolean assay_restore_tree (int fd, const AssayPackedTree *packed, AssayDirectory *into, AssayWorkspace *workspace,
                             AssayKnownFiles *known, GError **error);

/** What the directory beside the build tree is called, in the private one. */
#define ASSAY_RESTORE_BESIDE "beside"

typedef enum
{
  ASSAY_RESTORE_BOTH,
  ASSAY_RESTORE_BUILD_ALONE,
  ASSAY_RESTORE_OUTPUTS_ALONE, /* in the place of the build tree */
} AssayRestoreTrees;

/**
 * assay_restore_entry:
 *
 * @trees: which ones of an entry to make anew, in the private directory
 *
 * The digests of the files of the build tree become those that the workspace knows. Returns: (transfer full): that
 * tree, to be put in its place; the other one is ASSAY_RESTORE_BESIDE
 */
AssayDirectory *assay_restore_entry (int fd, const AssayCacheEntry *entry, AssayRestoreTrees trees,
                                     AssayWorkspace *workspace, GError **error);

/** assay_restore_exchange: the tree that was made anew takes the place of the workspace's. */
gboolean assay_restore_exchange (AssayWorkspace *workspace, AssayDirectory *restored, GError **error);

/** assay_restore_drop: removes what assay_restore_entry() has left. */
gboolean assay_restore_drop (AssayWorkspace *workspace, GError **error);

#endif
