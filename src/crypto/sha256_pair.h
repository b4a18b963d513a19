#ifndef ASSAY_CRYPTO_SHA256_PAIR_H
#define ASSAY_CRYPTO_SHA256_PAIR_H

#include "crypto/sha256_lanes.h"

/**
 * AssaySha256Sides: which digests of a pair are wanted.
 */
typedef enum
{
  ASSAY_SHA256_FIRST = 1 << 0,
  ASSAY_SHA256_SECOND = 1 << 1,
  ASSAY_SHA256_BOTH = ASSAY_SHA256_FIRST | ASSAY_SHA256_SECOND,
} AssaySha256Sides;

/**
 * AssaySha256Pair:
 *
 * Two running SHA-256 (FIPS 180-4) at once, as those of a file and of the section that its bytes lie in. Both together
 * take about three quarters of the time of one after the other where the processor has instructions for it. Anywhere
 * else, and where one alone is wanted, they are those of libcrypto (AssaySha256). The digests are the same.
 */
typedef struct _AssaySha256Pair AssaySha256Pair;

/** assay_sha256_pair_new: @sides: at least one; the other takes no bytes and gives no digest. */
AssaySha256Pair *assay_sha256_pair_new (AssaySha256Sides sides);
void assay_sha256_pair_free (AssaySha256Pair *pair);
/** assay_sha256_pair_update: goes on with both, each by bytes of its own; a length may be 0, and its bytes NULL then.
 */
void assay_sha256_pair_update (AssaySha256Pair *pair, const void *first_data, gsize first_length_bytes,
                               const void *second_data, gsize second_length_bytes);
/** assay_sha256_pair_finish: @side: one that is wanted; its digest is given, and it begins anew. */
void assay_sha256_pair_finish (AssaySha256Pair *pair, AssaySha256Sides side, AssayDigest *out_digest);

/**
 * assay_sha256_pair_in_lanes:
 *
 * Returns: whether pairs of this process use instructions of the processor and not libcrypto: the processor has them,
 * SHA-256 is that of libcrypto's own default provider (whoever has configured another wants it used), and digests of
 * samples were the same by both. Found once, at the first pair.
 */
gboolean assay_sha256_pair_in_lanes (void);

/** AssaySha256LanesUpdate: assay_sha256_lanes_update(), or what a test puts in its place. */
typedef void (*AssaySha256LanesUpdate) (AssaySha256Lane *first, const void *first_data, gsize first_length_bytes,
                                        AssaySha256Lane *second, const void *second_data, gsize second_length_bytes);

/**
 * assay_sha256_pair_check:
 *
 * Returns: whether two lanes give the digests that libcrypto gives, for all pairs of samples of up to some blocks, each
 * handed over in parts that end before, at and behind the ends of blocks. Only where assay_sha256_lanes_supported().
 */
gboolean assay_sha256_pair_check (AssaySha256LanesUpdate update);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySha256Pair, assay_sha256_pair_free)

#endif
