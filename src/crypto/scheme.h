#ifndef ASSAY_CRYPTO_SCHEME_H
#define ASSAY_CRYPTO_SCHEME_H

#include "crypto/signature.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/**
 * AssaySigned: what of the signed bytes goes into the signature.
 *
 * @ASSAY_MESSAGE_DIGEST: their digest, once
 * @ASSAY_MESSAGE_DOUBLE: the digest of the digest (Coldcard)
 * @ASSAY_MESSAGE_BITCOIN: the double digest of Bitcoin's text for signed messages and the digest (Trezor One and
 * OneKey, as their SignMessage does)
 * @ASSAY_MESSAGE_WHOLE: the bytes themselves (pure Ed25519, RFC 8032)
 */
typedef enum
{
  ASSAY_MESSAGE_UNKNOWN = 0,
  ASSAY_MESSAGE_DIGEST,
  ASSAY_MESSAGE_DOUBLE,
  ASSAY_MESSAGE_BITCOIN,
  ASSAY_MESSAGE_WHOLE,
} AssaySigned;

/**
 * AssayScheme: what a scheme needs of its key, and what it signs.
 *
 * @key_type: @group: @digest: OpenSSL's names; @group NULL but for elliptic curves, @digest NULL for pure Ed25519
 * @order_bytes: of an elliptic curve; 0 for all others
 * @padding: of RSA, or 0
 * @joint: several keys sign together
 * @longest_salt: of RSA-PSS: the salt is as long as the modulus leaves room for, as U-Boot's mkimage makes it; else as
 *   long as the digest. One length only, so that the salt is no place to hide bits in
 */
typedef struct
{
  const char *name;
  const char *key_type;
  const char *group;
  const char *digest;
  gsize order_bytes;
  AssaySigned message;
  int padding;
  gboolean joint;
  gboolean longest_salt;
} AssayScheme;

/** assay_scheme_find: NULL where there is none of that name. */
const AssayScheme *assay_scheme_find (const char *name);

/**
 * assay_scheme_digest:
 * @out: the message as @scheme has it made of the ranges, EVP_MAX_MD_SIZE bytes
 *
 * For all but ASSAY_MESSAGE_WHOLE. Errors: of reading.
 */
gboolean assay_scheme_digest (const AssayScheme *scheme, const GArray *ranges, guint8 *out, gsize *out_length,
                              GError **error);

/** assay_scheme_gather: the ranges in one piece. Errors: of reading; ASSAY_ERROR_LIMIT more than 1 GiB. */
guint8 *assay_scheme_gather (const GArray *ranges, gsize *out_length, GError **error);

/** assay_public_key_new: as assay_public_key_load() with a key in memory (transfer full) whose weaknesses were looked
 * for (assay_key_find_weakness()); @path for messages. */
AssayPublicKey *assay_public_key_new (EVP_PKEY *pkey, const char *path, const char *scheme,
                                      AssaySignatureEncoding encoding, GError **error);

/** assay_public_key_encode: (transfer full) (nullable): an ECDSA signature in DER, of r and s as @key encodes them one
 * behind the other; NULL where it is none. */
GBytes *assay_public_key_encode (const AssayPublicKey *key, GBytes *raw);

/** assay_chain_get_key: (transfer full) (nullable): of the first certificate of a chain (crypto/authority.h). */
EVP_PKEY *assay_chain_get_key (const GPtrArray *chain);

/** assay_key_get_identity: what a key is, whatever it is written as: SHA-256 over curve and point (compressed or not),
 * over modulus and exponent (an RSA key for PSS alone, RFC 4055, or not), of others over their SubjectPublicKeyInfo.
 * FALSE only where OpenSSL cannot tell. */
gboolean assay_key_get_identity (EVP_PKEY *key, AssayDigest *out);

/** assay_key_is_explicit: whether it is one of an elliptic curve that is written out instead of named, which RFC 5480
 * (2.1.1) forbids. */
gboolean assay_key_is_explicit (EVP_PKEY *key);

/** assay_key_kind_scheme: the scheme of statements for a key of this kind; static. Errors: ASSAY_ERROR_USAGE there is
 * none; the message names the kind. */
const char *assay_key_kind_scheme (EVP_PKEY *pkey, const char *path, GError **error);

/** assay_key_find_weakness: (nullable): why anybody may sign under a key, whatever its length; static. NULL where there
 * is nothing of the kind, or it is of a kind of which nothing is known here. */
const char *assay_key_find_weakness (EVP_PKEY *key);

/** assay_public_key_new_from_certificate: as assay_public_key_load() with a certificate's key; @path for messages. */
AssayPublicKey *assay_public_key_new_from_certificate (X509 *certificate, const char *path, const char *scheme,
                                                       AssaySignatureEncoding encoding, GError **error);

/* point.c */

/** assay_point_add: @out = @a + @b, points of Edwards25519 in their encoding (RFC 8032, 5.1.2); FALSE where one is
 * none. */
gboolean assay_point_add (const guint8 a[32], const guint8 b[32], guint8 out[32]);

/** assay_point_is_key: whether @point is one whose order is no divisor of 8: under the others, of which there are
 * eight, anybody can sign (RFC 8032, 5.1.7; RFC 7748, 7). FALSE where it is no point at all. */
gboolean assay_point_is_key (const guint8 point[32]);

#endif
