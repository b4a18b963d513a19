#ifndef ASSAY_CRYPTO_STAMP_H
#define ASSAY_CRYPTO_STAMP_H

#include "crypto/authority.h"

/*
 * Time stamps (RFC 3161): what a time-stamping authority (TSA) signed of a digest and a moment. One over the bytes of a
 * signature proves that the signature was there then. Read in this process, as certificates are: by OpenSSL, within
 * limits, and from DER alone.
 */

/** Bytes of a response or a token: a signature, a digest, and a chain of certificates. */
#define ASSAY_STAMP_MOST_BYTES (64u << 10)

/** Seconds within which a TSA must know its time, to say anything about a day. */
#define ASSAY_STAMP_ACCURACY_MOST_S 86400

/**
 * AssayStamp: what a time stamp proves.
 *
 * @time_s: the moment that it states, seconds since 1970, fractions cut off
 * @latest_s: the signature was there then at the latest: @time_s and its accuracy, fractions counted in full
 * @by: the subject of the TSA's certificate (RFC 2253), escaped
 */
typedef struct
{
  gint64 time_s;
  gint64 latest_s;
  char *by;
} AssayStamp;

void assay_stamp_clear (AssayStamp *stamp);

/**
 * assay_stamp_verify:
 * @der: a TimeStampResp, or the TimeStampToken of one, and nothing behind it
 * @signature: the bytes that must have been stamped
 * @authorities: (element-type AssayAuthority): whose TSAs are believed; at least one
 * @listed_s: the moment at which their lists of what was revoked must be in force, seconds since 1970; of no meaning
 *   where they have none
 * @out: untouched where it does not hold
 *
 * Whether the response was granted, is over a digest (SHA-256, SHA-384, SHA-512) of @signature, and is signed by a
 * certificate of an authority that was valid at the time stated and is for time stamps alone (RFC 3161, 2.3), by RSA
 * (PKCS #1 or PSS) or ECDSA. That of the signer stands in the token, or in the file of the authority. One that was
 * revoked stamped nothing, but for what it stamped before it was retired (RFC 3161, 4).
 *
 * Returns: (transfer full) (nullable): why it proves nothing, as what follows "the time stamp"
 */
char *assay_stamp_verify (GBytes *der, GBytes *signature, const GPtrArray *authorities, gint64 listed_s,
                          AssayStamp *out);

/** assay_stamp_is_over: whether it can be read and is over a digest of these bytes; nothing else is looked at. */
gboolean assay_stamp_is_over (GBytes *der, GBytes *signature);

/** assay_stamp_get_token: (transfer full) (nullable): the token of a response, in DER; NULL where it has none. */
GBytes *assay_stamp_get_token (GBytes *response);

/** assay_stamp_request_new: (transfer full): a TimeStampReq in DER: SHA-256 of @signature, a random nonce, and the wish
 * for the TSA's certificate. Errors: ASSAY_ERROR_FAILED. */
GBytes *assay_stamp_request_new (GBytes *signature, GError **error);

/**
 * assay_stamp_request_check:
 * @request: a TimeStampReq that was kept
 *
 * Whether @der answers it: the same digest, and its nonce. Returns: as assay_stamp_verify().
 */
char *assay_stamp_request_check (GBytes *request, GBytes *der);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStamp, assay_stamp_clear)

#endif
