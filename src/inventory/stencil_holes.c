#include "inventory/stencil_private.h"

#include "util/checked.h"
#include "util/number.h"

#include <elf.h>
#include <string.h>

#define ANY 0xffffffffu

/** What a linker writes at a relocation: from @before bytes in front of it to @after bytes behind its place. */
typedef struct
{
  guint32 machine;
  guint32 first; /* types [first, last] */
  guint32 last;
  guint8 before;
  guint8 after;
} Hole;

/* The field of the relocation; and where the linker may choose another instruction, that as well (psABI of x86-64,
 * "Linker Optimization" and "TLS"; the like of the others). The first line that fits counts. */
static const Hole holes[] = {
  { EM_X86_64, R_X86_64_64, R_X86_64_64, 0, 8 },
  { EM_X86_64, R_X86_64_GOTPCREL, R_X86_64_GOTPCREL, 3, 4 },
  { EM_X86_64, R_X86_64_16, R_X86_64_PC16, 0, 2 },
  { EM_X86_64, R_X86_64_8, R_X86_64_PC8, 0, 1 },
  { EM_X86_64, R_X86_64_DTPMOD64, R_X86_64_TPOFF64, 0, 8 },
  { EM_X86_64, R_X86_64_TLSGD, R_X86_64_TLSLD, 4, 12 },
  { EM_X86_64, R_X86_64_GOTTPOFF, R_X86_64_GOTTPOFF, 3, 4 },
  { EM_X86_64, R_X86_64_PC64, R_X86_64_GOTOFF64, 0, 8 },
  { EM_X86_64, R_X86_64_GOT64, R_X86_64_PLTOFF64, 0, 8 },
  { EM_X86_64, R_X86_64_GOTPC32_TLSDESC, R_X86_64_GOTPC32_TLSDESC, 3, 4 },
  { EM_X86_64, R_X86_64_TLSDESC_CALL, R_X86_64_TLSDESC_CALL, 0, 2 },
  { EM_X86_64, R_X86_64_GOTPCRELX, ANY, 4, 4 },
  { EM_386, R_386_GOT32, R_386_GOT32, 2, 4 },
  { EM_386, R_386_TLS_TPOFF, R_386_TLS_LDM, 4, 12 },
  { EM_386, R_386_16, R_386_PC16, 0, 2 },
  { EM_386, R_386_8, R_386_PC8, 0, 1 },
  { EM_386, R_386_TLS_GD_32, ANY, 4, 12 },
  { EM_AARCH64, R_AARCH64_ABS64, R_AARCH64_ABS64, 0, 8 },
  { EM_AARCH64, R_AARCH64_PREL64, R_AARCH64_PREL64, 0, 8 },
  { EM_PPC64, 0, ANY, 2, 8 },
  { EM_PPC, 0, ANY, 2, 4 },
  { EM_MIPS, 0, ANY, 0, 8 },
  { EM_S390, 0, ANY, 2, 8 },
  { EM_RISCV, 0, ANY, 0, 8 },
  { 258 /* EM_LOONGARCH */, 0, ANY, 0, 8 },
};

static const Hole *
hole_of (guint32 machine, guint32 type)
{
  static const Hole field = { 0, 0, ANY, 0, 4 };
  for (gsize i = 0; i < G_N_ELEMENTS (holes); i++)
    if (holes[i].machine == machine && type >= holes[i].first && type <= holes[i].last)
      return &holes[i];
  return &field;
}

static guint64
read_number (const AssayElf *elf, const guint8 *bytes)
{
  return assay_number_read (bytes, elf->bits / 8, elf->big_endian);
}

static void
mark (const AssayElf *elf, const AssaySection *code, const guint8 *entry, guint8 *known)
{
  guint64 offset = read_number (elf, entry);
  guint64 info = read_number (elf, entry + elf->bits / 8);
  const Hole *hole = hole_of (elf->machine, (guint32)(elf->bits == 64 ? info & 0xffffffff : info & 0xff));
  if (offset >= code->size)
    return;
  guint64 start = offset - MIN (offset, hole->before);
  guint64 end = MIN (code->size - offset, hole->after) + offset;
  memset (known + start, 0, end - start);
}

static gboolean
read_table (AssayBlob *object, const AssayElf *elf, const GElf_Shdr *table, const AssaySection *code, guint8 *known,
            GError **error)
{
  guint8 window[24 * 256];
  gsize entry = (table->sh_type == SHT_RELA ? 3u : 2u) * elf->bits / 8;
  guint64 size = assay_blob_get_size (object);
  if (table->sh_offset >= size)
    return TRUE;
  guint64 stored = MIN (table->sh_size, size - table->sh_offset);
  for (guint64 done = 0; stored - done >= entry;)
    {
      gsize length = MIN ((stored - done) / entry, 256) * entry;
      if (!assay_blob_read (object, table->sh_offset + done, window, length, error))
        return FALSE;
      for (gsize at = 0; at < length; at += entry)
        mark (elf, code, window + at, known);
      done += length;
    }
  return TRUE;
}

gboolean
assay_stencil_mark_holes (AssayBlob *object, const AssayElf *elf, const AssayElfReader *reader,
                          const AssaySection *code, guint8 *known, GError **error)
{
  const GElf_Ehdr *header = &reader->header;
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      GElf_Shdr table;
      if (section->type != SHT_REL && section->type != SHT_RELA)
        continue;
      if (!assay_elf_reader_get_sections (reader, header->e_shoff + (guint64)section->index * header->e_shentsize, 1,
                                          &table, error)
          || (table.sh_info == code->index && !read_table (object, elf, &table, code, known, error)))
        return FALSE;
    }
  return TRUE;
}
