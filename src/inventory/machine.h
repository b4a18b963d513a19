#ifndef ASSAY_INVENTORY_MACHINE_H
#define ASSAY_INVENTORY_MACHINE_H

#include "inventory/disassembly.h"

#include <capstone/capstone.h>

/** Capstone's handle for the code of a file; @unit the bytes of the shortest instruction, by mode. */
typedef struct
{
  csh handles[2]; /* by AssayCodeMode */
  guint8 units[2];
  gboolean big_endian; /* of data in code */
} AssayMachine;

/** assay_machine_code_is_big_endian: the byte order of instructions, which is not always that of data. */
gboolean assay_machine_code_is_big_endian (const AssayElf *elf);

/** assay_machine_is_known: whether it is one that Capstone may know. */
gboolean assay_machine_is_known (const AssayElf *elf);

/**
 * assay_machine_open: opens Capstone for the machine of a file. FALSE where it does not know it. @out is to be closed
 * by assay_machine_close() then.
 */
gboolean assay_machine_open (const AssayElf *elf, AssayMachine *out);
void assay_machine_close (AssayMachine *machine);

#endif
