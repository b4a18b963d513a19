#ifndef ASSAY_ACCOUNT_ENDERS_H
#define ASSAY_ACCOUNT_ENDERS_H

#include "account/work.h"

/*
 * Entries of an archive at which some readers end, and others read on: what stands behind them is there for these
 * alone.
 */

/** assay_account_ends_for_some: whether an entry is such a one: in a tar one with a header in the form before POSIX
 * (BusyBox, GRUB), with a header that has no name of its own (taken for the end of the archive), or of a sparse file of
 * GNU tar; in a zip one of a version that Python refuses, with all of the archive. */
gboolean assay_account_ends_for_some (const AssayNode *entry);

/** assay_account_find_ender: (transfer none) (nullable): the first entry of @container, beside the scope, at which some
 * readers end before one that is in it, and that does not stand so in @expected (nullable). */
const AssayNode *assay_account_find_ender (AssayWork *work, const AssayNode *container, const AssayNode *expected);

#endif
