#ifndef ASSAY_UNPACK_READING_H
#define ASSAY_UNPACK_READING_H

#include "cage/wire.h"
#include "unpack/formats.h"

/** assay_reading_work: AssayWorkerMain of the processes that read containers: answers until the other end is gone. */
void assay_reading_work (AssayWire *wire);

/**
 * assay_reading_open:
 *
 * Reads what is in @node by the reader of @format, in this process. Afterwards its spans tile.
 */
gboolean assay_reading_open (AssayUnpackContext *context, AssayNode *node, const AssayFormat *format, GError **error);

#endif
