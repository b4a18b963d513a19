#include "crypto/pem.h"

#include <assay/error.h>

#include <string.h>

/** What a label of a part says of it. */
typedef enum
{
  PART_OTHER = 0,
  PART_PUBLIC,
  PART_PRIVATE,
  PART_PARAMETERS,
} Part;

static const struct
{
  const char *label;
  Part part;
  const char *what;
} labels[] = {
  { "PUBLIC KEY", PART_PUBLIC, "a public key" },
  { "PRIVATE KEY", PART_PRIVATE, "a private key" },
  { "ENCRYPTED PRIVATE KEY", PART_PRIVATE, "a private key" },
  { "EC PRIVATE KEY", PART_PRIVATE, "a private key" },
  { "RSA PRIVATE KEY", PART_PRIVATE, "a private key" },
  { "EC PARAMETERS", PART_PARAMETERS, "parameters without a key" },
  { "RSA PUBLIC KEY", PART_OTHER, "a public key in the form of PKCS #1 (`openssl rsa -RSAPublicKey_in` converts it)" },
  { "DSA PRIVATE KEY", PART_OTHER, "a DSA key" },
  { "CERTIFICATE", PART_OTHER, "a certificate" },
  { "TRUSTED CERTIFICATE", PART_OTHER, "a certificate" },
  { "CERTIFICATE REQUEST", PART_OTHER, "a request for a certificate" },
  { "OPENSSH PRIVATE KEY", PART_OTHER, "a key of OpenSSH (`ssh-keygen -p -m PKCS8` converts it)" },
  { "ENCRYPTED COSIGN PRIVATE KEY", PART_OTHER, "a key in cosign's own form" },
  { "ENCRYPTED SIGSTORE PRIVATE KEY", PART_OTHER, "a key in cosign's own form" },
  { "PGP PRIVATE KEY BLOCK", PART_OTHER, "a key of OpenPGP" },
  { "PGP PUBLIC KEY BLOCK", PART_OTHER, "a key of OpenPGP" },
};

#define BEGINS "-----BEGIN "

/* The next label from @position on, or NULL. @out_end: where to look for the one behind it. */
static char *
next_label (const char *position, const char *end, const char **out_end)
{
  const char *begin = memmem (position, (gsize)(end - position), BEGINS, strlen (BEGINS));
  if (begin == NULL)
    return NULL;
  begin += strlen (BEGINS);
  const char *close = memmem (begin, (gsize)(end - begin), "-----", 5);
  *out_end = close == NULL ? end : close + 5;
  return g_strndup (begin, (gsize)((close == NULL ? begin : close) - begin));
}

static gboolean
refuse (const char *path, const char *found, AssayPemWanted wanted, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: found %s; expected one %s key in PEM form", path, found,
               wanted == ASSAY_PEM_PUBLIC ? "public" : "private");
  return FALSE;
}

gboolean
assay_pem_check (GBytes *text, AssayPemWanted wanted, const char *path, GError **error)
{
  gsize length = 0;
  const char *position = g_bytes_get_data (text, &length);
  const char *end = position + length;
  guint found = 0;
  Part right = wanted == ASSAY_PEM_PUBLIC ? PART_PUBLIC : PART_PRIVATE;
  while (position != end)
    {
      g_autofree char *label = next_label (position, end, &position);
      if (label == NULL)
        break;
      Part part = PART_OTHER;
      const char *what = "something else";
      for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
        if (strcmp (label, labels[i].label) == 0)
          {
            part = labels[i].part;
            what = labels[i].what;
          }
      found += part == right;
      if (part != right && (part != PART_PARAMETERS || right != PART_PRIVATE))
        return refuse (path, what, wanted, error);
    }
  if (found == 1)
    return TRUE;
  return refuse (path, found == 0 ? "no such key" : "more than one key", wanted, error);
}
