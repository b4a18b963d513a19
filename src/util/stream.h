#ifndef ASSAY_UTIL_STREAM_H
#define ASSAY_UTIL_STREAM_H

#include <glib.h>

/* What has no size beforehand and may keep us waiting: standard input, a pipe. A signal ends the waiting. */

/**
 * assay_stream_wait:
 * @name: how messages call it
 *
 * Waits until @fd can be read or has ended. Errors: ASSAY_ERROR_CANCELLED a signal came first; ASSAY_ERROR_IO.
 */
gboolean assay_stream_wait (int fd, const char *name, GError **error);

/**
 * assay_stream_read_all:
 * @max_bytes: one byte more is read at most, which tells the caller that it is too long
 *
 * Reads to the end. Errors: as assay_stream_wait().
 *
 * Returns: (transfer full): the bytes, not followed by a NUL
 */
GBytes *assay_stream_read_all (int fd, const char *name, gsize max_bytes, GError **error);

/**
 * assay_stream_read_limited:
 * @name: as messages show it; escaped already
 * @what: how messages call the file, as "recipe"
 * @max_bytes: whole MiB
 *
 * The same, and what is longer than @max_bytes is an error. Errors: as assay_stream_wait(); ASSAY_ERROR_USAGE.
 */
GBytes *assay_stream_read_limited (int fd, const char *name, const char *what, gsize max_bytes, GError **error);

/**
 * assay_stream_read_file:
 *
 * Reads a whole regular file. Nothing else: a FIFO or a device has no end that can be known beforehand.
 *
 * Errors: ASSAY_ERROR_USAGE "cannot read the WHAT PATH: …" it cannot be opened, is no regular file, or is longer than
 * @max_bytes (whole MiB); else as assay_stream_wait().
 */
GBytes *assay_stream_read_file (const char *path, const char *what, gsize max_bytes, GError **error);

#endif
