#include "inventory/operand/private.h"

/*
 * x86 of 16, 32 and 64 bits. Only where operands lie is decoded, not what an instruction does: by that it is some
 * thirty times as fast as Capstone, against which it is tested. Sources: Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2, appendix A; AMD64 Architecture Programmer's Manual, volume 3, for XOP and 3DNow!.
 */

#define LENGTH_MAX 15u
#define NO_REGISTER 0xffu
#define STACK_POINTER 4u

/*
 * What follows each opcode:
 *   .  nothing                     m  ModRM                       x  no instruction
 *   b  a byte                      B  ModRM and a byte            w  two bytes
 *   z  two or four bytes           Z  ModRM and two or four       v  two, four or eight bytes
 *   j  a distance of a byte        J  one of two or four bytes    o  an address
 *   e  two bytes and one           a  a far address               f  ModRM, and a byte for TEST
 *   F  ModRM, and two or four bytes for TEST
 * Prefixes and escapes, which are taken before, are x as well.
 */
static const char one_byte[256 + 1] = "mmmmbz..mmmmbz.x" /* 00 */
                                      "mmmmbz..mmmmbz.." /* 10 */
                                      "mmmmbzx.mmmmbzx." /* 20 */
                                      "mmmmbzx.mmmmbzx." /* 30 */
                                      "................" /* 40 */
                                      "................" /* 50 */
                                      "..mmxxxxzZbB...." /* 60 */
                                      "jjjjjjjjjjjjjjjj" /* 70 */
                                      "BZBBmmmmmmmmmmmm" /* 80 */
                                      "..........a....." /* 90 */
                                      "oooo....bz......" /* a0 */
                                      "bbbbbbbbvvvvvvvv" /* b0 */
                                      "BBw.mmBZe.w..b.." /* c0 */
                                      "mmmmbb..mmmmmmmm" /* d0 */
                                      "jjjjbbbbJJaj...." /* e0 */
                                      "x.xx..fF......mm" /* f0 */;

static const char two_byte[256 + 1] = "mmmmx.....x.xm.B" /* 00 */
                                      "mmmmmmmmmmmmmmmm" /* 10 */
                                      "mmmmxxxxmmmmmmmm" /* 20 */
                                      "......x.xxxxxxxx" /* 30 */
                                      "mmmmmmmmmmmmmmmm" /* 40 */
                                      "mmmmmmmmmmmmmmmm" /* 50 */
                                      "mmmmmmmmmmmmmmmm" /* 60 */
                                      "BBBBmmm.mmxxmmmm" /* 70 */
                                      "JJJJJJJJJJJJJJJJ" /* 80 */
                                      "mmmmmmmmmmmmmmmm" /* 90 */
                                      "...mBmmm...mBmmm" /* a0 */
                                      "mmmmmmmmmmBmmmmm" /* b0 */
                                      "mmBmBBBm........" /* c0 */
                                      "mmmmmmmmmmmmmmmm" /* d0 */
                                      "mmmmmmmmmmmmmmmm" /* e0 */
                                      "mmmmmmmmmmmmmmmm" /* f0 */;

/* Opcodes that 64-bit code does not have. */
static const guint8 not_in_64[] = { 0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37,
                                    0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea };

/* An instruction while it is decoded. @code_bits: 16, 32 or 64. Fields of size 0 are not there. */
typedef struct
{
  const guint8 *bytes;
  guint length; /* bytes that are there, at most LENGTH_MAX */
  guint at;
  guint code_bits;
  gboolean operand_override;
  gboolean address_override;
  gboolean wide; /* REX.W */
  guint map;     /* 0 one byte, 1 0F, 2 0F 38, 3 0F 3A, 8 and more XOP */
  gboolean has_vex;
  guint8 opcode;
  guint8 modrm;
  guint8 base; /* of the memory operand; NO_REGISTER for none */
  gboolean of_counter;
  guint displacement_at;
  guint displacement_size;
  guint immediate_at;
  guint immediate_size;
  gboolean is_distance;
} Instruction;

static gboolean
take (Instruction *instruction, guint count)
{
  instruction->at += count;
  return instruction->at <= instruction->length;
}

static gboolean
peek (const Instruction *instruction, guint ahead, guint8 *out)
{
  if (instruction->at + ahead >= instruction->length)
    return FALSE;
  *out = instruction->bytes[instruction->at + ahead];
  return TRUE;
}

static gboolean
next (Instruction *instruction, guint8 *out)
{
  return peek (instruction, 0, out) && take (instruction, 1);
}

static guint64
read_field (const Instruction *instruction, guint at, guint size)
{
  guint64 value = 0;
  for (guint i = 0; i < size; i++)
    value |= (guint64)instruction->bytes[at + i] << (8 * i);
  return value;
}

/* Prefixes, up to the first byte that is none. A REX prefix counts only right before the opcode. */
static gboolean
read_prefixes (Instruction *instruction, guint8 *out_byte)
{
  guint8 byte = 0;
  while (next (instruction, &byte))
    {
      if (instruction->code_bits == 64 && (byte & 0xf0) == 0x40)
        {
          instruction->wide = (byte & 8) != 0;
          continue;
        }
      switch (byte)
        {
        case 0x66:
          instruction->operand_override = TRUE;
          break;
        case 0x67:
          instruction->address_override = TRUE;
          break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0xf0:
        case 0xf2:
        case 0xf3:
          break;
        default:
          *out_byte = byte;
          return TRUE;
        }
      instruction->wide = FALSE;
    }
  return FALSE;
}

/* VEX, EVEX and XOP: @payload bytes that say the map, and the opcode. */
static gboolean
read_vector_prefix (Instruction *instruction, guint payload, guint map_mask)
{
  guint8 first = 0;
  if (!peek (instruction, 0, &first))
    return FALSE;
  instruction->has_vex = TRUE;
  instruction->map = map_mask != 0 ? first & map_mask : 1;
  return take (instruction, payload) && next (instruction, &instruction->opcode);
}

/* The opcode and its map. */
static gboolean
read_opcode (Instruction *instruction)
{
  guint8 byte = 0;
  guint8 after = 0;
  if (!read_prefixes (instruction, &byte))
    return FALSE;
  gboolean has_after = peek (instruction, 0, &after);
  /* LES, LDS and BOUND, of which these were taken, have a memory operand. */
  gboolean may_be_vector = has_after && (instruction->code_bits == 64 || (after & 0xc0) == 0xc0);
  if (byte == 0xc5 && may_be_vector)
    return read_vector_prefix (instruction, 1, 0);
  if (byte == 0xc4 && may_be_vector)
    return read_vector_prefix (instruction, 2, 0x1f);
  if (byte == 0x62 && may_be_vector)
    return read_vector_prefix (instruction, 3, 0x07);
  if (byte == 0x8f && has_after && (after & 0x1f) >= 8)
    return read_vector_prefix (instruction, 2, 0x1f);
  instruction->opcode = byte;
  if (byte != 0x0f)
    return TRUE;
  instruction->map = 1;
  if (!next (instruction, &instruction->opcode))
    return FALSE;
  if (instruction->opcode != 0x38 && instruction->opcode != 0x3a)
    return TRUE;
  instruction->map = instruction->opcode == 0x38 ? 2 : 3;
  return next (instruction, &instruction->opcode);
}

static char
shape_of_vector (const Instruction *instruction)
{
  switch (instruction->map)
    {
    case 1:
      /* VZEROUPPER is the one without ModRM; a distance or less is nothing that vectors have. */
      if (instruction->opcode == 0x77)
        return '.';
      return two_byte[instruction->opcode] == 'B' ? 'B' : 'm';
    case 2:
    case 5:
    case 6:
    case 9:
      return 'm';
    case 3:
    case 8:
      return 'B';
    case 10:
      return 'Z';
    default:
      return 'x';
    }
}

static char
shape_of (const Instruction *instruction)
{
  if (instruction->has_vex)
    return shape_of_vector (instruction);
  if (instruction->map == 1)
    return two_byte[instruction->opcode];
  if (instruction->map > 1)
    return instruction->map == 2 ? 'm' : 'B';
  if (instruction->code_bits == 64)
    for (gsize i = 0; i < sizeof not_in_64; i++)
      if (not_in_64[i] == instruction->opcode)
        return 'x';
  return one_byte[instruction->opcode];
}

static guint
address_bits (const Instruction *instruction)
{
  if (instruction->code_bits == 64)
    return instruction->address_override ? 32 : 64;
  return (instruction->code_bits == 16) != instruction->address_override ? 16 : 32;
}

/* Two or four bytes. */
static guint
operand_bytes (const Instruction *instruction)
{
  if (instruction->wide)
    return 4;
  return (instruction->code_bits == 16) != instruction->operand_override ? 2 : 4;
}

static gboolean
read_narrow_memory (Instruction *instruction)
{
  guint mode = instruction->modrm >> 6;
  guint memory = instruction->modrm & 7;
  instruction->displacement_at = instruction->at;
  if (mode == 2 || (mode == 0 && memory == 6))
    instruction->displacement_size = 2;
  else if (mode == 1)
    instruction->displacement_size = 1;
  return take (instruction, instruction->displacement_size);
}

/* ModRM, SIB and displacement. */
static gboolean
read_memory (Instruction *instruction)
{
  if (!next (instruction, &instruction->modrm))
    return FALSE;
  guint mode = instruction->modrm >> 6;
  guint8 memory = instruction->modrm & 7;
  /* MOV of control and debug registers knows no memory, whatever ModRM says. */
  gboolean is_control = instruction->map == 1 && !instruction->has_vex && (instruction->opcode & 0xfc) == 0x20;
  if (mode == 3 || is_control)
    return TRUE;
  if (address_bits (instruction) == 16)
    return read_narrow_memory (instruction);
  guint8 sib = 0;
  if (memory == 4 && !next (instruction, &sib))
    return FALSE;
  guint8 base = memory == 4 ? sib & 7 : memory;
  instruction->displacement_at = instruction->at;
  if (mode == 2 || (mode == 0 && base == 5))
    instruction->displacement_size = 4;
  else if (mode == 1)
    instruction->displacement_size = 1;
  instruction->of_counter = mode == 0 && memory == 5 && instruction->code_bits == 64;
  if (!(mode == 0 && base == 5))
    instruction->base = base;
  return take (instruction, instruction->displacement_size);
}

static gboolean
read_immediate (Instruction *instruction, guint size)
{
  instruction->immediate_at = instruction->at;
  instruction->immediate_size = size;
  return take (instruction, size);
}

/* EXTRQ and INSERTQ of SSE4a have two bytes where their unprefixed opcode, VMREAD, has none. */
static gboolean
read_extract (Instruction *instruction)
{
  gboolean extracts = instruction->operand_override;
  for (guint i = 0; i < instruction->at; i++)
    extracts = extracts || instruction->bytes[i] == 0xf2;
  return !extracts || read_immediate (instruction, 2);
}

/* What is behind ModRM, or without one behind the opcode. */
static gboolean
read_rest (Instruction *instruction, char shape)
{
  switch (shape)
    {
    case 'b':
    case 'B':
      return read_immediate (instruction, 1);
    case 'w':
      return read_immediate (instruction, 2);
    case 'z':
    case 'Z':
      return read_immediate (instruction, operand_bytes (instruction));
    case 'v':
      return read_immediate (instruction, instruction->wide ? 8 : operand_bytes (instruction));
    case 'j':
      instruction->is_distance = TRUE;
      return read_immediate (instruction, 1);
    case 'J':
      instruction->is_distance = TRUE;
      return read_immediate (instruction, instruction->code_bits == 64 ? 4 : operand_bytes (instruction));
    case 'o':
      instruction->displacement_at = instruction->at;
      instruction->displacement_size = address_bits (instruction) / 8;
      return take (instruction, instruction->displacement_size);
    case 'e':
      return read_immediate (instruction, 2) && take (instruction, 1);
    case 'a':
      return read_immediate (instruction, operand_bytes (instruction)) && take (instruction, 2);
    case 'f':
      return (instruction->modrm >> 3 & 7) > 1 || read_immediate (instruction, 1);
    case 'F':
      return (instruction->modrm >> 3 & 7) > 1 || read_immediate (instruction, operand_bytes (instruction));
    default:
      return TRUE;
    }
}

static gboolean
read_instruction (Instruction *instruction)
{
  if (!read_opcode (instruction))
    return FALSE;
  char shape = shape_of (instruction);
  if (shape == 'x')
    return FALSE;
  gboolean has_modrm = shape == 'm' || shape == 'B' || shape == 'Z' || shape == 'f' || shape == 'F';
  if (has_modrm && !read_memory (instruction))
    return FALSE;
  if (instruction->map == 1 && instruction->opcode == 0x78 && !instruction->has_vex)
    return read_extract (instruction);
  /* XBEGIN. */
  if (instruction->map == 0 && instruction->opcode == 0xc7 && instruction->modrm == 0xf8)
    instruction->is_distance = TRUE;
  return read_rest (instruction, shape);
}

/* Fields that are too short to hold an address say nothing of places. */
static gboolean
is_wide_enough (const Instruction *instruction, guint size)
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
set_value (const AssayOperandDecoder *decoder, const Instruction *instruction, guint64 value, AssayOperand *out)
{
  out->kind = ASSAY_OPERAND_ABSOLUTE;
  out->target = value;
  out->has_whole = instruction->code_bits == 32 && decoder->global_known;
  if (out->has_whole)
    out->whole = assay_operand_fit (decoder, decoder->global + value);
}

static void
set_displacement (const AssayOperandDecoder *decoder, const Instruction *instruction, guint64 address,
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
  else if (instruction->base != NO_REGISTER && assay_operand_knows_register (decoder, instruction->base))
    assay_operand_set_relative (decoder, out, decoder->values[instruction->base] + distance);
  else
    set_value (decoder, instruction, instruction->code_bits == 64 ? distance : value, out);
}

static void
set_immediate (const AssayOperandDecoder *decoder, const Instruction *instruction, guint64 address, AssayOperand *out)
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

/* The register that ADD of a whole immediate value writes, or NO_REGISTER. */
static guint
added_register (const Instruction *instruction)
{
  if (instruction->map != 0 || instruction->immediate_size != 4)
    return NO_REGISTER;
  if (instruction->opcode == 0x05)
    return 0;
  gboolean adds = instruction->opcode == 0x81 && (instruction->modrm & 0xf8) == 0xc0;
  return adds ? instruction->modrm & 7 : NO_REGISTER;
}

/* The register that simple moves and loads write, or NO_REGISTER; what is missed here is rare. */
static guint
written_register (const Instruction *instruction)
{
  guint8 opcode = instruction->opcode;
  gboolean extends = instruction->map == 1 && (opcode & 0xf6) == 0xb6;
  if (extends || (instruction->map == 0 && (opcode == 0x8b || opcode == 0x8d)))
    return instruction->modrm >> 3 & 7;
  if (instruction->map == 0 && ((opcode & 0xf8) == 0x58 || (opcode & 0xf8) == 0xb8))
    return opcode & 7;
  return NO_REGISTER;
}

/*
 * Position independent code of 32 bits asks where it is by a call, and adds the distance to its table of addresses:
 * after `call thunk` the register holds the address of the ADD, after `call .+5` and POP that of the POP.
 */
static void
follow_base (AssayOperandDecoder *decoder, const Instruction *instruction, guint64 address, AssayOperand *out)
{
  guint64 end = address + instruction->at;
  guint added = added_register (instruction);
  guint written = written_register (instruction);
  gboolean is_pop = instruction->map == 0 && (instruction->opcode & 0xf8) == 0x58;
  if (added != NO_REGISTER && added != STACK_POINTER
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
  else if (written != NO_REGISTER)
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
  Instruction instruction
      = { .bytes = bytes, .length = (guint)MIN (length, LENGTH_MAX), .code_bits = code_bits, .base = NO_REGISTER };
  if (!read_instruction (&instruction))
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
