#ifndef ASSAY_UTIL_OUTPUT_H
#define ASSAY_UTIL_OUTPUT_H

#include <glib.h>

/**
 * AssayOutput:
 *
 * A file that appears whole or not at all: written beside its target, synced, then renamed over it. `-` is standard
 * output. A target that exists and is no regular file (/dev/null, a pipe) is written directly, and so is what our
 * standard output or error is anyway (/dev/stdout). An existing file keeps its mode; a symbolic link stays, what it
 * points to is replaced.
 *
 * Errors: ASSAY_ERROR_USAGE the path cannot be (no such directory, a directory, a dangling link); ASSAY_ERROR_IO.
 */
typedef struct _AssayOutput AssayOutput;

AssayOutput *assay_output_new (const char *path, GError **error);
gboolean assay_output_write (AssayOutput *output, const void *data, gsize length_bytes, GError **error);
/** assay_output_commit: flushes, syncs, renames. Freeing without it leaves the target as it was and removes the rest.
 */
gboolean assay_output_commit (AssayOutput *output, GError **error);
void assay_output_free (AssayOutput *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayOutput, assay_output_free)

#endif
