#ifndef ASSAY_ACCOUNT_ORIGIN_H
#define ASSAY_ACCOUNT_ORIGIN_H

#include "account/work.h"

/**
 * assay_account_origin:
 *
 * Finds the origin of a leaf whose ranges are made. What is opaque is unexplained, however equal it is to what the
 * build put there: nobody can read in a source what it does (T16). A line of `blobs` may accept it afterwards.
 *
 * Fails only when cancelled; where the origin cannot be found the account says so, and the verdict is undecided at
 * best.
 */
gboolean assay_account_origin (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/**
 * assay_account_own_origin:
 *
 * The same for the own bytes of a container whose ranges are made: what a layout leaves between its ranges, and what no
 * fact brings about in other formats. A file that a layout divided is looked through as a whole, for its pieces as well
 * as for what lies between them.
 */
gboolean assay_account_own_origin (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/** assay_origin_findings_new: for @origins of the work. Transfer full. */
GHashTable *assay_origin_findings_new (void);

#endif
