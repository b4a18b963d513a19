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

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStampParts, assay_stamp_parts_clear)

#endif
