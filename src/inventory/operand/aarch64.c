#include "inventory/operand/private.h"

/*
 * A64. Bits of the encodings: Arm Architecture Reference Manual, C4.1. What linkers fill in: ELF for the Arm 64-bit
 * Architecture, "Relocation".
 */

#define STACK_POINTER 31u
#define PAGE_BITS 12u

static void
read_branch_26 (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend ((guint64)word << 2, 28));
}

/* Conditional branches, CBZ, CBNZ, and loads of a literal. */
static void
read_branch_19 (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance = (guint64)(word >> 5 & 0x7ffff) << 2;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 21));
}

static void
read_branch_14 (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 distance = (guint64)(word >> 5 & 0x3fff) << 2;
  assay_operand_set_relative (decoder, out, address + assay_operand_sign_extend (distance, 16));
}

static guint64
distance_21 (guint32 word)
{
  return assay_operand_sign_extend ((guint64)(word >> 5 & 0x7ffff) << 2 | (word >> 29 & 3), 21);
}

static void
read_adr (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  assay_operand_set_relative (decoder, out, address + distance_21 (word));
}

static void
read_adrp (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 page = (address >> PAGE_BITS << PAGE_BITS) + (distance_21 (word) << PAGE_BITS);
  out->kind = ASSAY_OPERAND_PART;
  out->target = page;
  out->part_bits = 64 - PAGE_BITS;
  out->part_shift = PAGE_BITS;
  assay_operand_set_register (decoder, word & 31, page);
}

static void
read_add (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = word >> 5 & 31;
  if (base != STACK_POINTER)
    assay_operand_set_low (decoder, out, PAGE_BITS, base, word >> 10 & 0xfff);
  assay_operand_forget_register (decoder, word & 31);
}

static void
read_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = word >> 5 & 31;
  guint scale = word >> 30;
  gboolean vector = (word >> 26 & 1) != 0;
  /* Of 128-bit vectors the size bits are 0. */
  if (vector && scale == 0 && (word >> 23 & 1) != 0)
    scale = 4;
  if (base != STACK_POINTER)
    assay_operand_set_low (decoder, out, PAGE_BITS, base, (guint64)(word >> 10 & 0xfff) << scale);
  gboolean loads = (word >> 22 & 3) != 0;
  if (loads && !vector)
    assay_operand_forget_register (decoder, word & 31);
}

/* MOVZ begins a number of up to four parts, MOVK goes on. */
static void
read_move (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint destination = word & 31;
  guint shift = 16 * (word >> 21 & 3);
  guint64 part = (guint64)(word >> 5 & 0xffff) << shift;
  gboolean keeps = (word >> 29 & 3) == 3;
  out->kind = ASSAY_OPERAND_PART;
  out->target = part;
  out->part_bits = 16;
  out->part_shift = (guint8)shift;
  if (!keeps)
    assay_operand_set_register (decoder, destination, part);
  else if (assay_operand_knows_register (decoder, destination))
    {
      out->has_whole = TRUE;
      out->whole = (decoder->values[destination] & ~(G_GUINT64_CONSTANT (0xffff) << shift)) | part;
      assay_operand_set_register (decoder, destination, out->whole);
    }
}

/* Data processing and loads write the register in the lowest bits; loads of pairs another one as well. */
static void
forget_written (AssayOperandDecoder *decoder, guint32 word)
{
  gboolean processes = (word >> 25 & 7) == 5 || (word >> 26 & 7) == 4;
  gboolean loads = (word >> 25 & 5) == 4 && (word >> 22 & 3) != 0;
  if (processes || loads)
    assay_operand_forget_register (decoder, word & 31);
  if (loads && (word >> 27 & 7) == 5)
    assay_operand_forget_register (decoder, word >> 10 & 31);
}

static const AssayOperandRule rules[] = {
  { 0x3b000000, 0x39000000, 0x003ffc00, read_access },    { 0x7fc00000, 0x11000000, 0x003ffc00, read_add },
  { 0x7c000000, 0x14000000, 0x03ffffff, read_branch_26 }, { 0x9f000000, 0x90000000, 0x60ffffe0, read_adrp },
  { 0xff000000, 0x54000000, 0x00ffffe0, read_branch_19 }, { 0x7e000000, 0x34000000, 0x00ffffe0, read_branch_19 },
  { 0x7e000000, 0x36000000, 0x0007ffe0, read_branch_14 }, { 0x3b000000, 0x18000000, 0x00ffffe0, read_branch_19 },
  { 0x9f000000, 0x10000000, 0x60ffffe0, read_adr },       { 0x7f800000, 0x52800000, 0x001fffe0, read_move },
  { 0x7f800000, 0x72800000, 0x001fffe0, read_move },
};

static AssayOperandTable table = { .rules = rules, .count = G_N_ELEMENTS (rules), .shift = 24 };

gboolean
assay_operand_decode_aarch64 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                              AssayOperand *out)
{
  if (length < 4)
    return FALSE;
  guint32 word = assay_operand_read_unit (decoder, bytes, 4);
  out->size = 4;
  guint32 field = assay_operand_apply (decoder, &table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  if (field == 0)
    forget_written (decoder, word);
  return TRUE;
}
