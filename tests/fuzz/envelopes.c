/* Signed statements that others write: envelopes, and what stands in them once somebody signed it. */
#include "fuzz.h"

#include "attest/agreement.h"
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
      g_autoptr (GArray) by = NULL;
      g_autofree char *problem = NULL;
      fuzz_check (assay_parties_verify (parties, envelope, &by, &problem, NULL), "asking");
      fuzz_check (by->len == 0 && problem != NULL, "a signature of a key that signed nothing");
      read_payload (envelope->payload);
    }
}
