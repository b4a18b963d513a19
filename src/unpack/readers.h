#ifndef ASSAY_UNPACK_READERS_H
#define ASSAY_UNPACK_READERS_H

#include "cage/worker.h"
#include "unpack/formats.h"

/**
 * AssayReaders:
 *
 * The processes behind walls that read containers of one input (T23): one for all its containers, and a fresh one for
 * each compressed stream, which sees that stream alone. What they say is checked here: bytes that a container stores as
 * they are come from the container itself and never from them, limits are counted again, spans must tile. One that
 * ends, lies or takes too long is replaced; what it was reading cannot be read.
 */

/** assay_readers_new_for: readers that do @work in place of assay_reading_work(): for tests, in which they lie. */
AssayReaders *assay_readers_new_for (AssayWorkerMain work);

/**
 * assay_readers_open:
 *
 * Has the inside of @node read. On failure it may be half told: assay_node_reset(). Errors: those of the format's
 * reader; ASSAY_ERROR_FAILED the process ended or contradicted itself; ASSAY_ERROR_LIMIT also `node-time` and
 * `image-time`.
 */
gboolean assay_readers_open (AssayReaders *readers, AssayUnpackContext *context, AssayNode *node,
                             const AssayFormat *format, GError **error);

#endif
