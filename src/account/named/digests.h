#ifndef ASSAY_ACCOUNT_NAMED_DIGESTS_H
#define ASSAY_ACCOUNT_NAMED_DIGESTS_H

#include "account/work.h"

/**
 * assay_account_check_named_digests:
 *
 * Holds what differs harmlessly against the digests in the image (T6). Where the digest of what was expected of a file,
 * container or decoded stream, or a build-id that it does not have any more, stands anywhere else in the image, in or
 * out of scope, or one of what is shipped, or its build-id, stands both there and in what was expected of that place,
 * what is shipped must have the expected bytes: else the fact `named-digest` is unexplained. Files that differ are held
 * against their copies too (copies.h). Called when all else has been judged; where that is no pass already, or nothing
 * differs, nothing is read.
 *
 * What cannot be read is undecided. Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_account_check_named_digests (AssayWork *work, GError **error);

#endif
