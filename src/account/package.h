#ifndef ASSAY_ACCOUNT_PACKAGE_H
#define ASSAY_ACCOUNT_PACKAGE_H

#include "account/work.h"

/* What a package says of its payload, which is decoded by other processes than the one that reads it (T6). */

/** assay_account_package_payload: (nullable): what the payload of a package decodes to */
const AssayNode *assay_account_package_payload (const AssayNode *package);

/** assay_account_package_time: FALSE where a fact is the time of a file in the header of a package, and the payload,
 * which other programs unpack, has not the same (T6); TRUE of all other facts. */
gboolean assay_account_package_time (AssayWork *work, const AssayNode *node, const AssayFact *fact);

/** assay_account_package_differs: whether a package's header and its payload do not say the same of each file of the
 * payload: its time, type and mode, where it leads, and of which others it is a name (T6). Rules that ask an entry are
 * told what one of two readers does not go by, so that nothing of such a package is explained. FALSE of what is no
 * package, and where the payload was not read for another reason than its own form. */
gboolean assay_account_package_differs (AssayWork *work, const AssayNode *node);

/** assay_account_package_digest: @out_derived: whether the span holds the digest of the decoded payload of a package,
 * or of a file in it, and is exactly that. */
gboolean assay_account_package_digest (AssayWork *work, const AssayNode *node, const AssaySpan *span,
                                       gboolean *out_derived, GError **error);

/** assay_account_bundle_file: (nullable): a file at the top of the squashfs of a bundle of RAUC, which can be read */
const AssayNode *assay_account_bundle_file (const AssayNode *squashfs, const char *name);

#endif
