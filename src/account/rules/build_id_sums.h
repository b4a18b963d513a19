#ifndef ASSAY_ACCOUNT_RULES_BUILD_ID_SUMS_H
#define ASSAY_ACCOUNT_RULES_BUILD_ID_SUMS_H

#include "util/blob.h"

/* The sums that linkers make build-ids of. None of them is believed for what it is; only equality counts. */

/** Longest build-id that is derived: SHA-1. */
#define ASSAY_BUILD_ID_BYTES_MAX 20u

/** AssayBuildIdSum: XXH64 gives 8 bytes, MD5 16, SHA-1 20; so the length of an id says which it is. */
typedef struct
{
  gsize length_bytes;
  GChecksum *checksum;  /* NULL for XXH64, */
  GByteArray *gathered; /* which takes everything at once */
} AssayBuildIdSum;

/** assay_build_id_sum_init: FALSE where no sum has that length. */
gboolean assay_build_id_sum_init (AssayBuildIdSum *sum, gsize length_bytes);
void assay_build_id_sum_clear (AssayBuildIdSum *sum);
void assay_build_id_sum_update (AssayBuildIdSum *sum, const guint8 *bytes, gsize length_bytes);
void assay_build_id_sum_finish (AssayBuildIdSum *sum, guint8 out[ASSAY_BUILD_ID_BYTES_MAX]);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayBuildIdSum, assay_build_id_sum_clear)

/** assay_xxh64: Yann Collet, "XXH64 algorithm description", seed 0. */
guint64 assay_xxh64 (const guint8 *bytes, gsize length_bytes);

#endif
