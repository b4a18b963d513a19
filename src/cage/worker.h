#ifndef ASSAY_CAGE_WORKER_H
#define ASSAY_CAGE_WORKER_H

#include "cage/wire.h"

/**
 * AssayWorkerMain: what a worker does, in a process of its own; it ends when this returns. Its other end of @wire is
 * the process that made it. GLib may be used as anywhere: nothing else runs in that process.
 */
typedef void (*AssayWorkerMain) (AssayWire *wire);

/**
 * AssayWorker:
 *
 * A process that reads untrusted bytes behind walls (T23): of its own it can do nothing but compute and talk to us over
 * its one socket. A list of system calls says what is allowed (worker_walls.h); what is not on it ends the process.
 * It has no file, no network, no privilege and @memory_bytes of address space, and never saw what another was given:
 * workers are copies of a process that was set aside before anything was read (nursery.h).
 */
typedef struct _AssayWorker AssayWorker;

/** assay_worker_new: Errors: ASSAY_ERROR_SANDBOX. */
AssayWorker *assay_worker_new (AssayWorkerMain work, guint64 memory_bytes, GError **error);

/** assay_worker_free: ends the process, whatever it does. */
void assay_worker_free (AssayWorker *worker);

/** assay_worker_set_time: from now on all messages that are waited for must come within so many seconds. */
void assay_worker_set_time (AssayWorker *worker, guint64 time_s);

/** assay_worker_send: Errors: as assay_worker_receive(). */
gboolean assay_worker_send (AssayWorker *worker, const AssayMessage *message, GError **error);

/**
 * assay_worker_receive:
 *
 * Waits for the worker's next message. After an error the worker is of no more use.
 *
 * Errors: ASSAY_ERROR_FAILED it ended, with the reason, or said what is no message; ASSAY_ERROR_LIMIT its time was up:
 * which limit that is the caller knows, see assay_worker_is_late(), or its processor time, where RLIMIT_CPU bounds that
 * from outside; ASSAY_ERROR_CANCELLED; ASSAY_ERROR_IO.
 */
gboolean assay_worker_receive (AssayWorker *worker, AssayMessage *out_message, GError **error);

/** assay_worker_is_late: whether the last error was that its time was up. */
gboolean assay_worker_is_late (const AssayWorker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayWorker, assay_worker_free)

#endif
