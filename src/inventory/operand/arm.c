#include "inventory/operand/private.h"

/* A32. Bits of the encodings: Arm Architecture Reference Manual for ARMv7-A, A5. */

#define PC_OFFSET 8u

/* A distance whose sign is bit 23 of the word. */
static void
set_distance (AssayOperandDecoder *decoder, guint32 word, guint64 address, guint64 distance, AssayOperand *out)
{
  gboolean up = (word >> 23 & 1) != 0;
  guint64 base = address + PC_OFFSET;
  assay_operand_set_relative (decoder, out, up ? base + distance : base - distance);
}

static void
read_branch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance = assay_operand_sign_extend ((guint64)word << 2, 26);
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + distance);
}

/* BLX to Thumb code has one bit more. */
static void
read_branch_exchange (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance = assay_operand_sign_extend ((guint64)word << 2, 26) + ((word >> 24 & 1) << 1);
  assay_operand_set_relative (decoder, out, address + PC_OFFSET + distance);
}

static void
read_literal (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint destination = word >> 12 & 15;
  gboolean is_byte = (word >> 22 & 1) != 0;
  set_distance (decoder, word, address, word & 0xfff, out);
  assay_operand_forget_register (decoder, destination);
  if (!is_byte)
    assay_operand_add_literal (decoder, address, out->target, 1, destination);
}

static void
read_literal_8 (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_distance (decoder, word, address, (word >> 4 & 0xf0) | (word & 15), out);
  assay_operand_forget_register (decoder, word >> 12 & 15);
}

static void
read_literal_float (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  gboolean is_double = (word >> 8 & 1) != 0;
  set_distance (decoder, word, address, (word & 0xff) << 2, out);
  assay_operand_add_literal (decoder, address, out->target, is_double ? 2 : 1, ASSAY_OPERAND_REGISTERS);
}

/* ADD of the program counter and a register, and a load from where they say together: both ways round. */
static void
read_counter_first (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_base_literal (decoder, word & 15, address + PC_OFFSET);
  assay_operand_forget_register (decoder, word >> 12 & 15);
}

static void
read_counter_second (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_base_literal (decoder, word >> 16 & 15, address + PC_OFFSET);
  assay_operand_forget_register (decoder, word >> 12 & 15);
}

/* ADD and SUB of the program counter and a byte that is rotated to the right by an even count. */
static void
read_adr (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint32 byte = word & 0xff;
  guint rotation = 2 * (word >> 8 & 15);
  guint32 distance = rotation == 0 ? byte : byte >> rotation | byte << (32 - rotation);
  set_distance (decoder, word, address, distance, out);
  if (decoder->literals != NULL)
    decoder->literals->tables[word >> 12 & 15] = out->target;
}

/* CMP with a small number: how many entries the table of a switch has. */
static void
read_compare (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if (decoder->literals != NULL)
    decoder->literals->table_size = (word & 0xff) + 1;
}

/* LDR of the program counter from a table of addresses, which lies behind the code or where ADR said. */
static void
read_switch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = word >> 16 & 15;
  if (decoder->literals == NULL)
    return;
  guint64 table = base == 15 ? address + PC_OFFSET : decoder->literals->tables[base];
  for (guint i = 0; i < decoder->literals->table_size && table != 0; i++)
    assay_operand_add_literal (decoder, address, table + 4 * (guint64)i, 1, ASSAY_OPERAND_REGISTERS);
}

static void
read_move (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint destination = word >> 12 & 15;
  guint32 part = (word >> 4 & 0xf000) | (word & 0xfff);
  assay_operand_set_half (decoder, out, destination, part, (word >> 22 & 1) != 0);
}

static const AssayOperandRule rules[] = {
  { 0xfe000000, 0xfa000000, 0x01ffffff, read_branch_exchange },
  { 0x0e000000, 0x0a000000, 0x00ffffff, read_branch },
  { 0x0f3f0000, 0x051f0000, 0x00800fff, read_literal },
  { 0x0ff00000, 0x03000000, 0x000f0fff, read_move },
  { 0x0ff00000, 0x03400000, 0x000f0fff, read_move },
  { 0x0fff0000, 0x028f0000, 0x00000fff, read_adr },
  { 0x0fff0000, 0x024f0000, 0x00000fff, read_adr },
  { 0x0f7f0090, 0x014f0090, 0x00800f0f, read_literal_8 },
  { 0x0f7f0090, 0x015f0090, 0x00800f0f, read_literal_8 },
  { 0x0f3f0e00, 0x0d1f0a00, 0x008000ff, read_literal_float },
  { 0x0fff0ff0, 0x008f0000, 0, read_counter_first },
  { 0x0fff0ff0, 0x079f0000, 0, read_counter_first },
  { 0x0ff0f000, 0x03500000, 0, read_compare },
  { 0x0ff0fff0, 0x0790f100, 0, read_switch },
  { 0x0ff00fff, 0x0080000f, 0, read_counter_second },
  { 0x0ff00fff, 0x0790000f, 0, read_counter_second },
};

static AssayOperandTable table = { .rules = rules, .count = G_N_ELEMENTS (rules), .shift = 20 };

gboolean
assay_operand_decode_arm (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                          AssayOperand *out)
{
  if (assay_operand_has_literal (decoder, address)
      && assay_operand_decode_literal (decoder, bytes, length, address, out))
    return TRUE;
  if (length < 4)
    return FALSE;
  guint32 word = assay_operand_read_unit (decoder, bytes, 4);
  out->size = 4;
  guint32 field = assay_operand_apply (decoder, &table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  /* Data processing and loads write the register in bits 12 to 15; one too many forgotten does no harm. */
  if (field == 0)
    assay_operand_forget_register (decoder, word >> 12 & 15);
  return TRUE;
}
