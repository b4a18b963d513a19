#ifndef ASSAY_TEST_ELF_SAMPLE_H
#define ASSAY_TEST_ELF_SAMPLE_H

#include <glib.h>

/** ElfSampleMachine: a machine, class and byte order that firmware is made for. */
typedef struct
{
  const char *name; /* as "mips-32-be" */
  guint16 machine;
  guint bits;
  gboolean big_endian;
  gboolean addends; /* relocations are RELA, else REL */
} ElfSampleMachine;

extern const ElfSampleMachine elf_sample_machines[];
extern const gsize elf_sample_machine_count;

/**
 * ElfSampleShape: forms of one program that a reader must not fall for.
 *
 * @ELF_SAMPLE_PLAIN: as a linker leaves it
 * @ELF_SAMPLE_SSTRIPPED: without a section header table
 * @ELF_SAMPLE_MISNAMED: its code is in a section `.comment`, its constants in one called `.debug_info`, both loaded
 * @ELF_SAMPLE_TABLE_IN_CODE: the section header table lies inside .text
 * @ELF_SAMPLE_OVERLAP: two sections claim the same code
 * @ELF_SAMPLE_EXTENDED: more sections than SHN_LORESERVE
 */
typedef enum
{
  ELF_SAMPLE_PLAIN = 0,
  ELF_SAMPLE_SSTRIPPED,
  ELF_SAMPLE_MISNAMED,
  ELF_SAMPLE_TABLE_IN_CODE,
  ELF_SAMPLE_OVERLAP,
  ELF_SAMPLE_EXTENDED,
  ELF_SAMPLE_SHAPES,
} ElfSampleShape;

extern const char *const elf_sample_shape_names[ELF_SAMPLE_SHAPES];

/**
 * elf_sample_new: a dynamically linked program with an interpreter, notes, versioned symbols, three kinds of
 * relocations, PLT and GOT, constructors, code with alignment padding, compressed debug data and gaps. The same bytes
 * each time.
 */
GByteArray *elf_sample_new (const ElfSampleMachine *machine, ElfSampleShape shape);

/** elf_sample_compress_debug: what stands in its .debug_info, packed with zlib's @level, header included. */
GByteArray *elf_sample_compress_debug (guint bits, gboolean big_endian, int level);

#endif
