#include "crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <string.h>

struct _AssaySha256
{
  EVP_MD_CTX *context;
};

/* What one thread uses again and again: making them costs more than digesting a small file. */
typedef struct
{
  AssaySha256 *sha256;
  guint8 window[ASSAY_BLOB_WINDOW_BYTES];
} Scratch;

/* Looked up once: each look-up takes a lock of the library. A libcrypto without SHA-256 is no libcrypto to go on with.
 */
static const EVP_MD *
algorithm (void)
{
  static gsize fetched;
  if (g_once_init_enter (&fetched))
    {
      EVP_MD *found = EVP_MD_fetch (NULL, "SHA256", NULL);
      if (found == NULL)
        g_error ("libcrypto offers no SHA-256");
      g_once_init_leave (&fetched, (gsize)found);
    }
  return (const EVP_MD *)fetched;
}

static void
begin (AssaySha256 *sha256)
{
  if (EVP_DigestInit_ex2 (sha256->context, algorithm (), NULL) != 1)
    g_error ("libcrypto cannot begin a SHA-256");
}

AssaySha256 *
assay_sha256_new (void)
{
  AssaySha256 *sha256 = g_new0 (AssaySha256, 1);
  sha256->context = EVP_MD_CTX_new ();
  if (sha256->context == NULL)
    g_error ("no memory for a SHA-256");
  begin (sha256);
  return sha256;
}

void
assay_sha256_free (AssaySha256 *sha256)
{
  if (sha256 == NULL)
    return;
  EVP_MD_CTX_free (sha256->context);
  g_free (sha256);
}

void
assay_sha256_update (AssaySha256 *sha256, const void *data, gsize length_bytes)
{
  if (EVP_DigestUpdate (sha256->context, data, length_bytes) != 1)
    g_error ("libcrypto cannot go on with a SHA-256");
}

void
assay_sha256_finish (AssaySha256 *sha256, AssayDigest *out_digest)
{
  unsigned int length = 0;
  if (EVP_DigestFinal_ex (sha256->context, out_digest->bytes, &length) != 1 || length != ASSAY_DIGEST_SIZE)
    g_error ("libcrypto cannot finish a SHA-256");
  begin (sha256);
}

gboolean
assay_sha256_is_default (void)
{
  return strcmp (OSSL_PROVIDER_get0_name (EVP_MD_get0_provider (algorithm ())), "default") == 0;
}

static void
free_scratch (gpointer data)
{
  Scratch *scratch = data;
  assay_sha256_free (scratch->sha256);
  g_free (scratch);
}

static Scratch *
get_scratch (void)
{
  static GPrivate key = G_PRIVATE_INIT (free_scratch);
  Scratch *scratch = g_private_get (&key);
  if (scratch == NULL)
    {
      scratch = g_malloc (sizeof *scratch);
      scratch->sha256 = assay_sha256_new ();
      g_private_set (&key, scratch);
    }
  return scratch;
}

void
assay_sha256_bytes (const void *data, gsize length_bytes, AssayDigest *out_digest)
{
  AssaySha256 *sha256 = get_scratch ()->sha256;
  assay_sha256_update (sha256, data, length_bytes);
  assay_sha256_finish (sha256, out_digest);
}

static gboolean
digest_windows (AssayBlob *blob, AssayDigest *out_digest, GError **error)
{
  guint64 offset = 0, length = assay_blob_get_size (blob);
  Scratch *scratch = get_scratch ();
  AssayDigest digest;
  gboolean complete = TRUE;
  while (length > 0 && complete)
    {
      gsize count = (gsize)MIN (length, ASSAY_BLOB_WINDOW_BYTES);
      complete = assay_blob_read (blob, offset, scratch->window, count, error);
      if (complete)
        assay_sha256_update (scratch->sha256, scratch->window, count);
      offset += count;
      length -= count;
    }
  /* Finished in any case: the next digest of this thread begins with nothing of this one. */
  assay_sha256_finish (scratch->sha256, &digest);
  if (complete)
    *out_digest = digest;
  return complete;
}

gboolean
assay_sha256_blob (AssayBlob *blob, guint64 offset_bytes, guint64 length_bytes, AssayDigest *out_digest, GError **error)
{
  /* The range is checked as a whole, before the first window. */
  g_autoptr (AssayBlob) range = assay_blob_new_slice (blob, offset_bytes, length_bytes, error);
  if (range == NULL)
    return FALSE;
  const AssayDigest *noted = length_bytes == assay_blob_get_size (blob) ? assay_blob_get_noted_sha256 (blob) : NULL;
  if (noted != NULL)
    {
      *out_digest = *noted;
      return TRUE;
    }
  const guint8 *memory = assay_blob_peek_memory (range);
  if (memory != NULL)
    {
      assay_sha256_bytes (memory, (gsize)length_bytes, out_digest);
      return TRUE;
    }
  if (!assay_blob_hold (range, error))
    return FALSE;
  gboolean complete = digest_windows (range, out_digest, error);
  assay_blob_release (range);
  return complete;
}
