#ifndef ASSAY_UNPACK_LINKS_H
#define ASSAY_UNPACK_LINKS_H

#include "unpack/context.h"
#include "unpack/node.h"

/*
 * Names of one inode, in file systems where they all are entries of one kind. They are one file: whoever writes to one
 * writes to all, of a squashfs where it is unpacked, or beneath an overlay that knows it by its inode (Linux,
 * index=on). They say so as names of one file in a directory do (filesystem.h), by the way to the first of them in the
 * order of names, for numbers of inodes depend on the order in which they were made.
 */

/** assay_links_new: (transfer full): number of an inode to its names. */
GHashTable *assay_links_new (void);

/** assay_links_add: @path: of the entry in its file system, as stored. */
void assay_links_add (GHashTable *links, guint32 number, AssayNode *entry, const char *path);

/** assay_links_count: how many names of the inode were added. */
guint assay_links_count (GHashTable *links, guint32 number);

/** assay_links_state: adds the fact "inode" to each that has another name. Errors: ASSAY_ERROR_LIMIT (entry-bytes). */
gboolean assay_links_state (GHashTable *links, AssayUnpackContext *context, GError **error);

#endif
