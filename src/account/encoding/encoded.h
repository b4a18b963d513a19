#ifndef ASSAY_ACCOUNT_ENCODED_H
#define ASSAY_ACCOUNT_ENCODED_H

#include "account/work.h"

/* Payloads of containers, and what becomes of one that is compressed in another way than the rebuild's (T6). */

/**
 * AssayEncodedCase: a payload under judgement.
 * @span: of the node of @node_account; @other: its counterpart, or NULL
 * @apparent: what all encoded bytes of the node's counterpart show; one for all payloads of a node
 */
typedef struct
{
  AssayNodeAccount *node_account;
  const AssaySpan *span;
  const AssaySpan *other;
  AssayApparent *apparent;
} AssayEncodedCase;

/**
 * assay_account_encoded:
 *
 * Adds the range of a payload. A stream of equal content that was compressed in another way says so, as a fact. Where
 * the content differs, its own account speaks, unless even the codec is another, or the stream must be as it is; what
 * is to be said of the stream is said by assay_account_encoded_late().
 *
 * Errors: of reading; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_account_encoded (AssayWork *work, const AssayEncodedCase *encoded, GError **error);

/**
 * assay_account_encoded_late:
 * @worst: node to the worst class of it and of all that it holds
 *
 * Judges the streams whose content is not the rebuild's, and may pass all the same by rules of its own: these must not
 * be streams that have room for something else, or that two readers take for two contents. And blocks that several
 * files share, of which nobody says whether the content is the same but these files.
 *
 * Errors: as assay_account_encoded()
 */
gboolean assay_account_encoded_late (AssayWork *work, GHashTable *worst, GError **error);

/** assay_account_recompressed: notes of a container as a whole that it is compressed in another way. */
void assay_account_recompressed (AssayWork *work, const AssayNode *node, const AssayNode *expected, AssayClass class_);

#endif
