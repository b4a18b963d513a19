/* Signed statements that others write: envelopes, time stamps, and what stands in them once somebody signed it. */
#include "fuzz.h"

#include "attest/agreement.h"
#include "attest/stamps.h"
#include "crypto/scheme.h"

#include <string.h>

/* One party with a key that signed nothing. */
static GPtrArray *
make_parties (void)
{
  GPtrArray *parties = g_ptr_array_new ();
  AssayParty *party = assay_party_new ("lab");
  AssayPartyKey *key = g_new0 (AssayPartyKey, 1);
  key->key
      = assay_public_key_new (EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"), "key", "ed25519", ASSAY_SIGNATURE_RAW, NULL);
  fuzz_check (key->key != NULL, "a key");
  key->name = g_strdup ("key");
  g_ptr_array_add (party->keys, key);
  g_ptr_array_add (parties, party);
  return parties;
}

/* As if a party had signed it: what is read is read to its end, or refused with a reason. */
static void
read_payload (GBytes *payload)
{
  g_autoptr (GError) error = NULL;
  g_auto (AssayClaim) claim = { .has_verdict = FALSE };
  g_autoptr (AssayStatement) statement = assay_statement_parse (payload, &error);
  fuzz_check ((statement == NULL) == (error != NULL), "a statement, or a reason");
  if (statement == NULL)
    {
      fuzz_check (error->code == ASSAY_ERROR_MALFORMED && g_utf8_validate (error->message, -1, NULL), error->message);
      return;
    }
  const AssayPredicate *predicate = assay_predicate_find_type (statement->predicate_type);
  const char *problem = predicate == NULL ? "" : predicate->read (statement, &claim);
  fuzz_check (problem != NULL || claim.basis != NULL, "a claim that rests on nothing");
  fuzz_check (problem != NULL || !claim.passed || claim.verdict >= ASSAY_VERDICT_WAIVED, "a pass without a verdict");
}

/* A signature of a key that signed nothing; and a time stamp that is put beside it is read again. */
static void
check_signatures (const GPtrArray *parties, const AssayEnvelope *envelope)
{
  gsize length = 0;
  const void *payload = g_bytes_get_data (envelope->payload, &length);
  g_autoptr (GByteArray) pae = assay_envelope_pae (envelope->payload_type, payload, length);
  g_autoptr (GArray) by = g_array_new (FALSE, FALSE, sizeof (AssaySignedBy));
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  fuzz_check (envelope->stamps->len == envelope->signatures->len, "a list of time stamps for each signature");
  for (guint i = 0; i < envelope->signatures->len; i++)
    fuzz_check (assay_parties_verify (parties, envelope, i, pae, none, by, NULL), "asking");
  g_autofree char *problem = assay_parties_explain (parties, envelope);
  fuzz_check (by->len == 0 && problem != NULL, "a signature of a key that signed nothing");
}

/* The bytes are a time stamp of "content"; only those that seeds are can hold. */
void
fuzz_stamp (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  static GPtrArray *authorities;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = g_bytes_new_static (bytes, length);
  g_autoptr (GBytes) content = g_bytes_new_static ("content", 7);
  g_auto (AssayStamp) stamp = { 0, 0, NULL };
  if (authorities == NULL)
    {
      authorities = g_ptr_array_new ();
      g_autofree char *path = g_strdup (g_getenv ("ASSAY_FUZZ_SIGNER"));
      char *const roots[] = { path, NULL };
      g_ptr_array_add (authorities, assay_authority_load (roots, NULL, &error));
      fuzz_check (error == NULL, "a certificate");
    }
  g_autofree char *problem = assay_stamp_verify (der, content, authorities, 0, &stamp);
  g_autofree char *answer = assay_stamp_request_check (der, der);
  g_autoptr (GBytes) token = assay_stamp_get_token (der);
  fuzz_check (problem == NULL || (*problem != '\0' && g_utf8_validate (problem, -1, NULL)), "a reason");
  fuzz_check (answer != NULL, "a request that answers itself");
  fuzz_check ((problem == NULL) == (stamp.by != NULL), "a stamp, or a reason");
  if (problem != NULL)
    return;
  fuzz_check (stamp.latest_s >= stamp.time_s && stamp.latest_s - stamp.time_s <= ASSAY_STAMP_ACCURACY_MOST_S + 2,
              "a moment before it was stated");
  fuzz_check (assay_stamp_is_over (der, content), "a stamp of something else");
  g_auto (AssayStamp) again = { 0, 0, NULL };
  g_autofree char *why = token == NULL ? NULL : assay_stamp_verify (token, content, authorities, 0, &again);
  fuzz_check (token == NULL || (why == NULL && again.time_s == stamp.time_s), "a token that says something else");
}

void
fuzz_envelope (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  static GPtrArray *parties;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) file = g_bytes_new_static (bytes, length);
  g_autoptr (GPtrArray) envelopes = assay_envelope_parse ("file", file, &error);
  if (parties == NULL)
    parties = make_parties ();
  fuzz_check ((envelopes == NULL) == (error != NULL), "envelopes, or a reason");
  if (envelopes == NULL)
    {
      fuzz_check (error->code == ASSAY_ERROR_MALFORMED && g_utf8_validate (error->message, -1, NULL), error->message);
      return;
    }
  fuzz_check (envelopes->len > 0, "at least one");
  for (guint i = 0; i < envelopes->len; i++)
    {
      const AssayEnvelope *envelope = g_ptr_array_index (envelopes, i);
      check_signatures (parties, envelope);
      read_payload (envelope->payload);
    }
}
