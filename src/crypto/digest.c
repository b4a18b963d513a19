#include "crypto/digest.h"

#include <openssl/evp.h>
#include <string.h>

gboolean
assay_digest_bytes (const char *name, const void *data, gsize length_bytes, guint8 *out, gsize out_length_bytes)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD *kind = EVP_MD_fetch (NULL, name, NULL);
  gboolean done
      = kind != NULL && EVP_Digest (data, length_bytes, digest, &length, kind, NULL) == 1 && length == out_length_bytes;
  EVP_MD_free (kind);
  if (done)
    memcpy (out, digest, length);
  return done;
}

/** By OpenSSL's name and by that of people. */
static const struct
{
  const char *fetched;
  const char *name;
  gboolean optional;
} kinds[ASSAY_DIGEST_KINDS] = {
  { "MD5", "MD5", FALSE },
  { "SHA1", "SHA-1", FALSE },
  { "SHA224", "SHA-224", FALSE },
  { "SHA256", "SHA-256", FALSE },
  { "SHA384", "SHA-384", FALSE },
  { "SHA512", "SHA-512", FALSE },
  { "SHA512-224", "SHA-512/224", FALSE },
  { "SHA512-256", "SHA-512/256", FALSE },
  { "SHA3-224", "SHA3-224", FALSE },
  { "SHA3-256", "SHA3-256", FALSE },
  { "SHA3-384", "SHA3-384", FALSE },
  { "SHA3-512", "SHA3-512", FALSE },
  { "BLAKE2B-512", "BLAKE2b", FALSE },
  { "BLAKE2S-256", "BLAKE2s", FALSE },
  { "SM3", "SM3", TRUE },
  { "RIPEMD-160", "RIPEMD-160", TRUE },
};

struct _AssayDigester
{
  EVP_MD_CTX *of[ASSAY_DIGEST_KINDS]; /* NULL for what is missing */
};

const char *
assay_digest_kind_name (guint kind)
{
  return kinds[kind].name;
}

AssayDigester *
assay_digester_new (GError **error)
{
  g_autoptr (AssayDigester) digester = g_new0 (AssayDigester, 1);
  for (guint i = 0; i < ASSAY_DIGEST_KINDS; i++)
    {
      EVP_MD *kind = EVP_MD_fetch (NULL, kinds[i].fetched, NULL);
      digester->of[i] = kind == NULL ? NULL : EVP_MD_CTX_new ();
      if (digester->of[i] != NULL && EVP_DigestInit_ex2 (digester->of[i], kind, NULL) != 1)
        g_clear_pointer (&digester->of[i], EVP_MD_CTX_free);
      EVP_MD_free (kind);
      if (digester->of[i] != NULL || kinds[i].optional)
        continue;
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "OpenSSL cannot make digests of %s here",
                   kinds[i].name);
      return NULL;
    }
  return g_steal_pointer (&digester);
}

void
assay_digester_free (AssayDigester *digester)
{
  if (digester == NULL)
    return;
  for (guint i = 0; i < ASSAY_DIGEST_KINDS; i++)
    EVP_MD_CTX_free (digester->of[i]);
  g_free (digester);
}

AssayDigester *
assay_digester_copy (const AssayDigester *digester)
{
  AssayDigester *copy = g_new0 (AssayDigester, 1);
  for (guint i = 0; i < ASSAY_DIGEST_KINDS; i++)
    {
      copy->of[i] = digester->of[i] == NULL ? NULL : EVP_MD_CTX_new ();
      if (digester->of[i] != NULL && EVP_MD_CTX_copy_ex (copy->of[i], digester->of[i]) != 1)
        g_error ("a digest in memory failed");
    }
  return copy;
}

void
assay_digester_update (AssayDigester *digester, const void *data, gsize length_bytes)
{
  for (guint i = 0; i < ASSAY_DIGEST_KINDS; i++)
    if (digester->of[i] != NULL && EVP_DigestUpdate (digester->of[i], data, length_bytes) != 1)
      g_error ("a digest in memory failed");
}

gsize
assay_digester_finish (AssayDigester *digester, guint kind, guint8 *out)
{
  unsigned int length = 0;
  if (digester->of[kind] == NULL)
    return 0;
  if (EVP_DigestFinal_ex (digester->of[kind], out, &length) != 1)
    g_error ("a digest in memory failed");
  return length;
}
