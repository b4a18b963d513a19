#ifndef ASSAY_REBUILD_GIT_H
#define ASSAY_REBUILD_GIT_H

#include "rebuild/workspace.h"

/**
 * assay_git_export:
 * @repository: a local repository, bare or with `.git`
 * @commit: its full name, in hexadecimal
 * @into: empty; owned by the identity
 *
 * Writes out the files of a commit as they are stored, whatever its .gitattributes say. Only the objects of the
 * repository are used, in a copy and behind the walls: none of its configuration, hooks, references or replacements.
 * git checks each object against its name.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED submodules, or objects that lie in another repository; ASSAY_ERROR_FAILED there is no
 * such commit, or parts of it are missing
 */
gboolean assay_git_export (AssayWorkspace *workspace, const char *repository, const char *commit, AssayDirectory *into,
                           GError **error);

#endif
