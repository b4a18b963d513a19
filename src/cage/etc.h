#ifndef ASSAY_CAGE_ETC_H
#define ASSAY_CAGE_ETC_H

#include "cage/deviation.h"
#include "util/directory.h"

/** assay_etc_files: the names that assay_etc_write() writes, NULL at the end. */
const char *const *assay_etc_files (void);

/**
 * assay_etc_write:
 *
 * Writes the files of /etc that say who and where a build is, so that they are the same on every machine: passwd and
 * group with the numbers that Debian fixes (base-passwd) and the user of the build (`assay`, or that of the deviation),
 * hosts, hostname, and nsswitch.conf that asks nobody but these.
 */
gboolean assay_etc_write (AssayDirectory *directory, const AssayCageDeviation *deviation, GError **error);

#endif
