#include "inventory/operand/private.h"

/*
 * RV32 and RV64 with compressed instructions. Bits of the encodings: The RISC-V Instruction Set Manual, volume I, 2.3
 * and chapter "C". What linkers fill in: RISC-V ELF psABI.
 */

#define ZERO 0u
#define STACK_POINTER 2u
#define GLOBAL_POINTER 3u

#define ADD 0x00000033u
#define ADD_MASK 0xfe00707fu

#define DESTINATION(word) ((word) >> 7 & 31)
#define BASE(word) ((word) >> 15 & 31)

static void
read_jump (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance
      = (guint64)(word >> 31) << 20 | (word >> 12 & 0xff) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 0x3ff) << 1;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 21));
}

static void
read_branch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance
      = (guint64)(word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 0x3f) << 5 | (word >> 8 & 15) << 1;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 13));
}

static void
read_upper (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 value = assay_operand_sign_extend (word & 0xfffff000, 32);
  out->kind = ASSAY_OPERAND_PART;
  out->target = word & 0xfffff000;
  out->part_bits = 20;
  out->part_shift = 12;
  out->part_rounded = TRUE;
  assay_operand_set_register (decoder, DESTINATION (word), value);
}

/* AUIPC: the other part lies up to 2048 bytes from it, to either side. */
static void
read_upper_of_counter (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 value = assay_operand_fit (decoder, address + assay_operand_sign_extend (word & 0xfffff000, 32));
  out->kind = ASSAY_OPERAND_PART;
  out->target = value;
  out->part_bits = 0;
  out->part_shift = 12;
  assay_operand_set_register (decoder, DESTINATION (word), value);
}

/* The low part that is added to @base; where the data of the file is found from gp, that is known, too. */
static void
set_low (AssayOperandDecoder *decoder, guint base, guint64 value, AssayOperand *out)
{
  if (base == ZERO || base == STACK_POINTER)
    return;
  assay_operand_set_low (decoder, out, 12, base, value);
  if (!out->has_whole && base == GLOBAL_POINTER && decoder->global_known)
    {
      out->has_whole = TRUE;
      out->whole = assay_operand_fit (decoder, decoder->global + value);
    }
}

/* ADDI, ADDIW, JALR and loads. */
static void
read_low (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_low (decoder, BASE (word), assay_operand_sign_extend (word >> 20, 12), out);
  if (out->has_whole && BASE (word) == GLOBAL_POINTER && DESTINATION (word) == GLOBAL_POINTER)
    {
      decoder->global = out->whole;
      decoder->global_known = TRUE;
    }
  assay_operand_forget_register (decoder, DESTINATION (word));
}

/* A return has no operand; a jump to what AUIPC began has one. */
static void
read_jump_register (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if (assay_operand_knows_register (decoder, BASE (word)))
    read_low (decoder, word, address, out);
  else
    assay_operand_forget_register (decoder, DESTINATION (word));
}

/* Loads of floating point registers, which are others. */
static void
read_low_of_float (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_low (decoder, BASE (word), assay_operand_sign_extend (word >> 20, 12), out);
}

static void
read_store (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 value = assay_operand_sign_extend ((word >> 25) << 5 | (word >> 7 & 31), 12);
  set_low (decoder, BASE (word), value, out);
}

static const AssayOperandRule long_rules[] = {
  { 0x0000707f, 0x00000013, 0xfff00000, read_low },    { 0x0000007f, 0x00000003, 0xfff00000, read_low },
  { 0x0000007f, 0x00000063, 0xfe000f80, read_branch }, { 0x0000007f, 0x00000023, 0xfe000f80, read_store },
  { 0x0000007f, 0x0000006f, 0xfffff000, read_jump },   { 0x0000007f, 0x00000017, 0xfffff000, read_upper_of_counter },
  { 0x0000007f, 0x00000037, 0xfffff000, read_upper },  { 0x0000707f, 0x00000067, 0xfff00000, read_jump_register },
  { 0x0000707f, 0x0000001b, 0xfff00000, read_low },    { 0x0000007f, 0x00000007, 0xfff00000, read_low_of_float },
  { 0x0000007f, 0x00000027, 0xfe000f80, read_store },
};

static AssayOperandTable long_table = { .rules = long_rules, .count = G_N_ELEMENTS (long_rules), .shift = 0 };

/* offset[11|4|9:8|10|6|7|3:1|5] in bits 12 to 2. */
static void
read_short_jump (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  guint64 distance = (half >> 12 & 1) << 11 | (half >> 11 & 1) << 4 | (half >> 9 & 3) << 8 | (half >> 8 & 1) << 10
                     | (half >> 7 & 1) << 6 | (half >> 6 & 1) << 7 | (half >> 3 & 7) << 1 | (half >> 2 & 1) << 5;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 12));
}

/* C.JAL of RV32 is C.ADDIW in RV64. */
static void
read_short_call (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  if (decoder->bits == 32)
    read_short_jump (decoder, half, address, out);
  else
    assay_operand_forget_register (decoder, DESTINATION (half));
}

/* offset[8|4:3] in bits 12 to 10, offset[7:6|2:1|5] in bits 6 to 2. */
static void
read_short_branch (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  guint64 distance = (half >> 12 & 1) << 8 | (half >> 10 & 3) << 3 | (half >> 5 & 3) << 6 | (half >> 3 & 3) << 1
                     | (half >> 2 & 1) << 5;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 9));
}

/* C.LUI, which linkers make of LUI; with the stack pointer it is C.ADDI16SP. */
static void
read_short_upper (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  guint64 value = assay_operand_sign_extend ((guint64)(half >> 12 & 1) << 17 | (half >> 2 & 31) << 12, 18);
  if (DESTINATION (half) == STACK_POINTER)
    return;
  out->kind = ASSAY_OPERAND_PART;
  out->target = value & 0xfffff000;
  out->part_bits = 20;
  out->part_shift = 12;
  out->part_rounded = TRUE;
  assay_operand_set_register (decoder, DESTINATION (half), value);
}

static const AssayOperandRule short_rules[] = {
  { 0xe003, 0xa001, 0x1ffc, read_short_jump },
  { 0xc003, 0xc001, 0x1c7c, read_short_branch },
  { 0xe003, 0x6001, 0x107c, read_short_upper },
  { 0xe003, 0x2001, 0x1ffc, read_short_call },
};

static AssayOperandTable short_table = { .rules = short_rules, .count = G_N_ELEMENTS (short_rules), .shift = 8 };

/* A register that an index is added to still says where the thing lies. */
static void
follow_addition (AssayOperandDecoder *decoder, guint destination, guint first, guint second)
{
  gboolean knows_first = assay_operand_knows_register (decoder, first);
  gboolean knows_second = assay_operand_knows_register (decoder, second);
  guint64 value = decoder->values[knows_first ? first : second];
  assay_operand_forget_register (decoder, destination);
  if (knows_first != knows_second)
    {
      decoder->values[destination] = value;
      decoder->known |= 1u << destination;
    }
}

/* What compressed instructions write: one of x8 to x15 where they have three bits for a register. */
static void
forget_short (AssayOperandDecoder *decoder, guint32 half)
{
  guint quadrant = half & 3;
  guint function = half >> 13;
  guint second = half >> 2 & 31;
  if (quadrant == 2 && function == 4 && second != 0)
    /* C.ADD with bit 12, else C.MV */
    follow_addition (decoder, DESTINATION (half), (half >> 12 & 1) != 0 ? DESTINATION (half) : ZERO, second);
  else if (quadrant == 0)
    {
      if (function == 0 || function == 2 || (function == 3 && decoder->bits == 64))
        assay_operand_forget_register (decoder, 8 + (half >> 2 & 7));
    }
  else if (quadrant == 1 && function == 4)
    assay_operand_forget_register (decoder, 8 + (half >> 7 & 7));
  else if (function < 4)
    assay_operand_forget_register (decoder, DESTINATION (half));
}

/* Whether the destination bits name a general register: they do not in stores and branches, nor in most of what
 * floating point does. */
static gboolean
writes_general (guint32 word)
{
  switch (word & 0x7f)
    {
    case 0x07:
    case 0x23:
    case 0x27:
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
    case 0x63:
      return FALSE;
    case 0x53:
      /* FEQ and its like, FCVT and FMV to a general register, FCLASS */
      return word >> 27 == 0x14 || word >> 27 == 0x18 || word >> 27 == 0x1c;
    default:
      return TRUE;
    }
}

static gboolean
decode_short (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  /* All zeros is defined to be illegal: it is what fills gaps. */
  if (half == 0)
    return FALSE;
  out->size = 2;
  guint32 field = assay_operand_apply (decoder, &short_table, half, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 2);
  if (field == 0)
    forget_short (decoder, half);
  return TRUE;
}

gboolean
assay_operand_decode_riscv (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                            AssayOperand *out)
{
  if (length < 2)
    return FALSE;
  /* Code is little-endian on every RISC-V. */
  guint32 half = bytes[0] | (guint32)bytes[1] << 8;
  if ((half & 3) != 3)
    return decode_short (decoder, half, address, out);
  /* Five ones begin instructions of 48 bits and more, which nobody defined yet. */
  if (length < 4 || (half & 0x1c) == 0x1c)
    return FALSE;
  guint32 word = half | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
  out->size = 4;
  guint32 field = assay_operand_apply (decoder, &long_table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  if ((word & ADD_MASK) == ADD)
    follow_addition (decoder, DESTINATION (word), BASE (word), word >> 20 & 31);
  else if (field == 0 && writes_general (word))
    assay_operand_forget_register (decoder, DESTINATION (word));
  return TRUE;
}
