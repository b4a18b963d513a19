#include "inventory/operand/private.h"

/* T32. Bits of the encodings: Arm Architecture Reference Manual for ARMv7-A, A6. A word here has the first half on top.
 */

#define PC_OFFSET 4u

/* The program counter as loads and ADR see it. */
static guint64
aligned_counter (guint64 address)
{
  return (address + PC_OFFSET) & ~G_GUINT64_CONSTANT (3);
}

static void
set_distance (AssayOperandDecoder *decoder, gboolean up, guint64 address, guint64 distance, AssayOperand *out)
{
  guint64 base = aligned_counter (address);
  assay_operand_set_relative (decoder, out, up ? base + distance : base - distance);
}

static void
read_branch_8 (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  /* Conditions 14 and 15 are UDF and SVC. */
  if ((half >> 8 & 15) < 14)
    assay_operand_set_relative (decoder, out, address + PC_OFFSET + assay_operand_sign_extend ((guint64)half << 1, 9));
}

static void
read_branch_11 (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + assay_operand_sign_extend ((guint64)half << 1, 12));
}

static void
read_compare_branch (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  guint64 distance = (half >> 9 & 1) << 6 | (half >> 3 & 31) << 1;
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + distance);
}

static void
read_literal_8 (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  set_distance (decoder, TRUE, address, (half & 0xff) << 2, out);
  assay_operand_forget_register (decoder, half >> 8 & 7);
  assay_operand_add_literal (decoder, address, out->target, 1, half >> 8 & 7);
}

static void
read_adr_8 (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  set_distance (decoder, TRUE, address, (half & 0xff) << 2, out);
  assay_operand_forget_register (decoder, half >> 8 & 7);
}

/* ADD of the program counter to a register. */
static void
read_add_counter (AssayOperandDecoder *decoder, guint32 half, guint64 address, AssayOperand *out)
{
  assay_operand_base_literal (decoder, (half >> 4 & 8) | (half & 7), address + PC_OFFSET);
}

static const AssayOperandRule short_rules[] = {
  { 0xf000, 0xd000, 0x00ff, read_branch_8 },       { 0xf800, 0x4800, 0x00ff, read_literal_8 },
  { 0xf500, 0xb100, 0x02f8, read_compare_branch }, { 0xf800, 0xe000, 0x07ff, read_branch_11 },
  { 0xf800, 0xa000, 0x00ff, read_adr_8 },          { 0xff78, 0x4478, 0, read_add_counter },
};

static AssayOperandTable short_table = { .rules = short_rules, .count = G_N_ELEMENTS (short_rules), .shift = 8 };

/* S:I1:I2:imm10:imm11:0, where I = NOT (J XOR S). */
static guint64
long_distance (guint32 word)
{
  guint32 sign = word >> 26 & 1;
  guint32 first = ~((word >> 13 & 1) ^ sign) & 1;
  guint32 second = ~((word >> 11 & 1) ^ sign) & 1;
  guint64 distance
      = (guint64)sign << 24 | first << 23 | second << 22 | (word >> 16 & 0x3ff) << 12 | (word & 0x7ff) << 1;
  return assay_operand_sign_extend (distance, 25);
}

static void
read_long_branch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + long_distance (word));
}

/* BLX to ARM code counts from a multiple of 4. */
static void
read_long_exchange (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, aligned_counter (address) + long_distance (word));
}

/* S:J2:J1:imm6:imm11:0. Conditions 14 and 15 are other instructions. */
static void
read_long_condition (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if ((word >> 23 & 7) == 7)
    return;
  guint64 distance = (guint64)(word >> 26 & 1) << 20 | (word >> 11 & 1) << 19 | (word >> 13 & 1) << 18
                     | (word >> 16 & 0x3f) << 12 | (word & 0x7ff) << 1;
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + assay_operand_sign_extend (distance, 21));
}

static void
read_long_literal (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  gboolean is_word = (word >> 21 & 3) == 2;
  set_distance (decoder, (word >> 23 & 1) != 0, address, word & 0xfff, out);
  assay_operand_forget_register (decoder, word >> 12 & 15);
  if (is_word)
    assay_operand_add_literal (decoder, address, out->target, 1, word >> 12 & 15);
}

/* LDRD, and VLDR of one or two words. */
static void
read_word_literal (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  gboolean is_single = (word >> 24) == 0xed && (word >> 8 & 1) == 0;
  set_distance (decoder, (word >> 23 & 1) != 0, address, (word & 0xff) << 2, out);
  assay_operand_add_literal (decoder, address, out->target, is_single ? 1 : 2, ASSAY_OPERAND_REGISTERS);
}

/* i:imm3:imm8. */
static guint32
immediate_12 (guint32 word)
{
  return (word >> 26 & 1) << 11 | (word >> 12 & 7) << 8 | (word & 0xff);
}

static void
read_adr (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  gboolean up = (word >> 23 & 1) == 0;
  set_distance (decoder, up, address, immediate_12 (word), out);
  assay_operand_forget_register (decoder, word >> 8 & 15);
}

static void
read_move (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint destination = word >> 8 & 15;
  guint32 part = (word >> 16 & 15) << 12 | immediate_12 (word);
  assay_operand_set_half (decoder, out, destination, part, (word >> 23 & 1) != 0);
}

static const AssayOperandRule long_rules[] = {
  { 0xf800d000, 0xf000d000, 0x07ff2fff, read_long_branch },
  { 0xf800d000, 0xf0009000, 0x07ff2fff, read_long_branch },
  { 0xf800d001, 0xf000c000, 0x07ff2ffe, read_long_exchange },
  { 0xf800d000, 0xf0008000, 0x043f2fff, read_long_condition },
  { 0xfbf08000, 0xf2400000, 0x040f70ff, read_move },
  { 0xfbf08000, 0xf2c00000, 0x040f70ff, read_move },
  { 0xfe1f0000, 0xf81f0000, 0x00800fff, read_long_literal },
  { 0xfbff8000, 0xf20f0000, 0x040070ff, read_adr },
  { 0xfbff8000, 0xf2af0000, 0x040070ff, read_adr },
  { 0xff7f0000, 0xe95f0000, 0x008000ff, read_word_literal },
  { 0xff3f0e00, 0xed1f0a00, 0x008000ff, read_word_literal },
};

static AssayOperandTable long_table = { .rules = long_rules, .count = G_N_ELEMENTS (long_rules), .shift = 24 };

gboolean
assay_operand_decode_thumb (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                            AssayOperand *out)
{
  if (assay_operand_has_literal (decoder, address)
      && assay_operand_decode_literal (decoder, bytes, length, address, out))
    return TRUE;
  if (length < 2)
    return FALSE;
  guint32 half = assay_operand_read_unit (decoder, bytes, 2);
  gboolean is_long = half >> 11 >= 0x1d;
  if (!is_long)
    {
      out->size = 2;
      guint32 field = assay_operand_apply (decoder, &short_table, half, address, out);
      assay_operand_write_mask (decoder, out->mask, field, 2);
      return TRUE;
    }
  if (length < 4)
    return FALSE;
  guint32 word = half << 16 | assay_operand_read_unit (decoder, bytes + 2, 2);
  out->size = 4;
  guint32 field = assay_operand_apply (decoder, &long_table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field >> 16, 2);
  assay_operand_write_mask (decoder, out->mask + 2, field & 0xffff, 2);
  return TRUE;
}
