#ifndef ASSAY_ACCOUNT_RULES_SIGNATURE_H
#define ASSAY_ACCOUNT_RULES_SIGNATURE_H

#include "crypto/signature.h"
#include "unpack/node.h"

/**
 * AssaySlot: a place that policy says holds a signature (T11).
 *
 * @name: @covers: names of ranges of the layout
 * @max_size: bytes that the slot may have
 */
typedef struct
{
  char *name;
  char *covers;
  guint64 max_size;
  AssayPublicKey *key;
} AssaySlot;

void assay_slot_free (AssaySlot *slot);

/** assay_slot_find: the slot of that name; NULL where policy names none. @slots: (element-type AssaySlot) (nullable) */
const AssaySlot *assay_slot_find (const GPtrArray *slots, const char *name);

/**
 * assay_slot_explains:
 * @node: the shipped container that the slot lies in
 * @expected: its counterpart; its bytes at the slot must be zeros (a rebuild cannot sign)
 * @span: the slot; @other: its counterpart
 * @out_explained: whether the slot holds exactly one canonical signature, which verifies under the policy's key over
 * the bytes of the range that policy says, and zeros behind it
 */
gboolean assay_slot_explains (const AssaySlot *slot, const AssayNode *node, const AssayNode *expected,
                              const AssaySpan *span, const AssaySpan *other, gboolean *out_explained, GError **error);

#endif
