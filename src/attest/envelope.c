#include "attest/envelope.h"

#include "attest/base64.h"
#include "attest/stamps.h"
#include "crypto/authority.h"
#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/** What a bundle of any version 0.x begins its media type with, old and new form. */
static const char *const bundle_types[]
    = { "application/vnd.dev.sigstore.bundle+json;version=0.", "application/vnd.dev.sigstore.bundle.v0." };

const char *const *
assay_envelope_form_names (void)
{
  static const char *const names[ASSAY_ENVELOPE_COUNT + 1] = { "dsse", "jsonl", "sigstore", NULL };
  return names;
}

gboolean
assay_envelope_form_find (const char *name, AssayEnvelopeForm *out_form)
{
  for (AssayEnvelopeForm form = 0; form < ASSAY_ENVELOPE_COUNT; form++)
    if (strcmp (name, assay_envelope_form_names ()[form]) == 0)
      {
        *out_form = form;
        return TRUE;
      }
  return FALSE;
}

void
assay_envelope_free (AssayEnvelope *envelope)
{
  if (envelope == NULL)
    return;
  g_free (envelope->payload_type);
  g_free (envelope->payload_text);
  g_clear_pointer (&envelope->payload, g_bytes_unref);
  g_ptr_array_unref (envelope->signatures);
  g_ptr_array_unref (envelope->stamps);
  g_ptr_array_unref (envelope->chain);
  g_free (envelope);
}

static gboolean
fail (const char *name, guint line, const char *problem, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (name, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "%s:%u: %s", shown, line, problem);
  return FALSE;
}

static const char *
text_of (const json_t *object, const char *member)
{
  return json_string_value (json_object_get (object, member));
}

/* @list: NULL or null: none. @member: what of each entry is the stamp, in base64 */
static gboolean
read_stamps (AssayEnvelope *envelope, guint signature, const json_t *list, const char *member, const char *name,
             GError **error)
{
  GPtrArray *stamps = g_ptr_array_index (envelope->stamps, signature);
  const json_t *entry;
  size_t index;
  if (list != NULL && !json_is_null (list) && !json_is_array (list))
    return fail (name, envelope->line, "time stamps that are no list", error);
  json_array_foreach (list, index, entry)
  {
    const char *type = text_of (entry, "type");
    const char *text = text_of (entry, member);
    /* of other kinds than RFC 3161 nobody here knows anything */
    if (type != NULL && strcmp (type, ASSAY_STAMP_TYPE) != 0)
      continue;
    GBytes *bytes = text == NULL ? NULL : assay_base64_decode (text, strlen (text));
    if (bytes == NULL)
      return fail (name, envelope->line, "a time stamp that is not in base64 with padding", error);
    g_ptr_array_add (stamps, bytes);
    if (stamps->len > ASSAY_ENVELOPE_STAMPS)
      return fail (name, envelope->line, "more than 8 time stamps of one signature", error);
  }
  return TRUE;
}

static gboolean
read_signatures (AssayEnvelope *envelope, const json_t *signatures, const char *name, GError **error)
{
  const json_t *entry;
  size_t index;
  if (!json_is_array (signatures) || json_array_size (signatures) == 0)
    return fail (name, envelope->line, "no member `signatures` with at least one", error);
  if (json_array_size (signatures) > ASSAY_ENVELOPE_SIGNATURES)
    return fail (name, envelope->line, "more than 16 signatures", error);
  json_array_foreach (signatures, index, entry)
  {
    const char *text = text_of (entry, "sig");
    const json_t *keyid = json_object_get (entry, "keyid");
    GBytes *bytes = text == NULL ? NULL : assay_base64_decode (text, strlen (text));
    if (bytes == NULL)
      return fail (name, envelope->line, "a signature without a member `sig` in base64 with padding", error);
    g_ptr_array_add (envelope->signatures, bytes);
    g_ptr_array_add (envelope->stamps, g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref));
    if (!read_stamps (envelope, (guint)index, json_object_get (entry, ASSAY_STAMPS_DSSE), ASSAY_STAMP_DSSE, name,
                      error))
      return FALSE;
    if (keyid != NULL && !json_is_string (keyid) && !json_is_null (keyid))
      return fail (name, envelope->line, "a `keyid` that is no text", error);
  }
  return TRUE;
}

static gboolean
read_dsse (AssayEnvelope *envelope, const json_t *json, const char *name, GError **error)
{
  const char *type = text_of (json, "payloadType");
  const char *payload = text_of (json, "payload");
  if (type == NULL && json_object_get (json, "accounting") != NULL)
    return fail (name, envelope->line, "a report, which is not signed", error);
  if (type == NULL || *type == '\0')
    return fail (name, envelope->line, "no member `payloadType`: this is no DSSE envelope", error);
  envelope->payload_type = g_strdup (type);
  envelope->payload_text = g_strdup (payload);
  envelope->payload = payload == NULL ? NULL : assay_base64_decode (payload, strlen (payload));
  if (envelope->payload == NULL)
    return fail (name, envelope->line, "no member `payload` in base64 with padding", error);
  return read_signatures (envelope, json_object_get (json, "signatures"), name, error);
}

static gboolean
add_certificate (AssayEnvelope *envelope, const json_t *certificate, const char *name, GError **error)
{
  const char *text = text_of (certificate, "rawBytes");
  GBytes *bytes = text == NULL ? NULL : assay_base64_decode (text, strlen (text));
  if (bytes == NULL)
    return fail (name, envelope->line, "a certificate without `rawBytes` in base64 with padding", error);
  g_ptr_array_add (envelope->chain, bytes);
  return TRUE;
}

/* `certificate` of version 0.3, or the chain of those before. */
static gboolean
read_certificates (AssayEnvelope *envelope, const json_t *material, const char *name, GError **error)
{
  const json_t *own = json_object_get (material, "certificate");
  const json_t *list = json_object_get (json_object_get (material, "x509CertificateChain"), "certificates");
  const json_t *certificate;
  size_t index;
  if (json_array_size (list) > ASSAY_CHAIN_MOST)
    return fail (name, envelope->line, "more than 10 certificates", error);
  if (own != NULL && !add_certificate (envelope, own, name, error))
    return FALSE;
  json_array_foreach (list, index, certificate) if (!add_certificate (envelope, certificate, name, error)) return FALSE;
  return TRUE;
}

static gboolean
read_bundle (AssayEnvelope *envelope, const json_t *json, const char *name, GError **error)
{
  const json_t *inside = json_object_get (json, "dsseEnvelope");
  const char *type = text_of (json, "mediaType");
  gboolean known = FALSE;
  for (gsize i = 0; type != NULL && i < G_N_ELEMENTS (bundle_types); i++)
    known = known || g_str_has_prefix (type, bundle_types[i]);
  if (!known)
    return fail (name, envelope->line, "a `mediaType` of no Sigstore bundle of version 0", error);
  if (inside == NULL)
    return fail (name, envelope->line, "a Sigstore bundle without `dsseEnvelope`: it signs no statement", error);
  envelope->form = ASSAY_ENVELOPE_SIGSTORE;
  const json_t *material = json_object_get (json, "verificationMaterial");
  const json_t *stamps = json_object_get (json_object_get (material, ASSAY_STAMPS_MATERIAL), ASSAY_STAMPS_BUNDLE);
  return read_dsse (envelope, inside, name, error) && read_certificates (envelope, material, name, error)
         && (envelope->signatures->len == 1
             || fail (name, envelope->line, "a Sigstore bundle has exactly one signature", error))
         && read_stamps (envelope, 0, stamps, ASSAY_STAMP_BUNDLE, name, error);
}

/* Who reads one of the two forms and who reads the other would not read the same. */
static gboolean
is_both (const json_t *json)
{
  static const char *const of_bundle[] = { "mediaType", "dsseEnvelope", "verificationMaterial" };
  static const char *const of_dsse[] = { "payload", "payloadType", "signatures" };
  gboolean bundle = FALSE;
  gboolean dsse = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (of_bundle); i++)
    {
      bundle = bundle || json_object_get (json, of_bundle[i]) != NULL;
      dsse = dsse || json_object_get (json, of_dsse[i]) != NULL;
    }
  return bundle && dsse;
}

json_t *
assay_envelope_parse_json (const char *text, gsize length, const char *name, GError **error)
{
  static const AssayJsonPart part = { .begin = { 1, 1 }, .values = ASSAY_ENVELOPE_VALUES };
  return assay_json_parse_part (text, length, name, &part, error);
}

/* @line: where the text begins */
static AssayEnvelope *
read_object (const char *text, gsize length, guint line, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (json_t) json = assay_envelope_parse_json (text, length, name, &local);
  if (json == NULL || !json_is_object (json))
    {
      g_autofree char *problem
          = g_strdup_printf ("no strict JSON object: %s", json == NULL ? local->message : "another value");
      fail (name, line, problem, error);
      return NULL;
    }
  if (is_both (json))
    {
      fail (name, line, "both a DSSE envelope and a Sigstore bundle", error);
      return NULL;
    }
  g_autoptr (AssayEnvelope) envelope = g_new0 (AssayEnvelope, 1);
  envelope->line = line;
  envelope->length = length;
  envelope->signatures = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  envelope->stamps = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  envelope->chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  gboolean done = json_object_get (json, "mediaType") != NULL ? read_bundle (envelope, json, name, error)
                                                              : read_dsse (envelope, json, name, error);
  return done ? g_steal_pointer (&envelope) : NULL;
}

static gboolean
is_blank (const char *text, const char *end)
{
  while (text < end && g_ascii_isspace (*text))
    text++;
  return text == end;
}

/* Whether the first line of several is an object already: then each of them must be one. */
static gboolean
is_lines (const char *text, gsize length)
{
  const char *end = memchr (text, '\n', length);
  if (end == NULL || is_blank (end, text + length))
    return FALSE;
  g_autoptr (json_t) first = assay_envelope_parse_json (text, (gsize)(end - text), "line", NULL);
  return json_is_object (first);
}

GPtrArray *
assay_envelope_parse (const char *name, GBytes *file, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_envelope_free);
  gsize length = 0;
  const char *text = g_bytes_get_data (file, &length);
  const char *start = text;
  const char *end = text + length;
  gboolean lines = length > 0 && is_lines (text, length);
  guint line = 1;
  do
    {
      const char *stop = lines ? memchr (text, '\n', (gsize)(end - text)) : NULL;
      stop = stop == NULL ? end : stop;
      AssayEnvelope *envelope = read_object (length == 0 ? "" : text, (gsize)(stop - text), line, name, error);
      if (envelope == NULL)
        return NULL;
      envelope->offset = (gsize)(text - start);
      if (line > ASSAY_ENVELOPE_LINES)
        {
          assay_envelope_free (envelope);
          fail (name, line, "more than 1000 lines", error);
          return NULL;
        }
      if (lines && envelope->form == ASSAY_ENVELOPE_DSSE)
        envelope->form = ASSAY_ENVELOPE_JSON_LINES;
      g_ptr_array_add (list, envelope);
      text = stop == end ? end : stop + 1;
      line++;
  } while (lines && !is_blank (text, end));
  return g_steal_pointer (&list);
}
