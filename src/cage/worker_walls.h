#ifndef ASSAY_CAGE_WORKER_WALLS_H
#define ASSAY_CAGE_WORKER_WALLS_H

#include <glib.h>

/** Where a worker's socket lies; all it has. */
#define ASSAY_WORKER_FD 3

/**
 * assay_worker_filter_new:
 *
 * The system calls that a worker may make, as the BPF program of seccomp(2): memory that holds no code, its own
 * socket, clocks and its own end. What libraries try on the way and can do without (opening a file, asking for a
 * terminal) is refused; anything else ends the process. With sanitizers, which need far more, it is the list of
 * filter.h.
 *
 * Returns: (transfer full); NULL with ASSAY_ERROR_SANDBOX
 */
GBytes *assay_worker_filter_new (GError **error);

/**
 * assay_worker_walls_build:
 *
 * Puts this process behind them for good: no descriptor but ASSAY_WORKER_FD and the null device, resource limits,
 * Landlock without any right where the kernel has it, the filter. Returns FALSE if one of them cannot be had.
 */
gboolean assay_worker_walls_build (GBytes *filter, guint64 memory_bytes);

#endif
