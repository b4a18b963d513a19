#include "crypto/sha256.h"
#include "crypto/stamp_private.h"

#include <assay/error.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

/** Bytes of a nonce: no two requests have the same. */
#define NONCE_BYTES 16

static gboolean
set_imprint (TS_REQ *request, GBytes *signature)
{
  AssayDigest digest;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (signature, &length);
  assay_sha256_bytes (bytes, length, &digest);
  TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new ();
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  gboolean set = imprint != NULL && algorithm != NULL;
  if (set)
    X509_ALGOR_set_md (algorithm, EVP_sha256 ());
  set = set && TS_MSG_IMPRINT_set_algo (imprint, algorithm) == 1
        && TS_MSG_IMPRINT_set_msg (imprint, digest.bytes, (int)sizeof digest.bytes) == 1
        && TS_REQ_set_msg_imprint (request, imprint) == 1;
  X509_ALGOR_free (algorithm);
  TS_MSG_IMPRINT_free (imprint);
  return set;
}

static gboolean
set_nonce (TS_REQ *request)
{
  guint8 bytes[NONCE_BYTES];
  BIGNUM *number = RAND_bytes (bytes, (int)sizeof bytes) == 1 ? BN_bin2bn (bytes, (int)sizeof bytes, NULL) : NULL;
  ASN1_INTEGER *nonce = number == NULL ? NULL : BN_to_ASN1_INTEGER (number, NULL);
  gboolean set = nonce != NULL && TS_REQ_set_nonce (request, nonce) == 1;
  ASN1_INTEGER_free (nonce);
  BN_free (number);
  return set;
}

GBytes *
assay_stamp_request_new (GBytes *signature, GError **error)
{
  guint8 *der = NULL;
  TS_REQ *request = TS_REQ_new ();
  gboolean made = request != NULL && TS_REQ_set_version (request, 1) == 1 && set_imprint (request, signature)
                  && set_nonce (request) && TS_REQ_set_cert_req (request, 1) == 1;
  int length = made ? i2d_TS_REQ (request, &der) : 0;
  GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;
  OPENSSL_free (der);
  TS_REQ_free (request);
  ERR_clear_error ();
  if (bytes == NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "a request for a time stamp cannot be made");
  return bytes;
}

/* The parameters of a digest's name are left out or NULL, as anybody likes (RFC 5754, 2). */
static gboolean
same_imprint (TS_MSG_IMPRINT *one, TS_MSG_IMPRINT *other)
{
  const ASN1_OBJECT *names[2] = { NULL, NULL };
  X509_ALGOR_get0 (&names[0], NULL, NULL, TS_MSG_IMPRINT_get_algo (one));
  X509_ALGOR_get0 (&names[1], NULL, NULL, TS_MSG_IMPRINT_get_algo (other));
  return OBJ_cmp (names[0], names[1]) == 0
         && ASN1_STRING_cmp (TS_MSG_IMPRINT_get_msg (one), TS_MSG_IMPRINT_get_msg (other)) == 0;
}

char *
assay_stamp_request_check (GBytes *request, GBytes *der)
{
  g_auto (AssayStampParts) parts = { NULL, NULL, NULL };
  g_autofree char *unread = assay_stamp_frame_check (request);
  const guint8 *position = g_bytes_get_data (request, NULL);
  TS_REQ *asked = unread == NULL ? d2i_TS_REQ (NULL, &position, (long)g_bytes_get_size (request)) : NULL;
  char *problem = asked == NULL ? g_strdup ("cannot be held against the request, which is no TimeStampReq in DER")
                                : assay_stamp_parts_read (der, &parts);
  if (problem == NULL)
    {
      const ASN1_INTEGER *nonce = TS_REQ_get_nonce (asked);
      const ASN1_INTEGER *answer = TS_TST_INFO_get_nonce (parts.info);
      if (!same_imprint (TS_REQ_get_msg_imprint (asked), TS_TST_INFO_get_msg_imprint (parts.info)))
        problem = g_strdup ("answers another request: it is over another digest");
      else if (nonce != NULL && (answer == NULL || ASN1_INTEGER_cmp (nonce, answer) != 0))
        problem = g_strdup (answer == NULL ? "answers no request: it has no nonce, and the request has one"
                                           : "answers another request: it has another nonce");
    }
  TS_REQ_free (asked);
  ERR_clear_error ();
  return problem;
}
