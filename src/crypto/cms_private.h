#ifndef ASSAY_CRYPTO_CMS_PRIVATE_H
#define ASSAY_CRYPTO_CMS_PRIVATE_H

#include "crypto/cms.h"
#include "crypto/scheme.h"

#include <openssl/cms.h>

/* What reading a SignedData and writing it again share. */

/** A CMS scheme: the signature in it is one of crypto/scheme.h. */
typedef struct
{
  const char *name;
  const char *scheme;
  AssaySignatureEncoding encoding;
  int digest;    /* NID */
  int signature; /* NID of the signature's algorithm */
  gboolean null; /* whose parameters are NULL and not left out */
} AssayCmsScheme;

struct _AssayCmsSigner
{
  const AssayCmsScheme *scheme;
  X509 *certificate;
  AssayPublicKey *key;
};

/** The choices that RFC 5652 leaves to whoever signs, as a SignedData has them. */
typedef struct
{
  gboolean by_key_identifier;
  gboolean digest_null; /* NULL as the digest's parameters (RFC 5754 wants them left out, older programs write NULL) */
  gboolean has_certificate;
  gboolean has_attributes;
  const ASN1_TYPE *signing_time; /* or NULL */
  const ASN1_OCTET_STRING *signature;
  GBytes *content; /* that must be in it; NULL: none */
} AssayCmsForm;

/** assay_cms_write_attributes: (transfer full): the signed attributes as the content of a SET OF, ascending (X.690,
 * 11.6). */
GByteArray *assay_cms_write_attributes (const AssayCmsForm *form, const guint8 *digest, gsize digest_length);

/** assay_cms_write_set: (transfer full): the SET OF itself, which is what is signed (RFC 5652, 5.4). */
GByteArray *assay_cms_write_set (const GByteArray *attributes);

/** assay_cms_write: (transfer full): the whole SignedData, as DER has it (RFC 5652, 3 and 5.1); @attributes as
 * assay_cms_write_attributes() gave them. What cannot be written is left out, and so differs from what was read. */
GByteArray *assay_cms_write (const AssayCmsSigner *signer, const AssayCmsForm *form, const GByteArray *attributes);

#endif
