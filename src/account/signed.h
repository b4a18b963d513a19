#ifndef ASSAY_ACCOUNT_SIGNED_H
#define ASSAY_ACCOUNT_SIGNED_H

#include "account/work.h"

/* Signatures, and tables of digests, that the image and the rebuild have alike (T6, T11). */

/** assay_account_has_signature_of_rebuild: whether a container has one of its own, over what is in it: a FIT, a bundle
 * of RAUC, a package of rpm, a kernel with certificates for EFI. FALSE of a container that is equal. */
gboolean assay_account_has_signature_of_rebuild (AssayWork *work, const AssayNode *node);

/** assay_account_is_signed_behind: whether what stands behind a module is what stands behind the rebuilt one. */
gboolean assay_account_is_signed_behind (AssayWork *work, const AssayNode *module);

/** assay_account_is_signed_beside: whether one stands beside the node, or a link to it: a file, or a link, of a name of
 * these with `.sig`, `.asc` and the like, debsigs, or a table of dm-verity. */
gboolean assay_account_is_signed_beside (AssayWork *work, const AssayNode *node);

void assay_signed_beside_free (AssaySignedBeside *beside);

#endif
