#include "inventory/operand/x86_length.h"

/*
 * x86 of 16, 32 and 64 bits. Only where operands lie is decoded, not what an instruction does: by that it is some ten
 * times as fast as Capstone, against which it is tested. Sources: Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2, appendix A; AMD64 Architecture Programmer's Manual, volume 3, for XOP and 3DNow!.
 */

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

static gboolean
take (AssayX86Instruction *instruction, guint count)
{
  instruction->at += count;
  return instruction->at <= instruction->length;
}

static gboolean
peek (const AssayX86Instruction *instruction, guint ahead, guint8 *out)
{
  if (instruction->at + ahead >= instruction->length)
    return FALSE;
  *out = instruction->bytes[instruction->at + ahead];
  return TRUE;
}

static gboolean
next (AssayX86Instruction *instruction, guint8 *out)
{
  return peek (instruction, 0, out) && take (instruction, 1);
}

/* Prefixes, up to the first byte that is none. A REX prefix counts only right before the opcode. */
static gboolean
read_prefixes (AssayX86Instruction *instruction, guint8 *out_byte)
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
read_vector_prefix (AssayX86Instruction *instruction, guint payload, guint map_mask)
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
read_opcode (AssayX86Instruction *instruction)
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
shape_of_vector (const AssayX86Instruction *instruction)
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
shape_of (const AssayX86Instruction *instruction)
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
address_bits (const AssayX86Instruction *instruction)
{
  if (instruction->code_bits == 64)
    return instruction->address_override ? 32 : 64;
  return (instruction->code_bits == 16) != instruction->address_override ? 16 : 32;
}

/* Two or four bytes. */
static guint
operand_bytes (const AssayX86Instruction *instruction)
{
  if (instruction->wide)
    return 4;
  return (instruction->code_bits == 16) != instruction->operand_override ? 2 : 4;
}

static gboolean
read_narrow_memory (AssayX86Instruction *instruction)
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
read_memory (AssayX86Instruction *instruction)
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
read_immediate (AssayX86Instruction *instruction, guint size)
{
  instruction->immediate_at = instruction->at;
  instruction->immediate_size = size;
  return take (instruction, size);
}

/* EXTRQ and INSERTQ of SSE4a have two bytes where their unprefixed opcode, VMREAD, has none. */
static gboolean
read_extract (AssayX86Instruction *instruction)
{
  gboolean extracts = instruction->operand_override;
  for (guint i = 0; i < instruction->at; i++)
    extracts = extracts || instruction->bytes[i] == 0xf2;
  return !extracts || read_immediate (instruction, 2);
}

/* What is behind ModRM, or without one behind the opcode. */
static gboolean
read_rest (AssayX86Instruction *instruction, char shape)
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

gboolean
assay_x86_read (AssayX86Instruction *instruction)
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
