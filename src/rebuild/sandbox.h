#ifndef ASSAY_REBUILD_SANDBOX_H
#define ASSAY_REBUILD_SANDBOX_H

#include "cage/cage.h"
#include "rebuild/mount.h"

/**
 * assay_sandbox_new_tool:
 *
 * A sandbox with this machine's programs, for git and patch; nothing of the rebuild is mounted but /tmp and the home
 * directory.
 */
AssayCage *assay_sandbox_new_tool (AssayWorkspace *workspace, GError **error);

/**
 * assay_sandbox_new_build:
 * @mounts: of assay_mounts_unpack()
 * @jobs: $JOBS
 *
 * The sandbox of the build steps: /build is the build tree; /tmp (also /var/tmp) and $HOME (/home/assay) live as long
 * as the rebuild. The environment is PATH, HOME, USER, LOGNAME, SHELL, LC_ALL, TZ, then the recipe's, then JOBS.
 */
AssayCage *assay_sandbox_new_build (AssayWorkspace *workspace, const AssayRecipe *recipe, const GPtrArray *mounts,
                                    gboolean has_tree, guint jobs, GError **error);

/** assay_sandbox_place: makes in a root file system all places where the sandbox itself mounts. */
gboolean assay_sandbox_place (AssayWorkspace *workspace, AssayDirectory *tree, GError **error);

#endif
