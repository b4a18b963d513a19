#ifndef ASSAY_FLOW_SLOTS_H
#define ASSAY_FLOW_SLOTS_H

#include "account/rules/signature.h"
#include "input/policy.h"

#include <assay/digest.h>

/**
 * assay_flow_load_slots: the policy's `signatures` with their keys read.
 *
 * Returns: (transfer full) (element-type AssaySlot): in the order of the policy
 *
 * Errors: ASSAY_ERROR_USAGE, with the policy's file and line.
 */
GPtrArray *assay_flow_load_slots (const AssayPolicy *policy, GError **error);

/**
 * assay_flow_key_digests: what was in the files that the policy names as keys.
 *
 * Returns: (transfer full) (element-type AssayKeyDigest): in the order of the policy and of each line's keys
 */
GArray *assay_flow_key_digests (const GPtrArray *slots);

/** AssayKeyDigest: @slot: as the policy has it; borrowed. @sha256: of the key's SubjectPublicKeyInfo, of CMS of the
 * whole certificate. */
typedef struct
{
  const char *slot;
  AssayDigest sha256;
} AssayKeyDigest;

#endif
