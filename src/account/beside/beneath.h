#ifndef ASSAY_ACCOUNT_BENEATH_H
#define ASSAY_ACCOUNT_BENEATH_H

#include "account/work.h"

/**
 * AssayBeneathEntries:
 * @ASSAY_BENEATH_ALL: all entries of the container
 * @ASSAY_BENEATH_IN_SCOPE: where one of both, the directory or what lies in it, is in the granted scope
 */
typedef enum
{
  ASSAY_BENEATH_ALL = 0,
  ASSAY_BENEATH_IN_SCOPE,
} AssayBeneathEntries;

/**
 * assay_beneath_find_moved:
 * @container: paired with @expected
 * @expected: the rebuild's; NULL where no rebuild makes it: what the entry of a directory says then holds only where it
 * stands before all that lies in the directory
 *
 * In an archive the order between a directory's own entry and what lies beneath it decides what becomes of both (T7).
 * Who meets what lies in it first makes the directory with a mode of his own, and may leave it so when its entry comes
 * (unzip, busybox unzip, libarchive but for root, whose default access control lists it sets only on directories that
 * it made); and what comes into a directory takes its group and its default list from it. A directory of the archive's
 * that has no entry is none here. Says nothing of the order of anything else.
 *
 * Returns: (transfer none) (nullable): the first entry that stands on the other side, or else a directory's that
 * something without counterpart stands before, or no longer does; NULL where there is none, and for all other formats
 */
const AssayNode *assay_beneath_find_moved (AssayWork *work, const AssayNode *container, const AssayNode *expected,
                                           AssayBeneathEntries which);

#endif
