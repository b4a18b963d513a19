#include "inventory/operand/private.h"

/*
 * PowerPC with 32 and 64 bits. Bits of the encodings: Power ISA, book I. What linkers fill in: 64-bit ELF V2 ABI
 * Specification for Power Architecture, and the System V ABI's PowerPC supplement.
 */

#define STACK_POINTER 1u
#define TABLE_OF_CONTENTS 2u
#define FUNCTION_ENTRY 12u

#define TARGET(word) ((word) >> 21 & 31)
#define BASE(word) ((word) >> 16 & 31)

#define IS_ABSOLUTE(word) (((word)&2) != 0)
#define NO_OPERATION 0x60000000u
/* BCL 20,31,.+4, whose only use is to ask for the address. */
#define ASK_ADDRESS 0x429f0005u
#define ADD 0x7c000214u
#define ADD_MASK 0xfc0007ffu
#define SECOND(word) ((word) >> 11 & 31)
#define MOVE_FROM_LINK 0x7c0802a6u
#define MOVE_FROM_LINK_MASK 0xfc1fffffu

static void
set_branch (const AssayOperandDecoder *decoder, guint32 word, guint64 address, guint64 distance, AssayOperand *out)
{
  if (!IS_ABSOLUTE (word))
    {
      assay_operand_set_relative (decoder, out, address + distance);
      return;
    }
  out->kind = ASSAY_OPERAND_ABSOLUTE;
  out->target = assay_operand_fit (decoder, distance);
}

static void
read_branch (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_branch (decoder, word, address, assay_operand_sign_extend (word & 0x03fffffc, 26), out);
}

static void
read_condition (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_branch (decoder, word, address, assay_operand_sign_extend (word & 0xfffc, 16), out);
  decoder->link_known = word == ASK_ADDRESS;
  decoder->link = address + 4;
}

/* What the base holds: nothing for LIS, the address of the function in r12 where it begins. */
static gboolean
value_of_base (const AssayOperandDecoder *decoder, guint32 word, guint64 address, guint64 *out)
{
  guint base = BASE (word);
  *out = 0;
  if (base == 0)
    return TRUE;
  if (assay_operand_knows_register (decoder, base))
    {
      *out = decoder->values[base];
      return TRUE;
    }
  if (base == TABLE_OF_CONTENTS && decoder->global_known)
    {
      *out = decoder->global;
      return TRUE;
    }
  if (base == FUNCTION_ENTRY && TARGET (word) == TABLE_OF_CONTENTS)
    {
      *out = address;
      return TRUE;
    }
  return FALSE;
}

static void
read_upper (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint64 base = 0;
  out->kind = ASSAY_OPERAND_PART;
  out->target = (guint64)(word & 0xffff) << 16;
  out->part_bits = 16;
  out->part_shift = 16;
  out->part_rounded = TRUE;
  if (value_of_base (decoder, word, address, &base))
    assay_operand_set_register (decoder, TARGET (word),
                                base + assay_operand_sign_extend ((guint64)(word & 0xffff) << 16, 32));
  else
    assay_operand_forget_register (decoder, TARGET (word));
}

/* The low part, of an instruction that adds @value to its base. */
static void
set_low (AssayOperandDecoder *decoder, guint32 word, guint64 value, AssayOperand *out)
{
  guint base = BASE (word);
  if (base == STACK_POINTER)
    return;
  /* Register 0 stands for no register: a small number, or the low part that comes before the high one. */
  if (base == 0)
    {
      out->kind = ASSAY_OPERAND_PART;
      out->target = value & 0xffff;
      out->part_bits = 16;
      return;
    }
  assay_operand_set_low (decoder, out, 16, base, value);
  if (!out->has_whole && base == TABLE_OF_CONTENTS && decoder->global_known)
    {
      out->has_whole = TRUE;
      out->whole = assay_operand_fit (decoder, decoder->global + value);
    }
}

static void
read_add (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_low (decoder, word, assay_operand_sign_extend (word, 16), out);
  assay_operand_forget_register (decoder, TARGET (word));
  if (TARGET (word) == TABLE_OF_CONTENTS && BASE (word) == TABLE_OF_CONTENTS && out->has_whole)
    {
      decoder->global = out->whole;
      decoder->global_known = TRUE;
    }
  /* The base of a position independent program is kept in a register. */
  else if (out->has_whole && BASE (word) == TARGET (word))
    {
      decoder->values[TARGET (word)] = out->whole;
      decoder->known |= 1u << TARGET (word);
    }
}

/* ORI: its source is where others have the target. LIS was not rounded for it. */
static void
read_or (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if (word != NO_OPERATION)
    assay_operand_set_low (decoder, out, 16, TARGET (word), word & 0xffff);
  assay_operand_forget_register (decoder, BASE (word));
}

/* Accesses that leave the address in the base. */
static void
update_base (AssayOperandDecoder *decoder, guint32 word, const AssayOperand *out)
{
  guint base = BASE (word);
  if (base == 0)
    return;
  assay_operand_forget_register (decoder, base);
  if (out->has_whole)
    {
      decoder->values[base] = out->whole;
      decoder->known |= 1u << base;
    }
}

static void
read_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint opcode = word >> 26;
  set_low (decoder, word, assay_operand_sign_extend (word, 16), out);
  if ((opcode & 1) != 0 && opcode != 47)
    update_base (decoder, word, out);
  /* LWZ to LBZU and LHZ to LHAU. */
  if ((opcode & ~8u) >= 32 && (opcode & ~8u) <= 35)
    assay_operand_forget_register (decoder, TARGET (word));
}

/* LD, LWA, STD and their like: the two lowest bits say which. */
static void
read_wide_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_low (decoder, word, assay_operand_sign_extend (word & 0xfffc, 16), out);
  if ((word & 3) == 1)
    update_base (decoder, word, out);
  if (word >> 26 == 58)
    assay_operand_forget_register (decoder, TARGET (word));
}

/* LXV, STXV: four bits. */
static void
read_vector_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  set_low (decoder, word, assay_operand_sign_extend (word & 0xfff0, 16), out);
}

static const AssayOperandRule rules[] = {
  { 0xfc000000, 0x38000000, 0x0000ffff, read_add },
  { 0xfc000000, 0x48000000, 0x03fffffc, read_branch },
  { 0xfc000000, 0x40000000, 0x0000fffc, read_condition },
  { 0xfc000000, 0x3c000000, 0x0000ffff, read_upper },
  { 0xe0000000, 0x80000000, 0x0000ffff, read_access }, /* LWZ to LHAU and STW to STFDU: opcodes 32 to 47 … */
  { 0xf0000000, 0xa0000000, 0x0000ffff, read_access },
  { 0xf0000000, 0xb0000000, 0x0000ffff, read_access },
  { 0xe0000000, 0xc0000000, 0x0000ffff, read_access }, /* … and 48 to 55 */
  { 0xfc000000, 0xe8000000, 0x0000fffc, read_wide_access },
  { 0xfc000003, 0xf8000000, 0x0000fffc, read_wide_access },
  { 0xfc000003, 0xf8000001, 0x0000fffc, read_wide_access },
  { 0xfc000007, 0xf4000001, 0x0000fff0, read_vector_access },
  { 0xfc000007, 0xf4000005, 0x0000fff0, read_vector_access },
  { 0xfc000000, 0x60000000, 0x0000ffff, read_or },
};

static AssayOperandTable table = { .rules = rules, .count = G_N_ELEMENTS (rules), .shift = 24 };

/* A register that an index is added to still says where the thing lies. */
static void
follow_addition (AssayOperandDecoder *decoder, guint32 word)
{
  gboolean first = assay_operand_knows_register (decoder, BASE (word));
  gboolean second = assay_operand_knows_register (decoder, SECOND (word));
  guint64 value = decoder->values[first ? BASE (word) : SECOND (word)];
  assay_operand_forget_register (decoder, TARGET (word));
  if (first != second)
    {
      decoder->values[TARGET (word)] = value;
      decoder->known |= 1u << TARGET (word);
    }
}

gboolean
assay_operand_decode_powerpc (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                              AssayOperand *out)
{
  if (length < 4)
    return FALSE;
  guint32 word = assay_operand_read_unit (decoder, bytes, 4);
  out->size = 4;
  guint32 field = assay_operand_apply (decoder, &table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  if (field != 0)
    return TRUE;
  if ((word & MOVE_FROM_LINK_MASK) == MOVE_FROM_LINK && decoder->link_known)
    {
      assay_operand_set_register (decoder, TARGET (word), decoder->link);
      return TRUE;
    }
  if ((word & ADD_MASK) == ADD)
    {
      follow_addition (decoder, word);
      return TRUE;
    }
  /* Arithmetic writes one of the two; one too many forgotten does no harm. */
  if (word >> 26 == 31 || word >> 26 == 30 || (word >> 26 >= 20 && word >> 26 <= 29))
    assay_operand_forget_register (decoder, BASE (word));
  if (word >> 26 == 31 || word >> 26 == 14)
    assay_operand_forget_register (decoder, TARGET (word));
  return TRUE;
}
