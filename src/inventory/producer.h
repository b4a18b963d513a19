#ifndef ASSAY_INVENTORY_PRODUCER_H
#define ASSAY_INVENTORY_PRODUCER_H

#include "inventory/elf.h"

/**
 * assay_elf_producer:
 *
 * What the .comment section says of the compilers and linkers that made the file, each text once, sorted, joined by ";
 * ", escaped. A claim of the file: it tells the reader where to look, and proves nothing.
 *
 * Returns: (transfer full) (nullable): NULL where it says nothing, or where it cannot be read
 */
char *assay_elf_producer (const AssayElf *elf, AssayBlob *blob);

#endif
