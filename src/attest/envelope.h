#ifndef ASSAY_ATTEST_ENVELOPE_H
#define ASSAY_ATTEST_ENVELOPE_H

#include "crypto/signer.h"

#include <glib.h>

/** AssayEnvelopeForm: how a signed statement is written down. */
typedef enum
{
  ASSAY_ENVELOPE_DSSE = 0,   /* one JSON object (DSSE v1) */
  ASSAY_ENVELOPE_JSON_LINES, /* the same on a line of its own, `.intoto.jsonl` */
  ASSAY_ENVELOPE_SIGSTORE,   /* Sigstore bundle v0.3 with a hint for a public key */
  ASSAY_ENVELOPE_COUNT,
} AssayEnvelopeForm;

/** assay_envelope_form_name: "dsse", "jsonl", "sigstore". */
const char *assay_envelope_form_name (AssayEnvelopeForm form);

/** assay_envelope_form_find: FALSE where there is none of that name. */
gboolean assay_envelope_form_find (const char *name, AssayEnvelopeForm *out_form);

/** The payloadType of statements of in-toto. */
#define ASSAY_STATEMENT_PAYLOAD_TYPE "application/vnd.in-toto+json"

/** Bytes of a statement that are signed at most: in base64 it can be read again (ASSAY_JSON_MAX_BYTES). */
#define ASSAY_STATEMENT_MOST_BYTES (180u << 20)

/** Signatures that one envelope may have: each is tried with each key. */
#define ASSAY_ENVELOPE_SIGNATURES 16

/** Envelopes that one file may have, each on its line: more than there are parties to anything. */
#define ASSAY_ENVELOPE_LINES 1000

/**
 * AssayEnvelope:
 *
 * What an envelope holds; nothing of it is believed, and the payload is bytes that nobody looked into.
 *
 * @line: from 1, where it begins
 * @form: as it was read; a single DSSE object is ASSAY_ENVELOPE_DSSE
 * @payload_text: as it stands there, in base64
 * @signatures: (element-type GBytes). Key ids are hints, which nobody here takes
 * @chain: (element-type GBytes): certificates in DER that a bundle has with it, the signer's own first; none of others
 */
typedef struct
{
  AssayEnvelopeForm form;
  guint line;
  char *payload_type;
  char *payload_text;
  GBytes *payload;
  GPtrArray *signatures;
  GPtrArray *chain;
} AssayEnvelope;

void assay_envelope_free (AssayEnvelope *envelope);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayEnvelope, assay_envelope_free)

#endif
