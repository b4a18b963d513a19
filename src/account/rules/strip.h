#ifndef ASSAY_ACCOUNT_RULES_STRIP_H
#define ASSAY_ACCOUNT_RULES_STRIP_H

#include "account/rules/rule.h"
#include "inventory/reader.h"

/*
 * What the files of the rule `strip` share. A check fails with ASSAY_ERROR_MALFORMED where the shipped file does not
 * follow from the rebuilt one, which the rule takes for "no proof"; every other error is one of reading.
 */

/** AssayStripStrings: a string table; @marks has a byte for each byte that some name covers. */
typedef struct
{
  guint8 *bytes;
  guint8 *marks;
  gsize size;
} AssayStripStrings;

/**
 * AssayStripFile: one side, with every field of its tables.
 *
 * @sections: (element-type GElf_Shdr): from index 0 @segments: (element-type GElf_Phdr)
 * @names: index of the section names @symtab: index of the only symbol table, or 0 @strtab: of its names
 * @section_names: @symbol_names: what these two hold; one and the same where a file has one table for both
 */
typedef struct
{
  AssayBlob *blob;
  AssayElfReader *reader;
  GArray *sections;
  GArray *segments;
  guint32 names;
  guint32 symtab;
  guint32 strtab;
  AssayStripStrings *section_names;
  AssayStripStrings *symbol_names;
} AssayStripFile;

/**
 * AssayStripCase:
 *
 * @to_rebuilt: for each shipped section the rebuilt one that it is, or 0
 * @to_shipped: for each rebuilt section the shipped one that it became, or 0 where it was removed
 * @symbols: (element-type guint32): for each shipped symbol the rebuilt one that it is, or G_MAXUINT32
 * @changed: (element-type guint32): shipped sections of other content, which the rule does not speak for
 * @removed: whether anything was
 * @group_bytes: of the rebuilt section groups that were read: of overlapping ones more than the file has
 * @is_kernel_module: both are modules of Linux
 */
typedef struct
{
  AssayRuleCase *rule_case;
  AssayStripFile shipped;
  AssayStripFile rebuilt;
  guint32 *to_rebuilt;
  guint32 *to_shipped;
  GArray *symbols;
  GArray *changed;
  gboolean removed;
  guint64 group_bytes;
  gboolean is_kernel_module;
} AssayStripCase;

/** assay_strip_refuse: says why the one does not follow from the other; returns FALSE for the caller to return. */
gboolean assay_strip_refuse (GError **error, const char *why);

/* strip_file.c */

gboolean assay_strip_file_load (AssayStripFile *file, AssayBlob *blob, const AssayLimits *limits, GError **error);

/** assay_strip_file_load_symbol_names: of a file that has a symbol table; needed before anything of it is asked for. */
gboolean assay_strip_file_load_symbol_names (AssayStripFile *file, GError **error);

void assay_strip_file_clear (AssayStripFile *file);

static inline GElf_Shdr *
assay_strip_section (const AssayStripFile *file, guint32 index)
{
  return &g_array_index (file->sections, GElf_Shdr, index);
}

/** A name of a section or symbol that is believed: the longest of C++ are a few thousand bytes. It also bounds the work
 * on tables in which many names share an end. */
#define ASSAY_STRIP_NAME_BYTES (64u * 1024u)

/** assay_strip_section_name: never NULL in a file that was loaded. */
const char *assay_strip_section_name (const AssayStripFile *file, guint32 index);

/** assay_strip_string: the name at an offset, or NULL where it does not end inside the table, or is too long. */
const char *assay_strip_string (const AssayStripStrings *strings, guint64 offset);

/** assay_strip_mark: notes that this name is used. */
void assay_strip_mark (AssayStripStrings *strings, guint64 offset);

/** assay_strip_read: a range in memory of its own, with a zero behind it. */
guint8 *assay_strip_read (const AssayStripFile *file, guint64 offset, guint64 length, GError **error);

/** assay_strip_number: an unsigned integer of the file's byte order. */
guint64 assay_strip_number (const AssayStripFile *file, const guint8 *bytes, guint width_bytes);

static inline gboolean
assay_strip_is_relocatable (const AssayStripCase *strip)
{
  return strip->rebuilt.reader->header.e_type == ET_REL;
}

/** assay_strip_has_bytes: whether a section takes place in the file. */
static inline gboolean
assay_strip_has_bytes (const GElf_Shdr *section)
{
  return section->sh_type != SHT_NULL && section->sh_type != SHT_NOBITS && section->sh_size > 0;
}

static inline gboolean
assay_strip_is_relocation (const GElf_Shdr *section)
{
  return section->sh_type == SHT_REL || section->sh_type == SHT_RELA;
}

/** assay_strip_is_of_symtab: whether a section of the rebuild belongs to its symbol table, as what numbers the symbols
 * does. */
static inline gboolean
assay_strip_is_of_symtab (const AssayStripCase *strip, const GElf_Shdr *rebuilt)
{
  return rebuilt->sh_link != 0 && rebuilt->sh_link == strip->rebuilt.symtab;
}

/** assay_strip_is_addrsig: which symbols' addresses count, by number; a linker that finds no table linked ignores it,
 * and strip takes the link away (LLVM, "Extensions: SHT_LLVM_ADDRSIG"). */
static inline gboolean
assay_strip_is_addrsig (const GElf_Shdr *section)
{
  return section->sh_type == 0x6fff4c03;
}

/** assay_strip_is_segment: a segment that takes place in the file for what it is; the attributes of RISC-V are a
 * section that a header points at, which is never loaded and which strip may move or remove. */
static inline gboolean
assay_strip_is_segment (const AssayStripFile *file, const GElf_Phdr *segment)
{
  return segment->p_filesz > 0
         && !(file->reader->header.e_machine == EM_RISCV && segment->p_type == PT_RISCV_ATTRIBUTES
              && segment->p_memsz == 0);
}

/* strip_sections.c */

/** assay_strip_map_sections: which section is which; what is gone may be gone; all fields but sh_link and sh_info. */
gboolean assay_strip_map_sections (AssayStripCase *strip, GError **error);

/** assay_strip_check_links: sh_link and sh_info of every section; needs the symbols' map. */
gboolean assay_strip_check_links (AssayStripCase *strip, GError **error);

/** assay_strip_is_table: a section that strip writes anew and puts anywhere: names of sections, symbols, their names.
 */
gboolean assay_strip_is_table (const AssayStripFile *file, guint32 index);

/** assay_strip_has_unknown_numbers: whether the content may number symbols or sections, which have new numbers, in a
 * way that is not followed here; for what is neither a table of relocations nor a group. */
gboolean assay_strip_has_unknown_numbers (const AssayStripCase *strip, guint32 index);

/* strip_symbols.c */

/** assay_strip_map_symbols: the symbol table is the rebuilt one without some of its entries. */
gboolean assay_strip_map_symbols (AssayStripCase *strip, GError **error);

/** assay_strip_is_symbol: whether a shipped symbol is that rebuilt one; both by number. */
gboolean assay_strip_is_symbol (const AssayStripCase *strip, guint64 shipped, guint64 rebuilt);

/** assay_strip_symbol_name: NULL where there is no such symbol. */
const char *assay_strip_symbol_name (const AssayStripFile *file, guint32 index);

/** assay_strip_check_relocations: a table of relocations of the symbol table, whose symbols have new numbers; none has
 * a symbol where there is no such table any more. */
gboolean assay_strip_check_relocations (AssayStripCase *strip, guint32 index, GError **error);

/** assay_strip_check_group: a section group, whose members have new numbers. */
gboolean assay_strip_check_group (AssayStripCase *strip, guint32 index, GError **error);

/** assay_strip_read_group: a group of the rebuild, which assay_strip_read() gives; fails where all groups together are
 * longer than the file. */
guint8 *assay_strip_read_group (AssayStripCase *strip, const GElf_Shdr *section, GError **error);

/* strip_layout.c */

/** assay_strip_check_layout: everything stands where it must, and nothing stands between. */
gboolean assay_strip_check_layout (AssayStripCase *strip, GError **error);

#endif
