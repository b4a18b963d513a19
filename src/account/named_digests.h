#ifndef ASSAY_ACCOUNT_NAMED_DIGESTS_H
#define ASSAY_ACCOUNT_NAMED_DIGESTS_H

#include "account/work.h"

/**
 * assay_account_check_named_digests:
 *
 * Holds what differs harmlessly against the digests that texts of the image name (T6): a file whose expected bytes one
 * names, in hexadecimal digits, must be these: else the fact `named-digest` is unexplained. Called when all else has
 * been judged; where that is no pass already, nothing is read.
 *
 * Errors: ASSAY_ERROR_IO; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_account_check_named_digests (AssayWork *work, GError **error);

#endif
