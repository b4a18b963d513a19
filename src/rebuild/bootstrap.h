#ifndef ASSAY_REBUILD_BOOTSTRAP_H
#define ASSAY_REBUILD_BOOTSTRAP_H

#include "cage/users.h"
#include "rebuild/rootfs.h"

/**
 * assay_bootstrap_run:
 * @name: of a directory in the workspace's private one, with the packages of the lock and nothing else; gets the index
 * of an archive
 * @packages: of assay_packages_read(), of the same directory
 * @rootfs: gets the tar stream; finished and committed by the caller
 *
 * Makes a root file system of the packages of a lock and of nothing else: mmdebstrap takes them from a local archive,
 * behind walls (cage/chamber.h) where there is no network and nothing of this machine's configuration, as root of a
 * user namespace, whoever we are. So the result depends on the lock, and on mmdebstrap, apt, dpkg and tar of this
 * machine alone.
 *
 * Errors: ASSAY_ERROR_FAILED with the last lines of what mmdebstrap said; those of assay_chamber_run()
 */
gboolean assay_bootstrap_run (AssayWorkspace *workspace, const AssayUsers *users, const AssayToolchainLock *lock,
                              const char *name, GHashTable *packages, AssayRootfs *rootfs, GError **error);

/** assay_bootstrap_index: the index of the archive, as its file `Packages`. Errors: ASSAY_ERROR_INTERNAL a package was
 * not read. */
char *assay_bootstrap_index (const AssayToolchainLock *lock, GHashTable *packages, GError **error);

#endif
