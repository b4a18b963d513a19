#include "crypto/cms_private.h"

#include "crypto/sha256.h"
#include "util/stream.h"

#include <assay/error.h>

#include <openssl/pem.h>
#include <string.h>

static const AssayCmsScheme schemes[] = {
  { "cms-rsa-sha256", "rsa-pkcs1-sha256", ASSAY_SIGNATURE_RAW, NID_sha256, NID_rsaEncryption, TRUE },
  { "cms-rsa-sha384", "rsa-pkcs1-sha384", ASSAY_SIGNATURE_RAW, NID_sha384, NID_rsaEncryption, TRUE },
  { "cms-rsa-sha512", "rsa-pkcs1-sha512", ASSAY_SIGNATURE_RAW, NID_sha512, NID_rsaEncryption, TRUE },
  { "cms-ecdsa-p256-sha256", "ecdsa-p256-sha256", ASSAY_SIGNATURE_DER, NID_sha256, NID_ecdsa_with_SHA256, FALSE },
  { "cms-ecdsa-p384-sha384", "ecdsa-p384-sha384", ASSAY_SIGNATURE_DER, NID_sha384, NID_ecdsa_with_SHA384, FALSE },
};

/** A file with one certificate in it is not longer. */
#define CERTIFICATE_MOST_BYTES (1u << 20)
/** SignedData is not longer: a signature, a certificate and a handful of attributes. */
#define CMS_MOST_BYTES (64u << 10)

void
assay_cms_signer_free (AssayCmsSigner *signer)
{
  if (signer == NULL)
    return;
  X509_free (signer->certificate);
  assay_public_key_free (signer->key);
  g_free (signer);
}

gboolean
assay_cms_signer_get_sha256 (const AssayCmsSigner *signer, AssayDigest *out_sha256)
{
  guint8 *der = NULL;
  int length = i2d_X509 (signer->certificate, &der);
  if (length > 0)
    assay_sha256_bytes (der, (gsize)length, out_sha256);
  OPENSSL_free (der);
  return length > 0;
}

static const AssayCmsScheme *
find_scheme (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (schemes[i].name, name) == 0)
      return &schemes[i];
  return NULL;
}

gboolean
assay_cms_scheme_has (const char *name)
{
  return find_scheme (name) != NULL;
}

const char *const *
assay_cms_scheme_names (void)
{
  static const char *names[G_N_ELEMENTS (schemes) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    names[i] = schemes[i].name;
  return names;
}

static X509 *
read_certificate (const char *path, GError **error)
{
  g_autoptr (GBytes) text = assay_stream_read_file (path, "certificate", CERTIFICATE_MOST_BYTES, error);
  if (text == NULL)
    return NULL;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (text, &length);
  BIO *bio = BIO_new_mem_buf (bytes == NULL ? "" : bytes, (int)length);
  X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  char *rest = NULL;
  char *header = NULL;
  guint8 *data = NULL;
  long data_length = 0;
  gboolean more = certificate != NULL && PEM_read_bio (bio, &rest, &header, &data, &data_length) == 1;
  OPENSSL_free (rest);
  OPENSSL_free (header);
  OPENSSL_free (data);
  BIO_free (bio);
  if (certificate != NULL && !more)
    return certificate;
  X509_free (certificate);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: expected one certificate in PEM form, and nothing else",
               path);
  return NULL;
}

AssayCmsSigner *
assay_cms_signer_load (const char *path, const char *scheme, GError **error)
{
  g_autoptr (AssayCmsSigner) signer = g_new0 (AssayCmsSigner, 1);
  signer->scheme = find_scheme (scheme);
  if (signer->scheme == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "there is no scheme %s", scheme);
      return NULL;
    }
  signer->certificate = read_certificate (path, error);
  if (signer->certificate == NULL)
    return NULL;
  signer->key = assay_public_key_new_from_certificate (signer->certificate, path, signer->scheme->scheme,
                                                       signer->scheme->encoding, error);
  return signer->key == NULL ? NULL : g_steal_pointer (&signer);
}

/* The number that @count digits are. */
static guint
number_of (const guint8 *digits, gsize count)
{
  guint number = 0;
  for (gsize i = 0; i < count; i++)
    number = number * 10 + (guint)(digits[i] - '0');
  return number;
}

/* A time that there is; of two digits for the year, which are those of 1950 to 2049, or of four for another year (RFC
 * 5652, 11.3). */
static gboolean
is_moment (const guint8 *digits, gsize year_digits)
{
  const guint8 *rest = digits + year_digits;
  guint year = number_of (digits, year_digits);
  if (year_digits == 2)
    year += year < 50 ? 2000 : 1900;
  else if (year >= 1950 && year <= 2049)
    return FALSE;
  return year > 0
         && g_date_valid_dmy ((GDateDay)number_of (rest + 2, 2), (GDateMonth)number_of (rest, 2), (GDateYear)year)
         && number_of (rest + 4, 2) < 24 && number_of (rest + 6, 2) < 60 && number_of (rest + 8, 2) < 60;
}

/* A time as DER has it: to the second, in UTC (RFC 5652, 11.3). */
static gboolean
is_plain_time (const ASN1_TYPE *time)
{
  gsize digits = time->type == V_ASN1_UTCTIME ? 12 : time->type == V_ASN1_GENERALIZEDTIME ? 14 : 0;
  const ASN1_STRING *text = digits == 0 ? NULL : time->value.asn1_string;
  if (text == NULL || (gsize)ASN1_STRING_length (text) != digits + 1)
    return FALSE;
  const guint8 *bytes = ASN1_STRING_get0_data (text);
  for (gsize i = 0; i < digits; i++)
    if (!g_ascii_isdigit (bytes[i]))
      return FALSE;
  return bytes[digits] == 'Z' && is_moment (bytes, digits - 10);
}

/* Looks up in which form the SignedData was made. That this is all it holds shows when it is written again. */
static const char *
read_form (CMS_ContentInfo *cms, AssayCmsForm *out)
{
  STACK_OF (CMS_SignerInfo) *signers = CMS_get0_SignerInfos (cms);
  if (signers == NULL || sk_CMS_SignerInfo_num (signers) != 1)
    return "is not that of one signer";
  CMS_SignerInfo *info = sk_CMS_SignerInfo_value (signers, 0);
  ASN1_OCTET_STRING *identifier = NULL;
  X509_ALGOR *digest = NULL;
  const void *parameter = NULL;
  int parameter_type = V_ASN1_UNDEF;
  CMS_SignerInfo_get0_signer_id (info, &identifier, NULL, NULL);
  CMS_SignerInfo_get0_algs (info, NULL, NULL, &digest, NULL);
  X509_ALGOR_get0 (NULL, &parameter_type, &parameter, digest);
  STACK_OF (X509) *certificates = CMS_get1_certs (cms);
  out->by_key_identifier = identifier != NULL;
  out->digest_null = parameter_type == V_ASN1_NULL;
  out->has_certificate = certificates != NULL && sk_X509_num (certificates) > 0;
  out->has_attributes = CMS_signed_get_attr_count (info) > 0;
  out->signature = CMS_SignerInfo_get0_signature (info);
  sk_X509_pop_free (certificates, X509_free);
  int place = CMS_signed_get_attr_by_NID (info, NID_pkcs9_signingTime, -1);
  X509_ATTRIBUTE *attribute = place < 0 ? NULL : CMS_signed_get_attr (info, place);
  out->signing_time = attribute == NULL ? NULL : X509_ATTRIBUTE_get0_type (attribute, 0);
  return out->signing_time != NULL && !is_plain_time (out->signing_time) ? "has a signing time that is none" : NULL;
}

/* Verifies the signature value over the content, or over the attributes that have the content's digest. */
static gboolean
verify_value (const AssayCmsSigner *signer, const AssayCmsForm *form, const GArray *ranges,
              const GByteArray *attributes, const char **out_problem, GError **error)
{
  g_autoptr (GByteArray) set = assay_cms_write_set (attributes);
  g_autoptr (GArray) signed_ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  g_autoptr (GBytes) bytes = g_bytes_new (set->data, set->len);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  AssaySignedRange range = { blob, 0, set->len, FALSE };
  g_array_append_val (signed_ranges, range);
  gsize length = (gsize)ASN1_STRING_length (form->signature);
  gsize taken = 0;
  if (!assay_public_key_verify (signer->key, form->has_attributes ? signed_ranges : ranges,
                                ASN1_STRING_get0_data (form->signature), length, &taken, out_problem, error))
    return FALSE;
  if (*out_problem == NULL && taken != length)
    *out_problem = "has bytes behind its value";
  return TRUE;
}

static gboolean
verify_form (const AssayCmsSigner *signer, const AssayCmsForm *form, const GArray *ranges, GBytes *der,
             const char **out_problem, GError **error)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  gsize digest_length = 0;
  if (form->has_attributes
      && !assay_scheme_digest (assay_scheme_find (signer->scheme->scheme), ranges, digest, &digest_length, error))
    return FALSE;
  g_autoptr (GByteArray) attributes = assay_cms_write_attributes (form, digest, digest_length);
  g_autoptr (GByteArray) again = assay_cms_write (signer, form, attributes);
  if (again->len != g_bytes_get_size (der) || memcmp (again->data, g_bytes_get_data (der, NULL), again->len) != 0)
    {
      *out_problem = "is not, byte for byte, the DER of this signer's signature of this content and of nothing else";
      return TRUE;
    }
  return verify_value (signer, form, ranges, attributes, out_problem, error);
}

/* Of a signature that is valid: whether those who check it at that place take it. */
static const char *
find_unfit (const AssayCmsForm *form, AssayCmsUse use)
{
  if (use == ASSAY_CMS_MODULE)
    return form->has_attributes ? "is valid, but has signed attributes, with which Linux refuses a module" : NULL;
  return form->has_certificate ? NULL
                               : "is valid, but has no certificate of its signer in it, without which whoever knows "
                                 "authorities alone cannot check it";
}

static gboolean
verify (const AssayCmsSigner *signer, AssayCmsUse use, const GArray *ranges, GBytes *content, const guint8 *der,
        gsize length, const char **out_problem, GError **error)
{
  AssayCmsForm form = { .content = content };
  const guint8 *position = der;
  gboolean done = TRUE;
  CMS_ContentInfo *cms = length > CMS_MOST_BYTES ? NULL : d2i_CMS_ContentInfo (NULL, &position, (long)length);
  if (cms == NULL || OBJ_obj2nid (CMS_get0_type (cms)) != NID_pkcs7_signed)
    *out_problem = "is no CMS SignedData";
  else
    *out_problem = read_form (cms, &form);
  if (*out_problem == NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (der, length);
      done = verify_form (signer, &form, ranges, bytes, out_problem, error);
      if (done && *out_problem == NULL)
        *out_problem = find_unfit (&form, use);
    }
  CMS_ContentInfo_free (cms);
  return done;
}

gboolean
assay_cms_verify (const AssayCmsSigner *signer, AssayCmsUse use, const GArray *ranges, const guint8 *der, gsize length,
                  const char **out_problem, GError **error)
{
  return verify (signer, use, ranges, NULL, der, length, out_problem, error);
}

gboolean
assay_cms_verify_with_content (const AssayCmsSigner *signer, GBytes *content, const guint8 *der, gsize length,
                               const char **out_problem, GError **error)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (content);
  AssaySignedRange range = { blob, 0, g_bytes_get_size (content), FALSE };
  g_array_append_val (ranges, range);
  return verify (signer, ASSAY_CMS_COMPLETE, ranges, content, der, length, out_problem, error);
}

GBytes *
assay_cms_get_content (const guint8 *der, gsize length)
{
  const guint8 *position = der;
  GBytes *content = NULL;
  CMS_ContentInfo *cms = length > CMS_MOST_BYTES ? NULL : d2i_CMS_ContentInfo (NULL, &position, (long)length);
  ASN1_OCTET_STRING **held
      = cms == NULL || OBJ_obj2nid (CMS_get0_type (cms)) != NID_pkcs7_signed ? NULL : CMS_get0_content (cms);
  if (held != NULL && *held != NULL)
    content = g_bytes_new (ASN1_STRING_get0_data (*held), (gsize)ASN1_STRING_length (*held));
  CMS_ContentInfo_free (cms);
  return content;
}
