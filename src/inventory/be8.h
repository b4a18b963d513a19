#ifndef ASSAY_INVENTORY_BE8_H
#define ASSAY_INVENTORY_BE8_H

#include "util/blob.h"
#include "util/limits.h"

/** AssayBe8Form: of how many bytes each the instructions are taken to be: as the mapping symbols say; or four bytes, or
 * two, in all executable sections, whatever these say: a step may have given an object other ones. */
typedef enum
{
  ASSAY_BE8_MAPPED = 0,
  ASSAY_BE8_WORDS,
  ASSAY_BE8_HALVES,
  ASSAY_BE8_COUNT,
} AssayBe8Form;

/**
 * assay_be8_write:
 * @object: any file
 * @out: (transfer full) (nullable): the same object with the bytes of each instruction in the other order, and nothing
 *   else changed; NULL where it is no relocatable ELF object of big-endian ARM, or has no instruction
 *
 * What a linker makes of such an object when it links for BE8, where data are big-endian and instructions are not: by
 * the mapping symbols, of GNU ld in whatever section they stand (bfd/elf32-arm.c, elf32_arm_write_section()). What it
 * writes at relocations is not in it. The other way it is the same.
 *
 * Source: ELF for the Arm Architecture, "Mapping symbols" and "Endianness". Errors: those of assay_blob_read();
 * ASSAY_ERROR_LIMIT "symbols" and "delivered-code".
 */
gboolean assay_be8_write (AssayBlob *object, const AssayLimits *limits, AssayBe8Form form, GBytes **out,
                          GError **error);

#endif
