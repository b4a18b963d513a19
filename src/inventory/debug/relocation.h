#ifndef ASSAY_INVENTORY_DEBUG_RELOCATION_H
#define ASSAY_INVENTORY_DEBUG_RELOCATION_H

#include "inventory/debug/cursor.h"
#include "inventory/elf.h"

/**
 * assay_debug_relocation_bases:
 *
 * Gives each section of a relocatable file that takes memory an address of its own, so that debug information can tell
 * them apart.
 *
 * Returns: (transfer full) (element-type guint64): by number of the section; G_MAXUINT64 for one that has none
 */
GArray *assay_debug_relocation_bases (const AssayElf *elf);

/**
 * assay_debug_relocation_apply:
 * @section: of debug information, in a relocatable file
 * @mapping: all bytes of the file
 * @bases: of assay_debug_relocation_bases()
 * @content: its bytes, unpacked
 * @buffers: (element-type GBytes): owns what is made here
 *
 * Applies the relocations that compilers write into debug sections: whole words, and RISC-V's and LoongArch's sums and
 * differences. What has another type, or an undefined symbol, stays as it is. (libdwfl does the same, but knows no
 * MIPS, and takes a descriptor.)
 *
 * Returns: @content where nothing is to be applied, else a copy; empty when memory is short
 * Source: the psABI of each machine.
 */
AssayDebugBytes assay_debug_relocation_apply (const AssayElf *elf, const AssaySection *section, const guint8 *mapping,
                                              const GArray *bases, AssayDebugBytes content, GPtrArray *buffers);

#endif
