#ifndef ASSAY_ACCOUNT_NAMED_IDENTIFIERS_H
#define ASSAY_ACCOUNT_NAMED_IDENTIFIERS_H

#include "account/work.h"

/**
 * assay_account_check_named_identifiers:
 *
 * Holds what rules explain, and is a name to some reader, against the image (T7): the time of an ISO 9660 volume, which
 * is its UUID, and the number of the process that packed a file with holes in a tar, which is a part of the file's name
 * to who does not know such files. Where the name of either side stands anywhere else in the image, in or out of scope,
 * it must be the rebuild's: else the fact `named-identifier` is unexplained.
 *
 * What cannot be read is undecided. Errors: ASSAY_ERROR_CANCELLED.
 */
gboolean assay_account_check_named_identifiers (AssayWork *work, GError **error);

#endif
