#include "inventory/machine.h"

#include <elf.h>

/* Of <elf.h>, and binutils' include/elf/mips.h. */
#define MIPS_ARCH(flags) (((flags) >> 28) & 0xfu)
#define MIPS_ARCH_32R6 9u
#define MIPS_ARCH_64R6 10u

/* How Capstone names a machine; a bit width of 0 stands for either. */
typedef struct
{
  guint16 machine;
  guint8 bits;
  cs_arch arch;
  guint main;
  guint alternate;
  guint8 main_unit;
  guint8 alternate_unit;
} Entry;

static const Entry entries[] = {
  { EM_386, 0, CS_ARCH_X86, CS_MODE_32, CS_MODE_16, 1, 1 },
  { EM_X86_64, 0, CS_ARCH_X86, CS_MODE_64, CS_MODE_16, 1, 1 },
  { EM_ARM, 0, CS_ARCH_ARM, CS_MODE_ARM | CS_MODE_V8, CS_MODE_THUMB | CS_MODE_V8, 4, 2 },
  { EM_AARCH64, 0, CS_ARCH_ARM64, CS_MODE_ARM, CS_MODE_ARM, 4, 4 },
  { EM_MIPS, 32, CS_ARCH_MIPS, CS_MODE_MIPS32, CS_MODE_MIPS32 | CS_MODE_MICRO, 4, 2 },
  { EM_MIPS, 64, CS_ARCH_MIPS, CS_MODE_MIPS64, CS_MODE_MIPS64 | CS_MODE_MICRO, 4, 2 },
  { EM_PPC, 0, CS_ARCH_PPC, CS_MODE_32, CS_MODE_32, 4, 4 },
  { EM_PPC64, 0, CS_ARCH_PPC, CS_MODE_64, CS_MODE_64, 4, 4 },
  { EM_SPARC, 0, CS_ARCH_SPARC, 0, 0, 4, 4 },
  { EM_SPARC32PLUS, 0, CS_ARCH_SPARC, CS_MODE_V9, CS_MODE_V9, 4, 4 },
  { EM_SPARCV9, 0, CS_ARCH_SPARC, CS_MODE_V9, CS_MODE_V9, 4, 4 },
  { EM_S390, 0, CS_ARCH_SYSZ, 0, 0, 2, 2 },
  { EM_68K, 0, CS_ARCH_M68K, CS_MODE_M68K_040, CS_MODE_M68K_040, 2, 2 },
};

gboolean
assay_machine_code_is_big_endian (const AssayElf *elf)
{
  if (elf->machine == EM_AARCH64 || elf->machine == EM_RISCV)
    return FALSE;
  if (elf->machine == EM_ARM && (elf->flags & EF_ARM_BE8) != 0)
    return FALSE;
  return elf->big_endian;
}

/* The architecture level of MIPS is not told by the class: o32 code may use what only release 6 or 64 bits have. */
static guint
mips_level (const AssayElf *elf, guint mode)
{
  static const gboolean has_64_bits[16]
      = { [2] = TRUE, [3] = TRUE, [4] = TRUE, [6] = TRUE, [8] = TRUE, [MIPS_ARCH_64R6] = TRUE };
  guint arch = MIPS_ARCH (elf->flags);
  if (arch == MIPS_ARCH_32R6)
    return (mode & ~(guint)CS_MODE_MIPS32) | CS_MODE_MIPS32R6;
  return has_64_bits[arch] ? (mode & ~(guint)CS_MODE_MIPS32) | CS_MODE_MIPS64 : mode;
}

static gboolean
open_mode (const AssayElf *elf, const Entry *entry, guint mode, csh *out)
{
  if (elf->machine == EM_MIPS)
    mode = mips_level (elf, mode);
  if (assay_machine_code_is_big_endian (elf))
    mode |= (guint)CS_MODE_BIG_ENDIAN;
  return cs_open (entry->arch, (cs_mode)mode, out) == CS_ERR_OK;
}

static const Entry *
find_entry (const AssayElf *elf)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if (entries[i].machine == elf->machine && (entries[i].bits == 0 || entries[i].bits == elf->bits))
      return &entries[i];
  return NULL;
}

gboolean
assay_machine_is_known (const AssayElf *elf)
{
  return find_entry (elf) != NULL;
}

gboolean
assay_machine_open (const AssayElf *elf, AssayMachine *out)
{
  const Entry *entry = find_entry (elf);
  if (entry == NULL)
    return FALSE;
  AssayMachine machine
      = { .units = { entry->main_unit, entry->alternate_unit }, .big_endian = assay_machine_code_is_big_endian (elf) };
  if (!open_mode (elf, entry, entry->main, &machine.handles[ASSAY_CODE_MAIN]))
    return FALSE;
  if (!open_mode (elf, entry, entry->alternate, &machine.handles[ASSAY_CODE_ALTERNATE]))
    {
      cs_close (&machine.handles[ASSAY_CODE_MAIN]);
      return FALSE;
    }
  *out = machine;
  return TRUE;
}

void
assay_machine_close (AssayMachine *machine)
{
  cs_close (&machine->handles[ASSAY_CODE_MAIN]);
  cs_close (&machine->handles[ASSAY_CODE_ALTERNATE]);
}
