#ifndef ASSAY_REBUILD_EMBEDDED_H
#define ASSAY_REBUILD_EMBEDDED_H

#include "util/blob.h"
#include "util/limits.h"

/** ELF files that are cut out of one file; a file of firmware holds a few. */
#define ASSAY_EMBEDDED_MOST 1024u

/** What all that is cut out of one file may come to, as a multiple of the file: these may lie in each other. */
#define ASSAY_EMBEDDED_TIMES 4u

/** @object: from the magic to the end of what its headers claim. */
typedef gboolean (*AssayEmbeddedFound) (AssayBlob *object, guint64 offset_bytes, gpointer data, GError **error);

/**
 * assay_embedded_visit:
 * @blob: any bytes
 * @out_all: whether all was looked at: FALSE where there is more than the constants above allow
 *
 * Finds the ELF files that begin at any place, the first byte as well. A magic whose header does not hold up (gABI,
 * "ELF Header": identification, version, sizes of the header and of the entries of its tables) is none; tables that
 * leave the file are no reason, as a linker may not need them.
 *
 * Errors: those of assay_blob_read() and of @found, which ends the visit.
 */
gboolean assay_embedded_visit (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found, gpointer data,
                               gboolean *out_all, GError **error);

#endif
