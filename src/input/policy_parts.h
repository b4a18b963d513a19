#ifndef ASSAY_INPUT_POLICY_PARTS_H
#define ASSAY_INPUT_POLICY_PARTS_H

#include "input/policy.h"
#include "input/schema.h"

/* The types of a policy's top-level keys, for policy.c alone. */

/** AssayPolicyPins and AssayPolicyRequire. */
/* Target: GArray ** of AssayDigest; at least one, and none twice. */
gboolean assay_policy_read_digests (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

gboolean assay_policy_read_pins (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_policy_read_require (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** AssayPolicyForbid [ASSAY_FORBIDDEN_COUNT]. */
gboolean assay_policy_read_forbid (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** assay_policy_note_places: where each key and entry of a policy that was read stands. */
void assay_policy_note_places (AssayPolicy *policy, const AssayYamlNode *root);

/** GPtrArray **, which is there already: of AssayPolicyWaiver, AssayPolicyBlob and AssayPolicySignature. */
gboolean assay_policy_read_waivers (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_policy_read_blobs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);
gboolean assay_policy_read_signatures (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error);

/** AssayPolicyAttestations, whose parties are there already. */
gboolean assay_policy_read_attestations (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out,
                                         GError **error);

/** Free functions; take structs that are filled in part. */
void assay_policy_pins_clear (AssayPolicyPins *pins);
void assay_policy_waiver_free (gpointer waiver);
void assay_policy_blob_free (gpointer blob);
void assay_policy_signature_free (gpointer signature);
void assay_policy_party_free (gpointer party);

/** assay_policy_require_new: adds the text to those seen; a second one of its kind is an error at its own place. */
gboolean assay_policy_require_new (const AssayYaml *yaml, const AssayYamlNode *node, GHashTable *seen, const char *what,
                                   GError **error);

/** assay_policy_resolve_keys: where the key files lie. */
void assay_policy_resolve_keys (AssayPolicy *policy);

#endif
