#ifndef ASSAY_CRYPTO_SHA256_LANES_H
#define ASSAY_CRYPTO_SHA256_LANES_H

#include <assay/digest.h>

/**
 * AssaySha256Lane:
 * @state: the intermediate hash value, H0 to H7
 * @block: bytes that do not fill a block yet; @length_bytes modulo 64 of them count
 * @length_bytes: what was digested so far
 *
 * A running SHA-256 (FIPS 180-4) of our own, so that two can run in lock-step: the instructions of the processor wait
 * for each other within one digest, and the second uses that time.
 */
typedef struct
{
  guint32 state[8];
  guint8 block[64];
  guint64 length_bytes;
} AssaySha256Lane;

/**
 * assay_sha256_lanes_supported:
 *
 * Returns: whether this processor has the SHA extensions (x86-64 alone: SHA, SSSE3, SSE4.1), and libcrypto was not told
 * by OPENSSL_ia32cap(3) to leave them. Where FALSE, no lane may be updated or finished.
 */
gboolean assay_sha256_lanes_supported (void);

/** assay_sha256_lane_begin: as if nothing had been digested. */
void assay_sha256_lane_begin (AssaySha256Lane *lane);
/** assay_sha256_lanes_update: goes on with two digests that have nothing to do with each other, each by bytes of its
 * own; a length may be 0, and its bytes NULL then. */
void assay_sha256_lanes_update (AssaySha256Lane *first, const void *first_data, gsize first_length_bytes,
                                AssaySha256Lane *second, const void *second_data, gsize second_length_bytes);
/** assay_sha256_lane_finish: gives the digest and begins anew. */
void assay_sha256_lane_finish (AssaySha256Lane *lane, AssayDigest *out_digest);

#endif
