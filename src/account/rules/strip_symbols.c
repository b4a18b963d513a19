#include "account/rules/strip.h"

#include "util/checked.h"

#include <string.h>

/** The symbols of a table, one window at a time. */
typedef struct
{
  const AssayStripFile *file;
  guint64 count;
  guint64 first; /* in the window */
  guint loaded;
  GElf_Sym window[ASSAY_ELF_READER_BATCH];
} SymbolReader;

static gboolean
reader_init (SymbolReader *reader, const AssayStripFile *file, GError **error)
{
  const GElf_Shdr *table = assay_strip_section (file, file->symtab);
  guint64 record = assay_elf_reader_record_size (file->reader, ELF_T_SYM);
  reader->file = file;
  reader->count = table->sh_size / record;
  reader->loaded = 0;
  if (table->sh_entsize != record || table->sh_size % record != 0 || reader->count == 0 || reader->count > G_MAXUINT32)
    return assay_strip_refuse (error, "a symbol table of another kind");
  return TRUE;
}

static const GElf_Sym *
reader_get (SymbolReader *reader, guint64 index, GError **error)
{
  const GElf_Shdr *table = assay_strip_section (reader->file, reader->file->symtab);
  if (reader->loaded == 0 || index < reader->first || index >= reader->first + reader->loaded)
    {
      reader->first = index;
      reader->loaded = (guint)MIN (reader->count - index, ASSAY_ELF_READER_BATCH);
      if (!assay_elf_reader_get_symbols (reader->file->reader, table->sh_offset + index * table->sh_entsize,
                                         reader->loaded, reader->window, error))
        return NULL;
    }
  return &reader->window[index - reader->first];
}

const char *
assay_strip_symbol_name (const AssayStripFile *file, guint32 index)
{
  g_autoptr (GError) ignored = NULL;
  GElf_Sym symbol;
  if (file->symtab == 0 || file->symbol_names == NULL)
    return NULL;
  const GElf_Shdr *table = assay_strip_section (file, file->symtab);
  guint64 record = assay_elf_reader_record_size (file->reader, ELF_T_SYM);
  if (index >= table->sh_size / record
      || !assay_elf_reader_get_symbols (file->reader, table->sh_offset + index * record, 1, &symbol, &ignored))
    return NULL;
  return assay_strip_string (file->symbol_names, symbol.st_name);
}

/* The section of a symbol has a new number, unless it is one of the reserved ones, which name no section. */
static gboolean
is_same_place (const AssayStripCase *strip, guint16 shipped, guint16 rebuilt)
{
  if (rebuilt == SHN_UNDEF || rebuilt >= SHN_LORESERVE)
    return shipped == rebuilt && rebuilt != SHN_XINDEX;
  return rebuilt < strip->rebuilt.sections->len && strip->to_shipped[rebuilt] != 0
         && strip->to_shipped[rebuilt] == shipped;
}

/* A mark that the linker put at the beginning of thread-local data, of no type, becomes thread-local in GNU strip. */
static gboolean
is_same_kind (const AssayStripCase *strip, const GElf_Sym *shipped, const GElf_Sym *rebuilt)
{
  return shipped->st_info == rebuilt->st_info
         || (!assay_strip_is_relocatable (strip) && GELF_ST_TYPE (rebuilt->st_info) == STT_NOTYPE
             && shipped->st_info == GELF_ST_INFO (GELF_ST_BIND (rebuilt->st_info), STT_TLS)
             && rebuilt->st_shndx < strip->rebuilt.sections->len
             && (assay_strip_section (&strip->rebuilt, rebuilt->st_shndx)->sh_flags & SHF_TLS) != 0);
}

static gboolean
is_same_symbol (const AssayStripCase *strip, const GElf_Sym *shipped, const GElf_Sym *rebuilt)
{
  if (shipped->st_value != rebuilt->st_value || shipped->st_size != rebuilt->st_size
      || !is_same_kind (strip, shipped, rebuilt) || shipped->st_other != rebuilt->st_other
      || !is_same_place (strip, shipped->st_shndx, rebuilt->st_shndx))
    return FALSE;
  const char *name = assay_strip_string (strip->shipped.symbol_names, shipped->st_name);
  const char *other = assay_strip_string (strip->rebuilt.symbol_names, rebuilt->st_name);
  return name != NULL && other != NULL && strcmp (name, other) == 0;
}

static gboolean
has_section (const AssayStripFile *file, const char *name)
{
  for (guint32 i = 1; i < file->sections->len; i++)
    if (strcmp (assay_strip_section_name (file, i), name) == 0)
      return TRUE;
  return FALSE;
}

/* Linux asks for no local symbol of a module: it begins where relocations of this section say (load_module()). */
static gboolean
is_kernel_module (const AssayStripCase *strip)
{
  static const char *const section = ".gnu.linkonce.this_module";
  return has_section (&strip->shipped, section) && has_section (&strip->rebuilt, section);
}

/* What nobody asks for by name: names of sections and source files, and an assembler's own labels. Marks of where code
 * and data begin are no such: a linker swaps bytes and mends errata by them (ELF for the Arm Architecture, "Mapping
 * symbols"). */
static gboolean
is_nameless (const AssayStripCase *strip, const GElf_Sym *symbol)
{
  guint type = GELF_ST_TYPE (symbol->st_info);
  const char *name = assay_strip_string (strip->rebuilt.symbol_names, symbol->st_name);
  return type == STT_SECTION || type == STT_FILE || (name != NULL && (*name == '\0' || g_str_has_prefix (name, ".L")));
}

/* A finished program never reads its symbol table. What is still to be linked or loaded loses only names that nobody
 * else can ask for: a loader may look for a local one too, as GRUB's does for `grub_mod_init`. One that is not defined
 * pulls in who defines it, though nothing refers to it. Whether its own relocations ask for them shows when these are
 * derived. */
static gboolean
may_remove (const AssayStripCase *strip, const GElf_Sym *symbol)
{
  if (!assay_strip_is_relocatable (strip))
    return TRUE;
  return GELF_ST_BIND (symbol->st_info) == STB_LOCAL && (strip->is_kernel_module || is_nameless (strip, symbol));
}

/* GNU strip gives each section a symbol where the linker had left these out: it says what the section's header says. */
static gboolean
is_section_symbol (const AssayStripCase *strip, const GElf_Sym *symbol)
{
  if (symbol->st_info != GELF_ST_INFO (STB_LOCAL, STT_SECTION) || symbol->st_shndx == 0 || symbol->st_size != 0
      || symbol->st_other != 0 || symbol->st_shndx >= strip->shipped.sections->len)
    return FALSE;
  const char *name = assay_strip_string (strip->shipped.symbol_names, symbol->st_name);
  return symbol->st_value == assay_strip_section (&strip->shipped, symbol->st_shndx)->sh_addr && name != NULL
         && (*name == 0 || strcmp (name, assay_strip_section_name (&strip->shipped, symbol->st_shndx)) == 0);
}

/* Goes on in the rebuilt table to the symbol that is this one. */
static gboolean
find_symbol (AssayStripCase *strip, SymbolReader *rebuilt, const GElf_Sym *symbol, guint64 *next, GError **error)
{
  for (; *next < rebuilt->count; ++*next)
    {
      const GElf_Sym *other = reader_get (rebuilt, *next, error);
      if (other == NULL)
        return FALSE;
      if (is_same_symbol (strip, symbol, other))
        return TRUE;
      if (!may_remove (strip, other))
        return assay_strip_refuse (error, "a symbol is missing that others may ask for");
    }
  return assay_strip_refuse (error, "a symbol is added or changed");
}

static gboolean
check_rest (AssayStripCase *strip, SymbolReader *rebuilt, guint64 next, GError **error)
{
  for (; next < rebuilt->count; next++)
    {
      const GElf_Sym *symbol = reader_get (rebuilt, next, error);
      if (symbol == NULL)
        return FALSE;
      if (!may_remove (strip, symbol))
        return assay_strip_refuse (error, "a symbol is missing that others may ask for");
    }
  return TRUE;
}

/* Locals come first; the header says where they end. */
static gboolean
check_local_count (const AssayStripFile *file, guint64 locals, GError **error)
{
  if (assay_strip_section (file, file->symtab)->sh_info == locals)
    return TRUE;
  return assay_strip_refuse (error, "the symbol table counts its locals wrongly");
}

/* The first symbol that the rebuilt file has for each of its sections, so that one that strip moved is found. */
static guint32 *
index_section_symbols (SymbolReader *rebuilt, GError **error)
{
  g_autofree guint32 *index = g_new0 (guint32, rebuilt->file->sections->len);
  for (guint32 i = 1; i < rebuilt->count; i++)
    {
      const GElf_Sym *symbol = reader_get (rebuilt, i, error);
      if (symbol == NULL)
        return NULL;
      if (GELF_ST_TYPE (symbol->st_info) == STT_SECTION && symbol->st_shndx < rebuilt->file->sections->len
          && index[symbol->st_shndx] == 0
          && symbol->st_value == assay_strip_section (rebuilt->file, symbol->st_shndx)->sh_addr)
        index[symbol->st_shndx] = i;
    }
  return g_steal_pointer (&index);
}

/** The two tables side by side. */
typedef struct
{
  SymbolReader shipped;
  SymbolReader rebuilt;
  guint32 *section_symbols;
  guint8 *section_seen; /* which sections have had their symbol */
  guint64 next;         /* in the rebuilt table */
} Symbols;

static void
symbols_clear (Symbols *symbols)
{
  g_clear_pointer (&symbols->section_symbols, g_free);
  g_clear_pointer (&symbols->section_seen, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Symbols, symbols_clear)

/* Which rebuilt symbol one of the shipped ones is; G_MAXUINT32 for that of a section, where the rebuild has none. */
static gboolean
map_symbol (AssayStripCase *strip, Symbols *symbols, guint32 index, const GElf_Sym *symbol, guint32 *out_index,
            GError **error)
{
  static const GElf_Sym none = { 0 };
  if (index == 0)
    {
      *out_index = 0;
      return memcmp (symbol, &none, sizeof none) == 0 || assay_strip_refuse (error, "the first symbol says something");
    }
  if (is_section_symbol (strip, symbol))
    {
      guint32 section = strip->to_rebuilt[symbol->st_shndx];
      if (symbols->section_seen[symbol->st_shndx]++ > 0)
        return assay_strip_refuse (error, "two symbols of one section");
      guint32 found = section == 0 ? 0 : symbols->section_symbols[section];
      *out_index = found == 0 ? G_MAXUINT32 : found;
      return TRUE;
    }
  if (!find_symbol (strip, &symbols->rebuilt, symbol, &symbols->next, error))
    return FALSE;
  *out_index = (guint32)symbols->next++;
  return TRUE;
}

static gboolean
map_all (AssayStripCase *strip, Symbols *symbols, guint64 *out_locals, GError **error)
{
  *out_locals = 0;
  for (guint32 i = 0; i < symbols->shipped.count; i++)
    {
      const GElf_Sym *symbol = reader_get (&symbols->shipped, i, error);
      guint32 index = 0;
      if (symbol == NULL || !map_symbol (strip, symbols, i, symbol, &index, error))
        return FALSE;
      gboolean local = GELF_ST_BIND (symbol->st_info) == STB_LOCAL;
      if (local && *out_locals < i)
        return assay_strip_refuse (error, "a local symbol behind a global one");
      *out_locals += local;
      assay_strip_mark (strip->shipped.symbol_names, symbol->st_name);
      g_array_append_val (strip->symbols, index);
    }
  return TRUE;
}

gboolean
assay_strip_map_symbols (AssayStripCase *strip, GError **error)
{
  g_auto (Symbols) symbols = { .next = 1 };
  guint64 locals = 0;
  if (strip->shipped.symtab == 0)
    return TRUE;
  if (!reader_init (&symbols.shipped, &strip->shipped, error)
      || !reader_init (&symbols.rebuilt, &strip->rebuilt, error))
    return FALSE;
  strip->is_kernel_module = is_kernel_module (strip);
  symbols.section_seen = g_new0 (guint8, strip->shipped.sections->len);
  symbols.section_symbols = index_section_symbols (&symbols.rebuilt, error);
  strip->removed = strip->removed || symbols.shipped.count < symbols.rebuilt.count;
  return symbols.section_symbols != NULL && map_all (strip, &symbols, &locals, error)
         && check_rest (strip, &symbols.rebuilt, symbols.next, error)
         && check_local_count (&strip->shipped, locals, error);
}

gboolean
assay_strip_is_symbol (const AssayStripCase *strip, guint64 shipped, guint64 rebuilt)
{
  return shipped < strip->symbols->len && rebuilt != G_MAXUINT32
         && g_array_index (strip->symbols, guint32, shipped) == rebuilt;
}

/** One relocation: the symbol, and everything else as it stands in the record. */
typedef struct
{
  guint64 offset;
  guint64 symbol;
  guint64 type;
  guint64 addend;
} Relocation;

static Relocation
get_relocation (const AssayStripFile *file, const guint8 *record, gboolean has_addend)
{
  guint word = file->reader->bits / 8;
  Relocation relocation = { .offset = assay_strip_number (file, record, word) };
  guint64 info = assay_strip_number (file, record + word, word);
  if (word == 4)
    {
      relocation.symbol = info >> 8;
      relocation.type = info & 0xff;
    }
  else if (file->reader->header.e_machine == EM_MIPS)
    {
      /* Not one number of 64 bits, but a symbol of 32 and four bytes of types (MIPS 64 ELF ABI). */
      relocation.symbol = assay_strip_number (file, record + word, 4);
      memcpy (&relocation.type, record + word + 4, 4);
    }
  else
    {
      relocation.symbol = info >> 32;
      relocation.type = info & 0xffffffff;
    }
  if (has_addend)
    relocation.addend = assay_strip_number (file, record + 2 * word, word);
  return relocation;
}

gboolean
assay_strip_check_relocations (AssayStripCase *strip, guint32 index, GError **error)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  const GElf_Shdr *other = assay_strip_section (&strip->rebuilt, strip->to_rebuilt[index]);
  gboolean has_addend = section->sh_type == SHT_RELA;
  guint64 record = (has_addend ? 3 : 2) * (guint64)strip->shipped.reader->bits / 8;
  if (section->sh_entsize != record || section->sh_size != other->sh_size || section->sh_size % record != 0
      || section->sh_link != strip->shipped.symtab)
    return assay_strip_refuse (error, "relocations of another kind");
  guint64 window = record * 4096;
  for (guint64 done = 0; done < section->sh_size; done += window)
    {
      guint64 take = MIN (window, section->sh_size - done);
      g_autofree guint8 *bytes = assay_strip_read (&strip->shipped, section->sh_offset + done, take, error);
      g_autofree guint8 *wanted
          = bytes == NULL ? NULL : assay_strip_read (&strip->rebuilt, other->sh_offset + done, take, error);
      if (wanted == NULL)
        return FALSE;
      for (guint64 i = 0; i < take; i += record)
        {
          Relocation a = get_relocation (&strip->shipped, bytes + i, has_addend);
          Relocation b = get_relocation (&strip->rebuilt, wanted + i, has_addend);
          if (a.offset != b.offset || a.type != b.type || a.addend != b.addend
              || ((a.symbol | b.symbol) != 0 && !assay_strip_is_symbol (strip, a.symbol, b.symbol)))
            return assay_strip_refuse (error, "a relocation is changed");
        }
    }
  return TRUE;
}

gboolean
assay_strip_check_group (AssayStripCase *strip, guint32 index, GError **error)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  const GElf_Shdr *other = assay_strip_section (&strip->rebuilt, strip->to_rebuilt[index]);
  g_autofree guint8 *members = assay_strip_read (&strip->shipped, section->sh_offset, section->sh_size, error);
  g_autofree guint8 *wanted = members == NULL ? NULL : assay_strip_read_group (strip, other, error);
  if (wanted == NULL)
    return FALSE;
  if (section->sh_link != strip->shipped.symtab || section->sh_size < 4 || section->sh_size % 4 != 0
      || other->sh_size % 4 != 0 || memcmp (members, wanted, 4) != 0)
    return assay_strip_refuse (error, "a group of another kind");
  guint64 next = 4;
  for (guint64 i = 4; i < other->sh_size; i += 4)
    {
      guint64 member = assay_strip_number (&strip->rebuilt, wanted + i, 4);
      if (member == 0 || member >= strip->rebuilt.sections->len)
        return assay_strip_refuse (error, "a group of another kind");
      if (strip->to_shipped[member] == 0)
        continue;
      if (next == section->sh_size
          || assay_strip_number (&strip->shipped, members + next, 4) != strip->to_shipped[member])
        return assay_strip_refuse (error, "a group has other members");
      next += 4;
    }
  return next == section->sh_size || assay_strip_refuse (error, "a group has other members");
}
