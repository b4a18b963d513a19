#include "inventory/fields_private.h"

/* System V ABI, "Object Files": the members of each record, straight from the system's elf.h. */

#define MEMBER(record, member, meaning)                                                                                \
  {                                                                                                                    \
#member, { G_STRUCT_OFFSET(Elf32_##record, member), G_STRUCT_OFFSET(Elf64_##record, member) },                     \
               { sizeof(((Elf32_##record *)NULL)->member), sizeof(((Elf64_##record *)NULL)->member) },                 \
                 ASSAY_ELF_MEANING_##meaning                                                                           \
  }
#define LAYOUT(name, record)                                                                                           \
  const AssayElfLayout assay_elf_layout_##name                                                                         \
      = { name##_members, G_N_ELEMENTS (name##_members), { sizeof (Elf32_##record), sizeof (Elf64_##record) } }

static const AssayElfMember header_members[] = {
  { "e_ident, the magic", { 0, 0 }, { SELFMAG, SELFMAG }, ASSAY_ELF_MEANING_NONE },
  { "e_ident, the class", { EI_CLASS, EI_CLASS }, { 1, 1 }, ASSAY_ELF_MEANING_NUMBER },
  { "e_ident, the byte order", { EI_DATA, EI_DATA }, { 1, 1 }, ASSAY_ELF_MEANING_NUMBER },
  { "e_ident, the version", { EI_VERSION, EI_VERSION }, { 1, 1 }, ASSAY_ELF_MEANING_NUMBER },
  { "e_ident, the OS ABI", { EI_OSABI, EI_OSABI }, { 1, 1 }, ASSAY_ELF_MEANING_NUMBER },
  { "e_ident, the ABI version", { EI_ABIVERSION, EI_ABIVERSION }, { 1, 1 }, ASSAY_ELF_MEANING_NUMBER },
  { "e_ident, padding", { EI_PAD, EI_PAD }, { EI_NIDENT - EI_PAD, EI_NIDENT - EI_PAD }, ASSAY_ELF_MEANING_NONE },
  MEMBER (Ehdr, e_type, NUMBER),
  MEMBER (Ehdr, e_machine, NUMBER),
  MEMBER (Ehdr, e_version, NUMBER),
  MEMBER (Ehdr, e_entry, NUMBER),
  MEMBER (Ehdr, e_phoff, NUMBER),
  MEMBER (Ehdr, e_shoff, NUMBER),
  MEMBER (Ehdr, e_flags, NUMBER),
  MEMBER (Ehdr, e_ehsize, NUMBER),
  MEMBER (Ehdr, e_phentsize, NUMBER),
  MEMBER (Ehdr, e_phnum, NUMBER),
  MEMBER (Ehdr, e_shentsize, NUMBER),
  MEMBER (Ehdr, e_shnum, NUMBER),
  MEMBER (Ehdr, e_shstrndx, NUMBER),
};
LAYOUT (header, Ehdr);

static const AssayElfMember program_header_members[] = {
  MEMBER (Phdr, p_type, SEGMENT_TYPE), MEMBER (Phdr, p_flags, SEGMENT_FLAGS), MEMBER (Phdr, p_offset, NUMBER),
  MEMBER (Phdr, p_vaddr, NUMBER),      MEMBER (Phdr, p_paddr, NUMBER),        MEMBER (Phdr, p_filesz, NUMBER),
  MEMBER (Phdr, p_memsz, NUMBER),      MEMBER (Phdr, p_align, NUMBER),
};
LAYOUT (program_header, Phdr);

static const AssayElfMember section_header_members[] = {
  MEMBER (Shdr, sh_name, NUMBER),    MEMBER (Shdr, sh_type, NUMBER),   MEMBER (Shdr, sh_flags, NUMBER),
  MEMBER (Shdr, sh_addr, NUMBER),    MEMBER (Shdr, sh_offset, NUMBER), MEMBER (Shdr, sh_size, NUMBER),
  MEMBER (Shdr, sh_link, NUMBER),    MEMBER (Shdr, sh_info, NUMBER),   MEMBER (Shdr, sh_addralign, NUMBER),
  MEMBER (Shdr, sh_entsize, NUMBER),
};
LAYOUT (section_header, Shdr);

static const AssayElfMember dynamic_members[] = {
  MEMBER (Dyn, d_tag, DYNAMIC_TAG),
  { "d_val",
    { G_STRUCT_OFFSET (Elf32_Dyn, d_un), G_STRUCT_OFFSET (Elf64_Dyn, d_un) },
    { sizeof (((Elf32_Dyn *)NULL)->d_un), sizeof (((Elf64_Dyn *)NULL)->d_un) },
    ASSAY_ELF_MEANING_NUMBER },
};
LAYOUT (dynamic, Dyn);

static const AssayElfMember rel_members[] = { MEMBER (Rel, r_offset, NUMBER), MEMBER (Rel, r_info, NUMBER) };
LAYOUT (rel, Rel);

static const AssayElfMember rela_members[]
    = { MEMBER (Rela, r_offset, NUMBER), MEMBER (Rela, r_info, NUMBER), MEMBER (Rela, r_addend, NUMBER) };
LAYOUT (rela, Rela);

/* An address, or a word of DT_RELR. */
static const AssayElfMember word_members[]
    = { { NULL, { 0, 0 }, { sizeof (Elf32_Addr), sizeof (Elf64_Addr) }, ASSAY_ELF_MEANING_NUMBER } };
LAYOUT (word, Addr);

static const AssayElfMember symbol_members[] = {
  MEMBER (Sym, st_name, NUMBER), MEMBER (Sym, st_value, NUMBER), MEMBER (Sym, st_size, NUMBER),
  MEMBER (Sym, st_info, NUMBER), MEMBER (Sym, st_other, NUMBER), MEMBER (Sym, st_shndx, NUMBER),
};
LAYOUT (symbol, Sym);

static const AssayElfMember version_members[]
    = { { NULL, { 0, 0 }, { sizeof (Elf32_Half), sizeof (Elf64_Half) }, ASSAY_ELF_MEANING_NUMBER } };
LAYOUT (version, Half);

/* Dynamic tags of the gABI and of GNU that a reader may meet (elf.h). */
#define TAG(name)                                                                                                      \
  {                                                                                                                    \
    name, #name                                                                                                        \
  }

static const struct
{
  guint64 tag;
  const char *name;
} dynamic_tags[] = {
  TAG (DT_NULL),         TAG (DT_NEEDED),        TAG (DT_PLTRELSZ),
  TAG (DT_PLTGOT),       TAG (DT_HASH),          TAG (DT_STRTAB),
  TAG (DT_SYMTAB),       TAG (DT_RELA),          TAG (DT_RELASZ),
  TAG (DT_RELAENT),      TAG (DT_STRSZ),         TAG (DT_SYMENT),
  TAG (DT_INIT),         TAG (DT_FINI),          TAG (DT_SONAME),
  TAG (DT_RPATH),        TAG (DT_SYMBOLIC),      TAG (DT_REL),
  TAG (DT_RELSZ),        TAG (DT_RELENT),        TAG (DT_PLTREL),
  TAG (DT_DEBUG),        TAG (DT_TEXTREL),       TAG (DT_JMPREL),
  TAG (DT_BIND_NOW),     TAG (DT_INIT_ARRAY),    TAG (DT_FINI_ARRAY),
  TAG (DT_INIT_ARRAYSZ), TAG (DT_FINI_ARRAYSZ),  TAG (DT_RUNPATH),
  TAG (DT_FLAGS),        TAG (DT_PREINIT_ARRAY), TAG (DT_PREINIT_ARRAYSZ),
  TAG (DT_RELRSZ),       TAG (DT_RELR),          TAG (DT_RELRENT),
  TAG (DT_GNU_HASH),     TAG (DT_VERSYM),        TAG (DT_RELACOUNT),
  TAG (DT_RELCOUNT),     TAG (DT_FLAGS_1),       TAG (DT_VERDEF),
  TAG (DT_VERDEFNUM),    TAG (DT_VERNEED),       TAG (DT_VERNEEDNUM),
  TAG (DT_AUXILIARY),    TAG (DT_FILTER),        TAG (DT_CONFIG),
  TAG (DT_DEPAUDIT),     TAG (DT_AUDIT),
};

const char *
assay_elf_dynamic_tag_name (guint64 tag)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dynamic_tags); i++)
    if (dynamic_tags[i].tag == tag)
      return dynamic_tags[i].name;
  return NULL;
}
