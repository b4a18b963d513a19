#ifndef ASSAY_REPORT_ARTIFACT_H
#define ASSAY_REPORT_ARTIFACT_H

#include <glib.h>

/*
 * Names of a report as URI references (RFC 3986). The text is from anywhere, and yet none of these has a scheme (but
 * `file:` of an absolute source), a host, a query or a fragment, or leaves what it is relative to: all that would make
 * it so is written `%XX`. What is longer than ASSAY_ARTIFACT_BYTES loses its end, and says so there. All transfer full.
 */

/** Bytes of one reference: more than paths of file systems have (PATH_MAX of Linux is 4,096). */
#define ASSAY_ARTIFACT_BYTES 8192

/** assay_artifact_of_node: a node path, relative to the image. */
char *assay_artifact_of_node (const char *path);

/** assay_artifact_of_image: the last component alone: where it lay is nobody else's concern. "image" without one. */
char *assay_artifact_of_image (const char *path);

/**
 * assay_artifact_of_source:
 * @file: as debug information names it: relative to where it was built, or absolute
 *
 * The same file without `.` and `..`.
 *
 * Returns: (nullable): NULL where there is none, or where it leads out of what it is relative to
 */
char *assay_artifact_of_source (const char *file);

/** assay_artifact_is_absolute: whether a source is a `file:` reference, relative to nothing. */
gboolean assay_artifact_is_absolute (const char *uri);

#endif
