#ifndef ASSAY_TEST_OPERAND_MACHINE_H
#define ASSAY_TEST_OPERAND_MACHINE_H

#include "support.h"

#include "inventory/operand.h"

/* Whose instructions are decoded. */
typedef struct
{
  guint16 machine;
  guint8 bits;
  gboolean big_endian;
  AssayCodeMode mode;
} Machine;

static inline AssayOperandDecoder *
new_decoder (const Machine *machine)
{
  const AssayElf elf = { .machine = machine->machine, .bits = machine->bits, .big_endian = machine->big_endian };
  return assay_operand_decoder_new (&elf);
}

#endif
