#ifndef ASSAY_INPUT_GIT_HEAD_H
#define ASSAY_INPUT_GIT_HEAD_H

#include <glib.h>

/**
 * assay_git_head_read:
 * @repository: path of a local repository, bare or with `.git`, or of a linked work tree
 *
 * The commit that HEAD names, read from the repository's own files; no git is run, and whether there is such a commit
 * is not asked.
 *
 * Returns: (transfer full): 40 or 64 hexadecimal digits in lower case
 * Errors: ASSAY_ERROR_UNSUPPORTED no repository, no commit yet, or references kept in another way than in files;
 * ASSAY_ERROR_IO.
 */
char *assay_git_head_read (const char *repository, GError **error);

#endif
