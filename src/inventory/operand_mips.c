#include "inventory/operand_private.h"

/*
 * MIPS32 and MIPS64 before release 6. Bits of the encodings: MIPS64 Architecture For Programmers, volume II. What
 * linkers fill in: System V ABI, MIPS Processor Supplement.
 */

#define ZERO 0u
#define GLOBAL_POINTER 28u
#define STACK_POINTER 29u

#define BASE(word) ((word) >> 21 & 31)
#define TARGET(word) ((word) >> 16 & 31)
#define DESTINATION(word) ((word) >> 11 & 31)

#define OPCODE_SPECIAL 0u

/* J and JAL reach what has the same upper bits as the next instruction. */
static void
read_jump (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  out->kind = ASSAY_OPERAND_ABSOLUTE;
  out->target = ((address + 4) & ~G_GUINT64_CONSTANT (0x0fffffff)) | (guint64)(word & 0x03ffffff) << 2;
}

static void
read_branch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, address + 4 + assay_operand_sign_extend ((guint64)word << 2, 18));
}

static void
read_upper (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 value = assay_operand_sign_extend ((guint64)(word & 0xffff) << 16, 32);
  out->kind = ASSAY_OPERAND_PART;
  out->target = (guint64)(word & 0xffff) << 16;
  out->part_bits = 16;
  out->part_shift = 16;
  out->part_rounded = TRUE;
  /* The global pointer is made of a distance from the function, whose first instructions these are. */
  if (TARGET (word) == GLOBAL_POINTER)
    value += address;
  assay_operand_set_register (decoder, TARGET (word), value);
}

/* ADDIU and DADDIU. */
static void
read_add (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = BASE (word);
  if (base == STACK_POINTER || base == ZERO)
    {
      assay_operand_forget_register (decoder, TARGET (word));
      return;
    }
  assay_operand_set_low (decoder, out, 16, base, assay_operand_sign_extend (word, 16));
  assay_operand_forget_register (decoder, TARGET (word));
  if (out->has_whole && base == GLOBAL_POINTER && TARGET (word) == GLOBAL_POINTER)
    assay_operand_set_register (decoder, GLOBAL_POINTER, out->whole);
}

/* ORI puts the low part of a number in place that is no address in most cases; LUI was not rounded for it. */
static void
read_or (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if (BASE (word) != ZERO)
    assay_operand_set_low (decoder, out, 16, BASE (word), word & 0xffff);
  assay_operand_forget_register (decoder, TARGET (word));
}

/* The global pointer comes back from the stack after each call: only LUI begins another one. */
static void
forget (AssayOperandDecoder *decoder, guint number)
{
  if (number != GLOBAL_POINTER)
    assay_operand_forget_register (decoder, number);
}

static gboolean
writes_target (guint32 word)
{
  /* Loads of general registers: LB to LWU, LL, LLD, LD. */
  guint opcode = word >> 26;
  return (opcode >= 0x20 && opcode <= 0x27) || opcode == 0x30 || opcode == 0x34 || opcode == 0x37;
}

static void
read_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = BASE (word);
  if (base != STACK_POINTER && base != ZERO)
    assay_operand_set_low (decoder, out, 16, base, assay_operand_sign_extend (word, 16));
  if (writes_target (word))
    forget (decoder, TARGET (word));
}

static const AssayOperandRule rules[] = {
  { 0xe0000000, 0x80000000, 0x0000ffff, read_access }, /* LB to LWU */
  { 0xfc000000, 0x24000000, 0x0000ffff, read_add },
  { 0xf8000000, 0x08000000, 0x03ffffff, read_jump },
  { 0xf0000000, 0x10000000, 0x0000ffff, read_branch }, /* BEQ, BNE, BLEZ, BGTZ */
  { 0xffe00000, 0x3c000000, 0x0000ffff, read_upper },
  { 0xfc0c0000, 0x04000000, 0x0000ffff, read_branch }, /* BLTZ, BGEZ, and those that link or are likely */
  { 0xf0000000, 0x50000000, 0x0000ffff, read_branch }, /* BEQL to BGTZL */
  { 0xffe00000, 0x45000000, 0x0000ffff, read_branch }, /* BC1F, BC1T */
  { 0xfc000000, 0x64000000, 0x0000ffff, read_add },
  { 0xfc000000, 0x74000000, 0x03ffffff, read_jump }, /* JALX */
  { 0xfc000000, 0x34000000, 0x0000ffff, read_or },
  { 0xf0000000, 0xa0000000, 0x0000ffff, read_access }, /* SB to SWR, where bit 28 is free */
  { 0xfc000000, 0xb8000000, 0x0000ffff, read_access }, /* SWR */
  { 0xf8000000, 0xb0000000, 0x0000ffff, read_access }, /* SDL, SDR */
  { 0xf8000000, 0xc0000000, 0x0000ffff, read_access }, /* LL, LWC1 */
  { 0xfc000000, 0xd0000000, 0x0000ffff, read_access }, /* LLD */
  { 0xfc000000, 0xd4000000, 0x0000ffff, read_access }, /* LDC1 */
  { 0xfc000000, 0xdc000000, 0x0000ffff, read_access }, /* LD */
  { 0xf8000000, 0xe0000000, 0x0000ffff, read_access }, /* SC, SWC1 */
  { 0xfc000000, 0xf0000000, 0x0000ffff, read_access }, /* SCD */
  { 0xfc000000, 0xf4000000, 0x0000ffff, read_access }, /* SDC1 */
  { 0xfc000000, 0xfc000000, 0x0000ffff, read_access }, /* SD */
  { 0xfc000000, 0x68000000, 0x0000ffff, read_access }, /* LDL */
  { 0xfc000000, 0x6c000000, 0x0000ffff, read_access }, /* LDR */
};

gboolean
assay_operand_decode_mips (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                           AssayOperand *out)
{
  if (length < 4)
    return FALSE;
  guint32 word = assay_operand_read_unit (decoder, bytes, 4);
  guint opcode = word >> 26;
  out->size = 4;
  if (opcode == OPCODE_SPECIAL)
    {
      forget (decoder, DESTINATION (word));
      return TRUE;
    }
  guint32 field = assay_operand_apply (decoder, rules, G_N_ELEMENTS (rules), word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  /* Other immediate operations write their target; coprocessors rarely do. */
  if (field == 0 && opcode >= 8 && opcode < 16)
    assay_operand_forget_register (decoder, TARGET (word));
  return TRUE;
}
