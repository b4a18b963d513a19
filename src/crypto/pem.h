#ifndef ASSAY_CRYPTO_PEM_H
#define ASSAY_CRYPTO_PEM_H

#include <glib.h>

/** AssayPemWanted: which of the two halves of a key a file must hold. */
typedef enum
{
  ASSAY_PEM_PUBLIC = 0,
  ASSAY_PEM_PRIVATE,
} AssayPemWanted;

/**
 * assay_pem_check:
 * @path: as messages show it
 *
 * Whether a PEM file (RFC 7468) holds one key of the wanted half and nothing else, by the labels of its parts alone;
 * what else it is, is named: the other half, a certificate, a key of OpenSSH, of PGP or of cosign. "EC PARAMETERS"
 * before a private key, as OpenSSL writes them, are allowed.
 *
 * Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_pem_check (GBytes *text, AssayPemWanted wanted, const char *path, GError **error);

#endif
