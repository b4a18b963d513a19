#ifndef ASSAY_CRYPTO_AUTHORITY_H
#define ASSAY_CRYPTO_AUTHORITY_H

#include "crypto/signature.h"

/**
 * AssayAuthority:
 *
 * Roots that are believed because command line or policy name them, and lists of what they revoked. Whoever has a
 * certificate of theirs for the signing of code may sign for them (RFC 5280, by OpenSSL).
 */
typedef struct _AssayAuthority AssayAuthority;

/** Certificates of one chain, the signer's own and the root too. */
#define ASSAY_CHAIN_MOST 10

/**
 * assay_authority_load:
 * @paths: NULL-terminated files, at least one, with certificates of roots in PEM form
 * @crls: NULL-terminated files with lists of revoked certificates in PEM form (CRLs), or NULL. With any of them each
 *   certificate below a root needs one of its issuer that is in force; and what any of them that its issuer signed has
 *   as revoked is so, in force or not
 *
 * Errors: ASSAY_ERROR_USAGE a file is missing, or holds none.
 */
AssayAuthority *assay_authority_load (char *const *paths, char *const *crls, GError **error);
void assay_authority_free (AssayAuthority *authority);

/** assay_authority_shares: whether two authorities have a root in common, by its key, whatever that is written as. */
gboolean assay_authority_shares (const AssayAuthority *one, const AssayAuthority *other);

/**
 * assay_authority_exclude:
 * @other: another one
 *
 * From here on no chain of @authority leads through a key by which @other signs for its own: of its roots, and of CAs
 * that stood in a chain that it certified. What one of two authorities certified the other too would speak for both.
 */
void assay_authority_exclude (AssayAuthority *authority, const AssayAuthority *other);

/** assay_authority_exclude_key: the same of one key, by assay_public_key_get_identity(). */
void assay_authority_exclude_key (AssayAuthority *authority, const AssayDigest *identity);

/** assay_authority_get_name: the first file of its roots, escaped; owned by the authority. */
const char *assay_authority_get_name (const AssayAuthority *authority);

/** assay_chain_load: (transfer full) (element-type GBytes): the certificates of a PEM file in DER, in its order.
 * Errors: ASSAY_ERROR_USAGE. */
GPtrArray *assay_chain_load (const char *path, GError **error);

/** assay_chain_get_key_identity: of the first certificate's key, as assay_public_key_get_identity(); FALSE where it has
 * none that can be read. */
gboolean assay_chain_get_key_identity (const GPtrArray *chain, AssayDigest *out_identity);

/**
 * assay_authority_certify:
 * @chain: (element-type GBytes): certificates in DER: the signer's own first, then those between it and a root
 * @time_s: the moment at which all of it must be valid, seconds since 1970. No clock is read
 * @listed_s: the moment at which lists of what was revoked must be in force, not before @time_s: what they name then is
 *   refused, whenever it was revoked
 * @out_problem: (transfer full) (nullable): why not, as the end of a sentence; NULL where it is
 *
 * The signer's own certificate must be for signatures (keyUsage digitalSignature, where it has one) of code
 * (extendedKeyUsage codeSigning, which it must have), and no CA's.
 *
 * Returns: (transfer full) (nullable): its key, with the scheme of assay_public_key_load_any()
 */
AssayPublicKey *assay_authority_certify (const AssayAuthority *authority, const GPtrArray *chain, gint64 time_s,
                                         gint64 listed_s, char **out_problem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAuthority, assay_authority_free)

#endif
