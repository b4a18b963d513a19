#include "inventory/operand/private.h"
#include "inventory/operand/x86_length.h"

/* What the fields of an instruction of x86 mean; where they lie, x86_length.c says. */

#define STACK_POINTER 4u

static guint64
read_field (const AssayX86Instruction *instruction, guint at, guint size)
{
  guint64 value = 0;
  for (guint i = 0; i < size; i++)
    value |= (guint64)instruction->bytes[at + i] << (8 * i);
  return value;
}

/* Fields that are too short to hold an address say nothing of places. */
static gboolean
is_wide_enough (const AssayX86Instruction *instruction, guint size)
{
  return size >= (instruction->code_bits == 16 ? 2u : 4u);
}

static void
mark (AssayOperand *out, guint at, guint size)
{
  for (guint i = 0; i < size; i++)
    out->mask[at + i] = 0xff;
}

/* A value that may be an address, or in position independent code of 32 bits the distance from its table. */
static void
set_value (const AssayOperandDecoder *decoder, const AssayX86Instruction *instruction, guint64 value, AssayOperand *out)
{
  out->kind = ASSAY_OPERAND_ABSOLUTE;
  out->target = value;
  out->has_whole = instruction->code_bits == 32 && decoder->global_known;
  if (out->has_whole)
    out->whole = assay_operand_fit (decoder, decoder->global + value);
}

static void
set_displacement (const AssayOperandDecoder *decoder, const AssayX86Instruction *instruction, guint64 address,
                  AssayOperand *out)
{
  guint size = instruction->displacement_size;
  guint64 value = read_field (instruction, instruction->displacement_at, size);
  guint64 distance = size < 8 ? assay_operand_sign_extend (value, 8 * size) : value;
  /* The long NOPs that fill gaps have an operand that means nothing. */
  gboolean is_filler = instruction->map == 1 && instruction->opcode == 0x1f;
  if (!is_wide_enough (instruction, size) || is_filler)
    return;
  mark (out, instruction->displacement_at, size);
  if (instruction->of_counter)
    assay_operand_set_relative (decoder, out, address + instruction->at + distance);
  else if (instruction->base != ASSAY_X86_NO_REGISTER && assay_operand_knows_register (decoder, instruction->base))
    assay_operand_set_relative (decoder, out, decoder->values[instruction->base] + distance);
  else
    set_value (decoder, instruction, instruction->code_bits == 64 ? distance : value, out);
}

static void
set_immediate (const AssayOperandDecoder *decoder, const AssayX86Instruction *instruction, guint64 address,
               AssayOperand *out)
{
  guint size = instruction->immediate_size;
  guint64 value = read_field (instruction, instruction->immediate_at, size);
  if (instruction->is_distance)
    {
      mark (out, instruction->immediate_at, size);
      assay_operand_set_relative (decoder, out,
                                  address + instruction->at + assay_operand_sign_extend (value, 8 * size));
      return;
    }
  if (!is_wide_enough (instruction, size))
    return;
  mark (out, instruction->immediate_at, size);
  if (instruction->wide && size == 4)
    value = assay_operand_sign_extend (value, 32);
  if (out->kind == ASSAY_OPERAND_NONE)
    {
      set_value (decoder, instruction, value, out);
      return;
    }
  out->second_kind = ASSAY_OPERAND_ABSOLUTE;
  out->second_target = value;
}

/* The register that ADD of a whole immediate value writes, or ASSAY_X86_NO_REGISTER. */
static guint
added_register (const AssayX86Instruction *instruction)
{
  if (instruction->map != 0 || instruction->immediate_size != 4)
    return ASSAY_X86_NO_REGISTER;
  if (instruction->opcode == 0x05)
    return 0;
  gboolean adds = instruction->opcode == 0x81 && (instruction->modrm & 0xf8) == 0xc0;
  return adds ? instruction->modrm & 7 : ASSAY_X86_NO_REGISTER;
}

/* The register that simple moves and loads write, or ASSAY_X86_NO_REGISTER; what is missed here is rare. */
static guint
written_register (const AssayX86Instruction *instruction)
{
  guint8 opcode = instruction->opcode;
  gboolean extends = instruction->map == 1 && (opcode & 0xf6) == 0xb6;
  if (extends || (instruction->map == 0 && (opcode == 0x8b || opcode == 0x8d)))
    return instruction->modrm >> 3 & 7;
  if (instruction->map == 0 && ((opcode & 0xf8) == 0x58 || (opcode & 0xf8) == 0xb8))
    return opcode & 7;
  return ASSAY_X86_NO_REGISTER;
}

/*
 * Position independent code of 32 bits asks where it is by a call, and adds the distance to its table of addresses:
 * after `call thunk` the register holds the address of the ADD, after `call .+5` and POP that of the POP.
 */
static void
follow_base (AssayOperandDecoder *decoder, const AssayX86Instruction *instruction, guint64 address, AssayOperand *out)
{
  guint64 end = address + instruction->at;
  guint added = added_register (instruction);
  guint written = written_register (instruction);
  gboolean is_pop = instruction->map == 0 && (instruction->opcode & 0xf8) == 0x58;
  if (added != ASSAY_X86_NO_REGISTER && added != STACK_POINTER
      && (decoder->after_call || assay_operand_knows_register (decoder, added)))
    {
      guint64 base = decoder->after_call ? address : decoder->values[added];
      assay_operand_set_relative (decoder, out, base + read_field (instruction, instruction->immediate_at, 4));
      assay_operand_set_register (decoder, added, out->target);
      out->has_whole = FALSE;
      out->whole = 0;
      decoder->global = out->target;
      decoder->global_known = TRUE;
    }
  else if (is_pop && decoder->link_known)
    assay_operand_set_register (decoder, written, decoder->link);
  else if (written != ASSAY_X86_NO_REGISTER)
    assay_operand_forget_register (decoder, written);
  gboolean is_call = instruction->map == 0 && instruction->opcode == 0xe8;
  decoder->link_known = is_call && out->target == end;
  decoder->link = end;
  decoder->after_call = is_call && out->target != end;
}

static gboolean
decode (AssayOperandDecoder *decoder, guint code_bits, const guint8 *bytes, gsize length, guint64 address,
        AssayOperand *out)
{
  AssayX86Instruction instruction = { .bytes = bytes,
                                      .length = (guint)MIN (length, ASSAY_X86_LENGTH_MAX),
                                      .code_bits = code_bits,
                                      .base = ASSAY_X86_NO_REGISTER };
  if (!assay_x86_read (&instruction))
    return FALSE;
  out->size = (guint8)instruction.at;
  if (instruction.displacement_size > 0)
    set_displacement (decoder, &instruction, address, out);
  if (instruction.immediate_size > 0)
    set_immediate (decoder, &instruction, address, out);
  if (code_bits == 32)
    follow_base (decoder, &instruction, address, out);
  return TRUE;
}

gboolean
assay_operand_decode_x86 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                          AssayOperand *out)
{
  return decode (decoder, decoder->bits, bytes, length, address, out);
}

gboolean
assay_operand_decode_x86_16 (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                             AssayOperand *out)
{
  return decode (decoder, 16, bytes, length, address, out);
}
