#ifndef ASSAY_CRYPTO_SIGNATURE_H
#define ASSAY_CRYPTO_SIGNATURE_H

#include "util/blob.h"

#include <assay/digest.h>

/**
 * AssayPublicKey:
 *
 * A public key, read from a PEM file (SubjectPublicKeyInfo, RFC 5280), and the scheme that it is used with.
 */
typedef struct _AssayPublicKey AssayPublicKey;

/**
 * AssaySignatureEncoding: how a signature is written down.
 *
 * @ASSAY_SIGNATURE_RAW: r || s of ECDSA, each as long as the curve's order; an RSA signature as long as the modulus; 64
 * bytes of Ed25519 (RFC 8032); all numbers but Ed25519's with the highest byte first
 * @ASSAY_SIGNATURE_RAW_LITTLE: the same, r, s and the RSA signature each with the lowest byte first; not for Ed25519
 * @ASSAY_SIGNATURE_DER: ECDSA-Sig-Value (RFC 3279) in DER; for ECDSA alone
 */
typedef enum
{
  ASSAY_SIGNATURE_RAW = 0,
  ASSAY_SIGNATURE_RAW_LITTLE,
  ASSAY_SIGNATURE_DER,
} AssaySignatureEncoding;

/**
 * AssaySignedRange: a part of what is signed.
 * @zeroed: the signer read zeros in this place (a slot that was still empty)
 */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
  gboolean zeroed;
} AssaySignedRange;

/** assay_signature_scheme_names: what a scheme may be called; NULL-terminated, static. */
const char *const *assay_signature_scheme_names (void);

/** assay_signature_scheme_has: whether there is a scheme of that name. */
gboolean assay_signature_scheme_has (const char *name);

/**
 * assay_public_key_load:
 * @scheme: one of assay_signature_scheme_names()
 *
 * Errors: ASSAY_ERROR_USAGE the file is missing, holds no public key, more than one, a key of another kind than @scheme
 * needs, or an RSA key of less than 2048 bits; @encoding is none of @scheme's.
 */
AssayPublicKey *assay_public_key_load (const char *path, const char *scheme, AssaySignatureEncoding encoding,
                                       GError **error);

/**
 * assay_public_key_load_any:
 *
 * The same with the scheme that statements are signed with under a key of that kind: P-256 with SHA-256, P-384 with
 * SHA-384, Ed25519 pure, RSA with PSS and SHA-256. Errors: ASSAY_ERROR_USAGE; what else the file holds is named.
 */
AssayPublicKey *assay_public_key_load_any (const char *path, GError **error);
void assay_public_key_free (AssayPublicKey *key);

/** assay_public_key_equal: whether both are one and the same key, whatever their schemes. */
gboolean assay_public_key_equal (const AssayPublicKey *a, const AssayPublicKey *b);

/** assay_public_key_get_bits: of the modulus, or of the curve's order. */
guint assay_public_key_get_bits (const AssayPublicKey *key);

/** assay_public_key_get_scheme: the name of the scheme it was loaded for. */
const char *assay_public_key_get_scheme (const AssayPublicKey *key);

/** assay_public_key_is_joint: whether its scheme is one in which several keys make one signature
 * (ed25519-cosi-blake2s). */
gboolean assay_public_key_is_joint (const AssayPublicKey *key);

/**
 * assay_public_key_join:
 * @keys: (element-type AssayPublicKey): of one joint scheme
 * @mask: bit i says that key i takes part
 *
 * The key whose signature these make together: the sum of their points (collective signing). It says nothing of whether
 * the owners of the keys proved that they hold them: whoever gives the keys vouches for that.
 *
 * Returns: (transfer full) (nullable): NULL where the mask names no key or one that is not there, or a key is no point
 */
AssayPublicKey *assay_public_key_join (const GPtrArray *keys, guint64 mask);

/**
 * assay_public_key_verify:
 * @ranges: (element-type AssaySignedRange): what is signed, as their concatenation
 * @slot: @slot_length: the bytes that begin with the signature
 * @out_length: how many of them are the signature; only where @out_problem is NULL
 * @out_problem: NULL if the slot begins with the one canonical encoding of a signature of the ranges by this key; else
 * what is wrong, a static text that goes on after "the signature"
 *
 * Only @out_problem says that a signature is good; the return value says whether the question could be asked. What
 * stands behind the signature in the slot is not looked at.
 *
 * Errors: of reading the ranges; ASSAY_ERROR_LIMIT the ranges of an Ed25519 signature are longer than 1 GiB.
 */
gboolean assay_public_key_verify (const AssayPublicKey *key, const GArray *ranges, const guint8 *slot,
                                  gsize slot_length, gsize *out_length, const char **out_problem, GError **error);

/**
 * assay_public_key_verify_message:
 * @signature: all of it: nothing may stand behind it
 * @out_encoding: how it is written, where it is good: of ECDSA DER or r || s, which are told apart by what verifies;
 * of all others ASSAY_SIGNATURE_RAW. The encoding that the key was loaded with is not looked at
 * @out_problem: as of assay_public_key_verify()
 *
 * The same for bytes in memory. Errors: ASSAY_ERROR_LIMIT.
 */
gboolean assay_public_key_verify_message (const AssayPublicKey *key, const guint8 *message, gsize length_bytes,
                                          GBytes *signature, AssaySignatureEncoding *out_encoding,
                                          const char **out_problem, GError **error);

/** assay_public_key_get_sha256: SHA-256 of its SubjectPublicKeyInfo in DER, as it was read, by which keys are named;
 * FALSE only where OpenSSL cannot write it. */
gboolean assay_public_key_get_sha256 (const AssayPublicKey *key, AssayDigest *out_sha256);

/** assay_public_key_get_identity: the same for all encodings of one key, by which keys are compared; FALSE only where
 * OpenSSL cannot tell. */
gboolean assay_public_key_get_identity (const AssayPublicKey *key, AssayDigest *out_identity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPublicKey, assay_public_key_free)

#endif
