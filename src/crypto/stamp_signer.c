#include "crypto/chain.h"
#include "crypto/stamp_private.h"

#include "util/text.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/** Who may have signed a token: the algorithm that its SignerInfo names, and the kind of key that goes with it. Its
 * digest is that of the SignerInfo, whatever the algorithm's name says. */
static const struct
{
  int algorithm; /* NID */
  const char *key_type;
} kinds[] = {
  { NID_rsaEncryption, "RSA" },           { NID_sha256WithRSAEncryption, "RSA" },
  { NID_sha384WithRSAEncryption, "RSA" }, { NID_sha512WithRSAEncryption, "RSA" },
  { NID_ecdsa_with_SHA256, "EC" },        { NID_ecdsa_with_SHA384, "EC" },
  { NID_ecdsa_with_SHA512, "EC" },        { NID_rsassaPss, "RSA" },
  { NID_rsassaPss, "RSA-PSS" },
};

const EVP_MD *
assay_stamp_digest_find (const X509_ALGOR *algorithm)
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
name_algorithm (const X509_ALGOR *algorithm)
{
  char name[64] = "";
  const ASN1_OBJECT *object = NULL;
  X509_ALGOR_get0 (&object, NULL, NULL, algorithm);
  OBJ_obj2txt (name, sizeof name, object, 0);
  return assay_text_escape_line (name, -1);
}

char *
assay_stamp_digest_refuse (const char *whose, const X509_ALGOR *algorithm)
{
  g_autofree char *shown = name_algorithm (algorithm);
  return g_strdup_printf ("%s by %s; expected SHA-256, SHA-384 or SHA-512", whose, shown);
}

static int
signed_by (const PKCS7_SIGNER_INFO *signer)
{
  const ASN1_OBJECT *name = NULL;
  X509_ALGOR_get0 (&name, NULL, NULL, signer->digest_enc_alg);
  return OBJ_obj2nid (name);
}

/* @key: (nullable): none: whether there is one that goes with it */
static gboolean
has_kind_of_key (const PKCS7_SIGNER_INFO *signer, EVP_PKEY *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].algorithm == signed_by (signer) && (key == NULL || EVP_PKEY_is_a (key, kinds[i].key_type) == 1))
      return TRUE;
  return FALSE;
}

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

char *
assay_stamp_signer_check (const AssayStampParts *parts)
{
  STACK_OF (PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info (parts->token);
  if (TS_TST_INFO_get_version (parts->info) != 1)
    return g_strdup ("is of a version that RFC 3161 does not know");
  if (TS_TST_INFO_get_ext_by_critical (parts->info, 1, -1) >= 0)
    return g_strdup ("has a critical extension that nobody here knows");
  if (signers == NULL || sk_PKCS7_SIGNER_INFO_num (signers) != 1)
    return g_strdup ("is not signed by one signer");
  PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value (signers, 0);
  if (assay_stamp_digest_find (signer->digest_alg) == NULL)
    return assay_stamp_digest_refuse ("is signed over a digest", signer->digest_alg);
  if (!is_signed_as_stamp (signer))
    return g_strdup ("is not signed as a time stamp (contentType TSTInfo)");
  if (has_kind_of_key (signer, NULL))
    return NULL;
  g_autofree char *shown = name_algorithm (signer->digest_enc_alg);
  return g_strdup_printf ("is signed by %s; expected RSA (PKCS #1 or PSS) or ECDSA", shown);
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
    else if (ERR_GET_LIB (code) == ERR_LIB_CMS)
      switch (ERR_GET_REASON (code))
        {
        case CMS_R_VERIFICATION_FAILURE:
        case CMS_R_CONTENT_VERIFY_ERROR:
          why = "has a signature that does not verify under the TSA's certificate";
          break;
        case CMS_R_CERTIFICATE_VERIFY_ERROR:
          why = "is by a TSA whose certificate does not hold";
          break;
        default:
          break;
        }
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

/** A token, and by whom it is held. */
typedef struct
{
  const AssayStampParts *parts;
  X509_STORE *store;
  STACK_OF (X509) * given;
  X509 *own;
} Token;

/* OpenSSL's own reading of it: signature, the certificate's name in it, the TSA's name. */
static gboolean
verify_token (const Token *token, gint64 time_s)
{
  TS_VERIFY_CTX *context = TS_VERIFY_CTX_new ();
  gboolean ready = context != NULL && assay_chain_params_set (X509_STORE_get0_param (token->store), time_s, 0)
                   && X509_STORE_up_ref (token->store) == 1;
  if (ready)
    {
      TS_VERIFY_CTX_set_store (context, token->store);
      TS_VERIFY_CTX_set_certs (context, X509_chain_up_ref (token->given));
      TS_VERIFY_CTX_add_flags (context, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_SIGNER);
    }
  gboolean holds = ready && TS_RESP_verify_token (context, token->parts->token) == 1;
  TS_VERIFY_CTX_free (context);
  return holds;
}

/* The same certificate, and no other, is what CMS believes to have signed. */
static gboolean
is_by_own (CMS_ContentInfo *cms, X509 *own)
{
  STACK_OF (X509) *signers = CMS_get0_signers (cms);
  gboolean is = signers != NULL && sk_X509_num (signers) == 1 && X509_cmp (sk_X509_value (signers, 0), own) == 0;
  sk_X509_free (signers);
  return is;
}

/* The same roots for time stamps alone: what a store is for cannot be taken back. */
static X509_STORE *
make_store (const Token *token, gint64 time_s)
{
  X509_STORE *store = X509_STORE_new ();
  gboolean done = store != NULL && assay_chain_params_set (X509_STORE_get0_param (store), time_s, 0)
                  && X509_STORE_set_purpose (store, X509_PURPOSE_TIMESTAMP_SIGN) == 1;
  for (int i = 0; done && i < sk_X509_num (token->given); i++)
    done = X509_STORE_add_cert (store, sk_X509_value (token->given, i)) == 1;
  if (done)
    return store;
  X509_STORE_free (store);
  return NULL;
}

/* OpenSSL's reader of time stamps knows of RSA the padding of PKCS #1 alone; that of CMS knows PSS: signature, and the
 * certificate's name in it (ESS). */
static gboolean
verify_pss (const Token *token, gint64 time_s)
{
  guint8 *der = NULL;
  int length = i2d_PKCS7 (token->parts->token, &der);
  const guint8 *position = der;
  CMS_ContentInfo *cms = length > 0 ? d2i_CMS_ContentInfo (NULL, &position, length) : NULL;
  BIO *out = BIO_new (BIO_s_null ());
  X509_STORE *store = make_store (token, time_s);
  gboolean holds = cms != NULL && out != NULL && store != NULL
                   && CMS_verify (cms, token->given, store, NULL, out, CMS_BINARY | CMS_CADES) == 1
                   && is_by_own (cms, token->own);
  X509_STORE_free (store);
  BIO_free (out);
  CMS_ContentInfo_free (cms);
  OPENSSL_free (der);
  return holds;
}

/* Of whom a token says that it is, where it says so: the certificate's subject, or one of its other names. */
static gboolean
is_named (TS_TST_INFO *info, X509 *own)
{
  GENERAL_NAME *name = TS_TST_INFO_get_tsa (info);
  if (name == NULL
      || (name->type == GEN_DIRNAME && X509_NAME_cmp (name->d.directoryName, X509_get_subject_name (own)) == 0))
    return TRUE;
  GENERAL_NAMES *others = X509_get_ext_d2i (own, NID_subject_alt_name, NULL, NULL);
  gboolean named = FALSE;
  for (int i = 0; others != NULL && i < sk_GENERAL_NAME_num (others); i++)
    named = named || GENERAL_NAME_cmp (sk_GENERAL_NAME_value (others, i), name) == 0;
  GENERAL_NAMES_free (others);
  return named;
}

static char *
verify_signature (const Token *token, gint64 time_s)
{
  const PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value (PKCS7_get_signer_info (token->parts->token), 0);
  EVP_PKEY *key = X509_get0_pubkey (token->own);
  ERR_clear_error ();
  if (key == NULL || !has_kind_of_key (signer, key))
    {
      g_autofree char *shown = name_algorithm (signer->digest_enc_alg);
      return g_strdup_printf ("is signed by %s, and its certificate has a key of the kind %s", shown,
                              key == NULL ? "that cannot be read" : EVP_PKEY_get0_type_name (key));
    }
  if (signed_by (signer) != NID_rsassaPss)
    return verify_token (token, time_s) ? NULL : explain ();
  if (!verify_pss (token, time_s))
    return explain ();
  return is_named (token->parts->info, token->own) ? NULL : g_strdup ("names another TSA than its certificate");
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

/* The chain of who signed, what his certificate is for, and then the signature. */
static char *
verify (const AssayAuthority *authority, const Token *token, const AssayStamp *stamp, gint64 listed_s)
{
  STACK_OF (X509) *others = token->parts->token->d.sign->cert;
  if (sk_X509_num (others) > ASSAY_CHAIN_MOST)
    return g_strdup ("comes with more than 10 certificates");
  g_autofree char *chain = assay_authority_check_stamper (authority, token->own, others, stamp, listed_s);
  if (chain != NULL)
    return g_strdup_printf ("is by a TSA whose certificate %s (by %s)", chain, assay_authority_get_name (authority));
  if (X509_check_purpose (token->own, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
    return g_strdup ("is by a certificate that is not for time stamps alone (extendedKeyUsage timeStamping, critical)");
  return verify_signature (token, stamp->time_s);
}

char *
assay_stamp_signer_verify (const AssayStampParts *parts, const AssayAuthority *authority, const AssayStamp *stamp,
                           gint64 listed_s, char **out_by)
{
  X509_STORE *store = assay_authority_get_store (authority);
  STACK_OF (X509) *given = X509_STORE_get1_all_certs (store);
  STACK_OF (X509) *signers = given == NULL ? NULL : PKCS7_get0_signers (parts->token, given, 0);
  const gboolean one = signers != NULL && sk_X509_num (signers) == 1;
  const Token token = { parts, store, given, one ? sk_X509_value (signers, 0) : NULL };
  char *problem
      = one ? verify (authority, &token, stamp, listed_s) : g_strdup ("comes without the certificate of its signer");
  if (problem == NULL)
    *out_by = name_of (token.own);
  sk_X509_free (signers);
  free_certificates (given);
  ERR_clear_error ();
  return problem;
}
