#include "crypto/scheme.h"

#include <assay/error.h>

#include <openssl/rsa.h>
#include <string.h>

static const AssayScheme schemes[] = {
  { "ecdsa-p256-sha256", "EC", "prime256v1", "SHA256", 32, ASSAY_MESSAGE_DIGEST, 0, FALSE, FALSE },
  { "ecdsa-p384-sha384", "EC", "secp384r1", "SHA384", 48, ASSAY_MESSAGE_DIGEST, 0, FALSE, FALSE },
  { "ecdsa-p521-sha512", "EC", "secp521r1", "SHA512", 66, ASSAY_MESSAGE_DIGEST, 0, FALSE, FALSE },
  { "ecdsa-secp256k1-sha256", "EC", "secp256k1", "SHA256", 32, ASSAY_MESSAGE_DIGEST, 0, FALSE, FALSE },
  { "ecdsa-secp256k1-sha256d", "EC", "secp256k1", "SHA256", 32, ASSAY_MESSAGE_DOUBLE, 0, FALSE, FALSE },
  { "ecdsa-secp256k1-bitcoin", "EC", "secp256k1", "SHA256", 32, ASSAY_MESSAGE_BITCOIN, 0, FALSE, FALSE },
  { "rsa-pss-sha256", "RSA", NULL, "SHA256", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PSS_PADDING, FALSE, FALSE },
  { "rsa-pss-sha384", "RSA", NULL, "SHA384", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PSS_PADDING, FALSE, FALSE },
  { "rsa-pss-sha512", "RSA", NULL, "SHA512", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PSS_PADDING, FALSE, FALSE },
  { "rsa-pss-sha256-longest-salt", "RSA", NULL, "SHA256", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PSS_PADDING, FALSE, TRUE },
  { "rsa-pkcs1-sha256", "RSA", NULL, "SHA256", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PADDING, FALSE, FALSE },
  { "rsa-pkcs1-sha384", "RSA", NULL, "SHA384", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PADDING, FALSE, FALSE },
  { "rsa-pkcs1-sha512", "RSA", NULL, "SHA512", 0, ASSAY_MESSAGE_DIGEST, RSA_PKCS1_PADDING, FALSE, FALSE },
  { "ed25519", "ED25519", NULL, NULL, 0, ASSAY_MESSAGE_WHOLE, 0, FALSE, FALSE },
  { "ed25519-blake2s", "ED25519", NULL, "BLAKE2s256", 0, ASSAY_MESSAGE_DIGEST, 0, FALSE, FALSE },
  { "ed25519-cosi-blake2s", "ED25519", NULL, "BLAKE2s256", 0, ASSAY_MESSAGE_DIGEST, 0, TRUE, FALSE },
};

/** What stands before the digest in a message that SignMessage signs; its last byte is the digest's length. */
static const char bitcoin_text[] = "\x18"
                                   "Bitcoin Signed Message:\n\x20";

/** A message that is signed whole must lie in memory. */
#define WHOLE_MOST_BYTES (1u << 30)

const AssayScheme *
assay_scheme_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (schemes[i].name, name) == 0)
      return &schemes[i];
  return NULL;
}

gboolean
assay_signature_scheme_has (const char *name)
{
  return assay_scheme_find (name) != NULL;
}

const char *const *
assay_signature_scheme_names (void)
{
  static const char *names[G_N_ELEMENTS (schemes) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    names[i] = schemes[i].name;
  return names;
}

static gboolean
fail_digest (GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the digest of what a signature covers cannot be made");
  return FALSE;
}

/* Reads one range, window by window, as the signer read it. */
static gboolean
feed (EVP_MD_CTX *context, const AssaySignedRange *range, GError **error)
{
  g_autofree guint8 *window = g_malloc0 (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < range->length;)
    {
      gsize take = MIN (range->length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!range->zeroed && !assay_blob_read (range->blob, range->offset + done, window, take, error))
        return FALSE;
      if (EVP_DigestUpdate (context, window, take) != 1)
        return fail_digest (error);
      done += take;
    }
  return TRUE;
}

static gboolean
digest_ranges (EVP_MD_CTX *context, const EVP_MD *md, const GArray *ranges, guint8 *out, unsigned int *out_length,
               GError **error)
{
  if (EVP_DigestInit_ex (context, md, NULL) != 1)
    return fail_digest (error);
  for (guint i = 0; i < ranges->len; i++)
    if (!feed (context, &g_array_index (ranges, AssaySignedRange, i), error))
      return FALSE;
  return EVP_DigestFinal_ex (context, out, out_length) == 1 || fail_digest (error);
}

/* The digest once more, or of Bitcoin's text and it. */
static gboolean
digest_again (EVP_MD_CTX *context, const EVP_MD *md, AssaySigned message, guint8 *digest, unsigned int *length)
{
  for (int round = message == ASSAY_MESSAGE_BITCOIN ? 0 : 1; round < 2; round++)
    if (EVP_DigestInit_ex (context, md, NULL) != 1
        || (round == 0 && EVP_DigestUpdate (context, bitcoin_text, sizeof bitcoin_text - 1) != 1)
        || EVP_DigestUpdate (context, digest, *length) != 1 || EVP_DigestFinal_ex (context, digest, length) != 1)
      return FALSE;
  return TRUE;
}

gboolean
assay_scheme_digest (const AssayScheme *scheme, const GArray *ranges, guint8 *out, gsize *out_length, GError **error)
{
  unsigned int length = 0;
  EVP_MD *md = EVP_MD_fetch (NULL, scheme->digest, NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean done
      = md != NULL && context != NULL ? digest_ranges (context, md, ranges, out, &length, error) : fail_digest (error);
  if (done && scheme->message != ASSAY_MESSAGE_DIGEST && !digest_again (context, md, scheme->message, out, &length))
    done = fail_digest (error);
  EVP_MD_CTX_free (context);
  EVP_MD_free (md);
  *out_length = length;
  return done;
}

guint8 *
assay_scheme_gather (const GArray *ranges, gsize *out_length, GError **error)
{
  guint64 total = 0;
  for (guint i = 0; i < ranges->len; i++)
    {
      guint64 length = g_array_index (ranges, AssaySignedRange, i).length;
      total = length > WHOLE_MOST_BYTES ? G_MAXUINT64 : MIN (total + length, WHOLE_MOST_BYTES + 1u);
      if (total > WHOLE_MOST_BYTES)
        break;
    }
  g_autofree guint8 *whole = total > WHOLE_MOST_BYTES ? NULL : g_try_malloc0 (MAX (total, 1));
  if (whole == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "what an Ed25519 signature covers is too long");
      return NULL;
    }
  guint8 *position = whole;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssaySignedRange *range = &g_array_index (ranges, AssaySignedRange, i);
      if (!range->zeroed && !assay_blob_read (range->blob, range->offset, position, range->length, error))
        return NULL;
      position += range->length;
    }
  *out_length = total;
  return g_steal_pointer (&whole);
}
