#ifndef ASSAY_INVENTORY_DISASSEMBLY_H
#define ASSAY_INVENTORY_DISASSEMBLY_H

#include "inventory/elf.h"
#include "inventory/interpreter.h"

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

/** assay_code_lines_new: an empty array of AssayCodeLine that owns their texts. */
GArray *assay_code_lines_new (void);

/** Bytes that can be disassembled in one go, and how many pieces of code they may be; longer functions are entered in
 * their middle. */
#define ASSAY_DISASSEMBLY_BYTES (96u * 1024u)
#define ASSAY_DISASSEMBLY_PIECES 256u

/**
 * assay_disassembler_new:
 * @interpreter: who reads the code, of one side; borrowed, must outlive the result
 * @elf: borrowed; machine, class, byte order and flags are taken from it. Not needed after the call
 *
 * Returns: (nullable): NULL for a machine that Capstone does not know, as RISC-V in version 4; that is no error. Not
 * for several threads at once
 */
AssayDisassembler *assay_disassembler_new (AssayInterpreter *interpreter, const AssayElf *elf);

/**
 * AssayCodePiece:
 * @bytes: as they lie in the file; ARM's BE8 files have their code in little-endian order, which is taken care of
 * @address: of the first byte
 */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  guint64 address;
  AssayCodeMode mode;
} AssayCodePiece;

/**
 * assay_disassemble_pieces:
 * @count: at most ASSAY_DISASSEMBLY_PIECES, of ASSAY_DISASSEMBLY_BYTES together
 * @max: lines at most of each; 0 for no limit
 *
 * Disassembles all of the bytes, or the first @max lines: what cannot be decoded is a line of data as long as the
 * machine's shortest instruction, so that the lines are without gap. For the reader only: no decision hangs on it.
 * Several pieces in one go take far less time than one after another.
 *
 * Returns: (transfer full) (element-type GArray) (nullable): for each piece its AssayCodeLine; NULL for more than may
 * be, and when the interpreter ended or lied
 */
GPtrArray *assay_disassemble_pieces (AssayDisassembler *disassembler, const AssayCodePiece *pieces, guint count,
                                     guint max);

/** assay_disassemble: the lines of one piece; (transfer full) (element-type AssayCodeLine) (nullable): as above. */
GArray *assay_disassemble (AssayDisassembler *disassembler, const AssayCodePiece *piece, guint max);

void assay_disassembler_free (AssayDisassembler *disassembler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDisassembler, assay_disassembler_free)

#endif
