#ifndef ASSAY_CRYPTO_DIGEST_H
#define ASSAY_CRYPTO_DIGEST_H

#include <glib.h>

/**
 * assay_digest_bytes:
 * @name: OpenSSL's name of a digest, as "SHA1" or "MD5": what formats carry as a check, never what we rely on
 * @out: @out_length_bytes, exactly that digest's length
 *
 * Returns: FALSE when there is no such digest or it is not of that length
 */
gboolean assay_digest_bytes (const char *name, const void *data, gsize length_bytes, guint8 *out,
                             gsize out_length_bytes);

#endif
