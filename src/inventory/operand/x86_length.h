#ifndef ASSAY_INVENTORY_OPERAND_X86_LENGTH_H
#define ASSAY_INVENTORY_OPERAND_X86_LENGTH_H

#include <glib.h>

/** The longest instruction of x86, in bytes. */
#define ASSAY_X86_LENGTH_MAX 15u
#define ASSAY_X86_NO_REGISTER 0xffu

/**
 * AssayX86Instruction: an instruction while it is decoded, and where its fields lie.
 * @bytes: @length: what is there, at most ASSAY_X86_LENGTH_MAX
 * @at: how far it was read; in the end the length of the instruction
 * @code_bits: 16, 32 or 64
 * @wide: whether a prefix says 64-bit operands (REX.W)
 * @map: of opcodes: 0 for those of one byte, 1 behind 0F, 2 behind 0F 38, 3 behind 0F 3A, others of vector prefixes
 * @base: of the memory operand, or ASSAY_X86_NO_REGISTER; @of_counter: it is the program counter
 * @displacement_size: @immediate_size: 0 where there is none
 * @is_distance: the immediate value is the distance of a branch
 */
typedef struct
{
  const guint8 *bytes;
  guint length;
  guint at;
  guint code_bits;
  gboolean operand_override;
  gboolean address_override;
  gboolean wide;
  guint map;
  gboolean has_vex;
  guint8 opcode;
  guint8 modrm;
  guint8 base;
  gboolean of_counter;
  guint displacement_at;
  guint displacement_size;
  guint immediate_at;
  guint immediate_size;
  gboolean is_distance;
} AssayX86Instruction;

/**
 * assay_x86_read: reads one instruction; @bytes, @length, @code_bits and @base are set, the rest is zero. FALSE where
 * it is none, or is cut off.
 */
gboolean assay_x86_read (AssayX86Instruction *instruction);

#endif
