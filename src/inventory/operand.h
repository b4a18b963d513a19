#ifndef ASSAY_INVENTORY_OPERAND_H
#define ASSAY_INVENTORY_OPERAND_H

#include "inventory/disassembly.h"
#include "inventory/elf.h"

#include <glib.h>

/**
 * AssayOperandKind: what the bits of an instruction that may hold an address say.
 * @ASSAY_OPERAND_NONE: nothing that depends on where code or data lies
 * @ASSAY_OPERAND_RELATIVE: a distance from the instruction; @target is the address that it means, exact. Branches
 *   inside of a function are such too
 * @ASSAY_OPERAND_ABSOLUTE: a whole value that may be an address, @target; as well a number: only the caller's map
 * knows. On ARM also a word behind the code that the code loads, which is RELATIVE where the code adds its own place to
 * it
 * @ASSAY_OPERAND_PART: a part of what may be an address; see AssayOperand
 */
typedef enum
{
  ASSAY_OPERAND_NONE = 0,
  ASSAY_OPERAND_RELATIVE,
  ASSAY_OPERAND_ABSOLUTE,
  ASSAY_OPERAND_PART,
} AssayOperandKind;

/** The longest instruction of any machine that is known here, in bytes (x86 has 15). */
#define ASSAY_OPERAND_BYTES_MAX 16u

/**
 * AssayOperand:
 * @size: bytes of the instruction
 * @mask: 1 bits where operands lie, in the order of the file's bytes; all 0 for ASSAY_OPERAND_NONE. Of two instructions
 *   with equal @size and @mask, equal bits outside of the mask mean the same instruction
 * @target: RELATIVE, ABSOLUTE: the address. PART: what the instruction says of it, in place: of an address A it is
 *   A & (2^part_bits - 1) << part_shift, or where @part_rounded the same of A + 2^(part_shift - 1) (the other part is
 *   added with a sign). With @part_bits 0 it is an address at most 2^(part_shift - 1) from A (RISC-V's AUIPC)
 * @has_whole: PART: an instruction close by, in the same run of calls, holds the other part for the same register;
 *   @whole is the address put together from both. Then it is most likely an address; without, an immediate is as likely
 * a number or an offset in a structure, and a caller that has no relocation record for it should ask for equal bits
 *   ABSOLUTE, of i386 alone: where the run has found the table of its addresses (GOT), @whole is @target as a distance
 * from it, which is the other thing that the operand may say
 * @second_kind: of x86 alone, which can hold both a displacement (the first) and an immediate value (the second, then
 *   ASSAY_OPERAND_ABSOLUTE with @second_target); else NONE. @mask covers both
 *
 * A part that is equal bit by bit on both sides is the same, whatever is put together with it: what is known of a
 * register may be left over from the function before.
 *
 * Some targets lie in no section: the pointers to global data of MIPS, PowerPC and RISC-V point some way behind the
 * beginning of it. Of operands that are equal bit by bit, and whose targets lie nowhere on both sides, nothing can be
 * said.
 *
 * The operand of one instruction: how to compare code that was moved. Masking hides what it masks: whoever masks checks
 * the targets of both sides as well, and for the reader alone (folding a ripple), never for a verdict.
 */
typedef struct
{
  guint8 size;
  guint8 mask[ASSAY_OPERAND_BYTES_MAX];
  AssayOperandKind kind;
  guint64 target;
  guint8 part_bits;
  guint8 part_shift;
  gboolean part_rounded;
  gboolean has_whole;
  guint64 whole;
  AssayOperandKind second_kind;
  guint64 second_target;
} AssayOperand;

/** AssayOperandDecoder: for the instructions of one file. Not for several threads at once. */
typedef struct _AssayOperandDecoder AssayOperandDecoder;

/**
 * assay_operand_decoder_new:
 * @elf: borrowed; machine, class, byte order and flags are taken from it. Not needed after the call
 *
 * Known are AArch64, ARM, MIPS, PowerPC, RISC-V and x86, all by tables of our own.
 *
 * Returns: (nullable): NULL for another machine; that is no error
 */
AssayOperandDecoder *assay_operand_decoder_new (const AssayElf *elf);

/**
 * AssayOperandMemory:
 * @data: of assay_operand_decoder_set_memory()
 *
 * Reads what the file puts at an address when it is loaded, before relocations. FALSE where there is nothing.
 */
typedef gboolean (*AssayOperandMemory) (gpointer data, guint64 address, guint8 *out, gsize length);

/**
 * assay_operand_decoder_set_memory:
 *
 * Position independent code of MIPS loads the high part of an address from a table: only a decoder that can read it
 * puts such addresses together. Without, they have no whole; nothing else changes.
 */
void assay_operand_decoder_set_memory (AssayOperandDecoder *decoder, AssayOperandMemory memory, gpointer data);

/** assay_operand_unit: bytes of the shortest instruction of the machine in any mode: 1, 2 or 4. */
guint assay_operand_unit (const AssayOperandDecoder *decoder);

/**
 * assay_operand_decode:
 * @bytes: as they lie in the file
 * @length: bytes that are there; an instruction that is cut off is none
 * @address: of the first byte
 *
 * Decodes one instruction. Calls that follow each other in the code (each at the end of the one before) may put
 * addresses together, see @has_whole; any other call begins anew.
 *
 * Returns: FALSE when nothing could be decoded; the caller goes on after assay_operand_unit() bytes. TRUE with
 *   ASSAY_OPERAND_NONE for an instruction without such operand
 */
gboolean assay_operand_decode (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                               AssayCodeMode mode, AssayOperand *out);

void assay_operand_decoder_free (AssayOperandDecoder *decoder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayOperandDecoder, assay_operand_decoder_free)

#endif
