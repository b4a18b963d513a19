#ifndef ASSAY_TEST_ELF_MAKER_H
#define ASSAY_TEST_ELF_MAKER_H

#include <glib.h>

/**
 * ElfMaker:
 *
 * Writes ELF files of any class, byte order and machine, honest or not, without libelf, so that what reads them is
 * checked by something else. The layout is: ELF header, program headers, contents of the sections in their order (each
 * at its alignment), .symtab and .strtab when there are symbols, .shstrtab, section headers.
 */
typedef struct _ElfMaker ElfMaker;

ElfMaker *elf_maker_new (guint bits, gboolean big_endian, guint16 machine, guint16 type);
void elf_maker_free (ElfMaker *maker);

/** ElfMakerSection: as in the section header; @data NULL stores @size zeros, or nothing for SHT_NOBITS. */
typedef struct
{
  const char *name;
  guint32 type;
  guint64 flags;
  guint64 address;
  guint64 alignment; /* 0 counts as 1 */
  const void *data;
  guint64 size;
  guint32 link;
  guint32 info;
  guint64 entry_size;
} ElfMakerSection;

/** elf_maker_add_section: returns its number, from 1. */
guint32 elf_maker_add_section (ElfMaker *maker, const ElfMakerSection *section);

/**
 * elf_maker_add_segment: a segment that holds the sections @first to @last (their place in the file is known at the
 * end); @first 0 begins at the ELF header instead, @last 0 holds nothing. Memory size is that of all of them.
 */
void elf_maker_add_segment (ElfMaker *maker, guint32 type, guint32 flags, guint64 virtual_address,
                            guint64 physical_address, guint32 first, guint32 last);

/** elf_maker_add_symbol: @info as st_info; a @section of 0xff00 and more, but reserved ones, goes to .symtab_shndx. */
void elf_maker_add_symbol (ElfMaker *maker, const char *name, guint64 value, guint64 size, guint8 info,
                           guint32 section);

/** elf_maker_add_reserved_symbol: the same with a reserved section number (SHN_ABS, SHN_COMMON). */
void elf_maker_add_reserved_symbol (ElfMaker *maker, const char *name, guint64 value, guint64 size, guint8 info,
                                    guint16 reserved);

/** elf_maker_extend: counts go through section 0 even where they would fit in the header. */
void elf_maker_extend (ElfMaker *maker);

/** elf_maker_build: the file. May be called once. */
GByteArray *elf_maker_build (ElfMaker *maker);

/** ElfMakerField: places in a built file, to lie in. */
typedef enum
{
  ELF_FIELD_PHOFF,
  ELF_FIELD_SHOFF,
  ELF_FIELD_EHSIZE,
  ELF_FIELD_PHENTSIZE,
  ELF_FIELD_PHNUM,
  ELF_FIELD_SHENTSIZE,
  ELF_FIELD_SHNUM,
  ELF_FIELD_SHSTRNDX,
  ELF_FIELD_SECTION_NAME, /* from here on of the section or segment @index */
  ELF_FIELD_SECTION_TYPE,
  ELF_FIELD_SECTION_OFFSET,
  ELF_FIELD_SECTION_SIZE,
  ELF_FIELD_SECTION_LINK,
  ELF_FIELD_SECTION_ENTSIZE,
  ELF_FIELD_SEGMENT_OFFSET,
  ELF_FIELD_SEGMENT_FILESZ,
  ELF_FIELD_SEGMENT_MEMSZ,
} ElfMakerField;

/** elf_maker_poke: overwrites one field of a file whose header is still honest where it is needed to find the field. */
void elf_maker_poke (GByteArray *file, ElfMakerField field, guint32 index, guint64 value);

/** elf_maker_peek: reads one. */
guint64 elf_maker_peek (const GByteArray *file, ElfMakerField field, guint32 index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ElfMaker, elf_maker_free)

#endif
