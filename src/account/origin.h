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

#endif
