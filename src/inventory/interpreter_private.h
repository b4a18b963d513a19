#ifndef ASSAY_INVENTORY_INTERPRETER_PRIVATE_H
#define ASSAY_INVENTORY_INTERPRETER_PRIVATE_H

#include "cage/row.h"
#include "inventory/interpreter.h"
#include "inventory/interpreter_talk.h"
#include "util/blob.h"

/**
 * assay_interpreter_ask:
 * @question: its kind, numbers and bytes
 * @files: (nullable) (element-type AssayBlob): what it may read for that; they are told before the question
 * @most_bytes: of the answer
 *
 * Asks one question, gives the bytes that are asked for meanwhile, and waits for the answer. A process that fails, in
 * any other way than by saying why it cannot answer, is ended, and asked nothing more.
 *
 * Returns: (transfer full): what it says, to be checked by the caller; NULL on error
 * Errors: those that it may give; ASSAY_ERROR_FAILED it ended or contradicts itself, now or before; ASSAY_ERROR_LIMIT
 * also `node-time`; ASSAY_ERROR_CANCELLED; those of reading @files
 */
GByteArray *assay_interpreter_ask (AssayInterpreter *interpreter, const AssayMessage *question, const GPtrArray *files,
                                   gsize most_bytes, GError **error);

/** assay_interpreter_refuse: what was answered is a lie, by @what; the process is ended. Returns FALSE. */
gboolean assay_interpreter_refuse (AssayInterpreter *interpreter, const char *what, GError **error);

/** assay_interpreter_get_opened: how often the open file became another, or none: who opened one can tell whether it
 * still is the one that is open. */
guint assay_interpreter_get_opened (const AssayInterpreter *interpreter);

#endif
