#ifndef ASSAY_INVENTORY_INSTRUCTIONS_H
#define ASSAY_INVENTORY_INSTRUCTIONS_H

#include "inventory/disassembly.h"

/**
 * AssayInstructions: what disassembles, by Capstone, in the process that may: inventory/disassembly.h says what it
 * does.
 */
typedef struct _AssayInstructions AssayInstructions;

/** assay_instructions_new: (nullable): see assay_disassembler_new(). */
AssayInstructions *assay_instructions_new (const AssayElf *elf);
void assay_instructions_free (AssayInstructions *instructions);

/** assay_instructions_read: (transfer full) (element-type AssayCodeLine): see assay_disassemble(); of any length. */
GArray *assay_instructions_read (AssayInstructions *instructions, const guint8 *bytes, gsize length, guint64 address,
                                 AssayCodeMode mode, guint max);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayInstructions, assay_instructions_free)

#endif
