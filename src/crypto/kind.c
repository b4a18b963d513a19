#include "crypto/scheme.h"

#include <assay/error.h>

#include <openssl/err.h>
#include <string.h>

/** Bytes of an Ed25519 key (RFC 8032). */
#define ED25519_KEY_BYTES 32

/* The scheme of statements for each kind of key (contract.md, "Attestation options"). */
static const struct
{
  const char *key_type;
  const char *group; /* or NULL */
  const char *scheme;
} kinds[] = {
  { "EC", "prime256v1", "ecdsa-p256-sha256" },
  { "EC", "secp384r1", "ecdsa-p384-sha384" },
  { "ED25519", NULL, "ed25519" },
  { "RSA", NULL, "rsa-pss-sha256" },
};

const char *
assay_key_kind_scheme (EVP_PKEY *pkey, const char *path, GError **error)
{
  char group[64] = "";
  const char *type = EVP_PKEY_get0_type_name (pkey);
  /* of others than elliptic curves there is none */
  gboolean curve = EVP_PKEY_get_group_name (pkey, group, sizeof group, NULL) == 1;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (EVP_PKEY_is_a (pkey, kinds[i].key_type) == 1
        && (kinds[i].group == NULL || (curve && strcmp (group, kinds[i].group) == 0)))
      return kinds[i].scheme;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "%s: a key of the kind %s%s%s%s; expected ECDSA P-256 or P-384, Ed25519 or RSA", path,
               type == NULL ? "that OpenSSL has no name for" : type, curve ? " (" : "", curve ? group : "",
               curve ? ")" : "");
  return NULL;
}

static gboolean
is_strong_point (EVP_PKEY *key)
{
  guint8 point[ED25519_KEY_BYTES];
  gsize length = sizeof point;
  return EVP_PKEY_get_raw_public_key (key, point, &length) == 1 && length == sizeof point && assay_point_is_key (point);
}

/* Of RSA: a modulus that is odd, has no small factor and is no prime or its power, and an exponent that is odd and not
 * one (SP 800-56B, 6.4.2.2). Of elliptic curves: a point of the curve that is not at infinity. */
static gboolean
has_numbers (EVP_PKEY *key)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  gboolean has = context != NULL && EVP_PKEY_public_check (context) == 1;
  EVP_PKEY_CTX_free (context);
  ERR_clear_error ();
  return has;
}

const char *
assay_key_find_weakness (EVP_PKEY *key)
{
  if (EVP_PKEY_is_a (key, "ED25519") == 1)
    return is_strong_point (key) ? NULL
                                 : "an Ed25519 key of small order, or no point of the curve: anybody can sign under it";
  if (EVP_PKEY_is_a (key, "EC") == 1)
    return has_numbers (key) ? NULL : "an EC key whose point is none, or at infinity: anybody can sign under it";
  if (EVP_PKEY_is_a (key, "RSA") == 1 || EVP_PKEY_is_a (key, "RSA-PSS") == 1)
    return has_numbers (key) ? NULL
                             : "an RSA key whose modulus or exponent is that of no key pair (SP 800-56B): anybody may "
                               "sign under it";
  return NULL;
}
