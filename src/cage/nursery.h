#ifndef ASSAY_CAGE_NURSERY_H
#define ASSAY_CAGE_NURSERY_H

#include "cage/worker.h"

#include <sys/types.h>

/*
 * The nursery: one process, set aside as soon as this one begins, of which workers are copies. It has one thread and
 * has seen no image, so that a copy of it knows nothing, holds no lock and takes little time to make.
 */

/** assay_nursery_open: sets it aside. Without this call the first worker does it: too late where threads run already,
 * and with all that was read until then. Errors: ASSAY_ERROR_SANDBOX. */
gboolean assay_nursery_open (GError **error);

/**
 * assay_nursery_start:
 * @fd: the worker's end of its socket; borrowed
 *
 * Returns: the new worker, which only assay_nursery_end() waits for; -1 on error
 */
pid_t assay_nursery_start (AssayWorkerMain work, guint64 memory_bytes, int fd, GError **error);

/** assay_nursery_end: ends a worker if it did not end by itself; *out_status as waitpid() has it. */
gboolean assay_nursery_end (pid_t pid, int *out_status, GError **error);

/** assay_nursery_count_cpu_us: user and system time of all workers that were ended, in microseconds. */
guint64 assay_nursery_count_cpu_us (void);

#endif
