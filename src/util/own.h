#ifndef ASSAY_UTIL_OWN_H
#define ASSAY_UTIL_OWN_H

#include "util/directory.h"

/*
 * Places that only we can change: what lies there is as it was left, unless we (or root) changed it.
 */

/**
 * assay_own_directory_open:
 * @path: made with mode 0700 when it is missing, and so is what is missing above it
 *
 * Opens a directory that is ours alone: no symbolic link, of mode 0700 and our user's, and every directory above it
 * belongs to us or to root and lets nobody else put something there (or is sticky, as /tmp).
 *
 * Errors: ASSAY_ERROR_UNSUPPORTED it is not so; the message names what is not. ASSAY_ERROR_IO.
 */
AssayDirectory *assay_own_directory_open (const char *path, GError **error);

/**
 * assay_own_check_way:
 * @path: of something that may not be there yet
 *
 * Whether the directories above are as assay_own_directory_open() wants them. Errors: likewise.
 */
gboolean assay_own_check_way (const char *path, GError **error);

/** assay_own_make_way: makes what is missing above @path, with mode 0700, and checks the way. */
gboolean assay_own_make_way (const char *path, GError **error);

/**
 * assay_own_check_file:
 * @fd: of a file in such a place; @name: how messages call it
 *
 * Whether it is a regular file of ours under one name, which others may neither read nor write. Errors:
 * ASSAY_ERROR_UNSUPPORTED.
 */
gboolean assay_own_check_file (int fd, const char *name, GError **error);

#endif
