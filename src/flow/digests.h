#ifndef ASSAY_FLOW_DIGESTS_H
#define ASSAY_FLOW_DIGESTS_H

#include "account/account.h"

#include <assay/digest.h>

/*
 * The digest of a directory that is judged, which binds all that was judged of it (T19): SHA-256 of a text with, for
 * the directory itself and then for each entry beneath it, sorted bytewise by path,
 *
 *     entry SP TYPE SP SIZE SP SHA256 SP PATH LF
 *     fact SP NAME SP VALUE LF        for each fact of the entry, in the order of filesystem.h
 *
 * TYPE is a word of assay_node_type_name(); SIZE bytes of content, 0 where there is none; SHA256 of the content, `-`
 * where there is none; PATH the node path, `.` for the directory itself. Facts are mode (all bits, as "0100755"), uid,
 * gid, link, device and xattr.NAME (value in hexadecimal); NAME is escaped by assay_text_escape_line(), values are as
 * AssayFact has them. Times and hard links are left out, as they are not judged. Unlike the listing of a source
 * (input/listing.h) it speaks of owners and of every bit of a mode, and so of one machine's copy.
 */

/** What a report calls this form in `digest_form`. */
#define ASSAY_TREE_DIGEST_FORM "assay.tree/1"

/**
 * AssayTreeFacts:
 * @ASSAY_TREE_FACTS_WITHOUT_OWNERS: no uid and gid: of a tree that a rebuild left, whose owners are the builder's
 */
typedef enum
{
  ASSAY_TREE_FACTS_ALL = 0,
  ASSAY_TREE_FACTS_WITHOUT_OWNERS,
} AssayTreeFacts;

/**
 * assay_tree_digest:
 * @root: of assay_unpack_directory() or assay_unpack_entries()
 * @known: (element-type AssayNode AssayDigest) (nullable): digests of contents that need not be made again
 *
 * Errors: as reading. @out is untouched on failure.
 */
gboolean assay_tree_digest (const AssayNode *root, GHashTable *known, AssayTreeFacts facts, AssayDigest *out,
                            GError **error);

/** assay_tree_digest_judged: the same with the digests that the account made already, of either side. */
gboolean assay_tree_digest_judged (const AssayNode *root, const AssayAccount *account, AssayDigest *out,
                                   GError **error);

#endif
