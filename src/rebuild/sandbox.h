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

/* What is so in a varied rebuild. The lengths are others than those of what it stands for. */
#define ASSAY_SANDBOX_OTHER_ROOT "/build/elsewhere"
#define ASSAY_SANDBOX_OTHER_USER "tester"
#define ASSAY_SANDBOX_OTHER_NUMBER 1729u
#define ASSAY_SANDBOX_OTHER_HOST "elsewhere"
#define ASSAY_SANDBOX_OTHER_UMASK 002
#define ASSAY_SANDBOX_OTHER_ZONE "VAR-11:30"
#define ASSAY_SANDBOX_OTHER_TEMPORARY "/tmp/elsewhere"
/* 400 days and three hours: another year, month, day and hour, and another day of the week. */
#define ASSAY_SANDBOX_OTHER_TIME_S 34570800

/* Where in the private directory the build tree stands in another order. */
#define ASSAY_SANDBOX_DISORDERED "disordered"

/**
 * assay_sandbox_new_build:
 * @mounts: of assay_mounts_unpack()
 *
 * The sandbox of the build steps: /build is the build tree; /tmp (also /var/tmp) and $HOME (/home/assay) live as long
 * as the rebuild. The environment is PATH, HOME, USER, LOGNAME, SHELL, LC_ALL, TZ, FAKEROOTDONTTRYCHOWN, then the
 * recipe's, then JOBS; and all that as it is varied.
 */
AssayCage *assay_sandbox_new_build (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts,
                                    gboolean has_tree, GError **error);

/** assay_sandbox_place: makes in a root file system all places where the sandbox itself mounts. */
gboolean assay_sandbox_place (AssayWorkspace *workspace, const AssayVaried *varied, AssayDirectory *tree,
                              GError **error);

#endif
