#ifndef ASSAY_INVENTORY_IMPORTS_H
#define ASSAY_INVENTORY_IMPORTS_H

#include "inventory/elf.h"

/**
 * assay_elf_imports_new:
 *
 * Names for what a linker makes to reach other files: the slots of the global offset table, by the relocations that
 * fill them, and the entries of the procedure linkage table, which stand in the order of theirs. `puts@got.plt` is a
 * slot, `puts@plt` a stub: the name of the symbol, and of the section without its dot. For the reader alone: a stripped
 * file has them too, and they are claims (T14). MIPS fills its table by other means and has none here.
 *
 * Returns: (transfer full) (element-type AssaySymbol): with names of their own; empty where nothing can be read
 */
GArray *assay_elf_imports_new (const AssayElf *elf, AssayBlob *blob);

#endif
