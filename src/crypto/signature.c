#include "crypto/signature.h"

#include "crypto/pem.h"
#include "crypto/scheme.h"
#include "crypto/sha256.h"
#include "util/stream.h"
#include "util/text.h"

#include <assay/error.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

/** RSA keys below this are not believed (NIST SP 800-131A). */
#define RSA_LEAST_BITS 2048
/** A file with one key in it is not longer. */
#define KEY_MOST_BYTES (1u << 20)
/** Bytes of an Ed25519 key and of a signature (RFC 8032). */
#define ED25519_KEY_BYTES 32
#define ED25519_SIGNATURE_BYTES 64

struct _AssayPublicKey
{
  EVP_PKEY *key;
  const AssayScheme *scheme;
  AssaySignatureEncoding encoding;
};

void
assay_public_key_free (AssayPublicKey *key)
{
  if (key == NULL)
    return;
  EVP_PKEY_free (key->key);
  g_free (key);
}

gboolean
assay_public_key_equal (const AssayPublicKey *a, const AssayPublicKey *b)
{
  AssayDigest one, other;
  return assay_key_get_identity (a->key, &one) && assay_key_get_identity (b->key, &other)
         && assay_digest_equal (&one, &other);
}

gboolean
assay_public_key_get_identity (const AssayPublicKey *key, AssayDigest *out_identity)
{
  return assay_key_get_identity (key->key, out_identity);
}

guint
assay_public_key_get_bits (const AssayPublicKey *key)
{
  return (guint)MAX (EVP_PKEY_get_bits (key->key), 0);
}

const char *
assay_public_key_get_scheme (const AssayPublicKey *key)
{
  return key->scheme->name;
}

gboolean
assay_public_key_is_joint (const AssayPublicKey *key)
{
  return key->scheme->joint;
}

static gboolean
has_encoding (const AssayScheme *scheme, AssaySignatureEncoding encoding)
{
  switch (encoding)
    {
    case ASSAY_SIGNATURE_RAW:
      return TRUE;
    case ASSAY_SIGNATURE_RAW_LITTLE:
      return scheme->order_bytes > 0 || scheme->padding != 0;
    case ASSAY_SIGNATURE_DER:
      return scheme->order_bytes > 0;
    }
  return FALSE;
}

static gboolean
fits (const AssayPublicKey *key, const char *path, GError **error)
{
  const AssayScheme *scheme = key->scheme;
  char group[64] = "";
  gboolean right = EVP_PKEY_is_a (key->key, scheme->key_type) == 1;
  if (right && scheme->group != NULL)
    right = EVP_PKEY_get_group_name (key->key, group, sizeof group, NULL) == 1 && strcmp (group, scheme->group) == 0;
  if (!right)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: not a key for %s", path, scheme->name);
  else if (assay_key_is_explicit (key->key))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "%s: an EC key with explicit parameters; expected a named curve (RFC 5480)", path);
      right = FALSE;
    }
  else if (scheme->padding != 0 && EVP_PKEY_get_bits (key->key) < RSA_LEAST_BITS)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: an RSA key of %d bits is too weak, 2048 are needed",
                   path, EVP_PKEY_get_bits (key->key));
      right = FALSE;
    }
  return right;
}

AssayPublicKey *
assay_public_key_new (EVP_PKEY *pkey, const char *path, const char *scheme, AssaySignatureEncoding encoding,
                      GError **error)
{
  g_autoptr (AssayPublicKey) key = g_new0 (AssayPublicKey, 1);
  key->key = pkey;
  key->scheme = assay_scheme_find (scheme);
  key->encoding = encoding;
  if (key->scheme == NULL || !has_encoding (key->scheme, encoding))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the scheme %s has no such encoding", scheme);
      return NULL;
    }
  return fits (key, path, error) ? g_steal_pointer (&key) : NULL;
}

/* As assay_public_key_new(), of a key that nobody looked into yet. */
static AssayPublicKey *
take (EVP_PKEY *pkey, const char *path, const char *scheme, AssaySignatureEncoding encoding, GError **error)
{
  g_autoptr (AssayPublicKey) key = assay_public_key_new (pkey, path, scheme, encoding, error);
  const char *weakness = key == NULL ? NULL : assay_key_find_weakness (key->key);
  if (weakness == NULL)
    return g_steal_pointer (&key);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", path, weakness);
  return NULL;
}

AssayPublicKey *
assay_public_key_load (const char *path, const char *scheme, AssaySignatureEncoding encoding, GError **error)
{
  g_autoptr (GBytes) text = assay_stream_read_file (path, "key", KEY_MOST_BYTES, error);
  if (text == NULL)
    return NULL;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (text, &length);
  BIO *bio = BIO_new_mem_buf (bytes == NULL ? "" : bytes, (int)length);
  EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  char *rest = NULL;
  char *header = NULL;
  guint8 *data = NULL;
  long data_length = 0;
  gboolean more = pkey != NULL && PEM_read_bio (bio, &rest, &header, &data, &data_length) == 1;
  OPENSSL_free (rest);
  OPENSSL_free (header);
  OPENSSL_free (data);
  BIO_free (bio);
  if (pkey != NULL && !more)
    return take (pkey, path, scheme, encoding, error);
  EVP_PKEY_free (pkey);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: expected one public key in PEM form", path);
  return NULL;
}

AssayPublicKey *
assay_public_key_load_any (const char *path, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_autoptr (GBytes) text = assay_stream_read_file (path, "key", KEY_MOST_BYTES, error);
  if (text == NULL || !assay_pem_check (text, ASSAY_PEM_PUBLIC, shown, error))
    return NULL;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (text, &length);
  BIO *bio = BIO_new_mem_buf (bytes, (int)length);
  EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  BIO_free (bio);
  if (pkey == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: the public key cannot be read", shown);
      return NULL;
    }
  const char *scheme = assay_key_kind_scheme (pkey, shown, error);
  if (scheme != NULL)
    return take (pkey, shown, scheme, ASSAY_SIGNATURE_RAW, error);
  EVP_PKEY_free (pkey);
  return NULL;
}

AssayPublicKey *
assay_public_key_new_from_certificate (X509 *certificate, const char *path, const char *scheme,
                                       AssaySignatureEncoding encoding, GError **error)
{
  EVP_PKEY *pkey = X509_get_pubkey (certificate);
  if (pkey != NULL)
    return take (pkey, path, scheme, encoding, error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: the certificate's key cannot be read", path);
  return NULL;
}

AssayPublicKey *
assay_public_key_join (const GPtrArray *keys, guint64 mask)
{
  guint8 sum[ED25519_KEY_BYTES];
  gboolean any = FALSE;
  const AssayPublicKey *first = keys->len > 0 ? g_ptr_array_index (keys, 0) : NULL;
  if (first == NULL || keys->len > 63 || mask == 0 || mask >> keys->len != 0)
    return NULL;
  for (guint i = 0; i < keys->len; i++)
    {
      guint8 point[ED25519_KEY_BYTES];
      gsize length = sizeof point;
      const AssayPublicKey *key = g_ptr_array_index (keys, i);
      if ((mask >> i & 1) == 0)
        continue;
      if (EVP_PKEY_get_raw_public_key (key->key, point, &length) != 1 || length != sizeof point
          || (any && !assay_point_add (sum, point, sum)))
        return NULL;
      if (!any)
        memcpy (sum, point, sizeof sum);
      any = TRUE;
    }
  g_autoptr (AssayPublicKey) joint = g_new0 (AssayPublicKey, 1);
  joint->key = EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, sum, sizeof sum);
  joint->scheme = first->scheme;
  joint->encoding = first->encoding;
  return joint->key == NULL || assay_key_find_weakness (joint->key) != NULL ? NULL : g_steal_pointer (&joint);
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

static void
reverse (guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length / 2; i++)
    {
      guint8 byte = bytes[i];
      bytes[i] = bytes[length - 1 - i];
      bytes[length - 1 - i] = byte;
    }
}

/* The one DER encoding of r and s. Both must lie in [1, order - 1]: OpenSSL refuses all others, but a number that does
 * not is no signature whatever it might verify. */
static guint8 *
encode_ecdsa (const AssayPublicKey *key, const ECDSA_SIG *signature, int *out_length)
{
  const BIGNUM *r = ECDSA_SIG_get0_r (signature);
  const BIGNUM *s = ECDSA_SIG_get0_s (signature);
  EC_GROUP *group = EC_GROUP_new_by_curve_name (OBJ_sn2nid (key->scheme->group));
  const BIGNUM *order = group == NULL ? NULL : EC_GROUP_get0_order (group);
  guint8 *der = NULL;
  if (order != NULL && !BN_is_negative (r) && !BN_is_negative (s) && !BN_is_zero (r) && !BN_is_zero (s)
      && BN_cmp (r, order) < 0 && BN_cmp (s, order) < 0)
    *out_length = i2d_ECDSA_SIG (signature, &der);
  EC_GROUP_free (group);
  return der;
}

static guint8 *
der_of_raw (const AssayPublicKey *key, const guint8 *slot, int *out_length)
{
  gsize half = key->scheme->order_bytes;
  g_autofree guint8 *raw = g_memdup2 (slot, 2 * half);
  if (key->encoding == ASSAY_SIGNATURE_RAW_LITTLE)
    {
      reverse (raw, half);
      reverse (raw + half, half);
    }
  guint8 *der = NULL;
  ECDSA_SIG *signature = ECDSA_SIG_new ();
  BIGNUM *r = BN_bin2bn (raw, (int)half, NULL);
  BIGNUM *s = BN_bin2bn (raw + half, (int)half, NULL);
  if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0 (signature, r, s) == 1)
    der = encode_ecdsa (key, signature, out_length);
  else
    {
      BN_free (r);
      BN_free (s);
    }
  ECDSA_SIG_free (signature);
  return der;
}

GBytes *
assay_public_key_encode (const AssayPublicKey *key, GBytes *raw)
{
  gsize length = 0;
  int der_length = 0;
  const guint8 *bytes = g_bytes_get_data (raw, &length);
  guint8 *der = length == 2 * key->scheme->order_bytes ? der_of_raw (key, bytes, &der_length) : NULL;
  GBytes *encoded = der == NULL ? NULL : g_bytes_new (der, (gsize)der_length);
  OPENSSL_free (der);
  return encoded;
}

/* What DER reads from the slot, written again: the same bytes, or it was not canonical. */
static guint8 *
der_of_der (const AssayPublicKey *key, const guint8 *slot, gsize slot_length, int *out_length)
{
  const guint8 *position = slot;
  ECDSA_SIG *signature = d2i_ECDSA_SIG (NULL, &position, (long)slot_length);
  guint8 *der = signature == NULL ? NULL : encode_ecdsa (key, signature, out_length);
  ECDSA_SIG_free (signature);
  if (der == NULL || *out_length != position - slot || memcmp (der, slot, (gsize)*out_length) != 0)
    {
      OPENSSL_free (der);
      der = NULL;
    }
  return der;
}

/** A signature as OpenSSL wants it. */
typedef struct
{
  guint8 *bytes; /* by OpenSSL */
  int length;
  gsize taken; /* of the slot */
} Signature;

/* Takes the signature out of its slot; returns what is wrong, or NULL. */
static const char *
extract (const AssayPublicKey *key, const guint8 *slot, gsize slot_length, Signature *out)
{
  gboolean ecdsa = key->scheme->order_bytes > 0;
  gsize size = ecdsa                       ? 2 * key->scheme->order_bytes
               : key->scheme->padding != 0 ? (gsize)EVP_PKEY_get_size (key->key)
                                           : ED25519_SIGNATURE_BYTES;
  out->taken = size;
  if (key->encoding != ASSAY_SIGNATURE_DER && slot_length < size)
    return "does not fit into its slot";
  if (key->encoding == ASSAY_SIGNATURE_DER)
    {
      out->bytes = der_of_der (key, slot, MIN (slot_length, (gsize)G_MAXINT), &out->length);
      out->taken = (gsize)out->length;
    }
  else if (ecdsa)
    out->bytes = der_of_raw (key, slot, &out->length);
  else
    {
      out->bytes = OPENSSL_memdup (slot, size);
      out->length = (int)size;
      if (out->bytes != NULL && key->encoding == ASSAY_SIGNATURE_RAW_LITTLE)
        reverse (out->bytes, size);
    }
  return out->bytes == NULL ? "is not in its canonical encoding, or its numbers are out of range" : NULL;
}

static gboolean
set_options (const AssayPublicKey *key, EVP_PKEY_CTX *context)
{
  EVP_MD *md = EVP_MD_fetch (NULL, key->scheme->digest, NULL);
  gboolean set = md != NULL;
  int padding = key->scheme->padding;
  if (set && padding != 0)
    set = EVP_PKEY_CTX_set_rsa_padding (context, padding) == 1;
  set = set && EVP_PKEY_CTX_set_signature_md (context, md) == 1;
  int salt = key->scheme->longest_salt ? RSA_PSS_SALTLEN_MAX : EVP_MD_get_size (md);
  if (set && padding == RSA_PKCS1_PSS_PADDING)
    set = EVP_PKEY_CTX_set_rsa_pss_saltlen (context, salt) == 1;
  EVP_MD_free (md);
  return set;
}

static gboolean
verify_digest (const AssayPublicKey *key, const Signature *signature, const guint8 *message, gsize length)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey (NULL, key->key, NULL);
  gboolean valid = context != NULL && EVP_PKEY_verify_init (context) == 1 && set_options (key, context)
                   && EVP_PKEY_verify (context, signature->bytes, (gsize)signature->length, message, length) == 1;
  EVP_PKEY_CTX_free (context);
  return valid;
}

static gboolean
verify_ed25519 (const AssayPublicKey *key, const Signature *signature, const guint8 *message, gsize length)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean valid = context != NULL && EVP_DigestVerifyInit_ex (context, NULL, NULL, NULL, NULL, key->key, NULL) == 1
                   && EVP_DigestVerify (context, signature->bytes, (gsize)signature->length, message, length) == 1;
  EVP_MD_CTX_free (context);
  return valid;
}

static gboolean
verify (const AssayPublicKey *key, const GArray *ranges, const Signature *signature, gboolean *out_valid,
        GError **error)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  gsize length = 0;
  if (key->scheme->message == ASSAY_MESSAGE_WHOLE)
    {
      g_autofree guint8 *whole = assay_scheme_gather (ranges, &length, error);
      if (whole == NULL)
        return FALSE;
      *out_valid = verify_ed25519 (key, signature, whole, length);
      return TRUE;
    }
  if (!assay_scheme_digest (key->scheme, ranges, digest, &length, error))
    return FALSE;
  gboolean edwards = key->scheme->order_bytes == 0 && key->scheme->padding == 0;
  *out_valid
      = edwards ? verify_ed25519 (key, signature, digest, length) : verify_digest (key, signature, digest, length);
  return TRUE;
}

gboolean
assay_public_key_verify (const AssayPublicKey *key, const GArray *ranges, const guint8 *slot, gsize slot_length,
                         gsize *out_length, const char **out_problem, GError **error)
{
  Signature signature = { NULL, 0, 0 };
  gboolean valid = FALSE;
  gboolean done = TRUE;
  *out_problem = extract (key, slot, slot_length, &signature);
  if (*out_problem == NULL)
    {
      done = verify (key, ranges, &signature, &valid, error);
      *out_problem = valid ? NULL : "does not verify under the key that the policy gives";
      *out_length = signature.taken;
    }
  OPENSSL_free (signature.bytes);
  return done;
}

gboolean
assay_public_key_verify_message (const AssayPublicKey *key, const guint8 *message, gsize length_bytes,
                                 GBytes *signature, AssaySignatureEncoding *out_encoding, const char **out_problem,
                                 GError **error)
{
  static const AssaySignatureEncoding encodings[] = { ASSAY_SIGNATURE_DER, ASSAY_SIGNATURE_RAW };
  g_autoptr (GBytes) borrowed = g_bytes_new_static (message, length_bytes);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (borrowed);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  const AssaySignedRange range = { blob, 0, length_bytes, FALSE };
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (signature, &length);
  g_array_append_val (ranges, range);
  *out_problem = "has the length or encoding of none that the key can make";
  for (gsize i = 0; i < G_N_ELEMENTS (encodings); i++)
    {
      AssayPublicKey read_as = { key->key, key->scheme, encodings[i] };
      const char *problem = NULL;
      Signature found = { NULL, 0, 0 };
      gboolean valid = FALSE;
      gboolean done = TRUE;
      if (has_encoding (key->scheme, encodings[i]) && length > 0 && extract (&read_as, bytes, length, &found) == NULL
          && found.taken == length)
        {
          done = verify (&read_as, ranges, &found, &valid, error);
          problem = "does not verify under the key";
        }
      OPENSSL_free (found.bytes);
      if (!done)
        return FALSE;
      *out_problem = valid ? NULL : problem != NULL ? problem : *out_problem;
      *out_encoding = encodings[i];
      if (valid)
        break;
    }
  return TRUE;
}
