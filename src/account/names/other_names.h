#ifndef ASSAY_ACCOUNT_OTHER_NAMES_H
#define ASSAY_ACCOUNT_OTHER_NAMES_H

#include "unpack/node.h"

/** assay_account_last_component: of a path, as who unpacks it calls it. */
const char *assay_account_last_component (const char *path);

/** assay_account_small_directory: (transfer full): the last component of the directory that an entry stands in, in
 * small letters (g_ascii_strdown). */
char *assay_account_small_directory (const AssayNode *node);

/**
 * assay_account_add_other_names:
 * @texts: (transfer none): holds the names
 * @names: (element-type utf8): takes them
 *
 * The last components by which some reader knows an entry beside that of its path: in a tar that of the header, to who
 * knows no extensions of it; in a FAT the short name, and in an ISO 9660 volume the one without Rock Ridge; of what is
 * packed the name that a gzip file stores (gunzip -N), and that of the packed file without what packing put behind it.
 */
void assay_account_add_other_names (const AssayNode *node, GStringChunk *texts, GPtrArray *names);

/** assay_account_add_unpacked_names: what is packed in a node, a compressed stream, is called so when it is unpacked.
 */
void assay_account_add_unpacked_names (const AssayNode *packed, GStringChunk *texts, GPtrArray *names);

/** assay_account_add_unpacked_name: the name without what packing put behind it; nothing where that is not there. */
void assay_account_add_unpacked_name (const char *packed, GStringChunk *texts, GPtrArray *names);

#endif
