#ifndef ASSAY_COMPARE_OBJECTS_H
#define ASSAY_COMPARE_OBJECTS_H

#include "compare/areas.h"

/**
 * assay_objects_build: tiles the expected side of @area with objects: symbols with a size, labels up to the next
 * symbol, text up to its NUL, and short pieces of what no name covers.
 */
void assay_objects_build (AssayArea *area, const AssayAreasInput *input);

/**
 * assay_objects_mask: sets the bits of @area's mask that hold addresses: operands of instructions (operand.h), and
 * aligned words of the size of a pointer whose value is an address of the rebuilt file.
 */
void assay_objects_mask (AssayArea *area, const AssayAreasInput *input);

/** assay_word_read: 4 or 8 bytes of the file's byte order. */
guint64 assay_word_read (const guint8 *bytes, guint size_bytes, gboolean big_endian);

#endif
