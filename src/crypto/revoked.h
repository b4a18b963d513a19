#ifndef ASSAY_CRYPTO_REVOKED_H
#define ASSAY_CRYPTO_REVOKED_H

#include <glib.h>

#include <openssl/x509.h>

/*
 * Certificates that lists (CRLs, RFC 5280) call revoked. @stamped_s (nullable), of a TSA's own certificate: the moment,
 * seconds since 1970, that it states; a TSA that stopped later without its key having been another's keeps what it
 * stamped before (RFC 3161, 4).
 */

/**
 * assay_crl_find_weak_digest:
 *
 * OpenSSL asks what certificates are signed over, and not lists: of a digest with less than 112 bits against collisions
 * (SP 800-57, as its security level 2 has it) somebody may have written another list under the same signature.
 *
 * Returns: (nullable): what that digest is called, static; NULL: it is none of these, or the signature has none beside
 * it (Ed25519, Ed448)
 */
const char *assay_crl_find_weak_digest (const X509_CRL *list);

/** assay_crl_revokes: whether a list has the certificate as one that is revoked, by any of its entries: not as one that
 * is so no more. Whose list it is nobody asks. */
gboolean assay_crl_revokes (X509_CRL *list, X509 *certificate, const gint64 *stamped_s);

/**
 * assay_crls_find:
 * @lists: all that are given
 * @chain: the signer's own certificate first, of which alone @stamped_s speaks, each with its issuer behind it
 *
 * OpenSSL looks into one list of each issuer, of those in force. Who gives another has said what it says as well, be it
 * older or newer: what was revoked once is to be signed under by nobody.
 *
 * Returns: (transfer full) (nullable): which is revoked by a list of its issuer, as the end of a sentence; NULL: none
 */
char *assay_crls_find (STACK_OF (X509_CRL) * lists, STACK_OF (X509) * chain, const gint64 *stamped_s);

#endif
