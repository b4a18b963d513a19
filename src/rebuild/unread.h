#ifndef ASSAY_REBUILD_UNREAD_H
#define ASSAY_REBUILD_UNREAD_H

#include "unpack/node.h"

#include <assay/digest.h>

/**
 * AssayUnread: a file that the build was given and that could not be looked into to its end.
 *
 * @path: escaped; of the part that could not be read
 * @sha256: of the whole file
 * @why: a sentence without full stop, with the name of the limit where it was one
 */
typedef struct
{
  char *path;
  AssayDigest sha256;
  char *why;
} AssayUnread;

/** assay_unread_list_new: (transfer full) (element-type AssayUnread) */
GPtrArray *assay_unread_list_new (void);

/**
 * assay_unread_note:
 * @node: what was found in the file, or the file itself; nothing is noted unless there was trouble with it
 * @path: of the whole file, escaped
 * @sha256: of the whole file
 *
 * What could not be read to its end may hold anything (T4). Of each file the first part is noted; the parts of one file
 * are to be noted one after another.
 */
void assay_unread_note (GPtrArray *list, const AssayNode *node, const char *path, const AssayDigest *sha256);

/** assay_unread_add: notes a part at @path, for a reason that no node has; as assay_unread_note() the first of a file.
 */
void assay_unread_add (GPtrArray *list, const char *path, const AssayDigest *sha256, const char *why);

#endif
