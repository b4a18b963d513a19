#include "attest/party.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>

static void
key_free (gpointer data)
{
  AssayPartyKey *key = data;
  g_free (key->name);
  assay_public_key_free (key->key);
  g_free (key);
}

AssayParty *
assay_party_new (const char *name)
{
  AssayParty *party = g_new0 (AssayParty, 1);
  party->name = g_strdup (name);
  party->keys = g_ptr_array_new_with_free_func (key_free);
  return party;
}

void
assay_party_free (AssayParty *party)
{
  if (party == NULL)
    return;
  g_free (party->name);
  g_ptr_array_unref (party->keys);
  assay_authority_free (party->authority);
  g_free (party);
}

static gboolean
identify (AssayPartyKey *key)
{
  return assay_public_key_get_sha256 (key->key, &key->sha256)
         && assay_public_key_get_identity (key->key, &key->identity);
}

/* The party that has the key already, and under which file. */
static const AssayParty *
find_key (const GPtrArray *parties, const AssayDigest *identity, const AssayPartyKey **out_key)
{
  for (guint i = 0; i < parties->len; i++)
    {
      const AssayParty *party = g_ptr_array_index (parties, i);
      for (guint j = 0; j < party->keys->len; j++)
        {
          *out_key = g_ptr_array_index (party->keys, j);
          if (assay_digest_equal (&(*out_key)->identity, identity))
            return party;
        }
    }
  return NULL;
}

gboolean
assay_parties_add_key (const GPtrArray *parties, AssayParty *party, const char *path, GError **error)
{
  AssayPartyKey *key = g_new0 (AssayPartyKey, 1);
  const AssayPartyKey *other = NULL;
  const AssayParty *owner = NULL;
  key->name = assay_text_escape_line (path, -1);
  key->key = assay_public_key_load_any (path, error);
  if (key->key != NULL && identify (key) && (owner = find_key (parties, &key->identity, &other)) == NULL)
    {
      g_ptr_array_add (party->keys, key);
      return TRUE;
    }
  if (owner != NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s has this key already, as %s; a key counts once",
                 key->name, owner->name, other->name);
  else if (key->key != NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: the public key cannot be written", key->name);
  key_free (key);
  return FALSE;
}

gboolean
assay_parties_add_authority (const GPtrArray *parties, AssayParty *party, char *const *roots, char *const *crls,
                             GError **error)
{
  g_autoptr (AssayAuthority) authority = assay_authority_load (roots, crls, error);
  for (guint i = 0; authority != NULL && i < parties->len; i++)
    {
      const AssayParty *other = g_ptr_array_index (parties, i);
      if (other->authority == NULL || !assay_authority_shares (authority, other->authority))
        continue;
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s has one of its authorities already; one counts once",
                   party->name, other->name);
      return FALSE;
    }
  party->authority = g_steal_pointer (&authority);
  return party->authority != NULL;
}

gboolean
assay_parties_have_authority (const GPtrArray *parties)
{
  for (guint i = 0; i < parties->len; i++)
    if (((const AssayParty *)g_ptr_array_index (parties, i))->authority != NULL)
      return TRUE;
  return FALSE;
}

/* One party's authority, and one chain. */
static void
admit (const GPtrArray *parties, AssayParty *party, const GPtrArray *chain, const char *where, AssayPartyTimes times,
       GPtrArray *out_admitted, GPtrArray *out_problems)
{
  g_autofree char *problem = NULL;
  const AssayPartyKey *other = NULL;
  AssayPartyKey *key = g_new0 (AssayPartyKey, 1);
  key->key = assay_authority_certify (party->authority, chain, times.valid_s, times.listed_s, &problem);
  key->name = g_strdup_printf ("the certificate %s", where);
  key->certified = TRUE;
  if (key->key == NULL || !identify (key))
    g_ptr_array_add (out_problems,
                     g_strdup_printf ("%s %s (by %s)", key->name,
                                      problem == NULL ? "has a key that cannot be written" : problem, party->name));
  else
    {
      const AssayParty *owner = find_key (parties, &key->identity, &other);
      if (owner == party)
        g_ptr_array_add (out_admitted, (AssayPartyKey *)(gsize)other);
      else if (owner != NULL)
        g_ptr_array_add (out_problems, g_strdup_printf ("%s has a key that %s has already", key->name, owner->name));
      else
        {
          g_ptr_array_add (out_admitted, key);
          g_ptr_array_add (party->keys, g_steal_pointer (&key));
          return;
        }
    }
  key_free (key);
}

/* What leads to one party through what another one signs by would count for both. */
static void
keep_apart (const GPtrArray *parties, const AssayParty *party)
{
  for (guint i = 0; party->authority != NULL && i < parties->len; i++)
    {
      const AssayParty *other = g_ptr_array_index (parties, i);
      if (other == party)
        continue;
      if (other->authority != NULL)
        assay_authority_exclude (party->authority, other->authority);
      for (guint k = 0; k < other->keys->len; k++)
        assay_authority_exclude_key (party->authority,
                                     &((AssayPartyKey *)g_ptr_array_index (other->keys, k))->identity);
    }
}

void
assay_parties_admit (const GPtrArray *parties, const GPtrArray *chain, const char *where, AssayPartyTimes times,
                     GPtrArray *out_admitted, GPtrArray *out_problems)
{
  for (guint i = 0; i < parties->len; i++)
    {
      AssayParty *party = g_ptr_array_index (parties, i);
      keep_apart (parties, party);
      if (party->authority != NULL)
        admit (parties, party, chain, where, times, out_admitted, out_problems);
    }
}

static gboolean
verifies (const AssayPublicKey *key, const void *message, gsize length, GBytes *signature)
{
  AssaySignatureEncoding encoding;
  const char *problem = NULL;
  return assay_public_key_verify_message (key, message, length, signature, &encoding, &problem, NULL)
         && problem == NULL;
}

/* What a signature that does not verify is over instead: mistakes and attacks that are known. Only words follow. */
static const char *
find_other_message (const AssayPartyKey *of, const AssayEnvelope *envelope, GBytes *signature)
{
  const AssayPublicKey *key = of->key;
  gsize length = 0;
  const void *payload = g_bytes_get_data (envelope->payload, &length);
  const char *text = envelope->payload_text;
  g_autoptr (GByteArray) other_type = assay_envelope_pae (ASSAY_STATEMENT_PAYLOAD_TYPE, payload, length);
  g_autoptr (GByteArray) over_text = assay_envelope_pae (envelope->payload_type, text, strlen (text));
  g_autoptr (GByteArray) own = of->certified ? assay_envelope_pae (envelope->payload_type, payload, length) : NULL;
  if (own != NULL && verifies (key, own->data, own->len, signature))
    return "verifies, and no certificate that holds says whose it is";
  if (verifies (key, payload == NULL ? "" : payload, length, signature))
    return "is over the payload alone, without its type (PAE)";
  if (verifies (key, text, strlen (text), signature) || verifies (key, over_text->data, over_text->len, signature))
    return "is over the base64 of the payload, not over the payload";
  if (verifies (key, other_type->data, other_type->len, signature))
    return "is over another payloadType, " ASSAY_STATEMENT_PAYLOAD_TYPE;
  return NULL;
}

/** What is tried again as something else: a payload as often as there are signatures and keys, up to this; some five
 * times. */
#define EXPLAINED_MOST_BYTES (256u << 20)

char *
assay_parties_explain (const GPtrArray *parties, const AssayEnvelope *envelope)
{
  guint keys = 0;
  for (guint i = 0; i < parties->len; i++)
    keys += ((const AssayParty *)g_ptr_array_index (parties, i))->keys->len;
  gboolean small
      = (guint64)keys * envelope->signatures->len * g_bytes_get_size (envelope->payload) <= EXPLAINED_MOST_BYTES;
  for (guint i = 0; i < parties->len; i++)
    {
      const AssayParty *party = g_ptr_array_index (parties, i);
      for (guint j = 0; j < party->keys->len; j++)
        for (guint k = 0; k < envelope->signatures->len && small; k++)
          {
            const AssayPartyKey *key = g_ptr_array_index (party->keys, j);
            const char *other = find_other_message (key, envelope, g_ptr_array_index (envelope->signatures, k));
            if (other != NULL)
              return g_strdup_printf ("the signature by %s %s", key->name, other);
          }
    }
  return g_strdup_printf ("no signature verifies under %s: another key, or a changed payload, type or signature",
                          keys == 1 ? "the key" : "any of the keys");
}

static gboolean
has_signed (const GArray *list, const AssayPartyKey *key)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, AssaySignedBy, i).key == key)
      return TRUE;
  return FALSE;
}

gboolean
assay_parties_verify (const GPtrArray *parties, const AssayEnvelope *envelope, guint signature, const GByteArray *pae,
                      const GPtrArray *admitted, GArray *out_signed, GError **error)
{
  for (guint i = 0; i < parties->len; i++)
    {
      const AssayParty *party = g_ptr_array_index (parties, i);
      for (guint j = 0; j < party->keys->len; j++)
        {
          const AssayPartyKey *key = g_ptr_array_index (party->keys, j);
          AssaySignedBy by = { party, key, ASSAY_SIGNATURE_RAW, signature };
          const char *problem = "";
          if (has_signed (out_signed, key)
              || (key->certified && !g_ptr_array_find ((GPtrArray *)(gsize)admitted, key, NULL)))
            continue;
          if (!assay_public_key_verify_message (key->key, pae->data, pae->len,
                                                g_ptr_array_index (envelope->signatures, signature), &by.encoding,
                                                &problem, error))
            return FALSE;
          if (problem == NULL)
            g_array_append_val (out_signed, by);
        }
    }
  return TRUE;
}
