#ifndef ASSAY_INVENTORY_INTERPRETING_H
#define ASSAY_INVENTORY_INTERPRETING_H

#include "cage/wire.h"

/** assay_interpreting_work: AssayWorkerMain of the processes that read debug information and code: answers until the
 * other end is gone. */
void assay_interpreting_work (AssayWire *wire);

#endif
