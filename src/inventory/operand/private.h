#ifndef ASSAY_INVENTORY_OPERAND_PRIVATE_H
#define ASSAY_INVENTORY_OPERAND_PRIVATE_H

#include "inventory/operand.h"

/** Registers of any machine that is known here. */
#define ASSAY_OPERAND_REGISTERS 32u

/** Literals that may wait behind the code at a time; ARM reaches them within 4096 bytes. */
#define ASSAY_OPERAND_LITERALS 128u

/**
 * AssayOperandLiteral: a word behind the code that an instruction before loaded.
 * @base: where the program counter is added to it
 * @is_number: it is part of a number that is longer than an address
 */
typedef struct
{
  guint64 address;
  guint64 base;
  gboolean has_base;
  gboolean is_number;
} AssayOperandLiteral;

/**
 * AssayOperandLiterals:
 * @loaded: the literal that each register was loaded from, 0 for none
 * @tables: what ADR put into each register; @table_size: entries of a switch, by the last comparison
 */
typedef struct
{
  AssayOperandLiteral entries[ASSAY_OPERAND_LITERALS];
  guint count;
  guint64 nearest;
  guint64 loaded[16];
  guint64 tables[16];
  guint table_size;
} AssayOperandLiterals;

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
 * @link: what the link register holds after a branch that only asks where it is (PowerPC, x86), or where the function
 *   begins (MIPS)
 * @globals: bits of registers that hold the global pointer (MIPS)
 * @global_slot: which place on the stack holds @global, plus one; 0 for none (MIPS)
 * @after_call: whether the instruction before was a call (x86)
 * @is_of_function: whether the number that this instruction begins is added to the function's address (MIPS)
 * @memory: @memory_data: see assay_operand_decoder_set_memory()
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
  guint32 globals;
  guint fresh;
  guint64 global;
  gboolean global_known;
  guint32 global_slot;
  guint64 link;
  gboolean link_known;
  gboolean after_call;
  gboolean is_of_function;
  gboolean data_big_endian;
  AssayOperandLiterals *literals; /* of ARM; NULL elsewhere */
  AssayOperandMemory memory;
  gpointer memory_data;
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

/**
 * AssayOperandTable: the rules of an instruction set, and for each value of one byte of the word (@shift bits up) which
 * rule is the first that can match; found out at the first use.
 */
typedef struct
{
  const AssayOperandRule *rules;
  guint8 count;
  guint8 shift;
  gsize once;
  guint8 first[256];
} AssayOperandTable;

/** assay_operand_prepare: fills @first. */
void assay_operand_prepare (AssayOperandTable *table);

/** assay_operand_apply: the first rule that matches; returns its field, 0 where there is no operand. */
static inline guint32
assay_operand_apply (AssayOperandDecoder *decoder, AssayOperandTable *table, guint32 word, guint64 address,
                     AssayOperand *out)
{
  if (g_once_init_enter (&table->once))
    {
      assay_operand_prepare (table);
      g_once_init_leave (&table->once, 1);
    }
  for (guint i = table->first[word >> table->shift & 0xff]; i < table->count; i++)
    {
      const AssayOperandRule *rule = &table->rules[i];
      if ((word & rule->mask) != rule->match)
        continue;
      rule->read (decoder, word, address, out);
      return out->kind != ASSAY_OPERAND_NONE ? rule->field : 0;
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

/** assay_operand_set_half: the operand is @part, which MOVW (@is_high FALSE) sets a register of Arm to, or MOVT its
 * upper half (DDI 0406C, A8.8.102 and A8.8.106). */
static inline void
assay_operand_set_half (AssayOperandDecoder *decoder, AssayOperand *out, guint destination, guint32 part,
                        gboolean is_high)
{
  out->kind = ASSAY_OPERAND_PART;
  out->part_bits = 16;
  out->part_shift = is_high ? 16 : 0;
  out->target = (guint64)part << out->part_shift;
  if (!is_high)
    assay_operand_set_register (decoder, destination, part);
  else if (assay_operand_knows_register (decoder, destination))
    {
      out->has_whole = TRUE;
      out->whole = out->target | (decoder->values[destination] & 0xffff);
      assay_operand_forget_register (decoder, destination);
    }
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

/** assay_operand_read_memory: the word of the file's width that lies at an address. */
static inline gboolean
assay_operand_read_memory (const AssayOperandDecoder *decoder, guint64 address, guint64 *out)
{
  guint8 bytes[8];
  guint size = decoder->bits / 8;
  if (decoder->memory == NULL || !decoder->memory (decoder->memory_data, address, bytes, size))
    return FALSE;
  *out = 0;
  for (guint i = 0; i < size; i++)
    *out = *out << 8 | bytes[decoder->data_big_endian ? i : size - 1 - i];
  return TRUE;
}

/**
 * assay_operand_add_literal: notes that the instruction at @address loads @words words of four bytes from @literal,
 * into the register @number where that is a general one.
 */
void assay_operand_add_literal (AssayOperandDecoder *decoder, guint64 address, guint64 literal, guint words,
                                guint number);

/** assay_operand_base_literal: the register is added to @base, so that what was loaded into it is a distance from it.
 */
void assay_operand_base_literal (AssayOperandDecoder *decoder, guint number, guint64 base);

/** assay_operand_decode_literal: decodes the literal at @address, if there is one; forgets those before it. */
gboolean assay_operand_decode_literal (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                                       AssayOperand *out);

/** assay_operand_has_literal: whether it is worth to ask for one. */
static inline gboolean
assay_operand_has_literal (const AssayOperandDecoder *decoder, guint64 address)
{
  return decoder->literals != NULL && decoder->literals->count > 0 && decoder->literals->nearest <= address;
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
