#include "inventory/elf.h"

#include "inventory/elf_private.h"
#include "inventory/strings.h"
#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

static AssayElf *
new_elf (const AssayElfReader *reader)
{
  AssayElf *elf = g_new0 (AssayElf, 1);
  elf->bits = reader->bits;
  elf->big_endian = reader->big_endian;
  elf->machine = reader->header.e_machine;
  elf->type = reader->header.e_type;
  elf->flags = reader->header.e_flags;
  elf->entry = reader->header.e_entry;
  elf->size = reader->size;
  elf->segments = g_array_new (FALSE, FALSE, sizeof (AssaySegment));
  elf->sections = g_array_new (FALSE, FALSE, sizeof (AssaySection));
  elf->pieces = g_array_new (FALSE, FALSE, sizeof (AssayPiece));
  elf->index = g_new0 (AssayElfIndex, 1);
  elf->index->texts = g_string_chunk_new (4096);
  elf->index->trouble = g_string_new (NULL);
  return elf;
}

static void
free_index (AssayElfIndex *index)
{
  g_string_chunk_free (index->texts);
  g_string_free (index->trouble, TRUE);
  assay_range_map_free (index->load_offsets);
  assay_range_map_free (index->load_addresses);
  assay_range_map_free (index->executable);
  assay_range_map_free (index->section_addresses);
  assay_range_map_free (index->symbol_addresses);
  assay_range_map_free (index->symbol_places);
  g_clear_pointer (&index->starts, g_array_unref);
  g_clear_pointer (&index->extents, g_array_unref);
  g_free (index);
}

void
assay_elf_free (AssayElf *elf)
{
  if (elf == NULL)
    return;
  g_array_unref (elf->segments);
  g_array_unref (elf->sections);
  g_array_unref (elf->pieces);
  g_clear_pointer (&elf->symbols, g_array_unref);
  g_free (elf->build_id);
  g_free (elf->trouble);
  free_index (elf->index);
  g_free (elf);
}

/* Fields as they are believed by whoever loads the file, so that a lie in them is at least named. */
static void
check_header (AssayElf *elf, const AssayElfReader *reader)
{
  guint64 expected = assay_elf_reader_record_size (reader, ELF_T_EHDR);
  if (reader->header.e_ehsize != expected)
    assay_elf_add_trouble (elf, "the ELF header says that it has %u bytes and has %" G_GUINT64_FORMAT,
                           reader->header.e_ehsize, expected);
  if (reader->header.e_version != EV_CURRENT)
    assay_elf_add_trouble (elf, "the ELF header says version %u", reader->header.e_version);
}

static void
check_ranges (AssayElf *elf)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (assay_elf_section_stores (section) && !assay_range_fits (section->offset, section->size, elf->size))
        assay_elf_add_trouble (elf, "section %u leaves the file", section->index);
    }
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->file_size > 0 && !assay_range_fits (segment->offset, segment->file_size, elf->size))
        assay_elf_add_trouble (elf, "segment %u leaves the file", i);
      if (segment->type == PT_LOAD && segment->file_size > segment->memory_size)
        assay_elf_add_trouble (elf, "segment %u has more bytes in the file than in memory", i);
    }
}

/* The number of the string table of section names; 0 when there is none. */
static gboolean
get_name_table (const AssayElf *elf, const AssayElfReader *reader, guint64 *out_number, GError **error)
{
  GElf_Shdr first;
  *out_number = reader->header.e_shstrndx;
  if (reader->header.e_shstrndx != SHN_XINDEX || elf->index->section_table.count == 0)
    return TRUE;
  if (!assay_elf_reader_get_sections (reader, elf->index->section_table.offset, 1, &first, error))
    return FALSE;
  *out_number = first.sh_link;
  return TRUE;
}

/* sh_name of every section as requests to the string table. */
static GArray *
collect_names (const AssayElf *elf, const AssayElfReader *reader, GError **error)
{
  GElf_Shdr batch[ASSAY_ELF_READER_BATCH];
  const AssayElfTable *table = &elf->index->section_table;
  guint64 size = assay_elf_reader_record_size (reader, ELF_T_SHDR);
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (AssayElfString));
  for (guint64 i = 0; i < table->count; i += ASSAY_ELF_READER_BATCH)
    {
      guint count = (guint)MIN (table->count - i, ASSAY_ELF_READER_BATCH);
      if (!assay_elf_reader_get_sections (reader, table->offset + i * size, count, batch, error))
        return NULL;
      for (guint j = 0; j < count; j++)
        {
          AssayElfString name = { .offset = batch[j].sh_name, .target = (guint32)(i + j) };
          if (name.target > 0)
            g_array_append_val (names, name);
        }
    }
  return g_steal_pointer (&names);
}

static gboolean
read_section_names (AssayElf *elf, const AssayElfReader *reader, GError **error)
{
  guint64 number = 0;
  guint refused = 0;
  if (elf->sections->len == 0)
    return TRUE;
  if (!get_name_table (elf, reader, &number, error))
    return FALSE;
  const AssaySection *table
      = number > 0 && number <= elf->sections->len ? &g_array_index (elf->sections, AssaySection, number - 1) : NULL;
  if (number != 0
      && (table == NULL || table->type != SHT_STRTAB || !assay_range_fits (table->offset, table->size, elf->size)))
    {
      assay_elf_add_trouble (elf, "the string table of section names, section %" G_GUINT64_FORMAT ", cannot be read",
                             number);
      table = NULL;
    }
  if (table == NULL)
    return TRUE;
  g_autoptr (GArray) names = collect_names (elf, reader, error);
  if (names == NULL
      || !assay_elf_strings_resolve (reader->blob, table->offset, table->size, names, elf->index->texts, &refused,
                                     error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      const AssayElfString *name = &g_array_index (names, AssayElfString, i);
      g_array_index (elf->sections, AssaySection, name->target - 1).name = (char *)name->text;
    }
  if (refused > 0)
    assay_elf_add_trouble (elf, "the string table does not hold the names of %u sections", refused);
  return TRUE;
}

static AssayElf *
read_elf (AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayElfReader) reader = assay_elf_reader_new (blob, error);
  if (reader == NULL)
    return NULL;
  g_autoptr (AssayElf) elf = new_elf (reader);
  check_header (elf, reader);
  if (!assay_elf_read_tables (elf, reader, limits, error) || !read_section_names (elf, reader, error)
      || !assay_elf_find_build_id (elf, reader, limits, error))
    return NULL;
  check_ranges (elf);
  assay_elf_build_pieces (elf);
  if (!assay_elf_build_places (elf, error))
    return NULL;
  assay_elf_publish_trouble (elf);
  return g_steal_pointer (&elf);
}

AssayElf *
assay_elf_new (AssayBlob *blob, const AssayLimits *limits, GError **error)
{
  if (!assay_blob_hold (blob, error))
    return NULL;
  AssayElf *elf = read_elf (blob, limits, error);
  assay_blob_release (blob);
  return elf;
}
