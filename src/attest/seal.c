#include "attest/envelope.h"

#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

#define BUNDLE_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"

GByteArray *
assay_envelope_pae (const char *payload_type, const void *payload, gsize length_bytes)
{
  GByteArray *pae = g_byte_array_new ();
  g_autofree char *head = g_strdup_printf ("DSSEv1 %" G_GSIZE_FORMAT " %s %" G_GSIZE_FORMAT " ", strlen (payload_type),
                                           payload_type, length_bytes);
  g_byte_array_append (pae, (const guint8 *)head, (guint)strlen (head));
  if (length_bytes > 0)
    g_byte_array_append (pae, payload, (guint)length_bytes);
  return pae;
}

/* @key_id: empty in a bundle, whose hint says it */
static json_t *
make_envelope (const char *payload, gsize length, GBytes *signature, const char *key_id)
{
  gsize signature_length = 0;
  const guint8 *bytes = g_bytes_get_data (signature, &signature_length);
  g_autofree char *body = g_base64_encode ((const guint8 *)payload, length);
  g_autofree char *sig = g_base64_encode (bytes, signature_length);
  return json_pack ("{s:s, s:s, s:[{s:s, s:s}]}", "payload", body, "payloadType", ASSAY_STATEMENT_PAYLOAD_TYPE,
                    "signatures", "keyid", key_id, "sig", sig);
}

/* What a bundle says of the key: where it is to be found, or its certificate. */
static json_t *
make_material (const AssayDigest *key, GBytes *certificate)
{
  gsize length = ASSAY_DIGEST_SIZE;
  const guint8 *bytes = certificate == NULL ? key->bytes : g_bytes_get_data (certificate, &length);
  g_autofree char *text = g_base64_encode (bytes, length);
  return certificate == NULL ? json_pack ("{s:{s:s}}", "publicKey", "hint", text)
                             : json_pack ("{s:{s:s}}", "certificate", "rawBytes", text);
}

static char *
write_envelope (json_t *envelope, const AssayDigest *key, AssayEnvelopeForm form, GBytes *certificate)
{
  g_autoptr (json_t) whole = envelope;
  if (form == ASSAY_ENVELOPE_SIGSTORE)
    whole = json_pack ("{s:s, s:o, s:o}", "mediaType", BUNDLE_TYPE, "dsseEnvelope", envelope, "verificationMaterial",
                       make_material (key, certificate));
  if (whole == NULL)
    g_error ("no memory for an envelope");
  return assay_json_canonical (whole);
}

char *
assay_envelope_seal (const AssaySigner *signer, const char *payload, gsize length_bytes, AssayEnvelopeForm form,
                     GBytes *certificate, GError **error)
{
  AssayDigest key;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  if (length_bytes > ASSAY_STATEMENT_MOST_BYTES)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "a statement of more than 180 MiB, which nobody could read");
      return NULL;
    }
  g_autoptr (GByteArray) pae = assay_envelope_pae (ASSAY_STATEMENT_PAYLOAD_TYPE, payload, length_bytes);
  g_autoptr (GBytes) signature = assay_signer_sign (signer, pae->data, pae->len, error);
  if (signature == NULL)
    return NULL;
  assay_signer_get_public_sha256 (signer, &key);
  assay_digest_to_hex (&key, hex);
  return write_envelope (make_envelope (payload, length_bytes, signature, form == ASSAY_ENVELOPE_SIGSTORE ? "" : hex),
                         &key, form, certificate);
}
