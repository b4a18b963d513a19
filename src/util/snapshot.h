#ifndef ASSAY_UTIL_SNAPSHOT_H
#define ASSAY_UTIL_SNAPSHOT_H

#include "util/blob.h"

/**
 * assay_snapshot_new:
 * @source: borrowed
 *
 * A private copy of a file's bytes that nobody else can write: what is read several times, as a container that is
 * looked into, compared and digested, must be the same each time. A mapping that was written to before changes a file
 * without a trace in its times. It keeps one descriptor open, and raises the process's own limit on these where it is
 * reached.
 *
 * Errors: those of assay_blob_read(); ASSAY_ERROR_CHANGED the file changed while it was copied; of the private file.
 */
AssayBlob *assay_snapshot_new (AssayBlob *source, GError **error);

#endif
