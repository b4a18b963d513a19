#include "account/rules/strip.h"

#include "util/checked.h"
#include "util/number.h"

#include <assay/error.h>

#include <string.h>

/* A table of names is held in memory, twice for the shipped file. That of a program of 100 MB has 10. */
#define TABLE_BYTES_MAX (64u * 1024u * 1024u)

gboolean
assay_strip_refuse (GError **error, const char *why)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, why);
  return FALSE;
}

static void
strings_free (AssayStripStrings *strings)
{
  if (strings == NULL)
    return;
  g_free (strings->bytes);
  g_free (strings->marks);
  g_free (strings);
}

void
assay_strip_file_clear (AssayStripFile *file)
{
  if (file->symbol_names != file->section_names)
    strings_free (file->symbol_names);
  g_clear_pointer (&file->section_names, strings_free);
  file->symbol_names = NULL;
  g_clear_pointer (&file->sections, g_array_unref);
  g_clear_pointer (&file->segments, g_array_unref);
  g_clear_pointer (&file->reader, assay_elf_reader_free);
}

guint8 *
assay_strip_read (const AssayStripFile *file, guint64 offset, guint64 length, GError **error)
{
  if (!assay_range_fits (offset, length, file->reader->size))
    return assay_strip_refuse (error, "a table leaves the file"), NULL;
  g_autofree guint8 *bytes = g_try_malloc (length + 1);
  if (bytes == NULL)
    return assay_strip_refuse (error, "a table is larger than memory"), NULL;
  bytes[length] = 0;
  return assay_blob_read (file->blob, offset, bytes, length, error) ? g_steal_pointer (&bytes) : NULL;
}

guint64
assay_strip_number (const AssayStripFile *file, const guint8 *bytes, guint width_bytes)
{
  return assay_number_read (bytes, width_bytes, file->reader->big_endian);
}

static AssayStripStrings *
load_strings (const AssayStripFile *file, guint32 index, GError **error)
{
  const GElf_Shdr *section = assay_strip_section (file, index);
  if (section->sh_type != SHT_STRTAB || section->sh_size > TABLE_BYTES_MAX)
    return assay_strip_refuse (error, "names are not in a string table, or in too long a one"), NULL;
  g_autofree guint8 *bytes = assay_strip_read (file, section->sh_offset, section->sh_size, error);
  g_autofree guint8 *marks = bytes == NULL ? NULL : g_try_malloc0 (section->sh_size + 1);
  if (marks == NULL)
    return bytes == NULL ? NULL : (assay_strip_refuse (error, "a table is larger than memory"), NULL);
  AssayStripStrings *strings = g_new0 (AssayStripStrings, 1);
  strings->size = section->sh_size;
  strings->bytes = g_steal_pointer (&bytes);
  strings->marks = g_steal_pointer (&marks);
  return strings;
}

const char *
assay_strip_string (const AssayStripStrings *strings, guint64 offset)
{
  if (offset >= strings->size
      || memchr (strings->bytes + offset, 0, MIN (strings->size - offset, ASSAY_STRIP_NAME_BYTES)) == NULL)
    return NULL;
  return (const char *)strings->bytes + offset;
}

void
assay_strip_mark (AssayStripStrings *strings, guint64 offset)
{
  /* What is marked is marked to the end of its name, so that every byte is visited once. */
  for (gsize i = offset; i < strings->size && !strings->marks[i]; i++)
    {
      strings->marks[i] = 1;
      if (strings->bytes[i] == 0)
        return;
    }
}

const char *
assay_strip_section_name (const AssayStripFile *file, guint32 index)
{
  return assay_strip_string (file->section_names, assay_strip_section (file, index)->sh_name);
}

static gboolean
check_names (const AssayStripFile *file, GError **error)
{
  for (guint32 i = 0; i < file->sections->len; i++)
    if (assay_strip_section_name (file, i) == NULL)
      return assay_strip_refuse (error, "a section without a name");
  return TRUE;
}

/* Segments of one program; real ones have a dozen. Every section and gap is held against each of them. */
#define SEGMENTS_MAX 1024u

/* What this rule does not know how to follow is refused here: extended numbering, tables of other record sizes. */
static gboolean
check_header (const AssayStripFile *file, GError **error)
{
  const GElf_Ehdr *header = &file->reader->header;
  const AssayElfReader *reader = file->reader;
  if (header->e_shnum == 0 || header->e_shnum >= SHN_LORESERVE || header->e_shstrndx == 0
      || header->e_shstrndx >= header->e_shnum || header->e_phnum == PN_XNUM)
    return assay_strip_refuse (error, "no section table of the plain kind");
  if (header->e_ehsize != assay_elf_reader_record_size (reader, ELF_T_EHDR)
      || header->e_shentsize != assay_elf_reader_record_size (reader, ELF_T_SHDR)
      || (header->e_phnum > 0 && header->e_phentsize != assay_elf_reader_record_size (reader, ELF_T_PHDR)))
    return assay_strip_refuse (error, "records of another size");
  if (header->e_phnum > SEGMENTS_MAX)
    return assay_strip_refuse (error, "too many segments");
  return TRUE;
}

static gboolean
load_tables (AssayStripFile *file, GError **error)
{
  const GElf_Ehdr *header = &file->reader->header;
  file->sections = g_array_sized_new (FALSE, TRUE, sizeof (GElf_Shdr), header->e_shnum);
  g_array_set_size (file->sections, header->e_shnum);
  for (guint i = 0; i < header->e_shnum; i += ASSAY_ELF_READER_BATCH)
    if (!assay_elf_reader_get_sections (file->reader, header->e_shoff + (guint64)i * header->e_shentsize,
                                        MIN (ASSAY_ELF_READER_BATCH, header->e_shnum - i),
                                        assay_strip_section (file, i), error))
      return FALSE;
  file->segments = g_array_new (FALSE, TRUE, sizeof (GElf_Phdr));
  g_array_set_size (file->segments, header->e_phnum);
  for (guint i = 0; i < header->e_phnum; i += ASSAY_ELF_READER_BATCH)
    if (!assay_elf_reader_get_segments (file->reader, header->e_phoff + (guint64)i * header->e_phentsize,
                                        MIN (ASSAY_ELF_READER_BATCH, header->e_phnum - i),
                                        &g_array_index (file->segments, GElf_Phdr, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
find_tables (AssayStripFile *file, GError **error)
{
  file->names = file->reader->header.e_shstrndx;
  for (guint32 i = 1; i < file->sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (file, i);
      if (section->sh_type == SHT_SYMTAB_SHNDX || (section->sh_type == SHT_SYMTAB && file->symtab != 0))
        return assay_strip_refuse (error, "several symbol tables");
      if (section->sh_type != SHT_SYMTAB)
        continue;
      file->symtab = i;
      file->strtab = section->sh_link;
    }
  if (file->symtab != 0 && (file->strtab == 0 || file->strtab >= file->sections->len))
    return assay_strip_refuse (error, "a symbol table without names");
  return TRUE;
}

gboolean
assay_strip_file_load (AssayStripFile *file, AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  file->blob = blob;
  file->reader = assay_elf_reader_new (blob, error);
  if (file->reader == NULL || !check_header (file, error)
      || !assay_limits_check (limits, ASSAY_LIMIT_SECTIONS, file->reader->header.e_shnum, "sections", error)
      || !load_tables (file, error) || !find_tables (file, error))
    return FALSE;
  file->section_names = load_strings (file, file->names, error);
  return file->section_names != NULL && check_names (file, error);
}

gboolean
assay_strip_file_load_symbol_names (AssayStripFile *file, GError **error)
{
  file->symbol_names = file->strtab == file->names ? file->section_names : load_strings (file, file->strtab, error);
  return file->symbol_names != NULL;
}
