#ifndef ASSAY_REBUILD_SWHID_H
#define ASSAY_REBUILD_SWHID_H

#include "util/directory.h"

/**
 * assay_swhid_of_directory:
 *
 * `swh:1:dir:…` of a directory (SWHID 1.2, "Directories"): git's tree hash, with empty directories as entries; files
 * are 100644, or 100755 when their owner may execute them; links are 120000. The files need not be stored in git.
 *
 * Returns: (transfer full)
 * Errors: ASSAY_ERROR_UNSUPPORTED a device, FIFO or socket
 */
char *assay_swhid_of_directory (AssayDirectory *directory, GError **error);

#endif
