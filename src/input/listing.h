#ifndef ASSAY_INPUT_LISTING_H
#define ASSAY_INPUT_LISTING_H

#include "util/blob.h"
#include "util/directory.h"
#include "util/known_files.h"

#include <assay/digest.h>

/**
 * assay_listing_digest:
 *
 * The digest of a directory (contract.md): SHA-256 of a listing, one line an entry, `TYPE SP MODE SP SIZE SP SHA256 SP
 * PATH LF`; type f, l, d; mode 644 or 755; a link's content is its target; sorted bytewise by path. Directories have
 * size 0 and the digest of nothing. The directory itself is not listed. The mode is 755 where the owner may execute or
 * search, of a link always (Linux gives links 777). Owners, times, hard links and all other mode bits are left out,
 * paths are the raw bytes.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED a device, FIFO or socket, a mount point, a path with a line feed; ASSAY_ERROR_LIMIT,
 * _CHANGED, _IO, _CANCELLED.
 * @out_digest is untouched on failure.
 */
gboolean assay_listing_digest (AssayDirectory *directory, AssayDigest *out_digest, GError **error);

/** assay_listing_digest_known: the same of a private directory; @known: (nullable): of these files no byte is read;
 * gets all others */
gboolean assay_listing_digest_known (AssayDirectory *directory, AssayKnownFiles *known, AssayDigest *out_digest,
                                     GError **error);

/**
 * assay_listing_refuse:
 *
 * Fails with ASSAY_ERROR_UNSUPPORTED where a file begins with a line of such a listing: it would have the digest of a
 * directory that is not there.
 */
gboolean assay_listing_refuse (AssayBlob *blob, GError **error);

#endif
