#include "account/rules/strip.h"

#include "account/rules/debuglink.h"
#include "util/checked.h"

#include <string.h>

/** What strip removes by name, where it is not loaded: notes for debuggers, for readers and for the linker. */
static const struct
{
  const char *name;
  gboolean prefix;
  guint32 type; /* or SHT_NULL for any */
  gboolean in_programs_only;
} removable[] = {
  { ".comment", FALSE, SHT_PROGBITS },
  { ".debug", FALSE, SHT_PROGBITS },
  { ".line", FALSE, SHT_PROGBITS },
  { ".stab", TRUE, SHT_NULL },
  { ".gdb_index", FALSE, SHT_PROGBITS },
  { ".gnu_debuglink", FALSE, SHT_PROGBITS },
  { ".gnu_debugaltlink", FALSE, SHT_PROGBITS },
  { ".gnu_debugdata", FALSE, SHT_PROGBITS },
  { ".gnu.debuglto_", TRUE, SHT_NULL, TRUE },
  { ".gnu.lto_", TRUE, SHT_PROGBITS, TRUE },
  { ".gnu.build.attributes", TRUE, SHT_NOTE },
  { ".GCC.command.line", FALSE, SHT_PROGBITS },
  /* The one note that only says who linked; others are read by hypervisors and tracers where no segment has them. */
  { ".note.gnu.gold-version", FALSE, SHT_NOTE },
  { ".mdebug", FALSE, SHT_NULL },
  { ".mdebug.", TRUE, SHT_NULL },
  { ".pdr", FALSE, SHT_PROGBITS },
  { ".ARM.attributes", FALSE, SHT_ARM_ATTRIBUTES, TRUE },
  { ".riscv.attributes", FALSE, SHT_RISCV_ATTRIBUTES, TRUE },
  { ".gnu.attributes", FALSE, SHT_GNU_ATTRIBUTES, TRUE },
};

/** What follows `.debug_`: the sections of DWARF 2 to 5 (7.30 of DWARF 5, with those of split files), and what GNU,
 * LLVM and SGI added. A section that merely begins so may be something that the program looks for in its own file. */
static const char *const debug_sections[]
    = { "abbrev",       "addr",     "aranges",  "cu_index",  "frame",    "funcnames", "gdb_scripts", "gnu_pubnames",
        "gnu_pubtypes", "info",     "line",     "line_str",  "loc",      "loclists",  "macinfo",     "macro",
        "names",        "pubnames", "pubtypes", "ranges",    "rnglists", "sfnames",   "srcinfo",     "str",
        "str_offsets",  "sup",      "tu_index", "typenames", "types",    "varnames",  "weaknames",   NULL };

static gboolean
is_debug_section (const char *name)
{
  const char *part = g_str_has_prefix (name, ".debug_")    ? name + strlen (".debug_")
                     : g_str_has_prefix (name, ".zdebug_") ? name + strlen (".zdebug_")
                                                           : NULL;
  if (part == NULL)
    return FALSE;
  g_autofree char *plain = g_str_has_suffix (part, ".dwo") ? g_strndup (part, strlen (part) - 4) : g_strdup (part);
  return g_strv_contains (debug_sections, plain);
}

static gboolean
has_removable_name (const AssayStripCase *strip, guint32 index)
{
  const AssayStripFile *file = &strip->rebuilt;
  const char *name = assay_strip_section_name (file, index);
  guint32 type = assay_strip_section (file, index)->sh_type;
  if (is_debug_section (name))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (removable); i++)
    if ((removable[i].type == SHT_NULL || removable[i].type == type)
        && !(removable[i].in_programs_only && assay_strip_is_relocatable (strip))
        && (removable[i].prefix ? g_str_has_prefix (name, removable[i].name) : strcmp (name, removable[i].name) == 0))
      return TRUE;
  return FALSE;
}

gboolean
assay_strip_is_table (const AssayStripFile *file, guint32 index)
{
  return index == file->names || (file->symtab != 0 && (index == file->symtab || index == file->strtab));
}

/* A section that a segment covers is part of what the segment is for, whatever its own header says. */
static gboolean
is_in_segment (const AssayStripFile *file, const GElf_Shdr *section)
{
  for (guint i = 0; assay_strip_has_bytes (section) && i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);
      if (assay_strip_is_segment (file, segment) && section->sh_offset < segment->p_offset + segment->p_filesz
          && segment->p_offset < section->sh_offset + section->sh_size)
        return TRUE;
    }
  return FALSE;
}

/* Relocations of what is gone, and in a finished program those that the linker only kept. */
static gboolean
relocates_nothing (const AssayStripCase *strip, const GElf_Shdr *section)
{
  if (!assay_strip_is_relocation (section))
    return FALSE;
  return !assay_strip_is_relocatable (strip)
         || (section->sh_info > 0 && section->sh_info < strip->rebuilt.sections->len
             && strip->to_shipped[section->sh_info] == 0);
}

/* Whether a program says by itself how it is moved, to who loads it: what else is kept of relocations is for tools. */
static gboolean
is_linked_for_loader (const AssayStripFile *file)
{
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);
      if ((segment->p_type == PT_INTERP || segment->p_type == PT_DYNAMIC) && segment->p_filesz > 0)
        return TRUE;
    }
  return FALSE;
}

/* What the linker kept of relocations (ld --emit-relocs) strip takes all or not at all, but for those of what is gone:
 * who moves a program by them has both halves of it in one place. Of a program that has no others they are all that a
 * loader of the product's own could move it by. */
static gboolean
keeps_relocations (const AssayStripCase *strip)
{
  gboolean kept = FALSE;
  gboolean gone = FALSE;
  for (guint32 i = 1; i < strip->rebuilt.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->rebuilt, i);
      gboolean of_gone = section->sh_info > 0 && section->sh_info < strip->rebuilt.sections->len
                         && strip->to_shipped[section->sh_info] == 0;
      if (!assay_strip_is_relocation (section) || (section->sh_flags & SHF_ALLOC) != 0 || of_gone)
        continue;
      kept |= strip->to_shipped[i] != 0;
      gone |= strip->to_shipped[i] == 0;
    }
  return !gone || (!kept && (assay_strip_is_relocatable (strip) || is_linked_for_loader (&strip->rebuilt)));
}

guint8 *
assay_strip_read_group (AssayStripCase *strip, const GElf_Shdr *section, GError **error)
{
  if (section->sh_size > strip->rebuilt.reader->size - strip->group_bytes)
    return assay_strip_refuse (error, "groups that overlap"), NULL;
  strip->group_bytes += section->sh_size;
  return assay_strip_read (&strip->rebuilt, section->sh_offset, section->sh_size, error);
}

static gboolean
is_empty_group (AssayStripCase *strip, const GElf_Shdr *section, gboolean *out_empty, GError **error)
{
  *out_empty = FALSE;
  if (section->sh_type != SHT_GROUP || section->sh_size < 4 || section->sh_size % 4 != 0)
    return TRUE;
  g_autofree guint8 *members = assay_strip_read_group (strip, section, error);
  if (members == NULL)
    return FALSE;
  for (guint64 i = 4; i < section->sh_size; i += 4)
    {
      guint64 member = assay_strip_number (&strip->rebuilt, members + i, 4);
      if (member >= strip->rebuilt.sections->len || strip->to_shipped[member] != 0)
        return TRUE;
    }
  *out_empty = TRUE;
  return TRUE;
}

static gboolean
check_removed (AssayStripCase *strip, guint32 index, GError **error)
{
  const AssayStripFile *rebuilt = &strip->rebuilt;
  const GElf_Shdr *section = assay_strip_section (rebuilt, index);
  gboolean empty_group = FALSE;
  strip->removed = TRUE;
  if (section->sh_type == SHT_NULL)
    return TRUE;
  if ((section->sh_flags & SHF_ALLOC) != 0 || is_in_segment (rebuilt, section))
    return assay_strip_refuse (error, "a section that is loaded is missing");
  if (!is_empty_group (strip, section, &empty_group, error))
    return FALSE;
  gboolean table = assay_strip_is_table (rebuilt, index) && !assay_strip_is_relocatable (strip);
  if (table || empty_group || relocates_nothing (strip, section) || has_removable_name (strip, index))
    return TRUE;
  return assay_strip_refuse (error, "a section is missing that no strip removes");
}

/* GNU strip writes the size of a hash table's entries, which linkers leave open in files of 32 bits. */
static gboolean
is_same_entry_size (const AssayStripCase *strip, const GElf_Shdr *shipped, const GElf_Shdr *rebuilt)
{
  return shipped->sh_entsize == rebuilt->sh_entsize
         || (shipped->sh_type == SHT_GNU_HASH && strip->shipped.reader->bits == 32 && shipped->sh_entsize == 4
             && rebuilt->sh_entsize == 0);
}

/* SHF_INFO_LINK says of a table of relocations what its type says already; GNU strip takes it from a second table of
 * one section. */
static gboolean
has_same_flags (const AssayStripCase *strip, const GElf_Shdr *shipped, const GElf_Shdr *rebuilt)
{
  return shipped->sh_flags == rebuilt->sh_flags
         || (assay_strip_is_relocatable (strip) && assay_strip_is_relocation (rebuilt)
             && (shipped->sh_flags | SHF_INFO_LINK) == rebuilt->sh_flags);
}

/* Groups look alike but for the symbol that they are known by. */
static gboolean
is_same_group (const AssayStripCase *strip, const GElf_Shdr *shipped, const GElf_Shdr *rebuilt)
{
  return g_strcmp0 (assay_strip_symbol_name (&strip->shipped, shipped->sh_info),
                    assay_strip_symbol_name (&strip->rebuilt, rebuilt->sh_info))
         == 0;
}

static gboolean
is_same_section (const AssayStripCase *strip, guint32 shipped_index, guint32 rebuilt_index)
{
  const GElf_Shdr *shipped = assay_strip_section (&strip->shipped, shipped_index);
  const GElf_Shdr *rebuilt = assay_strip_section (&strip->rebuilt, rebuilt_index);
  return shipped->sh_type == rebuilt->sh_type && has_same_flags (strip, shipped, rebuilt)
         && shipped->sh_addr == rebuilt->sh_addr && is_same_entry_size (strip, shipped, rebuilt)
         && (shipped->sh_addralign == rebuilt->sh_addralign
             || (shipped->sh_addralign == 1 && rebuilt->sh_addralign == 0))
         && (shipped->sh_size == rebuilt->sh_size
             || (shipped->sh_type == SHT_GROUP && shipped->sh_size < rebuilt->sh_size))
         && strcmp (assay_strip_section_name (&strip->shipped, shipped_index),
                    assay_strip_section_name (&strip->rebuilt, rebuilt_index))
                == 0
         && (shipped->sh_type != SHT_GROUP || is_same_group (strip, shipped, rebuilt));
}

/* The tables that strip writes anew: what their headers say is fixed, and their bytes are derived elsewhere. */
static gboolean
is_same_table (const AssayStripCase *strip, guint32 shipped_index, guint32 rebuilt_index, const char *usual_name)
{
  const GElf_Shdr *shipped = assay_strip_section (&strip->shipped, shipped_index);
  const GElf_Shdr *rebuilt = assay_strip_section (&strip->rebuilt, rebuilt_index);
  const char *name = assay_strip_section_name (&strip->shipped, shipped_index);
  guint64 word = strip->shipped.reader->bits / 8;
  return shipped->sh_type == rebuilt->sh_type && shipped->sh_flags == 0 && shipped->sh_addr == 0
         && (shipped->sh_addralign == rebuilt->sh_addralign
             || (shipped->sh_type == SHT_SYMTAB && shipped->sh_addralign == word))
         && (shipped->sh_entsize == rebuilt->sh_entsize || (shipped->sh_type == SHT_STRTAB && shipped->sh_entsize == 0))
         && (strcmp (name, usual_name) == 0
             || strcmp (name, assay_strip_section_name (&strip->rebuilt, rebuilt_index)) == 0);
}

static gboolean
map_tables (AssayStripCase *strip, GError **error)
{
  const AssayStripFile *shipped = &strip->shipped;
  const AssayStripFile *rebuilt = &strip->rebuilt;
  gboolean same = is_same_table (strip, shipped->names, rebuilt->names, ".shstrtab");
  strip->to_rebuilt[shipped->names] = rebuilt->names;
  strip->to_shipped[rebuilt->names] = shipped->names;
  if (shipped->symtab != 0 && rebuilt->symtab != 0)
    {
      same = same && is_same_table (strip, shipped->symtab, rebuilt->symtab, ".symtab")
             && (shipped->strtab == shipped->names
                 || is_same_table (strip, shipped->strtab, rebuilt->strtab, ".strtab"));
      strip->to_rebuilt[shipped->symtab] = rebuilt->symtab;
      strip->to_shipped[rebuilt->symtab] = shipped->symtab;
      strip->to_rebuilt[shipped->strtab] = rebuilt->strtab;
      strip->to_shipped[rebuilt->strtab] = shipped->strtab;
    }
  if (!same || (shipped->symtab != 0 && rebuilt->symtab == 0))
    return assay_strip_refuse (error, "the tables of names and symbols are of another kind");
  return TRUE;
}

/* The one section that a strip adds: which debug file belongs to the program. */
static gboolean
is_added (const AssayStripCase *strip, guint32 index, gboolean *out_added, GError **error)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  *out_added = FALSE;
  if (strcmp (assay_strip_section_name (&strip->shipped, index), ".gnu_debuglink") != 0
      || section->sh_type != SHT_PROGBITS || section->sh_flags != 0 || section->sh_addr != 0 || section->sh_link != 0
      || section->sh_info != 0 || section->sh_entsize != 0 || section->sh_addralign != 4)
    return TRUE;
  return assay_debuglink_is_derived (strip->rule_case, section->sh_offset, section->sh_size, out_added, error);
}

gboolean
assay_strip_map_sections (AssayStripCase *strip, GError **error)
{
  const AssayStripFile *shipped = &strip->shipped;
  const AssayStripFile *rebuilt = &strip->rebuilt;
  guint32 next = 1;
  gboolean added = FALSE;
  if (!map_tables (strip, error))
    return FALSE;
  for (guint32 i = 1; i < shipped->sections->len; i++)
    {
      guint32 found = next;
      if (assay_strip_is_table (shipped, i))
        continue;
      while (found < rebuilt->sections->len
             && (assay_strip_is_table (rebuilt, found) || !is_same_section (strip, i, found)))
        found++;
      if (found == rebuilt->sections->len)
        {
          if (added || !is_added (strip, i, &added, error))
            return added ? assay_strip_refuse (error, "several sections are added") : FALSE;
          if (!added)
            return assay_strip_refuse (error, "a section is added or changed");
          continue;
        }
      strip->to_rebuilt[i] = found;
      strip->to_shipped[found] = i;
      next = found + 1;
    }
  for (guint32 i = 1; i < rebuilt->sections->len; i++)
    if (strip->to_shipped[i] == 0 && !check_removed (strip, i, error))
      return FALSE;
  return keeps_relocations (strip)
         || assay_strip_refuse (error, "relocations of what stays are missing that a loader may need");
}

/** Types of sections that number neither symbols nor other sections, or in a program only those that it is loaded with.
 * @machine: EM_NONE for any */
static const struct
{
  guint32 type;
  guint16 machine;
  gboolean in_programs_only;
} numberless[] = {
  { SHT_PROGBITS, EM_NONE },
  { SHT_STRTAB, EM_NONE },
  { SHT_NOTE, EM_NONE },
  { SHT_INIT_ARRAY, EM_NONE },
  { SHT_FINI_ARRAY, EM_NONE },
  { SHT_PREINIT_ARRAY, EM_NONE },
  { 19 /* SHT_RELR */, EM_NONE },
  { 0x6ffffff4 /* SHT_GNU_SFRAME */, EM_NONE },
  { SHT_GNU_ATTRIBUTES, EM_NONE },
  { SHT_HASH, EM_NONE, TRUE },
  { SHT_DYNAMIC, EM_NONE, TRUE },
  { SHT_DYNSYM, EM_NONE, TRUE },
  { SHT_GNU_HASH, EM_NONE, TRUE },
  { SHT_GNU_LIBLIST, EM_NONE, TRUE },
  { SHT_GNU_verdef, EM_NONE, TRUE },
  { SHT_GNU_verneed, EM_NONE, TRUE },
  { SHT_GNU_versym, EM_NONE, TRUE },
  { SHT_X86_64_UNWIND, EM_X86_64 },
  { SHT_ARM_EXIDX, EM_ARM },
  { SHT_ARM_ATTRIBUTES, EM_ARM },
  { 0x70000003 /* SHT_AARCH64_ATTRIBUTES */, EM_AARCH64 },
  { SHT_RISCV_ATTRIBUTES, EM_RISCV },
  { SHT_MIPS_REGINFO, EM_MIPS },
  { SHT_MIPS_OPTIONS, EM_MIPS },
  { SHT_MIPS_DWARF, EM_MIPS },
  { 0x7000002a /* SHT_MIPS_ABIFLAGS */, EM_MIPS },
  { SHT_IA_64_UNWIND, EM_IA_64 },
  { SHT_PARISC_UNWIND, EM_PARISC },
  { 0x70000001 /* SHT_CSKY_ATTRIBUTES */, EM_CSKY },
  { 0x70000003 /* SHT_MSP430_ATTRIBUTES */, EM_MSP430 },
};

static gboolean
is_numberless (const AssayStripCase *strip, guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numberless); i++)
    if (numberless[i].type == type
        && (numberless[i].machine == EM_NONE || numberless[i].machine == strip->rebuilt.reader->header.e_machine))
      return !(numberless[i].in_programs_only && assay_strip_is_relocatable (strip));
  return FALSE;
}

gboolean
assay_strip_has_unknown_numbers (const AssayStripCase *strip, guint32 index)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  if (assay_strip_is_addrsig (section) && section->sh_link == 0)
    return FALSE;
  if (assay_strip_is_of_symtab (strip, assay_strip_section (&strip->rebuilt, strip->to_rebuilt[index])))
    return TRUE;
  gboolean of_llvm = section->sh_type >= 0x6fff4c00 && section->sh_type <= 0x6fff4cff;
  if (of_llvm || is_numberless (strip, section->sh_type))
    return of_llvm;
  /* A loader of programs knows no sections: it has the bytes, which are the rebuild's. */
  return assay_strip_is_relocatable (strip) || (section->sh_flags & SHF_ALLOC) == 0
         || !is_in_segment (&strip->shipped, section);
}

/* The number that a rebuilt section has in the shipped file; FALSE where it has none. */
static gboolean
map_index (const AssayStripCase *strip, guint64 index, guint64 *out_index)
{
  if (index == 0)
    *out_index = 0;
  else if (index < strip->rebuilt.sections->len && strip->to_shipped[index] != 0)
    *out_index = strip->to_shipped[index];
  else
    return FALSE;
  return TRUE;
}

/* A program that was linked statically says that its relocations belong to the symbol table, which they do not use. */
static gboolean
is_link (const AssayStripCase *strip, const GElf_Shdr *shipped, const GElf_Shdr *rebuilt)
{
  guint64 link = 0;
  gboolean may_be_gone = assay_strip_is_addrsig (shipped)
                         || (assay_strip_is_relocation (shipped) && (shipped->sh_flags & SHF_ALLOC) != 0
                             && assay_strip_is_of_symtab (strip, rebuilt) && strip->shipped.symtab == 0);
  if (may_be_gone && shipped->sh_link == 0)
    return TRUE;
  return map_index (strip, rebuilt->sh_link, &link) && shipped->sh_link == link;
}

static gboolean
check_info (const AssayStripCase *strip, const GElf_Shdr *shipped, const GElf_Shdr *rebuilt)
{
  guint64 wanted = rebuilt->sh_info;
  if (shipped->sh_type == SHT_GROUP)
    return assay_strip_is_symbol (strip, shipped->sh_info, rebuilt->sh_info);
  if ((assay_strip_is_relocation (rebuilt) || (rebuilt->sh_flags & SHF_INFO_LINK) != 0)
      && !map_index (strip, rebuilt->sh_info, &wanted))
    return FALSE;
  /* What a program's relocations that are loaded are said to be of, nobody reads; GNU strip takes the table that they
   * fill. A loader of what is not linked applies them there. */
  if (shipped->sh_info != wanted && !assay_strip_is_relocatable (strip) && assay_strip_is_relocation (shipped)
      && (shipped->sh_flags & SHF_ALLOC) != 0 && rebuilt->sh_info != 0
      && shipped->sh_info < strip->shipped.sections->len)
    return strcmp (assay_strip_section_name (&strip->shipped, shipped->sh_info), ".got.plt") == 0;
  return shipped->sh_info == wanted;
}

gboolean
assay_strip_check_links (AssayStripCase *strip, GError **error)
{
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    {
      const GElf_Shdr *shipped = assay_strip_section (&strip->shipped, i);
      const GElf_Shdr *rebuilt = assay_strip_section (&strip->rebuilt, strip->to_rebuilt[i]);
      gboolean holds;
      if (strip->to_rebuilt[i] == 0)
        continue;
      if (i == strip->shipped.symtab)
        holds = shipped->sh_link == strip->shipped.strtab;
      else if (assay_strip_is_table (&strip->shipped, i))
        holds = shipped->sh_link == 0 && shipped->sh_info == 0;
      else
        holds = is_link (strip, shipped, rebuilt) && check_info (strip, shipped, rebuilt);
      if (!holds)
        return assay_strip_refuse (error, "a section speaks of another one than in the rebuild");
    }
  return TRUE;
}
