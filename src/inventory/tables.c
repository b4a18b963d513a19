#include "inventory/elf_private.h"

#include "util/checked.h"

#include <assay/error.h>

/* What a file header says of one table of headers. */
typedef struct
{
  const char *name;
  guint64 offset;
  guint64 count;
  guint64 entry_size; /* as the file says */
  Elf_Type type;
} Claim;

/* Finds what of a table lies in the file; a table that is missing by intent is empty and complete. */
static gboolean
locate_table (AssayElf *elf, const AssayElfReader *reader, const Claim *claim, const AssayLimits *limits,
              AssayElfTable *out, GError **error)
{
  guint64 size = assay_elf_reader_record_size (reader, claim->type);
  if (claim->count == 0)
    return TRUE;
  out->incomplete = TRUE;
  if (claim->entry_size != size)
    assay_elf_add_trouble (
        elf, "the %s has entries of %" G_GUINT64_FORMAT " bytes instead of %" G_GUINT64_FORMAT " and is not read",
        claim->name, claim->entry_size, size);
  else if (claim->offset == 0 || claim->offset >= elf->size)
    assay_elf_add_trouble (elf, "the %s does not lie in the file", claim->name);
  else
    {
      guint64 room = elf->size - claim->offset;
      out->offset = claim->offset;
      out->count = MIN (claim->count, room / size);
      out->incomplete = out->count < claim->count;
      out->length = out->incomplete ? room : claim->count * size;
      if (out->incomplete)
        assay_elf_add_trouble (
            elf, "the %s leaves the file: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " entries can be read",
            claim->name, out->count, claim->count);
    }
  return assay_limits_check (limits, ASSAY_LIMIT_SECTIONS, out->count, claim->name, error);
}

/* The null section holds the counts that do not fit in the ELF header. Zeros where there is none. */
static gboolean
read_null_section (const AssayElfReader *reader, GElf_Shdr *out, gboolean *out_exists, GError **error)
{
  const GElf_Ehdr *header = &reader->header;
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SHDR);
  *out = (GElf_Shdr){ 0 };
  *out_exists
      = header->e_shoff != 0 && header->e_shentsize == size && assay_range_fits (header->e_shoff, size, reader->size);
  return !*out_exists || assay_elf_reader_get_sections (reader, header->e_shoff, 1, out, error);
}

static gboolean
locate_tables (AssayElf *elf, const AssayElfReader *reader, const AssayLimits *limits, GError **error)
{
  const GElf_Ehdr *header = &reader->header;
  GElf_Shdr null_section;
  gboolean exists = FALSE;
  if (!read_null_section (reader, &null_section, &exists, error))
    return FALSE;
  Claim sections = { "section header table", header->e_shoff, header->e_shnum, header->e_shentsize, ELF_T_SHDR };
  if (sections.count == 0 && header->e_shoff != 0)
    /* Without a null section that can be read there is at least that one, which then is the trouble. */
    sections.count = exists ? null_section.sh_size : 1;
  Claim segments = { "program header table", header->e_phoff, header->e_phnum, header->e_phentsize, ELF_T_PHDR };
  if (segments.count == PN_XNUM && exists && null_section.sh_info != 0)
    segments.count = null_section.sh_info;
  return locate_table (elf, reader, &segments, limits, &elf->index->segment_table, error)
         && locate_table (elf, reader, &sections, limits, &elf->index->section_table, error);
}

static void
append_segment (AssayElf *elf, const GElf_Phdr *header)
{
  const char *known = assay_elf_segment_type_name (elf->machine, header->p_type);
  g_autofree char *unknown = known == NULL ? g_strdup_printf ("0x%x", header->p_type) : NULL;
  const AssaySegment segment
      = { .type = header->p_type,
          .flags = header->p_flags,
          .offset = header->p_offset,
          .file_size = header->p_filesz,
          .memory_size = header->p_memsz,
          .virtual_address = header->p_vaddr,
          .physical_address = header->p_paddr,
          .alignment = header->p_align,
          .name = g_string_chunk_insert_const (elf->index->texts, known != NULL ? known : unknown) };
  g_array_append_val (elf->segments, segment);
}

static void
append_section (AssayElf *elf, const GElf_Shdr *header, guint32 number, char *empty)
{
  const AssaySection section = { .index = number,
                                 .type = header->sh_type,
                                 .flags = header->sh_flags,
                                 .offset = header->sh_offset,
                                 .size = header->sh_size,
                                 .address = header->sh_addr,
                                 .alignment = header->sh_addralign,
                                 .entry_size = header->sh_entsize,
                                 .link = header->sh_link,
                                 .info = header->sh_info,
                                 .name = empty };
  g_array_append_val (elf->sections, section);
}

static gboolean
read_segments (AssayElf *elf, const AssayElfReader *reader, GError **error)
{
  GElf_Phdr batch[ASSAY_ELF_READER_BATCH];
  const AssayElfTable *table = &elf->index->segment_table;
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_PHDR);
  for (guint64 i = 0; i < table->count; i += ASSAY_ELF_READER_BATCH)
    {
      guint count = (guint)MIN (table->count - i, ASSAY_ELF_READER_BATCH);
      if (!assay_elf_reader_get_segments (reader, table->offset + i * size, count, batch, error))
        return FALSE;
      for (guint j = 0; j < count; j++)
        append_segment (elf, &batch[j]);
    }
  return TRUE;
}

static gboolean
read_sections (AssayElf *elf, const AssayElfReader *reader, GError **error)
{
  GElf_Shdr batch[ASSAY_ELF_READER_BATCH];
  const AssayElfTable *table = &elf->index->section_table;
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SHDR);
  char *empty = g_string_chunk_insert_const (elf->index->texts, "");
  for (guint64 i = 0; i < table->count; i += ASSAY_ELF_READER_BATCH)
    {
      guint count = (guint)MIN (table->count - i, ASSAY_ELF_READER_BATCH);
      if (!assay_elf_reader_get_sections (reader, table->offset + i * size, count, batch, error))
        return FALSE;
      for (guint j = 0; j < count; j++)
        if (i + j > 0)
          append_section (elf, &batch[j], (guint32)(i + j), empty);
    }
  return TRUE;
}

gboolean
assay_elf_read_tables (AssayElf *elf, const AssayElfReader *reader, const AssayLimits *limits, GError **error)
{
  return locate_tables (elf, reader, limits, error) && read_segments (elf, reader, error)
         && read_sections (elf, reader, error);
}
