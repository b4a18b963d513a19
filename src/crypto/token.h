#ifndef ASSAY_CRYPTO_TOKEN_H
#define ASSAY_CRYPTO_TOKEN_H

#include "crypto/passphrase.h"
#include "crypto/scheme.h"

/**
 * AssayToken:
 *
 * A private key that stays on a token (PKCS #11 2.40), which a URI names (RFC 7512), and the session it is used in. The
 * module that speaks to the token is a library that p11-kit loads into this process: it is code of whoever signs, and
 * is trusted as the key is. It must not be used by processes that read untrusted bytes, nor be in them
 * (cage/nursery.h).
 */
typedef struct _AssayToken AssayToken;

/** assay_token_is_uri: whether a name of a key is a URI of PKCS #11, by its scheme alone. */
gboolean assay_token_is_uri (const char *name);

/** assay_token_show_uri: (transfer full): the URI as messages show it: escaped, and without its query, where a PIN may
 * stand. */
char *assay_token_show_uri (const char *uri);

/**
 * assay_token_open:
 * @uri: of one private key: whatever it leaves out fits; `module-path` or `module-name` say which module is loaded,
 *   else all that p11-kit is configured for are asked
 * @passphrase: where the PIN comes from, unless the URI has a `pin-source`; not looked at where none is needed
 *
 * Loads the module, logs in where the token wants that, and finds the key. A PIN in the URI (`pin-value`) is refused:
 * everybody on the machine can read command lines.
 *
 * Errors: ASSAY_ERROR_USAGE: the URI is wrong or names no private key; there is no such module, token or key, or more
 * than one; the PIN is missing, wrong or locked; the key is of a kind that nobody signs with, or may not sign.
 */
AssayToken *assay_token_open (const char *uri, const AssayPassphrase *passphrase, GError **error);
void assay_token_free (AssayToken *token);

/**
 * assay_token_get_public_key:
 *
 * The public half as the token has it: of the public key or the certificate that has the ID of the private key (its
 * label, where it has no ID), else of the private key itself. Nobody checked that it belongs to it.
 *
 * Returns: (transfer full) (nullable): NULL where there is none
 */
EVP_PKEY *assay_token_get_public_key (const AssayToken *token);

/**
 * assay_token_sign:
 *
 * Returns: (transfer full): the signature as the token writes it: of ECDSA r and s, one behind the other. Errors:
 * ASSAY_ERROR_FAILED.
 */
GBytes *assay_token_sign (const AssayToken *token, const AssayScheme *scheme, const guint8 *message, gsize length_bytes,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayToken, assay_token_free)

#endif
