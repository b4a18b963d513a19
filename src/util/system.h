#ifndef ASSAY_UTIL_SYSTEM_H
#define ASSAY_UTIL_SYSTEM_H

#include <assay/error.h>

#include <glib.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * What every caller of the operating system needs: descriptors that close themselves, whole reads and writes, and
 * errno as a GError.
 */

/** assay_fd_close: closes and forgets; does nothing for -1. */
static inline void
assay_fd_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/** assay_autofd: a descriptor of this scope, closed at its end; initialise it with -1 or with what open() gave. */
#define assay_autofd __attribute__ ((cleanup (assay_fd_close))) int

/** assay_fd_steal: gives the descriptor to somebody else. */
static inline int
assay_fd_steal (int *fd)
{
  int stolen = *fd;
  *fd = -1;
  return stolen;
}

/**
 * assay_system_error:
 * @number: as errno had it
 * @action: what was tried, as "open"
 * @path: of what; any bytes, escaped here
 *
 * Sets "cannot ACTION PATH: REASON": ASSAY_ERROR_NOT_FOUND for ENOENT and ENOTDIR, ASSAY_ERROR_UNSUPPORTED for ENXIO (a
 * socket, or a device without driver) and ELOOP (a symbolic link where none is followed), else ASSAY_ERROR_IO.
 *
 * Returns: FALSE, for the caller to return
 */
gboolean assay_system_error (GError **error, int number, const char *action, const char *path);

/** assay_system_read_at: pread() until @length bytes or the end came; returns what came, or -1 with errno. */
gssize assay_system_read_at (int fd, void *out, gsize length_bytes, guint64 offset_bytes);

/** assay_system_write_all: write() until all is written; FALSE with errno. */
gboolean assay_system_write_all (int fd, const void *data, gsize length_bytes);

#endif
