#ifndef ASSAY_ATTEST_ENVELOPE_H
#define ASSAY_ATTEST_ENVELOPE_H

#include "crypto/signer.h"

#include <glib.h>
#include <jansson.h>

/** AssayEnvelopeForm: how a signed statement is written down. */
typedef enum
{
  ASSAY_ENVELOPE_DSSE = 0,   /* one JSON object (DSSE v1) */
  ASSAY_ENVELOPE_JSON_LINES, /* the same on a line of its own, `.intoto.jsonl` */
  ASSAY_ENVELOPE_SIGSTORE,   /* Sigstore bundle v0.3 with a hint for a public key */
  ASSAY_ENVELOPE_COUNT,
} AssayEnvelopeForm;

/** assay_envelope_form_names: "dsse", "jsonl", "sigstore", in the order of AssayEnvelopeForm, and NULL. */
const char *const *assay_envelope_form_names (void);

/** assay_envelope_form_find: FALSE where there is none of that name. */
gboolean assay_envelope_form_find (const char *name, AssayEnvelopeForm *out_form);

/** The payloadType of statements of in-toto. */
#define ASSAY_STATEMENT_PAYLOAD_TYPE "application/vnd.in-toto+json"

/** Bytes of a statement that are signed at most: in base64 it can be read again (ASSAY_JSON_MAX_BYTES). */
#define ASSAY_STATEMENT_MOST_BYTES (180u << 20)

/** Signatures that one envelope may have: each is tried with each key. */
#define ASSAY_ENVELOPE_SIGNATURES 16

/** Time stamps that one signature may have. */
#define ASSAY_ENVELOPE_STAMPS 8

/** Envelopes that one file may have, each on its line: more than there are parties to anything. */
#define ASSAY_ENVELOPE_LINES 1000

/** Elements and members that one envelope may have: it comes from anybody, and as a tree each takes up to 250 bytes. */
#define ASSAY_ENVELOPE_VALUES 65536

/**
 * AssayEnvelope:
 *
 * What an envelope holds; nothing of it is believed, and the payload is bytes that nobody looked into.
 *
 * @line: from 1, where it begins; @offset: @length: the bytes of the file that it is
 * @form: as it was read; a single DSSE object is ASSAY_ENVELOPE_DSSE
 * @payload_text: as it stands there, in base64
 * @signatures: (element-type GBytes). Key ids are hints, which nobody here takes
 * @stamps: (element-type GPtrArray of GBytes): of each signature, in the same order: time stamps of RFC 3161 in DER,
 * which nobody looked into; none of most
 * @chain: (element-type GBytes): certificates in DER that a bundle has with it, the signer's own first; none of others
 */
typedef struct
{
  AssayEnvelopeForm form;
  guint line;
  gsize offset;
  gsize length;
  char *payload_type;
  char *payload_text;
  GBytes *payload;
  GPtrArray *signatures;
  GPtrArray *stamps;
  GPtrArray *chain;
} AssayEnvelope;

void assay_envelope_free (AssayEnvelope *envelope);

/** assay_envelope_parse_json: assay_json_parse() of an envelope, which has no more than ASSAY_ENVELOPE_VALUES. */
json_t *assay_envelope_parse_json (const char *text, gsize length, const char *name, GError **error);

/**
 * assay_envelope_parse:
 * @name: how messages call the file
 *
 * Reads a DSSE envelope, a Sigstore bundle, or lines that are each one of these, as strict JSON (assay_json_parse()).
 *
 * Returns: (transfer full) (element-type AssayEnvelope): at least one, at most ASSAY_ENVELOPE_LINES. Errors:
 * ASSAY_ERROR_MALFORMED.
 */
GPtrArray *assay_envelope_parse (const char *name, GBytes *file, GError **error);

/**
 * assay_envelope_pae:
 *
 * Returns: (transfer full): what is signed: "DSSEv1 SP LEN(type) SP type SP LEN(body) SP body", LEN the number of bytes
 * in decimal (DSSE v1, "Pre-Authentication Encoding")
 */
GByteArray *assay_envelope_pae (const char *payload_type, const void *payload, gsize length_bytes);

/**
 * assay_envelope_seal:
 * @payload: a statement
 * @certificate: (nullable): of the key, in DER: a bundle has it instead of the hint; not for other forms
 *
 * Signs it and writes the envelope, which ends with a line feed. Errors: ASSAY_ERROR_LIMIT; of signing.
 */
char *assay_envelope_seal (const AssaySigner *signer, const char *payload, gsize length_bytes, AssayEnvelopeForm form,
                           GBytes *certificate, GError **error);

/**
 * assay_envelope_stamp:
 * @envelope: one that was read out of @file; @signature: which of its signatures, from 0
 * @response: a TimeStampResp over it, in DER
 *
 * Writes the file again with the time stamp beside the signature, and all else as it was. In a bundle it stands in
 * `verificationMaterial.timestampVerificationData.rfc3161Timestamps`; in a DSSE envelope, which has no place of its own
 * for it, its token stands where in-toto's witness has it: `timestamps[]` of the signature, `type` "tsp" and `data`.
 *
 * Returns: (transfer full). Errors: ASSAY_ERROR_USAGE it is there already, or there are ASSAY_ENVELOPE_STAMPS.
 */
GBytes *assay_envelope_stamp (GBytes *file, const AssayEnvelope *envelope, guint signature, GBytes *response,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayEnvelope, assay_envelope_free)

#endif
