#ifndef ASSAY_DIGEST_H
#define ASSAY_DIGEST_H

#include <assay/api.h>

#include <glib.h>

G_BEGIN_DECLS

/** Bytes of a SHA-256 digest, and characters of its hexadecimal form with the closing NUL (FIPS 180-4). */
#define ASSAY_DIGEST_SIZE 32
#define ASSAY_DIGEST_HEX_SIZE 65

/**
 * AssayDigest:
 * @bytes: SHA-256, most significant byte first
 *
 * A SHA-256 digest. A digest that was never written is all zeros; that value is not special, so whether there is a
 * digest is always said beside it.
 */
typedef struct
{
  guint8 bytes[ASSAY_DIGEST_SIZE];
} AssayDigest;

/**
 * assay_digest_to_hex:
 * @digest: a digest; borrowed
 * @out_hex: 65 characters: 64 lower-case hexadecimal digits and NUL
 */
ASSAY_API void assay_digest_to_hex (const AssayDigest *digest, char out_hex[ASSAY_DIGEST_HEX_SIZE]);

/**
 * assay_digest_from_hex:
 * @hex: text; borrowed
 * @out_digest: untouched on failure
 *
 * Reads exactly 64 hexadecimal digits of either case, and nothing around them.
 *
 * Returns: whether @hex was such a text
 */
ASSAY_API gboolean assay_digest_from_hex (const char *hex, AssayDigest *out_digest);

/** assay_digest_equal: whether two digests are the same; takes the same time whatever they hold. */
ASSAY_API gboolean assay_digest_equal (const AssayDigest *a, const AssayDigest *b);

G_END_DECLS

#endif
