#include "inventory/elf_private.h"

#include <elf.h>

/* Machine names as GNU readelf's users know them, numbers from the gABI's e_machine registry. */
static const struct
{
  guint16 machine;
  const char *name;
} machines[] = {
  { EM_NONE, "no machine" },
  { EM_SPARC, "SPARC" },
  { EM_386, "i386" },
  { EM_68K, "m68k" },
  { EM_MIPS, "MIPS" },
  { EM_PARISC, "PA-RISC" },
  { EM_PPC, "PowerPC" },
  { EM_PPC64, "PowerPC64" },
  { EM_S390, "S/390" },
  { EM_ARM, "ARM" },
  { EM_SH, "SuperH" },
  { EM_SPARCV9, "SPARC64" },
  { EM_TRICORE, "TriCore" },
  { EM_ARC, "ARC" },
  { EM_IA_64, "IA-64" },
  { EM_X86_64, "x86-64" },
  { EM_AVR, "AVR" },
  { EM_OPENRISC, "OpenRISC" },
  { EM_ARC_COMPACT, "ARCompact" },
  { EM_XTENSA, "Xtensa" },
  { EM_MSP430, "MSP430" },
  { EM_BLACKFIN, "Blackfin" },
  { EM_ALTERA_NIOS2, "Nios II" },
  { EM_TI_C6000, "TI C6000" },
  { EM_QDSP6, "Hexagon" },
  { EM_AARCH64, "AArch64" },
  { EM_MICROBLAZE, "MicroBlaze" },
  { EM_ARCV2, "ARCv2" },
  { EM_RISCV, "RISC-V" },
  { EM_BPF, "BPF" },
  { EM_CSKY, "C-SKY" },
  { 258 /* EM_LOONGARCH, newer than Debian 12's elf.h */, "LoongArch" },
};

const char *
assay_elf_machine_name (guint16 machine)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    if (machines[i].machine == machine)
      return machines[i].name;
  /* At most 65,536 different ones can ever be interned. */
  g_autofree char *text = g_strdup_printf ("machine 0x%x", machine);
  return g_intern_string (text);
}

#define ANY_MACHINE EM_NONE

/* Segment types of the gABI, the GNU extensions and the processor supplements. */
static const struct
{
  guint16 machine;
  guint32 type;
  const char *name;
} segment_types[] = {
  { ANY_MACHINE, PT_NULL, "NULL" },
  { ANY_MACHINE, PT_LOAD, "LOAD" },
  { ANY_MACHINE, PT_DYNAMIC, "DYNAMIC" },
  { ANY_MACHINE, PT_INTERP, "INTERP" },
  { ANY_MACHINE, PT_NOTE, "NOTE" },
  { ANY_MACHINE, PT_SHLIB, "SHLIB" },
  { ANY_MACHINE, PT_PHDR, "PHDR" },
  { ANY_MACHINE, PT_TLS, "TLS" },
  { ANY_MACHINE, PT_GNU_EH_FRAME, "GNU_EH_FRAME" },
  { ANY_MACHINE, PT_GNU_STACK, "GNU_STACK" },
  { ANY_MACHINE, PT_GNU_RELRO, "GNU_RELRO" },
  { ANY_MACHINE, PT_GNU_PROPERTY, "GNU_PROPERTY" },
  { EM_ARM, 0x70000001 /* PT_ARM_EXIDX */, "EXIDX" },
  { EM_MIPS, PT_MIPS_REGINFO, "REGINFO" },
  { EM_MIPS, PT_MIPS_RTPROC, "RTPROC" },
  { EM_MIPS, PT_MIPS_OPTIONS, "OPTIONS" },
  { EM_MIPS, PT_MIPS_ABIFLAGS, "ABIFLAGS" },
  { EM_AARCH64, 0x70000002 /* PT_AARCH64_MEMTAG_MTE */, "AARCH64_MEMTAG_MTE" },
  { EM_RISCV, 0x70000003 /* PT_RISCV_ATTRIBUTES */, "RISCV_ATTRIBUTES" },
};

const char *
assay_elf_segment_type_name (guint16 machine, guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (segment_types); i++)
    if (segment_types[i].type == type
        && (segment_types[i].machine == ANY_MACHINE || segment_types[i].machine == machine))
      return segment_types[i].name;
  return NULL;
}

const char *
assay_section_flags_text (guint64 flags)
{
  /* In readelf's order, from the lowest bit; bits that share a letter share it here. */
  static const struct
  {
    guint64 mask;
    char letter;
  } letters[] = {
    { SHF_WRITE, 'W' },
    { SHF_ALLOC, 'A' },
    { SHF_EXECINSTR, 'X' },
    { SHF_MERGE, 'M' },
    { SHF_STRINGS, 'S' },
    { SHF_INFO_LINK, 'I' },
    { SHF_LINK_ORDER, 'L' },
    { SHF_OS_NONCONFORMING, 'O' },
    { SHF_GROUP, 'G' },
    { SHF_TLS, 'T' },
    { SHF_COMPRESSED, 'C' },
    { 1u << 21 /* SHF_GNU_RETAIN */, 'R' },
    { 1u << 24 /* SHF_GNU_MBIND */, 'D' },
    { SHF_MASKOS & ~((1u << 21) | (1u << 24)), 'o' },
    { SHF_EXCLUDE, 'E' },
    { SHF_MASKPROC & ~SHF_EXCLUDE, 'p' },
  };
  char text[G_N_ELEMENTS (letters) + 2];
  gsize length = 0;
  guint64 known = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      known |= letters[i].mask;
      if ((flags & letters[i].mask) != 0)
        text[length++] = letters[i].letter;
    }
  if ((flags & ~known) != 0)
    text[length++] = 'x';
  text[length] = '\0';
  /* At most 2^17 different ones can ever be interned, whatever a file says. */
  return g_intern_string (text);
}

const char *
assay_segment_flags_text (guint32 flags)
{
  static const char *const texts[] = { "", "X", "W", "WX", "R", "RX", "RW", "RWX" };
  return texts[flags & (PF_R | PF_W | PF_X)];
}
