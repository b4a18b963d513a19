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
 * last process of the namespace, and the file system's process ends with this one, however that ends. It takes one
 * request at a time, each with the numbers of whoever asks: so nothing can be exchanged between its looking and its
 * opening. After fork(): nothing but system calls.
 *
 * @out_server: a child of this one: that ends with it, and the file system's process with that
 * @out_alive_fd: what this process keeps open as long as the mount is to stand
 * Returns: (nullable): what failed, with errno
 */
const char *assay_disorder_mount (const char *program, const char *directory, const char *at, pid_t *out_server,
                                  int *out_alive_fd);

#endif
