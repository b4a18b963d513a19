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
 * AssayDebugRelocation: what relocations are applied with.
 * @elf: @blob: a relocatable file
 * @bases: of assay_debug_relocation_bases()
 * @tables: number of a section to its bytes, guint8: tables of symbols, which are read once
 */
typedef struct
{
  const AssayElf *elf;
  AssayBlob *blob;
  const GArray *bases;
  GHashTable *tables;
} AssayDebugRelocation;

/**
 * assay_debug_relocation_apply:
 * @section: of debug information
 * @content: its bytes, unpacked; they are changed
 *
 * Applies the relocations that compilers write into debug sections: whole words, and RISC-V's and LoongArch's sums and
 * differences. What has another type, or an undefined symbol, stays as it is. (libdwfl does the same, but knows no
 * MIPS, and takes a descriptor.)
 *
 * Source: the psABI of each machine.
 */
void assay_debug_relocation_apply (const AssayDebugRelocation *relocation, const AssaySection *section,
                                   AssayDebugBytes content);

#endif
