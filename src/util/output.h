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
/** assay_output_settle: flushes and syncs, so that little is left that could fail in assay_output_commit(). */
gboolean assay_output_settle (AssayOutput *output, GError **error);
/** assay_output_commit: flushes, syncs, renames. Freeing without it leaves the target as it was and removes the rest.
 */
gboolean assay_output_commit (AssayOutput *output, GError **error);
void assay_output_free (AssayOutput *output);

/** assay_output_is_direct: whether this path would be written directly, so that it cannot be taken back. It is not
 * opened, which waits for a pipe's reader. */
gboolean assay_output_is_direct (const char *path);

/** assay_output_is_same_place: whether what is written to both goes to one file, however it is called. FALSE where one
 * is NULL. */
gboolean assay_output_is_same_place (const char *a, const char *b);

/**
 * assay_output_check_apart:
 * @path: where something is to be written; NULL and `-` are apart from everything
 * @input: a file or directory that is read; `-` is standard input. What is not there is not this call's to say
 *
 * Refuses to write over what is read: the same file by device and inode, whatever links lead to it, the same block
 * device, or a place in a directory that is read.
 *
 * Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_output_check_apart (const char *path, const char *input, GError **error);

/** assay_output_put: a whole output of one text: assay_output_new(), assay_output_write(), assay_output_commit(). */
gboolean assay_output_put (const char *path, const void *bytes, gsize length_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayOutput, assay_output_free)

#endif
