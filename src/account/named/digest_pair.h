#ifndef ASSAY_ACCOUNT_DIGEST_PAIR_H
#define ASSAY_ACCOUNT_DIGEST_PAIR_H

#include "account/named/sums.h"
#include "crypto/digest.h"
#include "util/blob.h"

/** AssayDigests: of bytes: all by which others may know them; begin with zeros. */
typedef struct
{
  AssayDigester *digester;
  AssayCrcs crcs;
} AssayDigests;

void assay_digests_clear (AssayDigests *digests);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayDigests, assay_digests_clear)

/**
 * assay_digest_pair:
 * @jobs: how many threads may take part; 0 is one
 *
 * Digests both blobs. What both begin with is read and digested once. Errors: those of reading and of
 * assay_digester_new(); ASSAY_ERROR_CANCELLED.
 */
gboolean assay_digest_pair (AssayBlob *shipped, AssayBlob *expected, guint jobs, AssayDigests *out_shipped,
                            AssayDigests *out_expected, GError **error);

#endif
