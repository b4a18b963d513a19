#ifndef ASSAY_REBUILD_ROOTFS_H
#define ASSAY_REBUILD_ROOTFS_H

#include "input/toolchain_lock.h"
#include "rebuild/workspace.h"

/**
 * AssayRootfs:
 *
 * A root file system on its way from the program that makes it into an archive: the tar stream is digested as it comes,
 * then written as it is, or compressed (zstd, always with the same parameters; the same bytes as long as it is the same
 * version of the library).
 */
typedef struct _AssayRootfs AssayRootfs;

/** assay_rootfs_check_name: whether a path ends in `.tar` or `.tar.zst`. Errors: ASSAY_ERROR_USAGE. */
gboolean assay_rootfs_check_name (const char *path, GError **error);

/** assay_rootfs_new: @path: where it is to be; see AssayOutput. */
AssayRootfs *assay_rootfs_new (const char *path, GError **error);
void assay_rootfs_free (AssayRootfs *rootfs);

/** assay_rootfs_add: the next bytes of the tar stream; an AssayChildSink. @user_data: the AssayRootfs */
gboolean assay_rootfs_add (const char *data, gsize length_bytes, gpointer user_data, GError **error);

/**
 * assay_rootfs_finish:
 * @out_rootfs: the tar stream; @out_archive: the file
 *
 * After the last byte. Nothing appears yet.
 */
gboolean assay_rootfs_finish (AssayRootfs *rootfs, AssayLockedFile *out_rootfs, AssayLockedFile *out_archive,
                              GError **error);

/** assay_rootfs_commit: the archive appears. */
gboolean assay_rootfs_commit (AssayRootfs *rootfs, GError **error);

/**
 * assay_rootfs_examine:
 * @findings: of assay_store_findings_new(): gets a line when the file is not the lock's
 *
 * Whether a file is the root file system of a lock: the archive itself, or the tar stream, plain or compressed by
 * whatever version of zstd. It is decompressed behind walls.
 *
 * Errors: ASSAY_ERROR_NOT_FOUND; ASSAY_ERROR_UNSUPPORTED it is no regular file; ASSAY_ERROR_IO
 */
gboolean assay_rootfs_examine (AssayWorkspace *workspace, const char *path, const AssayToolchainLock *lock,
                               GPtrArray *findings, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRootfs, assay_rootfs_free)

#endif
