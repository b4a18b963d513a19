#ifndef ASSAY_CRYPTO_SIGNATURE_H
#define ASSAY_CRYPTO_SIGNATURE_H

#include "util/blob.h"

#include <assay/digest.h>

/**
 * AssayPublicKey:
 *
 * A public key, read from a PEM file (SubjectPublicKeyInfo, RFC 5280).
 */
typedef struct _AssayPublicKey AssayPublicKey;

/**
 * assay_public_key_load:
 * @scheme: "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha256", "rsa-pkcs1-sha256" or "ed25519"
 *
 * Errors: ASSAY_ERROR_USAGE the file is missing, holds no public key, more than one, a key of another kind than @scheme
 * needs, or an RSA key of less than 2048 bits.
 */
AssayPublicKey *assay_public_key_load (const char *path, const char *scheme, GError **error);
void assay_public_key_free (AssayPublicKey *key);

/**
 * assay_public_key_signature_size: bytes of the one canonical encoding that is accepted: r || s of an ECDSA signature,
 * each as long as the curve's order; the modulus's length of an RSA signature; 64 bytes of an Ed25519 signature (RFC
 * 8032).
 */
gsize assay_public_key_signature_size (const AssayPublicKey *key);

/**
 * assay_public_key_verify:
 * @signature: assay_public_key_signature_size() bytes
 * @out_valid: whether it is the signature of the range by this key
 *
 * Fails only where the range cannot be read.
 */
gboolean assay_public_key_verify (const AssayPublicKey *key, AssayBlob *blob, guint64 offset_bytes,
                                  guint64 length_bytes, const guint8 *signature, gboolean *out_valid, GError **error);

/** assay_public_key_get_sha256: SHA-256 of its SubjectPublicKeyInfo in DER, by which keys are compared; FALSE only
 * where OpenSSL cannot write it. */
gboolean assay_public_key_get_sha256 (const AssayPublicKey *key, AssayDigest *out_sha256);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPublicKey, assay_public_key_free)

#endif
