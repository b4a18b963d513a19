#ifndef ASSAY_INVENTORY_INTERPRETER_H
#define ASSAY_INVENTORY_INTERPRETER_H

#include "cage/worker.h"
#include "util/limits.h"

/**
 * AssayInterpreter:
 *
 * The process behind walls that reads debug information (inventory/lines.h, assay_producers_add_debug()) and machine
 * code (inventory/disassembly.h) of one side of an image (T23): libdw, Capstone, and what unpacks debug sections run
 * there and nowhere else. It begins with the first question. What it says is for the reader alone (T14): texts are
 * escaped here, counts and ranges are checked here, and nothing that it says can make a byte pass.
 *
 * One that ends, lies or takes too long says nothing more. All questions of one leaf together may take `node-time`; it
 * has the address space of `worker-memory` and `debug-bytes` together. Not for several threads at once.
 */
typedef struct _AssayInterpreter AssayInterpreter;

/** assay_interpreter_new: @limits: copied. */
AssayInterpreter *assay_interpreter_new (const AssayLimits *limits);

/** assay_interpreter_new_for: one that does @work, (nullable), in place of assay_interpreting_work(): for tests, in
 * which it lies. */
AssayInterpreter *assay_interpreter_new_for (AssayWorkerMain work, const AssayLimits *limits);

/**
 * assay_interpreter_renew:
 *
 * What is asked from now on is of another leaf: time and replaced processes count anew, and the file that was open
 * finds nothing more. The process stays if it said nothing wrong: to begin one takes longer than to read a small file.
 */
void assay_interpreter_renew (AssayInterpreter *interpreter);

/** assay_interpreter_free: whatever was made with it must be gone, or be asked nothing more. */
void assay_interpreter_free (AssayInterpreter *interpreter);

/** assay_interpreter_get_limits: borrowed. */
const AssayLimits *assay_interpreter_get_limits (const AssayInterpreter *interpreter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayInterpreter, assay_interpreter_free)

#endif
