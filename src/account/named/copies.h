#ifndef ASSAY_ACCOUNT_COPIES_H
#define ASSAY_ACCOUNT_COPIES_H

#include "account/work.h"

/**
 * assay_account_check_copies:
 * @differing: (element-type AssayNodeAccount): nodes of which the shipped bytes are harmlessly others than the expected
 *   ones
 *
 * Files that are equal on one side are so on the other: where two copies are compared (cmp(1), dpkg for packages of
 * several architectures, a golden copy), a harmless difference in one of them is felt (T6). A node of which that does
 * not hold has the unexplained fact `copies`. Entries alone are asked: what a stream holds is no file.
 *
 * Errors: ASSAY_ERROR_CANCELLED; what cannot be read is left undecided.
 */
gboolean assay_account_check_copies (AssayWork *work, const GPtrArray *differing, GError **error);

#endif
