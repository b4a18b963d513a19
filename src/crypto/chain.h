#ifndef ASSAY_CRYPTO_CHAIN_H
#define ASSAY_CRYPTO_CHAIN_H

#include "crypto/stamp.h"

#include <openssl/x509.h>

/* What an authority is made of, for this room alone. */

/** assay_authority_get_store: owned by the authority. */
X509_STORE *assay_authority_get_store (const AssayAuthority *authority);

/** assay_chain_params_set: what every chain is held to (RFC 5280, strictly), at that time; @flags of OpenSSL beside. */
gboolean assay_chain_params_set (X509_VERIFY_PARAM *params, gint64 time_s, gulong flags);

/**
 * assay_authority_check:
 * @others: what may stand between @own and a root
 *
 * Whether a chain leads from @own to a root, at the times of assay_authority_certify(); whatever it is for.
 *
 * Returns: (transfer full) (nullable): why not, as the end of a sentence
 */
char *assay_authority_check (const AssayAuthority *authority, X509 *own, STACK_OF (X509) * others, gint64 time_s,
                             gint64 listed_s);

/**
 * assay_authority_check_stamper:
 * @own: of a TSA
 * @stamp: what it says that was there, and when
 * @listed_s: the moment at which lists must be in force; of no meaning where the authority has none
 *
 * As assay_authority_check() at the time that the stamp states. Of what was revoked RFC 3161, 4 says which time stamps
 * hold still: those before @own was revoked, where each list that has it gives a reason by which the key was nobody
 * else's: unspecified, affiliationChanged, superseded or cessationOfOperation.
 */
char *assay_authority_check_stamper (const AssayAuthority *authority, X509 *own, STACK_OF (X509) * others,
                                     const AssayStamp *stamp, gint64 listed_s);

#endif
