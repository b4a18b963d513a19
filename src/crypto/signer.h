#ifndef ASSAY_CRYPTO_SIGNER_H
#define ASSAY_CRYPTO_SIGNER_H

#include "crypto/passphrase.h"
#include "crypto/signature.h"

/**
 * AssaySigner:
 *
 * A private key and the scheme that it signs with, which follows from its kind: ECDSA P-256 with SHA-256, P-384 with
 * SHA-384, Ed25519 pure (RFC 8032), RSA with PSS, SHA-256 and a salt of 32 bytes (RFC 8017). What it signed is verified
 * before anybody gets it.
 *
 * The key stays in the memory of this process, or on a token (crypto/token.h). Processes that read untrusted bytes are
 * copies of one that was set aside before (cage/nursery.h); what else is started replaces its memory, and inherits no
 * descriptor of a key.
 */
typedef struct _AssaySigner AssaySigner;

/**
 * assay_signer_load:
 * @path: a PEM file with one private key: PKCS #8 (RFC 5958), encrypted or not, or OpenSSL's older forms; or the URI of
 *   one on a token (`pkcs11:`, RFC 7512)
 * @passphrase: where that of an encrypted key, or the PIN, comes from; not looked at for another
 * @chain: (element-type GBytes) (nullable): certificates, of which the first is the key's: a token that has no public
 *   half of it needs that
 *
 * Errors: ASSAY_ERROR_USAGE the file is missing or holds something else, which is named; others may read or write it;
 * the key is of another kind, or an RSA key of less than 2048 bits; the passphrase is wrong or missing; its public half
 * is missing, or that of another; as assay_token_open().
 */
AssaySigner *assay_signer_load (const char *path, const AssayPassphrase *passphrase, const GPtrArray *chain,
                                GError **error);
void assay_signer_free (AssaySigner *signer);

/** assay_signer_get_scheme: one of assay_signature_scheme_names(). */
const char *assay_signer_get_scheme (const AssaySigner *signer);

/** assay_signer_get_public_sha256: SHA-256 of its public key's SubjectPublicKeyInfo in DER. */
void assay_signer_get_public_sha256 (const AssaySigner *signer, AssayDigest *out_sha256);

/** assay_signer_get_identity: of its public key, as assay_public_key_get_identity(). */
gboolean assay_signer_get_identity (const AssaySigner *signer, AssayDigest *out_identity);

/**
 * assay_signer_sign:
 *
 * Returns: (transfer full): the signature: of ECDSA in DER, of RSA as long as the modulus, of Ed25519 64 bytes. Errors:
 * ASSAY_ERROR_FAILED.
 */
GBytes *assay_signer_sign (const AssaySigner *signer, const guint8 *message, gsize length_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySigner, assay_signer_free)

#endif
