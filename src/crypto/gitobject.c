#include "crypto/gitobject.h"

#include <openssl/evp.h>
#include <string.h>

struct _AssayGitObject
{
  EVP_MD_CTX *context;
};

AssayGitObject *
assay_git_object_new (void)
{
  AssayGitObject *object = g_new0 (AssayGitObject, 1);
  object->context = EVP_MD_CTX_new ();
  if (object->context == NULL)
    g_error ("out of memory");
  return object;
}

void
assay_git_object_free (AssayGitObject *object)
{
  if (object == NULL)
    return;
  EVP_MD_CTX_free (object->context);
  g_free (object);
}

void
assay_git_object_begin (AssayGitObject *object, const char *type, guint64 size_bytes)
{
  char header[64];
  int length = g_snprintf (header, sizeof header, "%s %" G_GUINT64_FORMAT, type, size_bytes);
  /* Cannot fail with the digests of the default provider; a machine without SHA-1 must not go on with a wrong name. */
  if (EVP_DigestInit_ex (object->context, EVP_sha1 (), NULL) != 1)
    g_error ("OpenSSL offers no SHA-1");
  assay_git_object_update (object, header, (gsize)length + 1);
}

void
assay_git_object_update (AssayGitObject *object, const void *data, gsize length_bytes)
{
  if (EVP_DigestUpdate (object->context, data, length_bytes) != 1)
    g_error ("OpenSSL cannot digest");
}

void
assay_git_object_finish (AssayGitObject *object, AssayGitId *out_id)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_DigestFinal_ex (object->context, digest, &length) != 1 || length != ASSAY_GIT_ID_BYTES)
    g_error ("OpenSSL cannot digest");
  memcpy (out_id->bytes, digest, ASSAY_GIT_ID_BYTES);
}
