#ifndef ASSAY_ATTEST_PARTY_H
#define ASSAY_ATTEST_PARTY_H

#include "attest/envelope.h"
#include "crypto/authority.h"

/**
 * AssayPartyKey: a key of a party.
 *
 * @name: the file as it was given, escaped
 * @sha256: by which it is named; @identity: by which it is compared
 * @certified: it is the party's by a certificate alone, which holds at some times and for some signatures: those that
 *   it was admitted for
 */
typedef struct
{
  char *name;
  AssayPublicKey *key;
  AssayDigest sha256;
  AssayDigest identity;
  gboolean certified;
} AssayPartyKey;

/** AssayPartyTimes: the moments of assay_authority_certify(). */
typedef struct
{
  gint64 valid_s;
  gint64 listed_s;
} AssayPartyTimes;

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
 * files are called: or written: assay_public_key_get_identity().
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
 * @out_admitted: (element-type AssayPartyKey): is added to: keys that count for signatures of that time; borrowed
 * @out_problems: (element-type utf8): is added to: why it is no party's, as sentences without an end
 *
 * Adds the key of a certificate to the party whose authority vouches for it at that time. What a party has already is
 * not added again; a key of another party is none of this one, at no time.
 */
void assay_parties_admit (const GPtrArray *parties, const GPtrArray *chain, const char *where, AssayPartyTimes times,
                          GPtrArray *out_admitted, GPtrArray *out_problems);

/**
 * AssaySignedBy: who signed an envelope.
 *
 * @party: @key: borrowed
 * @encoding: how the signature is written
 * @signature: its number in the envelope, from 0
 */
typedef struct
{
  const AssayParty *party;
  const AssayPartyKey *key;
  AssaySignatureEncoding encoding;
  guint signature;
} AssaySignedBy;

/**
 * assay_parties_verify:
 * @signature: which of the envelope's signatures, from 0
 * @pae: of the envelope (assay_envelope_pae())
 * @admitted: (element-type AssayPartyKey): those of certificates that count for this signature
 * @out_signed: (element-type AssaySignedBy): is added to: each key under which it verifies, and that stands there for
 *   no signature before. The payload is looked into by nobody before
 *
 * Errors: of verifying.
 */
gboolean assay_parties_verify (const GPtrArray *parties, const AssayEnvelope *envelope, guint signature,
                               const GByteArray *pae, const GPtrArray *admitted, GArray *out_signed, GError **error);

/** assay_parties_explain: (transfer full): why no signature of an envelope verifies, as far as that can be found out,
 * as the end of a sentence. */
char *assay_parties_explain (const GPtrArray *parties, const AssayEnvelope *envelope);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayParty, assay_party_free)

#endif
