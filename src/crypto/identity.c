#include "crypto/scheme.h"
#include "crypto/sha256.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

/* A number of a key, with its length in front, so that no two lists of numbers read the same. */
static gboolean
add_number (GByteArray *out, EVP_PKEY *key, const char *parameter)
{
  BIGNUM *number = NULL;
  if (EVP_PKEY_get_bn_param (key, parameter, &number) != 1)
    return FALSE;
  int length = BN_num_bytes (number);
  g_autofree guint8 *bytes = g_malloc0 ((gsize)length + 1);
  const guint8 head[] = { (guint8)(length >> 8), (guint8)length };
  gboolean done = length <= G_MAXUINT16 && BN_bn2bin (number, bytes) == length;
  g_byte_array_append (out, head, sizeof head);
  g_byte_array_append (out, bytes, (guint)length);
  BN_free (number);
  return done;
}

static void
add_text (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *)text, (guint)strlen (text) + 1);
}

static gboolean
add_spki (GByteArray *out, EVP_PKEY *key)
{
  guint8 *der = NULL;
  int length = i2d_PUBKEY (key, &der);
  if (length > 0)
    g_byte_array_append (out, der, (guint)length);
  OPENSSL_free (der);
  return length > 0;
}

gboolean
assay_key_get_identity (EVP_PKEY *key, AssayDigest *out)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char group[64] = "";
  gboolean done = FALSE;
  if (EVP_PKEY_is_a (key, "EC") == 1)
    {
      /* of a curve that has no name the point alone */
      (void)EVP_PKEY_get_group_name (key, group, sizeof group, NULL);
      add_text (bytes, "EC");
      add_text (bytes, group);
      done = add_number (bytes, key, OSSL_PKEY_PARAM_EC_PUB_X) && add_number (bytes, key, OSSL_PKEY_PARAM_EC_PUB_Y);
    }
  else if (EVP_PKEY_is_a (key, "RSA") == 1 || EVP_PKEY_is_a (key, "RSA-PSS") == 1)
    {
      add_text (bytes, "RSA");
      done = add_number (bytes, key, OSSL_PKEY_PARAM_RSA_N) && add_number (bytes, key, OSSL_PKEY_PARAM_RSA_E);
    }
  else
    {
      /* Ed25519 and the like have one encoding, in which there are no parameters (RFC 8410) */
      add_text (bytes, "SPKI");
      done = add_spki (bytes, key);
    }
  ERR_clear_error ();
  if (done)
    assay_sha256_bytes (bytes->data, bytes->len, out);
  return done;
}

gboolean
assay_key_is_explicit (EVP_PKEY *key)
{
  int explicit = 0;
  gboolean said = EVP_PKEY_is_a (key, "EC") == 1
                  && EVP_PKEY_get_int_param (key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) == 1;
  ERR_clear_error ();
  return said && explicit != 0;
}
