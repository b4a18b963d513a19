#include "inventory/operand/private.h"

/*
 * MIPS32 and MIPS64 before release 6. Bits of the encodings: MIPS64 Architecture For Programmers, volume II. What
 * linkers fill in: System V ABI, MIPS Processor Supplement.
 */

#define ZERO 0u
#define FUNCTION_ADDRESS 25u /* t9: by it a function is called, if it is position independent */
#define GLOBAL_POINTER 28u
#define STACK_POINTER 29u

#define BASE(word) ((word) >> 21 & 31)
#define TARGET(word) ((word) >> 16 & 31)
#define DESTINATION(word) ((word) >> 11 & 31)

#define OPCODE_SPECIAL 0u
#define RETURN 0x03e00008u
#define OPCODE_LW 0x23u
#define OPCODE_SW 0x2bu
#define OPCODE_LD 0x37u
#define OPCODE_SD 0x3fu
#define FUNCTION_ADDU 0x21u
#define FUNCTION_OR 0x25u
#define FUNCTION_DADDU 0x2du

/* How far behind LUI the function's address is added, where it is, and how far before it the function may begin. */
#define ADDITION_WITHIN 24u
#define PROLOGUE_BYTES 64u

/* What is held in a register; @is_global: it is the global pointer, which need not be in its own register. */
static void
learn (AssayOperandDecoder *decoder, guint number, guint64 value, gboolean is_global_pointer)
{
  decoder->values[number] = value;
  decoder->known |= 1u << number;
  decoder->globals &= ~(1u << number);
  if (is_global_pointer)
    decoder->globals |= 1u << number;
}

static gboolean
is_global (const AssayOperandDecoder *decoder, guint number)
{
  return (decoder->globals & decoder->known & 1u << number) != 0;
}

/* The global pointer comes back from the stack after each call: only LUI begins another one. */
static void
forget (AssayOperandDecoder *decoder, guint number)
{
  if (number != GLOBAL_POINTER)
    assay_operand_forget_register (decoder, number);
}

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
  if (decoder->is_of_function)
    value += decoder->link_known && address - decoder->link <= PROLOGUE_BYTES ? decoder->link : address;
  assay_operand_set_register (decoder, TARGET (word), value);
}

/* ADDIU and DADDIU. */
static void
read_add (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = BASE (word);
  if (base == STACK_POINTER || base == ZERO)
    {
      /* Making room on the stack is what most functions begin with. */
      if (base == STACK_POINTER && TARGET (word) == STACK_POINTER && (word & 0x8000) != 0)
        {
          decoder->link = address;
          decoder->link_known = TRUE;
        }
      forget (decoder, TARGET (word));
      return;
    }
  gboolean makes_global = is_global (decoder, base);
  assay_operand_set_low (decoder, out, 16, base, assay_operand_sign_extend (word, 16));
  forget (decoder, TARGET (word));
  /* The global pointer is made of this one, and others are found from a whole address as well. */
  if (out->has_whole)
    learn (decoder, TARGET (word), out->whole, makes_global);
}

/* ORI puts the low part of a number in place that is no address in most cases; LUI was not rounded for it. */
static void
read_or (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  if (BASE (word) != ZERO)
    assay_operand_set_low (decoder, out, 16, BASE (word), word & 0xffff);
  assay_operand_forget_register (decoder, TARGET (word));
}

static gboolean
writes_target (guint32 word)
{
  /* Loads of general registers: LB to LWU, LL, LLD, LD. */
  guint opcode = word >> 26;
  return (opcode >= 0x20 && opcode <= 0x27) || opcode == 0x30 || opcode == 0x34 || opcode == 0x37;
}

/* Code that was not optimised keeps the global pointer on the stack. */
static gboolean
follow_spill (AssayOperandDecoder *decoder, guint32 word)
{
  guint opcode = word >> 26;
  guint32 slot = (BASE (word) << 16 | (word & 0xffff)) + 1;
  if ((opcode == OPCODE_SW || opcode == OPCODE_SD) && is_global (decoder, TARGET (word)))
    {
      decoder->global_slot = slot;
      decoder->global = decoder->values[TARGET (word)];
    }
  else if ((opcode == OPCODE_LW || opcode == OPCODE_LD) && decoder->global_slot == slot)
    {
      learn (decoder, TARGET (word), decoder->global, TRUE);
      return TRUE;
    }
  return FALSE;
}

static void
read_access (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out)
{
  guint base = BASE (word);
  if (!assay_operand_knows_register (decoder, base) && follow_spill (decoder, word))
    return;
  if (base != STACK_POINTER && base != ZERO)
    assay_operand_set_low (decoder, out, 16, base, assay_operand_sign_extend (word, 16));
  gboolean by_global = out->has_whole && is_global (decoder, base);
  if (!writes_target (word))
    return;
  forget (decoder, TARGET (word));
  /* What is loaded by the global pointer is an address, or the page of one. */
  guint64 loaded = 0;
  if (by_global && TARGET (word) != GLOBAL_POINTER && assay_operand_read_memory (decoder, out->whole, &loaded))
    learn (decoder, TARGET (word), loaded, FALSE);
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

static AssayOperandTable table = { .rules = rules, .count = G_N_ELEMENTS (rules), .shift = 24 };

static gboolean
is_addition (guint32 word)
{
  return word >> 26 == OPCODE_SPECIAL && ((word & 0x3f) == FUNCTION_ADDU || (word & 0x3f) == FUNCTION_DADDU);
}

/*
 * Whether LUI begins the distance of the global pointer from the function, whose first instructions these are: the
 * register is added to t9 soon.
 */
static gboolean
begins_distance (const AssayOperandDecoder *decoder, guint32 word, const guint8 *bytes, gsize length)
{
  guint number = TARGET (word);
  for (guint i = 1; i <= ADDITION_WITHIN && (i + 1) * 4 <= length; i++)
    {
      guint32 later = assay_operand_read_unit (decoder, bytes + (gsize)i * 4, 4);
      if (is_addition (later)
          && ((BASE (later) == number && TARGET (later) == FUNCTION_ADDRESS)
              || (BASE (later) == FUNCTION_ADDRESS && TARGET (later) == number)))
        return TRUE;
    }
  return FALSE;
}

/* A register that is copied, or that an index or the function's address is added to, still says where things lie. */
static void
follow_register (AssayOperandDecoder *decoder, guint32 word)
{
  gboolean copies = (word & 0x3f) == FUNCTION_OR && TARGET (word) == ZERO;
  gboolean adds = is_addition (word);
  gboolean first = assay_operand_knows_register (decoder, BASE (word));
  gboolean second = assay_operand_knows_register (decoder, TARGET (word));
  /* The function's address is none of the things that were put together here, whatever t9 was used for before. */
  if (first && second && TARGET (word) == FUNCTION_ADDRESS)
    second = FALSE;
  else if (first && second && BASE (word) == FUNCTION_ADDRESS)
    first = FALSE;
  guint from = first ? BASE (word) : TARGET (word);
  guint other = first ? TARGET (word) : BASE (word);
  if ((copies || adds) && first != second)
    learn (decoder, DESTINATION (word), decoder->values[from],
           (adds && other == FUNCTION_ADDRESS) || (other == ZERO && is_global (decoder, from)));
  else
    forget (decoder, DESTINATION (word));
}

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
      if (word == RETURN)
        {
          decoder->link_known = FALSE;
          decoder->global_slot = 0;
        }
      follow_register (decoder, word);
      return TRUE;
    }
  decoder->is_of_function = (word & 0xffe00000) == 0x3c000000 && begins_distance (decoder, word, bytes, length);
  guint32 field = assay_operand_apply (decoder, &table, word, address, out);
  assay_operand_write_mask (decoder, out->mask, field, 4);
  /* Other immediate operations write their target; coprocessors rarely do. */
  if (field == 0 && opcode >= 8 && opcode < 16)
    assay_operand_forget_register (decoder, TARGET (word));
  return TRUE;
}
