#ifndef ASSAY_CRYPTO_STAMP_PRIVATE_H
#define ASSAY_CRYPTO_STAMP_PRIVATE_H

#include "crypto/stamp.h"

#include <openssl/ts.h>

/** AssayStampParts: a response or token that was read; @token: @info: owned by @response where there is one. */
typedef struct
{
  TS_RESP *response;
  PKCS7 *token;
  TS_TST_INFO *info;
} AssayStampParts;

void assay_stamp_parts_clear (AssayStampParts *parts);

/** assay_stamp_parts_read: (transfer full) (nullable): why it cannot be, or was not granted; then @out is as it was. */
char *assay_stamp_parts_read (GBytes *der, AssayStampParts *out);

/** assay_stamp_frame_check: whether the bytes are one value of DER by their length; what is wrong, as above. */
char *assay_stamp_frame_check (GBytes *der);

/** assay_stamp_digest_find: that of an algorithm that nobody can make another message for; else NULL. */
const EVP_MD *assay_stamp_digest_find (const X509_ALGOR *algorithm);

/** assay_stamp_digest_refuse: (transfer full): that it is another; @whose: what it is over. */
char *assay_stamp_digest_refuse (const char *whose, const X509_ALGOR *algorithm);

/** assay_stamp_signer_check: (transfer full) (nullable): why the form of its signature is none of a time stamp, as
 * assay_stamp_verify(); nobody's certificate is asked for. */
char *assay_stamp_signer_check (const AssayStampParts *parts);

/**
 * assay_stamp_signer_verify:
 * @parts: whose form was checked
 * @stamp: the moment that it states; its @by is not looked at
 * @out_by: (transfer full): of AssayStamp; untouched where it does not hold
 *
 * Whether a TSA of one authority signed it: the other arguments, and what is returned, as of assay_stamp_verify().
 */
char *assay_stamp_signer_verify (const AssayStampParts *parts, const AssayAuthority *authority, const AssayStamp *stamp,
                                 gint64 listed_s, char **out_by);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStampParts, assay_stamp_parts_clear)

#endif
