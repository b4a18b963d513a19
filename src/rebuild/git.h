#ifndef ASSAY_REBUILD_GIT_H
#define ASSAY_REBUILD_GIT_H

#include "rebuild/workspace.h"

/**
 * assay_git_export:
 * @repository: a local repository, bare or with `.git`
 * @commit: its full name, in hexadecimal
 * @into: empty; owned by the identity
 *
 * Writes out the files of a commit as they are stored, whatever its .gitattributes say, with modes and times of
 * assay_copy_tree(). Only the objects of the repository are used, in a copy and behind the walls: none of its
 * configuration, hooks, references or replacements. git takes what a file or index of the repository calls an object
 * for that object, so those of the commit are packed and indexed anew (git-index-pack(1)), which names each by what it
 * holds; only from there they are written out. A SHA-1 name pins no better than SHA-1 does: what was written out is
 * digested.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED submodules, or objects that lie in another repository; ASSAY_ERROR_FAILED there is no
 * such commit, parts of it are missing, or objects are not what their names say
 */
gboolean assay_git_export (AssayWorkspace *workspace, const char *repository, const char *commit, AssayDirectory *into,
                           GError **error);

#endif
