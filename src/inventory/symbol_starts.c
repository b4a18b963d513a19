#include "inventory/elf_private.h"

#include "util/sorted.h"

#include <elf.h>

/** Where an entry of the symbol table begins, of whatever type it is. */
typedef struct
{
  guint64 address;
  guint64 section; /* in a relocatable file, where addresses are of a section; else 0 */
} Start;

void
assay_elf_note_start (AssayElf *elf, guint type, guint64 value, guint32 section)
{
  const Start start = { .address = elf->machine == EM_ARM && (type == STT_FUNC || type == STT_GNU_IFUNC)
                                       ? value & ~G_GUINT64_CONSTANT (1)
                                       : value,
                        .section = elf->type == ET_REL ? section : 0 };
  /* these have no address in the program */
  if (type == STT_FILE || type == STT_TLS)
    return;
  if (elf->index->starts == NULL)
    elf->index->starts = g_array_new (FALSE, FALSE, sizeof (Start));
  g_array_append_val (elf->index->starts, start);
}

static int
compare_starts (const void *left, const void *right)
{
  const Start *a = left;
  const Start *b = right;
  if (a->section != b->section)
    return a->section < b->section ? -1 : 1;
  return (a->address > b->address) - (a->address < b->address);
}

void
assay_elf_settle_starts (AssayElf *elf)
{
  if (elf->index->starts != NULL)
    {
      assay_sorted_by (elf->index->starts, G_STRUCT_OFFSET (Start, address));
      assay_sorted_by (elf->index->starts, G_STRUCT_OFFSET (Start, section));
    }
}

/* Whether anything begins behind the symbol's first byte and before its end. */
static gboolean
begins_within (const AssayElf *elf, const AssaySymbol *symbol)
{
  const Start wanted = { .address = symbol->address, .section = elf->type == ET_REL ? symbol->section : 0 };
  const GArray *starts = elf->index->starts;
  guint low = 0;
  for (guint high = starts == NULL ? 0 : starts->len; low < high;)
    {
      guint middle = low + (high - low) / 2;
      if (compare_starts (&g_array_index (starts, Start, middle), &wanted) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (starts == NULL || low == starts->len)
    return FALSE;
  const Start *next = &g_array_index (starts, Start, low);
  return next->section == wanted.section && next->address - symbol->address < symbol->size;
}

gboolean
assay_elf_symbol_is_whole (const AssayElf *elf, const AssaySymbol *symbol)
{
  gboolean relocatable = elf->type == ET_REL;
  const AssaySection *section = NULL;
  if (!relocatable)
    section = assay_elf_section_at_address (elf, symbol->address);
  else if (symbol->section > 0 && symbol->section <= elf->sections->len)
    section = &g_array_index (elf->sections, AssaySection, symbol->section - 1);
  if (section == NULL || elf->symbols == NULL || begins_within (elf, symbol))
    return FALSE;
  guint64 into = relocatable ? symbol->address : symbol->address - section->address;
  return into <= section->size && symbol->size <= section->size - into;
}
