#ifndef ASSAY_INVENTORY_DISASSEMBLY_H
#define ASSAY_INVENTORY_DISASSEMBLY_H

#include "inventory/elf.h"

#include <glib.h>

/**
 * AssayCodeMode: machines that have two instruction sets run either; the file does not say which where.
 * @ASSAY_CODE_MAIN: what the ELF header says
 * @ASSAY_CODE_ALTERNATE: Thumb on ARM; 16-bit real mode on i386 and x86-64; microMIPS on MIPS; the same as MAIN
 *   elsewhere
 */
typedef enum
{
  ASSAY_CODE_MAIN = 0,
  ASSAY_CODE_ALTERNATE = 1,
} AssayCodeMode;

/**
 * AssayCodeLine:
 * @size: bytes of the instruction; 1, 2 or 4 for a line of data
 * @text: "mov eax, 1", or ".byte 0x0f", ".half 0x…", ".word 0x…" for what is no instruction; plain ASCII
 */
typedef struct
{
  guint64 address;
  guint8 size;
  char *text;
} AssayCodeLine;

typedef struct _AssayDisassembler AssayDisassembler;

/**
 * assay_disassembler_new:
 * @elf: borrowed; machine, class, byte order and flags are taken from it. Not needed after the call
 *
 * Returns: (nullable): NULL for a machine that Capstone does not know, as RISC-V in version 4; that is no error. Not
 * for several threads at once
 */
AssayDisassembler *assay_disassembler_new (const AssayElf *elf);

/**
 * assay_disassemble:
 * @bytes: as they lie in the file; ARM's BE8 files have their code in little-endian order, which is taken care of
 * @address: of the first byte
 * @max: lines at most; 0 for no limit
 *
 * Disassembles all of the bytes, or the first @max lines: what cannot be decoded is a line of data as long as the
 * machine's shortest instruction, so that the lines are without gap. For the reader only: no decision hangs on it.
 *
 * Returns: (transfer full) (element-type AssayCodeLine): with a clear function set
 */
GArray *assay_disassemble (AssayDisassembler *disassembler, const guint8 *bytes, gsize length, guint64 address,
                           AssayCodeMode mode, guint max);

void assay_disassembler_free (AssayDisassembler *disassembler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDisassembler, assay_disassembler_free)

#endif
