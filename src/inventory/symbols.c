#include "inventory/elf_private.h"

#include "inventory/strings.h"
#include "util/checked.h"
#include "util/sorted.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/* A symbol table that can be read: where it lies, and the tables that its entries point into. */
typedef struct
{
  guint64 offset;
  guint64 count;
  guint64 strings_offset;
  guint64 strings_size;
  guint64 places_offset; /* of SHT_SYMTAB_SHNDX */
  guint64 places_count;  /* 0: there is none */
} Table;

static gboolean
read_section_header (const AssayElf *elf, const AssayElfReader *reader, guint32 number, GElf_Shdr *out, GError **error)
{
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SHDR);
  return assay_elf_reader_get_sections (reader, elf->index->section_table.offset + number * size, 1, out, error);
}

/* The bytes of a section that lie in the file. */
static guint64
get_stored (const AssayElf *elf, const AssaySection *section)
{
  if (!assay_elf_section_stores (section) || section->offset >= elf->size)
    return 0;
  return MIN (section->size, elf->size - section->offset);
}

/* Finds the section numbers of symbols that have more than 16 bits; the first table that belongs to @number. */
static gboolean
find_places (const AssayElf *elf, const AssayElfReader *reader, guint32 number, Table *out, GError **error)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      GElf_Shdr header;
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (section->type != SHT_SYMTAB_SHNDX)
        continue;
      if (!read_section_header (elf, reader, section->index, &header, error))
        return FALSE;
      if (header.sh_link != number)
        continue;
      out->places_offset = section->offset;
      out->places_count = get_stored (elf, section) / sizeof (GElf_Word);
      return TRUE;
    }
  return TRUE;
}

/* Fills @out from a section; a table that cannot be used has no entries and is noted. */
static gboolean
open_table (AssayElf *elf, const AssayElfReader *reader, const AssaySection *section, Table *out, GError **error)
{
  GElf_Shdr header;
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SYM);
  *out = (Table){ 0 };
  if (!read_section_header (elf, reader, section->index, &header, error))
    return FALSE;
  guint64 stored = get_stored (elf, section);
  if (header.sh_entsize != size)
    {
      assay_elf_add_trouble (elf, "the symbol table, section %u, has entries of %" G_GUINT64_FORMAT " bytes",
                             section->index, (guint64)header.sh_entsize);
      return TRUE;
    }
  if (header.sh_link == 0 || header.sh_link > elf->sections->len)
    assay_elf_add_trouble (elf, "the symbol table, section %u, has no string table", section->index);
  else
    {
      const AssaySection *strings = &g_array_index (elf->sections, AssaySection, header.sh_link - 1);
      out->strings_offset = strings->offset;
      out->strings_size = strings->type == SHT_STRTAB ? get_stored (elf, strings) : 0;
    }
  if (stored < section->size || stored % size != 0)
    assay_elf_add_trouble (elf, "the symbol table, section %u, is cut off", section->index);
  out->offset = section->offset;
  out->count = stored / size;
  return find_places (elf, reader, section->index, out, error);
}

/* .symtab where it has anything, else .dynsym. */
static gboolean
find_table (AssayElf *elf, const AssayElfReader *reader, Table *out, GError **error)
{
  static const guint32 types[] = { SHT_SYMTAB, SHT_DYNSYM };
  *out = (Table){ 0 };
  for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
    for (guint i = 0; i < elf->sections->len; i++)
      {
        const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
        if (section->type != types[t])
          continue;
        if (!open_table (elf, reader, section, out, error))
          return FALSE;
        /* The first table of its type counts; there is never more than one (gABI). */
        if (out->count > 0)
          return TRUE;
        break;
      }
  return TRUE;
}

static gboolean
is_code (const AssayElf *elf, guint32 section)
{
  return section > 0 && (g_array_index (elf->sections, AssaySection, section - 1).flags & SHF_EXECINSTR) != 0;
}

/* Makes a symbol of a table's entry; FALSE where it is none that a reader asks for. @place is st_shndx resolved. */
static gboolean
convert (const AssayElf *elf, const GElf_Sym *entry, guint32 place, AssaySymbol *out)
{
  guint type = GELF_ST_TYPE (entry->st_info);
  gboolean special = entry->st_shndx >= SHN_LORESERVE && entry->st_shndx != SHN_XINDEX;
  guint32 section = special || place > elf->sections->len ? 0 : place;
  if (entry->st_shndx == SHN_UNDEF || (special && entry->st_shndx != SHN_ABS))
    return FALSE;
  gboolean function = type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && is_code (elf, section));
  if (!function && type != STT_OBJECT)
    return FALSE;
  *out = (AssaySymbol){
    .address = entry->st_value, .size = entry->st_size, .section = section, .is_function = function, .name = NULL
  };
  if (elf->machine == EM_ARM && (type == STT_FUNC || type == STT_GNU_IFUNC))
    {
      out->is_thumb = (out->address & 1) != 0;
      out->address &= ~G_GUINT64_CONSTANT (1);
    }
  return TRUE;
}

/* Marks of where code turns into data, no names of anything: "$d", "$x.3"; RISC-V also writes "$xrv64i2p0". */
static gboolean
is_mapping_symbol (guint16 machine, const AssaySymbol *symbol)
{
  static const guint16 machines[] = { EM_ARM, EM_AARCH64, EM_RISCV, EM_CSKY };
  gboolean marked = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    marked = marked || machines[i] == machine;
  const char *name = symbol->name;
  if (!marked || symbol->size > 0 || name[0] != '$' || name[1] == '\0' || strchr ("atdx", name[1]) == NULL)
    return FALSE;
  return name[2] == '\0' || name[2] == '.' || (machine == EM_RISCV && name[1] == 'x');
}

static void
append (AssayElf *elf, GArray *names, const GElf_Sym *entry, guint32 place)
{
  AssaySymbol symbol;
  gboolean special = entry->st_shndx >= SHN_LORESERVE && entry->st_shndx != SHN_XINDEX && entry->st_shndx != SHN_ABS;
  if (entry->st_shndx != SHN_UNDEF && !special)
    assay_elf_note_start (elf, GELF_ST_TYPE (entry->st_info), entry->st_value, place);
  if (!convert (elf, entry, place, &symbol))
    return;
  const AssayElfString name = { .offset = entry->st_name, .target = elf->symbols->len };
  g_array_append_val (elf->symbols, symbol);
  g_array_append_val (names, name);
}

static gboolean
read_entries (AssayElf *elf, const AssayElfReader *reader, const Table *table, GArray *names, GError **error)
{
  GElf_Sym batch[ASSAY_ELF_READER_BATCH];
  GElf_Word places[ASSAY_ELF_READER_BATCH];
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SYM);
  for (guint64 i = 0; i < table->count; i += ASSAY_ELF_READER_BATCH)
    {
      guint count = (guint)MIN (table->count - i, ASSAY_ELF_READER_BATCH);
      guint placed = i < table->places_count ? (guint)MIN (table->places_count - i, count) : 0;
      if (!assay_elf_reader_get_symbols (reader, table->offset + i * size, count, batch, error)
          || (placed > 0
              && !assay_elf_reader_get_words (reader, table->places_offset + i * sizeof (GElf_Word), placed, places,
                                              error)))
        return FALSE;
      for (guint j = 0; j < count; j++)
        {
          guint32 wide = j < placed ? places[j] : 0;
          append (elf, names, &batch[j], batch[j].st_shndx == SHN_XINDEX ? wide : batch[j].st_shndx);
        }
    }
  return TRUE;
}

static gboolean
read_names (AssayElf *elf, AssayBlob *blob, const Table *table, GArray *names, GError **error)
{
  guint refused = 0;
  guint kept = 0;
  if (!assay_elf_strings_resolve (blob, table->strings_offset, table->strings_size, names, elf->index->texts, &refused,
                                  error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      const AssayElfString *name = &g_array_index (names, AssayElfString, i);
      g_array_index (elf->symbols, AssaySymbol, name->target).name = (char *)name->text;
    }
  if (refused > 0)
    assay_elf_add_trouble (elf, "the string table does not hold the names of %u symbols", refused);
  for (guint i = 0; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      if (!is_mapping_symbol (elf->machine, symbol))
        g_array_index (elf->symbols, AssaySymbol, kept++) = *symbol;
    }
  g_array_set_size (elf->symbols, kept);
  return TRUE;
}

/* Of one address by content, so that two runs give the same order. */
static int
compare_symbols (const void *left, const void *right)
{
  const AssaySymbol *a = left;
  const AssaySymbol *b = right;
  if (a->section != b->section)
    return a->section < b->section ? -1 : 1;
  if (a->size != b->size)
    return a->size < b->size ? -1 : 1;
  if (a->is_function != b->is_function)
    return a->is_function ? -1 : 1;
  return strcmp (a->name, b->name);
}

/* By address, and then by content. */
static void
sort_symbols (GArray *symbols)
{
  assay_sorted_by (symbols, G_STRUCT_OFFSET (AssaySymbol, address));
  for (guint first = 0, end; first < symbols->len; first = end)
    {
      AssaySymbol *symbol = &g_array_index (symbols, AssaySymbol, first);
      for (end = first + 1; end < symbols->len && symbol[end - first].address == symbol->address;)
        end++;
      if (end - first > 1)
        qsort (symbol, end - first, sizeof (AssaySymbol), compare_symbols);
    }
}

static gboolean
read_symbols (AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  Table table;
  g_autoptr (AssayElfReader) reader = assay_elf_reader_new (blob, error);
  if (reader == NULL)
    return FALSE;
  if (reader->size != elf->size || reader->bits != elf->bits || reader->big_endian != elf->big_endian)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the symbols are asked of another ELF file");
      return FALSE;
    }
  if (!find_table (elf, reader, &table, error)
      || !assay_limits_check (limits, ASSAY_LIMIT_SYMBOLS, table.count, "symbol table of an ELF file", error))
    return FALSE;
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (AssayElfString));
  if (!read_entries (elf, reader, &table, names, error) || !read_names (elf, blob, &table, names, error))
    return FALSE;
  assay_elf_settle_starts (elf);
  sort_symbols (elf->symbols);
  return assay_elf_collect_symbol_places (elf, error);
}

gboolean
assay_elf_load_symbols (AssayElf *elf, AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  if (elf->symbols != NULL)
    return TRUE;
  if (!assay_blob_hold (blob, error))
    return FALSE;
  elf->symbols = g_array_new (FALSE, FALSE, sizeof (AssaySymbol));
  gboolean loaded = read_symbols (elf, blob, limits, error);
  assay_blob_release (blob);
  if (!loaded)
    g_clear_pointer (&elf->symbols, g_array_unref);
  assay_elf_publish_trouble (elf);
  return loaded;
}

gboolean
assay_elf_has_symbol_table (const AssayElf *elf)
{
  for (guint i = 0; i < elf->sections->len; i++)
    if (g_array_index (elf->sections, AssaySection, i).type == SHT_SYMTAB)
      return TRUE;
  return FALSE;
}
