#ifndef ASSAY_ACCOUNT_SCOPE_H
#define ASSAY_ACCOUNT_SCOPE_H

#include "unpack/node.h"

/* Which nodes of an image a granted scope speaks of (T2). */

/** assay_scope_links: (transfer container): the symbolic and hard links by their paths. */
GHashTable *assay_scope_links (AssayNode *root);

/** assay_scope_has_aliases: whether a file that the scope names is reached by way of a link, or has a hard link: then
 * no entry is certain to be another file, and the scope must be taken as the whole image. */
gboolean assay_scope_has_aliases (char **scope, GHashTable *links, AssayNode *root);

/** assay_scope_holds: whether a node is in the granted scope; NULL is the whole image. @links: assay_scope_links() */
gboolean assay_scope_holds (char **scope, GHashTable *links, const AssayNode *node);

#endif
