#ifndef ASSAY_ACCOUNT_SLOT_H
#define ASSAY_ACCOUNT_SLOT_H

#include "account/work.h"

/* Signature slots (T11). */

/**
 * AssaySlotSpan: a span under judgement.
 * @other: its counterpart, or NULL
 * @equal: both hold the same bytes
 */
typedef struct
{
  const AssaySpan *span;
  const AssaySpan *other;
  gboolean equal;
} AssaySlotSpan;

/**
 * assay_account_slot:
 * @out_judged: whether the span is a signature's, or the number of the key that signed, so that its range was added
 *
 * Errors: of reading.
 */
gboolean assay_account_slot (AssayWork *work, AssayNodeAccount *node_account, const AssaySlotSpan *at,
                             gboolean *out_judged, GError **error);

/** AssayDetached: what a file without counterpart is that may be the signature of another. */
typedef enum
{
  ASSAY_DETACHED_NONE = 0, /* no line of the policy speaks of it */
  ASSAY_DETACHED_INVALID,
  ASSAY_DETACHED_VALID,
} AssayDetached;

/** assay_account_detached: @out_detail: what is wrong, of ASSAY_DETACHED_INVALID; static or interned. */
AssayDetached assay_account_detached (AssayWork *work, const AssayNode *node, const char **out_detail);

/**
 * assay_account_detached_number: whether a number of an entry follows from the detached signatures that were put into
 * its archive: cpio counts inodes, so that those behind a new entry are higher, and what was added is one file of one
 * name.
 */
gboolean assay_account_detached_number (AssayWork *work, const AssayNode *node, const AssayFact *fact,
                                        const char *expected);

/**
 * assay_account_hold_signatures:
 *
 * When all is judged: finds for each line of the policy's `signatures` one that verifies, in scope. Signatures that the
 * rebuild has too are nothing to explain, and count here: the line says by whom the image must be signed. What cannot
 * be read holds no line.
 */
void assay_account_hold_signatures (AssayWork *work);

/** assay_account_signed_room: whether a fact of a signed FIT is the room that mkimage left in it for its signatures. */
gboolean assay_account_signed_room (AssayWork *work, const AssayNode *node, const AssayFact *fact);

#endif
