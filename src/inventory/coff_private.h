#ifndef ASSAY_INVENTORY_COFF_PRIVATE_H
#define ASSAY_INVENTORY_COFF_PRIVATE_H

#include "inventory/coff.h"
#include "util/number.h"

/* Between what reads the headers (coff.c) and what writes the object as ELF (coff_elf.c). */

#define ASSAY_COFF_RELOCATION_BYTES 10u
#define ASSAY_COFF_SYMBOL_BYTES 18u
#define ASSAY_COFF_BIG_SYMBOL_BYTES 20u

/** Characteristics of a section. */
enum
{
  ASSAY_COFF_CODE = 0x20,
  ASSAY_COFF_INITIALIZED = 0x40,
  ASSAY_COFF_UNINITIALIZED = 0x80,
  ASSAY_COFF_REMOVE = 0x800,
  ASSAY_COFF_MANY_RELOCATIONS = 0x01000000,
  ASSAY_COFF_DISCARDABLE = 0x02000000,
  ASSAY_COFF_EXECUTE = 0x20000000,
  ASSAY_COFF_LOADED = ASSAY_COFF_CODE | ASSAY_COFF_INITIALIZED | ASSAY_COFF_UNINITIALIZED | ASSAY_COFF_EXECUTE,
};

/** assay_coff_is_code: whether the section's flags call it code. */
static inline gboolean
assay_coff_is_code (const AssayCoffSection *section)
{
  return (section->flags & (ASSAY_COFF_CODE | ASSAY_COFF_EXECUTE)) != 0 && (section->flags & ASSAY_COFF_REMOVE) == 0;
}

static inline guint32
assay_coff_number (const guint8 *bytes, guint width)
{
  return (guint32)assay_number_read (bytes, width, FALSE);
}

#endif
