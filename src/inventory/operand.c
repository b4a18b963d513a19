#include "inventory/operand.h"

#include "inventory/machine.h"
#include "inventory/operand/private.h"

#include <elf.h>

/* How far apart compilers put the two parts of an address, in most cases; what is farther is only not put together. */
#define LOOK_AHEAD_MAX 12u

typedef struct
{
  guint16 machine;
  guint8 unit;
  AssayOperandFunction main;
  AssayOperandFunction alternate;
} Entry;

/* MIPS has no second set here: microMIPS is left to disassembly. */
static const Entry entries[] = {
  { EM_AARCH64, 4, assay_operand_decode_aarch64, assay_operand_decode_aarch64 },
  { EM_ARM, 2, assay_operand_decode_arm, assay_operand_decode_thumb },
  { EM_MIPS, 4, assay_operand_decode_mips, NULL },
  { EM_PPC, 4, assay_operand_decode_powerpc, assay_operand_decode_powerpc },
  { EM_PPC64, 4, assay_operand_decode_powerpc, assay_operand_decode_powerpc },
  { EM_RISCV, 2, assay_operand_decode_riscv, assay_operand_decode_riscv },
  { EM_386, 1, assay_operand_decode_x86, assay_operand_decode_x86_16 },
  { EM_X86_64, 1, assay_operand_decode_x86, assay_operand_decode_x86_16 },
};

AssayOperandDecoder *
assay_operand_decoder_new (const AssayElf *elf)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      if (entries[i].machine != elf->machine)
        continue;
      AssayOperandDecoder *decoder = g_new0 (AssayOperandDecoder, 1);
      decoder->decode[ASSAY_CODE_MAIN] = entries[i].main;
      decoder->decode[ASSAY_CODE_ALTERNATE] = entries[i].alternate;
      decoder->unit = entries[i].unit;
      decoder->bits = elf->bits;
      /* The x32 ABI has narrow files and wide code. */
      if (elf->machine == EM_X86_64)
        decoder->bits = 64;
      decoder->big_endian = assay_machine_code_is_big_endian (elf);
      decoder->data_big_endian = elf->big_endian;
      if (elf->machine == EM_ARM)
        decoder->literals = g_new0 (AssayOperandLiterals, 1);
      return decoder;
    }
  return NULL;
}

void
assay_operand_decoder_free (AssayOperandDecoder *decoder)
{
  if (decoder == NULL)
    return;
  g_free (decoder->literals);
  g_free (decoder);
}

void
assay_operand_decoder_set_memory (AssayOperandDecoder *decoder, AssayOperandMemory memory, gpointer data)
{
  decoder->memory = memory;
  decoder->memory_data = data;
}

guint
assay_operand_unit (const AssayOperandDecoder *decoder)
{
  return decoder->unit;
}

static void
begin_run (AssayOperandDecoder *decoder)
{
  decoder->known = 0;
  decoder->globals = 0;
  decoder->global_slot = 0;
  decoder->link_known = FALSE;
  decoder->after_call = FALSE;
  if (decoder->literals != NULL)
    *decoder->literals = (AssayOperandLiterals){ .nearest = G_MAXUINT64 };
}

/* The part that comes first is told with the address that the next instructions make of it. */
static void
look_ahead (const AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address, AssayOperand *out)
{
  AssayOperandDecoder ahead = *decoder;
  ahead.literals = NULL;
  gsize at = out->size;
  /* So that it can only be this register, or a copy of it, by which something is put together. */
  ahead.known = 1u << decoder->fresh;
  ahead.global_known = FALSE;
  for (guint steps = 0; at < length && steps < LOOK_AHEAD_MAX && ahead.known != 0; steps++)
    {
      AssayOperand next = { .size = 0 };
      ahead.fresh = ASSAY_OPERAND_REGISTERS;
      if (!ahead.decode[decoder->mode](&ahead, bytes + at, length - at, address + at, &next))
        return;
      if (next.has_whole)
        {
          out->has_whole = TRUE;
          out->whole = next.whole;
          return;
        }
      if (ahead.fresh < ASSAY_OPERAND_REGISTERS)
        assay_operand_forget_register (&ahead, ahead.fresh);
      at += next.size;
    }
}

gboolean
assay_operand_decode (AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
                      AssayCodeMode mode, AssayOperand *out)
{
  AssayOperandFunction decode = decoder->decode[mode];
  if (!decoder->is_running || address != decoder->next || mode != decoder->mode)
    begin_run (decoder);
  *out = (AssayOperand){ .size = 0 };
  decoder->mode = mode;
  decoder->fresh = ASSAY_OPERAND_REGISTERS;
  decoder->is_running = decode != NULL && decode (decoder, bytes, length, address, out);
  decoder->next = address + out->size;
  if (out->kind == ASSAY_OPERAND_PART && !out->has_whole && decoder->fresh < ASSAY_OPERAND_REGISTERS)
    look_ahead (decoder, bytes, length, address, out);
  return decoder->is_running;
}
