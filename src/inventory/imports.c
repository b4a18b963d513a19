#include "inventory/imports.h"

#include "util/checked.h"
#include "util/number.h"
#include "util/text.h"

#include <elf.h>
#include <string.h>

/** A larger table is not read: it names nothing then. */
#define TABLE_BYTES (64u * 1024u * 1024u)

/** Characters of a name that are kept. */
#define NAME_BYTES 512u

/** Bytes in front of the first stub of a table, at most: what resolves a symbol when it is first called. */
#define RESOLVER_BYTES 64u

/** What is read of a file. */
typedef struct
{
  const AssayElf *elf;
  AssayBlob *blob;
  GArray *found;
} Imports;

static const AssaySection *
section_of (const AssayElf *elf, guint32 number)
{
  return number == 0 || number > elf->sections->len ? NULL : &g_array_index (elf->sections, AssaySection, number - 1);
}

/* A section's bytes; NULL where they cannot be had. */
static guint8 *
load (const Imports *imports, const AssaySection *section)
{
  g_autoptr (GError) ignored = NULL;
  if (section == NULL || section->type == SHT_NOBITS || section->size == 0 || section->size > TABLE_BYTES
      || !assay_range_fits (section->offset, section->size, imports->elf->size))
    return NULL;
  g_autofree guint8 *bytes = g_try_malloc (MAX (section->size, 1));
  if (bytes == NULL || !assay_blob_read (imports->blob, section->offset, bytes, section->size, &ignored))
    return NULL;
  return g_steal_pointer (&bytes);
}

static guint64
read_word (const AssayElf *elf, const guint8 *bytes)
{
  return assay_number_read (bytes, elf->bits / 8, elf->big_endian);
}

static void
add (const Imports *imports, const char *name, const AssaySection *section, guint64 address, guint64 size)
{
  AssaySymbol symbol = { .address = address,
                         .size = size,
                         .section = section->index,
                         .is_function = (section->flags & SHF_EXECINSTR) != 0,
                         .name = g_strdup_printf ("%s@%s", name, section->name + (section->name[0] == '.')) };
  g_array_append_val (imports->found, symbol);
}

/* The stub of the relocation @index of @count. */
static void
add_stubs (const Imports *imports, const char *name, guint64 index, guint64 count)
{
  static const char *const tables[] = { ".plt", ".plt.sec", ".iplt" };
  const GArray *sections = imports->elf->sections;
  for (guint i = 0; i < sections->len; i++)
    {
      const AssaySection *section = &g_array_index (sections, AssaySection, i);
      for (gsize j = 0; j < G_N_ELEMENTS (tables); j++)
        {
          guint64 entry = imports->elf->machine == EM_ARM ? 12 : section->entry_size >= 8 ? section->entry_size : 16;
          guint64 all = count * entry;
          if (strcmp (section->name, tables[j]) == 0 && section->size >= all && section->size - all <= RESOLVER_BYTES)
            add (imports, name, section, section->address + (section->size - all) + index * entry, entry);
        }
    }
}

/** One table of relocations with the symbols that it names. */
typedef struct
{
  const guint8 *relocations;
  guint64 count;
  guint64 entry;
  gboolean lazy; /* of the procedure linkage table */
  const guint8 *symbols;
  guint64 symbol_count;
  const char *strings;
  guint64 strings_size;
} Table;

static char *
name_of (const Imports *imports, const Table *table, guint64 number)
{
  gsize size = imports->elf->bits == 64 ? 24 : 16;
  if (number == 0 || number >= table->symbol_count)
    return NULL;
  const guint8 *symbol = table->symbols + number * size;
  guint64 at = 0;
  for (guint i = 0; i < 4; i++)
    at = at << 8 | symbol[imports->elf->big_endian ? i : 3 - i];
  if (at >= table->strings_size || table->strings[at] == '\0')
    return NULL;
  gsize length = strnlen (table->strings + at, MIN (table->strings_size - at, NAME_BYTES));
  return assay_text_escape_line (table->strings + at, (gssize)length);
}

static void
add_table (const Imports *imports, const Table *table)
{
  gsize word = imports->elf->bits / 8;
  for (guint64 i = 0; i < table->count; i++)
    {
      const guint8 *entry = table->relocations + i * table->entry;
      guint64 address = read_word (imports->elf, entry);
      guint64 info = read_word (imports->elf, entry + word);
      const AssaySection *section = assay_elf_section_at_address (imports->elf, address);
      if (section == NULL || !g_str_has_prefix (section->name, ".got"))
        continue;
      g_autofree char *name = name_of (imports, table, imports->elf->bits == 64 ? info >> 32 : info >> 8);
      if (name == NULL)
        continue;
      add (imports, name, section, address, word);
      if (table->lazy)
        add_stubs (imports, name, i, table->count);
    }
}

static void
read_relocations (const Imports *imports, const AssaySection *section)
{
  const AssayElf *elf = imports->elf;
  const AssaySection *symbols = section_of (elf, section->link);
  const AssaySection *strings = symbols == NULL ? NULL : section_of (elf, symbols->link);
  if (strings == NULL || symbols->type != SHT_DYNSYM || strings->type != SHT_STRTAB)
    return;
  g_autofree guint8 *relocations = load (imports, section);
  g_autofree guint8 *names = relocations == NULL ? NULL : load (imports, symbols);
  g_autofree guint8 *texts = names == NULL ? NULL : load (imports, strings);
  if (texts == NULL)
    return;
  Table table = { .relocations = relocations,
                  .entry = (guint64)(section->type == SHT_RELA ? 3 : 2) * (elf->bits / 8),
                  .lazy = strcmp (section->name, ".rela.plt") == 0 || strcmp (section->name, ".rel.plt") == 0,
                  .symbols = names,
                  .symbol_count = symbols->size / (elf->bits == 64 ? 24 : 16),
                  .strings = (const char *)texts,
                  .strings_size = strings->size };
  table.count = section->size / table.entry;
  add_table (imports, &table);
}

static void
symbol_clear (gpointer data)
{
  g_clear_pointer (&((AssaySymbol *)data)->name, g_free);
}

GArray *
assay_elf_imports_new (const AssayElf *elf, AssayBlob *blob)
{
  Imports imports = { .elf = elf, .blob = blob, .found = g_array_new (FALSE, FALSE, sizeof (AssaySymbol)) };
  g_array_set_clear_func (imports.found, symbol_clear);
  for (guint i = 0; elf->machine != EM_MIPS && elf->type != ET_REL && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if ((section->type == SHT_REL || section->type == SHT_RELA) && (section->flags & SHF_ALLOC) != 0)
        read_relocations (&imports, section);
    }
  return imports.found;
}
