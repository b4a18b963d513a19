#include "crypto/revoked.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

/** A digest of so many bytes has 112 bits against collisions. */
#define DIGEST_LEAST_BYTES 28

/* The digest of RSA-PSS stands in its parameters; left out it is SHA-1 (RFC 4055, 3.1). NID_undef: they cannot be read.
 */
static int
digest_of_pss (const X509_ALGOR *algorithm)
{
  RSA_PSS_PARAMS *parameters = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_PSS_PARAMS), algorithm->parameter);
  int digest = parameters == NULL                  ? NID_undef
               : parameters->hashAlgorithm == NULL ? NID_sha1
                                                   : OBJ_obj2nid (parameters->hashAlgorithm->algorithm);
  RSA_PSS_PARAMS_free (parameters);
  return digest;
}

const char *
assay_crl_find_weak_digest (const X509_CRL *list)
{
  const X509_ALGOR *algorithm = NULL;
  int signature = X509_CRL_get_signature_nid (list);
  int digest = NID_undef;
  X509_CRL_get0_signature (list, NULL, &algorithm);
  if (signature == NID_ED25519 || signature == NID_ED448)
    return NULL;
  if (signature == NID_rsassaPss)
    digest = digest_of_pss (algorithm);
  else if (OBJ_find_sigid_algs (signature, &digest, NULL) != 1)
    digest = NID_undef;
  const EVP_MD *method = digest == NID_undef ? NULL : EVP_get_digestbynid (digest);
  if (method != NULL && EVP_MD_get_size (method) >= DIGEST_LEAST_BYTES)
    return NULL;
  return digest == NID_undef ? "something unknown" : OBJ_nid2sn (digest);
}

/* What is said of an entry beside: an extension that nobody here knows, and that may not be passed over. */
static gboolean
is_plain (const X509_REVOKED *entry)
{
  return X509_REVOKED_get_ext_by_critical (entry, 1, -1) < 0;
}

/* RFC 5280, 5.3.2: since when a key may have been another's. Where it cannot be read nothing is after it. */
static gboolean
is_invalid_since (const X509_REVOKED *entry, time_t moment)
{
  int found = 0;
  ASN1_GENERALIZEDTIME *date = X509_REVOKED_get_ext_d2i (entry, NID_invalidity_date, &found, NULL);
  gboolean since = found != -1 && (date == NULL || X509_cmp_time (date, &moment) <= 0);
  ASN1_GENERALIZEDTIME_free (date);
  return since;
}

/* RFC 3161, 4: a TSA that stopped without its key having been another's keeps what it stamped before, and its list says
 * so: by a reason, and that is one of these. */
static gboolean
is_retired_after (const X509_REVOKED *entry, const gint64 *stamped_s)
{
  time_t moment = stamped_s == NULL ? 0 : (time_t)*stamped_s;
  ASN1_ENUMERATED *given = stamped_s == NULL ? NULL : X509_REVOKED_get_ext_d2i (entry, NID_crl_reason, NULL, NULL);
  long reason = given == NULL ? -1 : ASN1_ENUMERATED_get (given);
  ASN1_ENUMERATED_free (given);
  return (reason == CRL_REASON_UNSPECIFIED || reason == CRL_REASON_AFFILIATION_CHANGED
          || reason == CRL_REASON_SUPERSEDED || reason == CRL_REASON_CESSATION_OF_OPERATION)
         && is_plain (entry) && X509_cmp_time (X509_REVOKED_get0_revocationDate (entry), &moment) > 0
         && !is_invalid_since (entry, moment);
}

gboolean
assay_crl_revokes (X509_CRL *list, X509 *certificate, const gint64 *stamped_s)
{
  const ASN1_INTEGER *serial = X509_get0_serialNumber (certificate);
  STACK_OF (X509_REVOKED) *entries = X509_CRL_get_REVOKED (list);
  X509_REVOKED *entry = NULL;
  gboolean revoked = X509_CRL_get0_by_cert (list, &entry, certificate) == 1;
  gboolean retired = revoked && is_retired_after (entry, stamped_s);
  for (int i = 0; retired && i < sk_X509_REVOKED_num (entries); i++)
    {
      entry = sk_X509_REVOKED_value (entries, i);
      retired = ASN1_INTEGER_cmp (X509_REVOKED_get0_serialNumber (entry), serial) != 0
                || is_retired_after (entry, stamped_s);
    }
  return revoked && !retired;
}

/* Whether a list that the issuer signed has the certificate. */
static gboolean
is_listed (STACK_OF (X509_CRL) * lists, X509 *certificate, X509 *issuer, const gint64 *stamped_s)
{
  EVP_PKEY *key = X509_get0_pubkey (issuer);
  for (int i = 0; i < sk_X509_CRL_num (lists); i++)
    {
      X509_CRL *list = sk_X509_CRL_value (lists, i);
      if (X509_NAME_cmp (X509_CRL_get_issuer (list), X509_get_issuer_name (certificate)) == 0 && key != NULL
          && assay_crl_revokes (list, certificate, stamped_s) && X509_CRL_verify (list, key) == 1)
        return TRUE;
    }
  return FALSE;
}

char *
assay_crls_find (STACK_OF (X509_CRL) * lists, STACK_OF (X509) * chain, const gint64 *stamped_s)
{
  int last = sk_X509_num (chain) - 1;
  for (int i = 0; i <= last; i++)
    if (is_listed (lists, sk_X509_value (chain, i), sk_X509_value (chain, MIN (i + 1, last)),
                   i == 0 ? stamped_s : NULL))
      return g_strdup_printf ("does not hold: certificate revoked by one of the lists, at number %d of its chain", i);
  return NULL;
}
