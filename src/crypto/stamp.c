#include "crypto/chain.h"
#include "crypto/stamp_private.h"

#include "util/text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/** Digits of a GeneralizedTime without its fraction: YYYYMMDDhhmmss. */
#define TIME_DIGITS 14

void
assay_stamp_clear (AssayStamp *stamp)
{
  g_clear_pointer (&stamp->by, g_free);
}

/* Digests that nobody can make another message for; of the TSA's own signature too. */
static const EVP_MD *
find_digest (const X509_ALGOR *algorithm)
{
  const ASN1_OBJECT *name = NULL;
  X509_ALGOR_get0 (&name, NULL, NULL, algorithm);
  switch (OBJ_obj2nid (name))
    {
    case NID_sha256:
      return EVP_sha256 ();
    case NID_sha384:
      return EVP_sha384 ();
    case NID_sha512:
      return EVP_sha512 ();
    default:
      return NULL;
    }
}

static char *
refuse_digest (const char *whose, const X509_ALGOR *algorithm)
{
  char name[64] = "";
  const ASN1_OBJECT *object = NULL;
  X509_ALGOR_get0 (&object, NULL, NULL, algorithm);
  OBJ_obj2txt (name, sizeof name, object, 0);
  g_autofree char *shown = assay_text_escape_line (name, -1);
  return g_strdup_printf ("%s by %s; expected SHA-256, SHA-384 or SHA-512", whose, shown);
}

static char *
check_imprint (TS_TST_INFO *info, GBytes *signature)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint length = 0;
  gsize size = 0;
  TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint (info);
  const ASN1_OCTET_STRING *stated = TS_MSG_IMPRINT_get_msg (imprint);
  const EVP_MD *md = find_digest (TS_MSG_IMPRINT_get_algo (imprint));
  if (md == NULL)
    return refuse_digest ("is over a digest", TS_MSG_IMPRINT_get_algo (imprint));
  const void *bytes = g_bytes_get_data (signature, &size);
  if (EVP_Digest (bytes, size, digest, &length, md, NULL) != 1)
    return g_strdup ("cannot be held against the signature");
  if (ASN1_STRING_length (stated) != (int)length || memcmp (ASN1_STRING_get0_data (stated), digest, length) != 0)
    return g_strdup ("is of another signature");
  return NULL;
}

/* --- what it states --- */

/* Digits and a Z; no time zone, and a fraction in microseconds that is counted in full (RFC 3161, 2.4.2). */
static gboolean
read_time (const ASN1_GENERALIZEDTIME *time, gint64 *out_s, gint64 *out_micros)
{
  const char *text = (const char *)ASN1_STRING_get0_data (time);
  gsize length = (gsize)ASN1_STRING_length (time);
  guint part[TIME_DIGITS / 2] = { 0 };
  gint64 micros = 0;
  gint64 unit = G_USEC_PER_SEC;
  if (length < TIME_DIGITS + 1 || text[length - 1] != 'Z')
    return FALSE;
  for (gsize i = 0; i < length - 1; i++)
    if (i != TIME_DIGITS && !g_ascii_isdigit (text[i]))
      return FALSE;
  for (gsize i = 0; i < TIME_DIGITS; i++)
    part[i / 2] = part[i / 2] * 10 + (guint)(text[i] - '0');
  if (length > TIME_DIGITS + 1 && (text[TIME_DIGITS] != '.' || length == TIME_DIGITS + 2))
    return FALSE;
  for (gsize i = TIME_DIGITS + 1; i + 1 < length; i++)
    {
      unit /= 10;
      micros += (text[i] - '0') * unit;
    }
  g_autoptr (GDateTime) moment = g_date_time_new_utc ((gint)(part[0] * 100 + part[1]), (gint)part[2], (gint)part[3],
                                                      (gint)part[4], (gint)part[5], part[6]);
  if (moment == NULL)
    return FALSE;
  *out_s = g_date_time_to_unix (moment);
  /* what is finer than a microsecond is one */
  *out_micros = micros + (length > TIME_DIGITS + 8 ? 1 : 0);
  return TRUE;
}

static gboolean
read_number (const ASN1_INTEGER *number, gint64 least, gint64 most, gint64 *out)
{
  *out = 0;
  return number == NULL || (ASN1_INTEGER_get_int64 (out, number) == 1 && *out >= least && *out <= most);
}

static char *
read_moment (TS_TST_INFO *info, AssayStamp *out)
{
  gint64 fraction = 0;
  gint64 seconds = 0;
  gint64 millis = 0;
  gint64 micros = 0;
  TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy (info);
  if (!read_time (TS_TST_INFO_get_time (info), &out->time_s, &fraction))
    return g_strdup ("has no time that can be read");
  if (accuracy != NULL
      && (!read_number (TS_ACCURACY_get_seconds (accuracy), 0, ASSAY_STAMP_ACCURACY_MOST_S, &seconds)
          || !read_number (TS_ACCURACY_get_millis (accuracy), 1, 999, &millis)
          || !read_number (TS_ACCURACY_get_micros (accuracy), 1, 999, &micros)))
    return g_strdup ("has an accuracy that is none, or of more than a day");
  gint64 beyond = fraction + millis * 1000 + micros;
  out->latest_s = out->time_s + seconds + (beyond + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  return NULL;
}

/* --- who signed it --- */

/* Of the kind that it must be: whoever looks it up believes that. */
static gboolean
has_kind (PKCS7_SIGNER_INFO *info, int attribute, int kind)
{
  const ASN1_TYPE *value = PKCS7_get_signed_attribute (info, attribute);
  return value == NULL || value->type == kind;
}

/* That the signature is over a TSTInfo, and not over something else that the key may have signed as well. */
static gboolean
is_signed_as_stamp (PKCS7_SIGNER_INFO *info)
{
  const ASN1_TYPE *type = PKCS7_get_signed_attribute (info, NID_pkcs9_contentType);
  return type != NULL && type->type == V_ASN1_OBJECT && OBJ_obj2nid (type->value.object) == NID_id_smime_ct_TSTInfo
         && has_kind (info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING)
         && has_kind (info, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE)
         && has_kind (info, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
}

static char *
check_signer_info (const AssayStampParts *parts)
{
  STACK_OF (PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info (parts->token);
  if (TS_TST_INFO_get_version (parts->info) != 1)
    return g_strdup ("is of a version that RFC 3161 does not know");
  if (TS_TST_INFO_get_ext_by_critical (parts->info, 1, -1) >= 0)
    return g_strdup ("has a critical extension that nobody here knows");
  if (signers == NULL || sk_PKCS7_SIGNER_INFO_num (signers) != 1)
    return g_strdup ("is not signed by one signer");
  PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value (signers, 0);
  if (find_digest (signer->digest_alg) == NULL)
    return refuse_digest ("is signed over a digest", signer->digest_alg);
  return is_signed_as_stamp (signer) ? NULL : g_strdup ("is not signed as a time stamp (contentType TSTInfo)");
}

static void
free_certificates (STACK_OF (X509) * certificates)
{
  sk_X509_pop_free (certificates, X509_free);
}

/* Why OpenSSL does not take a token whose chain holds. */
static char *
explain (void)
{
  const char *why = "cannot be verified";
  gulong code;
  while ((code = ERR_get_error ()) != 0)
    if (ERR_GET_LIB (code) == ERR_LIB_ESS)
      why = "does not name the certificate that it is signed by (RFC 5035)";
    else if (ERR_GET_LIB (code) == ERR_LIB_TS)
      switch (ERR_GET_REASON (code))
        {
        case TS_R_SIGNATURE_FAILURE:
          why = "has a signature that does not verify under the TSA's certificate";
          break;
        case TS_R_TSA_UNTRUSTED:
        case TS_R_TSA_NAME_MISMATCH:
          why = "names another TSA than its certificate";
          break;
        case TS_R_CERTIFICATE_VERIFY_ERROR:
          why = "is by a TSA whose certificate does not hold";
          break;
        default:
          break;
        }
  return g_strdup (why);
}

/* OpenSSL's own reading of it: signature, the certificate's name in it, the TSA's name. */
static char *
verify_token (const AssayAuthority *authority, PKCS7 *token, STACK_OF (X509) * given, gint64 time_s)
{
  X509_STORE *store = assay_authority_get_store (authority);
  TS_VERIFY_CTX *context = TS_VERIFY_CTX_new ();
  gboolean ready = context != NULL && assay_chain_params_set (X509_STORE_get0_param (store), time_s, 0)
                   && X509_STORE_up_ref (store) == 1;
  if (ready)
    {
      TS_VERIFY_CTX_set_store (context, store);
      TS_VERIFY_CTX_set_certs (context, X509_chain_up_ref (given));
      TS_VERIFY_CTX_add_flags (context, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_SIGNER);
    }
  char *problem = ready && TS_RESP_verify_token (context, token) == 1 ? NULL : explain ();
  TS_VERIFY_CTX_free (context);
  return problem;
}

static char *
name_of (X509 *certificate)
{
  char *text = NULL;
  BIO *bio = BIO_new (BIO_s_mem ());
  long length = 0;
  if (bio != NULL && X509_NAME_print_ex (bio, X509_get_subject_name (certificate), 0, XN_FLAG_RFC2253) >= 0)
    length = BIO_get_mem_data (bio, &text);
  char *name = assay_text_escape_line (length > 0 ? text : "", MIN (length, 1024));
  BIO_free (bio);
  return name;
}

/* By one authority: the chain of who signed, what his certificate is for, and then the signature. */
static char *
verify_by (const AssayAuthority *authority, PKCS7 *token, gint64 time_s, char **out_by)
{
  STACK_OF (X509) *given = X509_STORE_get1_all_certs (assay_authority_get_store (authority));
  STACK_OF (X509) *signers = given == NULL ? NULL : PKCS7_get0_signers (token, given, 0);
  X509 *own = signers == NULL || sk_X509_num (signers) != 1 ? NULL : sk_X509_value (signers, 0);
  STACK_OF (X509) *others = own == NULL ? NULL : token->d.sign->cert;
  char *problem = NULL;
  if (own == NULL)
    problem = g_strdup ("comes without the certificate of its signer");
  else if (sk_X509_num (others) > ASSAY_CHAIN_MOST)
    problem = g_strdup ("comes with more than 10 certificates");
  else
    {
      g_autofree char *chain = assay_authority_check (authority, own, others, time_s, time_s);
      if (chain != NULL)
        problem
            = g_strdup_printf ("is by a TSA whose certificate %s (by %s)", chain, assay_authority_get_name (authority));
      else if (X509_check_purpose (own, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
        problem = g_strdup ("is by a certificate that is not for time stamps alone (extendedKeyUsage timeStamping, "
                            "critical)");
      else
        problem = verify_token (authority, token, given, time_s);
    }
  if (problem == NULL)
    *out_by = name_of (own);
  sk_X509_free (signers);
  free_certificates (given);
  ERR_clear_error ();
  return problem;
}

char *
assay_stamp_verify (GBytes *der, GBytes *signature, const GPtrArray *authorities, AssayStamp *out)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  AssayStamp stamp = { 0, 0, NULL };
  char *problem = assay_stamp_parts_read (der, &parts);
  if (problem == NULL)
    problem = check_imprint (parts.info, signature);
  if (problem == NULL)
    problem = check_signer_info (&parts);
  if (problem == NULL)
    problem = read_moment (parts.info, &stamp);
  if (problem != NULL)
    return problem;
  for (guint i = 0; i < authorities->len && stamp.by == NULL; i++)
    {
      char *why = verify_by (g_ptr_array_index (authorities, i), parts.token, stamp.time_s, &stamp.by);
      /* of several the first one is told */
      if (problem == NULL)
        problem = why;
      else
        g_free (why);
    }
  if (stamp.by == NULL)
    return problem == NULL ? g_strdup ("is believed of nobody") : problem;
  g_free (problem);
  *out = stamp;
  return NULL;
}

gboolean
assay_stamp_is_over (GBytes *der, GBytes *signature)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  g_autofree char *unread = assay_stamp_parts_read (der, &parts);
  g_autofree char *other = unread == NULL ? check_imprint (parts.info, signature) : NULL;
  return unread == NULL && other == NULL;
}

GBytes *
assay_stamp_get_token (GBytes *response)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  guint8 *der = NULL;
  g_autofree char *unread = assay_stamp_parts_read (response, &parts);
  int length = unread == NULL && parts.response != NULL ? i2d_PKCS7 (parts.token, &der) : 0;
  GBytes *token = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;
  OPENSSL_free (der);
  return token;
}
