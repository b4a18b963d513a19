#include "crypto/digest.h"

#include <openssl/evp.h>
#include <string.h>

gboolean
assay_digest_bytes (const char *name, const void *data, gsize length_bytes, guint8 *out, gsize out_length_bytes)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD *kind = EVP_MD_fetch (NULL, name, NULL);
  gboolean done
      = kind != NULL && EVP_Digest (data, length_bytes, digest, &length, kind, NULL) == 1 && length == out_length_bytes;
  EVP_MD_free (kind);
  if (done)
    memcpy (out, digest, length);
  return done;
}
