#ifndef ASSAY_INVENTORY_OPERAND_PRIVATE_H
#define ASSAY_INVENTORY_OPERAND_PRIVATE_H

#include "inventory/operand.h"

/** Registers of any machine that is known here. */
#define ASSAY_OPERAND_REGISTERS 32u

/** Decodes one instruction into @out, which is zero; FALSE when it is none. */
typedef gboolean (*AssayOperandFunction) (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length,
                                          guint64 address, AssayOperand *out);

/**
 * AssayOperandDecoder:
 * @values: @known: what registers hold of addresses, as far as instructions of this run said so; bits of @known by
 *   register
 * @fresh: the register that the last instruction gave a part of an address, or ASSAY_OPERAND_REGISTERS
 * @global: @global_known: the register that all data is found from (gp, TOC): the same in the whole file, so that it
 *   outlives runs
 * @link: what the link register holds after a branch that only asks where it is (PowerPC)
 * @after_call: whether the instruction before was a call (x86)
 */
struct _AssayOperandDecoder
{
  AssayOperandFunction decode[2]; /* by AssayCodeMode */
  guint unit;
  guint8 bits;
  gboolean big_endian; /* of code */
  gboolean is_running;
  AssayCodeMode mode;
  guint64 next;
  guint64 values[ASSAY_OPERAND_REGISTERS];
  guint32 known;
  guint fresh;
  guint64 global;
  gboolean global_known;
  guint64 link;
  gboolean link_known;
  gboolean after_call;
};

/**
 * AssayOperandRule: words with @match in the bits of @mask have an operand in the bits of @field.
 * @read: fills kind and target; leaves kind as it is (NONE) where the word has no such operand after all
 */
typedef struct
{
  guint32 mask;
  guint32 match;
  guint32 field;
  void (*read) (AssayOperandDecoder *decoder, guint32 word, guint64 address, AssayOperand *out);
} AssayOperandRule;

/** assay_operand_apply: the first of the rules that matches; *out_field is its field, 0 where there is no operand. */
static inline guint32
assay_operand_apply (AssayOperandDecoder *decoder, const AssayOperandRule *rules, gsize count, guint32 word,
                     guint64 address, AssayOperand *out)
{
  for (gsize i = 0; i < count; i++)
    if ((word & rules[i].mask) == rules[i].match)
      {
        rules[i].read (decoder, word, address, out);
        return out->kind != ASSAY_OPERAND_NONE ? rules[i].field : 0;
      }
  return 0;
}

/** assay_operand_read_unit: @size bytes of code as a number. */
static inline guint32
assay_operand_read_unit (const AssayOperandDecoder *decoder, const guint8 *bytes, guint size)
{
  guint32 word = 0;
  for (guint i = 0; i < size; i++)
    word = word << 8 | bytes[decoder->big_endian ? i : size - 1 - i];
  return word;
}

/** assay_operand_write_mask: the bits of a number of @size bytes, where the file has them. */
static inline void
assay_operand_write_mask (const AssayOperandDecoder *decoder, guint8 *mask, guint32 field, guint size)
{
  for (guint i = 0; i < size; i++)
    mask[decoder->big_endian ? size - 1 - i : i] = (guint8)(field >> (8 * i));
}

/** assay_operand_sign_extend: @bits lowest bits as a number with a sign, in the arithmetic of addresses. */
static inline guint64
assay_operand_sign_extend (guint64 value, guint bits)
{
  guint64 sign = G_GUINT64_CONSTANT (1) << (bits - 1);
  value &= (sign << 1) - 1;
  return (value ^ sign) - sign;
}

/** assay_operand_fit: an address in the width of the machine. */
static inline guint64
assay_operand_fit (const AssayOperandDecoder *decoder, guint64 address)
{
  return decoder->bits == 32 ? address & G_MAXUINT32 : address;
}

static inline void
assay_operand_set_register (AssayOperandDecoder *decoder, guint number, guint64 value)
{
  decoder->values[number] = value;
  decoder->known |= 1u << number;
  decoder->fresh = number;
}

static inline void
assay_operand_forget_register (AssayOperandDecoder *decoder, guint number)
{
  decoder->known &= ~(1u << number);
}

static inline gboolean
assay_operand_knows_register (const AssayOperandDecoder *decoder, guint number)
{
  return (decoder->known >> number & 1) != 0;
}

/** assay_operand_set_relative: the operand is a distance. */
static inline void
assay_operand_set_relative (const AssayOperandDecoder *decoder, AssayOperand *out, guint64 target)
{
  out->kind = ASSAY_OPERAND_RELATIVE;
  out->target = assay_operand_fit (decoder, target);
}

/** assay_operand_set_low: the operand is the low @bits bits of what @base and @value together say. */
static inline void
assay_operand_set_low (const AssayOperandDecoder *decoder, AssayOperand *out, guint bits, guint base, guint64 value)
{
  out->kind = ASSAY_OPERAND_PART;
  out->target = value & ((G_GUINT64_CONSTANT (1) << bits) - 1);
  out->part_bits = (guint8)bits;
  out->has_whole = assay_operand_knows_register (decoder, base);
  if (out->has_whole)
    out->whole = assay_operand_fit (decoder, decoder->values[base] + value);
}

/* The machines: one file each. */
gboolean assay_operand_decode_aarch64 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                       AssayOperand *out);
gboolean assay_operand_decode_arm (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                   AssayOperand *out);
gboolean assay_operand_decode_thumb (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                     AssayOperand *out);
gboolean assay_operand_decode_mips (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                    AssayOperand *out);
gboolean assay_operand_decode_powerpc (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                       AssayOperand *out);
gboolean assay_operand_decode_riscv (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                     AssayOperand *out);
gboolean assay_operand_decode_x86 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                   AssayOperand *out);
gboolean assay_operand_decode_x86_16 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                      AssayOperand *out);

#endif
