#ifndef ASSAY_ACCOUNT_NAMES_OF_H
#define ASSAY_ACCOUNT_NAMES_OF_H

#include "account/work.h"

/*
 * By which names a file is known in its image: what says something of a file by a name may have any of these. Names are
 * last components, as a link may lead through others, out of its file system and into another one of the image; so all
 * that it may be followed to is found, and now and then a file of the same name more.
 */

AssayNames *assay_names_new (const AssayNode *node);
void assay_names_free (AssayNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayNames, assay_names_free)

/**
 * assay_account_names: the last component of the node's path, what other readers call it (other_names.h), the names of
 * links and of links to these, symbolic and hard, anywhere in the image, and of a hard link those of what it leads to.
 * They stay as long as @work.
 *
 * Returns: (transfer container) (nullable) (element-type utf8): NULL where there are more than are followed: then it
 * may have any
 */
GPtrArray *assay_account_names (AssayWork *work, const AssayNode *node);

/** assay_account_directory_names: the same of the directory that an entry stands in, or that the node is. (transfer
 * none) (nullable) */
const GPtrArray *assay_account_directory_names (AssayWork *work, const AssayNode *node);

/** assay_account_any_name: whether the test holds for one of assay_account_names(); TRUE where there are too many. */
gboolean assay_account_any_name (AssayWork *work, const AssayNode *node, gboolean (*test) (const char *name));

/** assay_names_key: (transfer full): what is the same for all last components that name one file: capitals do not
 * count, nor the number of a second entry of one name. */
char *assay_names_key (const char *name);

/** assay_names_target_key: the same of what a link leads to. (transfer full) (nullable): where it says nothing, or
 * names no last component. */
char *assay_names_target_key (const AssayNode *link);

/** assay_names_inode: (transfer full) (nullable): of an entry that may be one of several of one file, what they share:
 * by the number alone, as BusyBox asks for it. */
char *assay_names_inode (const AssayNode *node);

#endif
