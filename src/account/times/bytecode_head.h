#ifndef ASSAY_ACCOUNT_BYTECODE_HEAD_H
#define ASSAY_ACCOUNT_BYTECODE_HEAD_H

#include "unpack/node.h"

/** The most times that byte code of Python may record. */
#define ASSAY_BYTECODE_TIMES_MAX 2u

/**
 * assay_bytecode_read_times:
 * @by_name: the name says that it is byte code: of a layout that nobody knows every time that it may have counts
 *
 * The times of its source, 32 bits of seconds, that byte code records (PEP 552). Returns: how many there are; 0 of what
 * is none, and of what cannot be read.
 */
guint assay_bytecode_read_times (const AssayNode *node, gboolean by_name, guint32 out_times[ASSAY_BYTECODE_TIMES_MAX]);

#endif
