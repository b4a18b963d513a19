#ifndef ASSAY_ATTEST_PARTY_H
#define ASSAY_ATTEST_PARTY_H

#include "attest/envelope.h"
#include "crypto/authority.h"

/** AssayPartyKey: a key of a party. @name: the file as it was given, escaped. */
typedef struct
{
  char *name;
  AssayPublicKey *key;
  AssayDigest sha256;
} AssayPartyKey;

/**
 * AssayParty: one whose word counts once, whatever the number of its keys (T22).
 *
 * @keys: (element-type AssayPartyKey)
 * @authority: (nullable): whoever has a certificate of it signs for the party
 */
typedef struct
{
  char *name;
  GPtrArray *keys;
  AssayAuthority *authority;
} AssayParty;

/** assay_party_new: without a key. */
AssayParty *assay_party_new (const char *name);
void assay_party_free (AssayParty *party);

/**
 * assay_parties_add_key:
 * @parties: (element-type AssayParty)
 * @party: one of them
 *
 * Reads a key. Errors: ASSAY_ERROR_USAGE as assay_public_key_load_any(); a party has this key already, whatever the
 * files are called: keys compare by their SubjectPublicKeyInfo.
 */
gboolean assay_parties_add_key (const GPtrArray *parties, AssayParty *party, const char *path, GError **error);

/**
 * assay_parties_add_authority:
 * @party: one of @parties, without an authority
 *
 * Reads its authority. Errors: ASSAY_ERROR_USAGE as assay_authority_load(); a party has one of the roots already.
 */
gboolean assay_parties_add_authority (const GPtrArray *parties, AssayParty *party, char *const *roots,
                                      char *const *crls, GError **error);

/** assay_parties_have_authority: whether any of them has one, so that certificates count. */
gboolean assay_parties_have_authority (const GPtrArray *parties);

/**
 * assay_parties_admit:
 * @chain: (element-type GBytes): certificates (assay_authority_certify())
 * @where: where it stands, for messages
 * @out_problems: (element-type utf8): is added to: why it is no party's, as sentences without an end
 *
 * Adds the key of a certificate to the party whose authority vouches for it at that time. What a party has already is
 * not added again; a key of another party is none of this one.
 */
void assay_parties_admit (const GPtrArray *parties, const GPtrArray *chain, const char *where, gint64 time_s,
                          GPtrArray *out_problems);

/**
 * AssaySignedBy: who signed an envelope.
 *
 * @party: @key: borrowed
 * @encoding: how the signature is written
 */
typedef struct
{
  const AssayParty *party;
  const AssayPartyKey *key;
  AssaySignatureEncoding encoding;
} AssaySignedBy;

/**
 * assay_parties_verify:
 *
 * Tries each signature with each key. The payload is looked into by nobody before.
 *
 * @out_signed: (transfer full) (element-type AssaySignedBy): one for each key under which a signature verifies; empty
 *   where none does
 * @out_problem: (transfer full) (nullable): where it is empty: why, as far as that can be found out, as the end of a
 *   sentence
 * Errors: of verifying.
 */
gboolean assay_parties_verify (const GPtrArray *parties, const AssayEnvelope *envelope, GArray **out_signed,
                               char **out_problem, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayParty, assay_party_free)

#endif
