#include "crypto/scheme.h"

#include <assay/error.h>

#include <string.h>

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
