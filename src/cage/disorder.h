#ifndef ASSAY_CAGE_DISORDER_H
#define ASSAY_CAGE_DISORDER_H

#include <glib.h>
#include <sys/types.h>

/** The file system that lists directories in another order. */
#define ASSAY_DISORDER_PROGRAM "disorderfs"

/**
 * assay_disorder_mount:
 * @program: path of disorderfs
 * @directory: what is to be seen by way of it; @at: where: an empty directory
 *
 * Puts this process, which is root, into a mount namespace of its own, and mounts there. The mount is gone with the
 * last process of the namespace, however that ends, and the file system's process ends with this one. It takes one
 * request at a time, each with the numbers of whoever asks: so nothing can be exchanged between its looking and its
 * opening. After fork(): nothing but system calls.
 *
 * @out_server: its process, a child of this one
 * Returns: (nullable): what failed, with errno
 */
const char *assay_disorder_mount (const char *program, const char *directory, const char *at, pid_t *out_server);

#endif
