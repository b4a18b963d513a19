#ifndef ASSAY_CRYPTO_SECRET_H
#define ASSAY_CRYPTO_SECRET_H

#include <assay/digest.h>

/**
 * AssaySecret:
 *
 * A key file of 32 random bytes by which this user knows again what he made (T24): HMAC-SHA-256 (RFC 2104, by OpenSSL).
 * Who can read it can forge all that it authenticates; it proves nothing to anybody else.
 *
 * The key is in memory only while something is authenticated, and no process is forked meanwhile: those that read
 * untrusted bytes are forks of this one. May be used by several threads.
 */
typedef struct _AssaySecret AssaySecret;

/**
 * assay_secret_open:
 *
 * Opens a key file, or makes one of mode 0600 where there is none, as several processes may at once: one key is made.
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED others can read it, or could have put it there (util/own.h), or it is no key;
 * ASSAY_ERROR_IO.
 */
AssaySecret *assay_secret_open (const char *path, GError **error);
void assay_secret_free (AssaySecret *secret);

/** assay_secret_get_path: as given; owned by the secret. */
const char *assay_secret_get_path (const AssaySecret *secret);

/** assay_secret_get_fd: of the file; owned by the secret. */
int assay_secret_get_fd (const AssaySecret *secret);

/**
 * assay_secret_authenticate:
 * @purpose: what kind of thing it is; one kind cannot stand for another
 * @name: which one; one cannot stand for another either
 * @content: the digest of what it holds
 *
 * HMAC-SHA-256 over purpose, name and digest, with a NUL behind each of the first two. Errors: ASSAY_ERROR_IO.
 */
gboolean assay_secret_authenticate (AssaySecret *secret, const char *purpose, const char *name,
                                    const AssayDigest *content, AssayDigest *out_code, GError **error);

/** assay_secret_verify: whether @code is what assay_secret_authenticate() gives, found out in constant time. Errors:
 * ASSAY_ERROR_PIN it is not; ASSAY_ERROR_IO. */
gboolean assay_secret_verify (AssaySecret *secret, const char *purpose, const char *name, const AssayDigest *content,
                              const AssayDigest *code, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySecret, assay_secret_free)

#endif
