#include "crypto/signature.h"

#include "crypto/sha256.h"

#include <assay/error.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

/** What a scheme needs of its key. */
typedef struct
{
  const char *name;
  const char *key_type; /* OpenSSL's name */
  const char *group;    /* of an elliptic curve, or NULL */
  const char *digest;   /* NULL where the scheme has its own */
  gsize order_bytes;    /* of an elliptic curve */
  int padding;          /* of RSA, or 0 */
} Scheme;

static const Scheme schemes[] = {
  { "ecdsa-p256-sha256", "EC", "prime256v1", "SHA256", 32, 0 },
  { "ecdsa-p384-sha384", "EC", "secp384r1", "SHA384", 48, 0 },
  { "rsa-pss-sha256", "RSA", NULL, "SHA256", 0, RSA_PKCS1_PSS_PADDING },
  { "rsa-pkcs1-sha256", "RSA", NULL, "SHA256", 0, RSA_PKCS1_PADDING },
  { "ed25519", "ED25519", NULL, NULL, 0, 0 },
};

/** Salt of an RSA-PSS signature, in bytes. */
#define PSS_SALT_BYTES 32
/** RSA keys below this are not believed (NIST SP 800-131A). */
#define RSA_LEAST_BITS 2048
/** An Ed25519 signature is made over the whole message at once. */
#define ED25519_MOST_BYTES (1u << 30)

struct _AssayPublicKey
{
  EVP_PKEY *key;
  const Scheme *scheme;
};

void
assay_public_key_free (AssayPublicKey *key)
{
  if (key == NULL)
    return;
  EVP_PKEY_free (key->key);
  g_free (key);
}

static const Scheme *
find_scheme (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (schemes[i].name, name) == 0)
      return &schemes[i];
  return NULL;
}

static gboolean
fits (const AssayPublicKey *key, const char *path, GError **error)
{
  const Scheme *scheme = key->scheme;
  char group[64] = "";
  gboolean right = EVP_PKEY_is_a (key->key, scheme->key_type) == 1;
  if (right && scheme->group != NULL)
    right = EVP_PKEY_get_group_name (key->key, group, sizeof group, NULL) == 1 && strcmp (group, scheme->group) == 0;
  if (!right)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: not a key for %s", path, scheme->name);
  else if (scheme->padding != 0 && EVP_PKEY_get_bits (key->key) < RSA_LEAST_BITS)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: an RSA key of %d bits is too weak, 2048 are needed",
                   path, EVP_PKEY_get_bits (key->key));
      right = FALSE;
    }
  return right;
}

AssayPublicKey *
assay_public_key_load (const char *path, const char *scheme, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (GError) local = NULL;
  g_autoptr (AssayPublicKey) key = g_new0 (AssayPublicKey, 1);
  key->scheme = find_scheme (scheme);
  if (key->scheme == NULL || !g_file_get_contents (path, &text, &length, &local) || length > (1u << 20))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", path,
                   local != NULL ? local->message : "no public key can be read from it");
      return NULL;
    }
  BIO *bio = BIO_new_mem_buf (text, (int)length);
  key->key = bio == NULL ? NULL : PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  EVP_PKEY *second = key->key == NULL ? NULL : PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  BIO_free (bio);
  if (key->key == NULL || second != NULL)
    {
      EVP_PKEY_free (second);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: expected one public key in PEM form", path);
      return NULL;
    }
  return fits (key, path, error) ? g_steal_pointer (&key) : NULL;
}

gboolean
assay_public_key_get_sha256 (const AssayPublicKey *key, AssayDigest *out_sha256)
{
  guint8 *der = NULL;
  int length = i2d_PUBKEY (key->key, &der);
  if (length <= 0)
    return FALSE;
  assay_sha256_bytes (der, (gsize)length, out_sha256);
  OPENSSL_free (der);
  return TRUE;
}

gsize
assay_public_key_signature_size (const AssayPublicKey *key)
{
  if (key->scheme->order_bytes > 0)
    return 2 * key->scheme->order_bytes;
  return (gsize)EVP_PKEY_get_size (key->key);
}

/* OpenSSL wants an ECDSA signature in DER. */
static guint8 *
to_der (const AssayPublicKey *key, const guint8 *raw, int *out_length)
{
  int half = (int)key->scheme->order_bytes;
  guint8 *der = NULL;
  ECDSA_SIG *signature = ECDSA_SIG_new ();
  BIGNUM *r = BN_bin2bn (raw, half, NULL);
  BIGNUM *s = BN_bin2bn (raw + half, half, NULL);
  if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0 (signature, r, s) == 1)
    *out_length = i2d_ECDSA_SIG (signature, &der);
  else
    {
      BN_free (r);
      BN_free (s);
    }
  ECDSA_SIG_free (signature);
  return der;
}

static gboolean
feed (EVP_MD_CTX *context, AssayBlob *blob, guint64 offset, guint64 length, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < length;)
    {
      gsize take = MIN (length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, offset + done, window, take, error))
        return FALSE;
      if (EVP_DigestVerifyUpdate (context, window, take) != 1)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the digest of a signature's range cannot be made");
          return FALSE;
        }
      done += take;
    }
  return TRUE;
}

static gboolean
verify_at_once (EVP_MD_CTX *context, AssayBlob *blob, guint64 offset, guint64 length, const guint8 *signature,
                gsize signature_length, gboolean *out_valid, GError **error)
{
  g_autofree guint8 *message = length > ED25519_MOST_BYTES ? NULL : g_try_malloc (MAX (length, 1));
  if (message == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "the range of an Ed25519 signature is too long");
      return FALSE;
    }
  if (!assay_blob_read (blob, offset, message, length, error))
    return FALSE;
  *out_valid = EVP_DigestVerify (context, signature, signature_length, message, length) == 1;
  return TRUE;
}

static gboolean
verify (const AssayPublicKey *key, EVP_MD_CTX *context, AssayBlob *blob, guint64 offset, guint64 length,
        const guint8 *signature, gboolean *out_valid, GError **error)
{
  EVP_PKEY_CTX *options = NULL;
  gsize size = assay_public_key_signature_size (key);
  if (EVP_DigestVerifyInit_ex (context, &options, key->scheme->digest, NULL, NULL, key->key, NULL) != 1)
    return TRUE;
  if (key->scheme->digest == NULL)
    return verify_at_once (context, blob, offset, length, signature, size, out_valid, error);
  if (key->scheme->padding != 0
      && (EVP_PKEY_CTX_set_rsa_padding (options, key->scheme->padding) != 1
          || (key->scheme->padding == RSA_PKCS1_PSS_PADDING
              && EVP_PKEY_CTX_set_rsa_pss_saltlen (options, PSS_SALT_BYTES) != 1)))
    return TRUE;
  if (!feed (context, blob, offset, length, error))
    return FALSE;
  if (key->scheme->order_bytes == 0)
    {
      *out_valid = EVP_DigestVerifyFinal (context, signature, size) == 1;
      return TRUE;
    }
  int der_length = 0;
  guint8 *der = to_der (key, signature, &der_length);
  *out_valid = der != NULL && der_length > 0 && EVP_DigestVerifyFinal (context, der, (gsize)der_length) == 1;
  OPENSSL_free (der);
  return TRUE;
}

gboolean
assay_public_key_verify (const AssayPublicKey *key, AssayBlob *blob, guint64 offset_bytes, guint64 length_bytes,
                         const guint8 *signature, gboolean *out_valid, GError **error)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  *out_valid = FALSE;
  gboolean done
      = context == NULL || verify (key, context, blob, offset_bytes, length_bytes, signature, out_valid, error);
  EVP_MD_CTX_free (context);
  return done;
}
