#ifndef ASSAY_CRYPTO_SHA256_H
#define ASSAY_CRYPTO_SHA256_H

#include "util/blob.h"

#include <assay/digest.h>

/**
 * AssaySha256:
 *
 * A running SHA-256 (FIPS 180-4, by OpenSSL's EVP). Made once, used for any number of digests.
 */
typedef struct _AssaySha256 AssaySha256;

AssaySha256 *assay_sha256_new (void);
void assay_sha256_free (AssaySha256 *sha256);
void assay_sha256_update (AssaySha256 *sha256, const void *data, gsize length_bytes);
/** assay_sha256_finish: gives the digest and begins anew. */
void assay_sha256_finish (AssaySha256 *sha256, AssayDigest *out_digest);

/** assay_sha256_bytes: the digest of bytes in memory. */
void assay_sha256_bytes (const void *data, gsize length_bytes, AssayDigest *out_digest);

/** assay_sha256_blob: the digest of a range of a blob, read in windows. */
gboolean assay_sha256_blob (AssayBlob *blob, guint64 offset_bytes, guint64 length_bytes, AssayDigest *out_digest,
                            GError **error);

/** assay_sha256_is_default: whether it is that of libcrypto's default provider, and not of another (as a FIPS module)
 * that the machine's configuration puts in its place. */
gboolean assay_sha256_is_default (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySha256, assay_sha256_free)

#endif
