#include "inventory/elf_private.h"

#include "util/checked.h"
#include "util/sorted.h"

static void
add_claim (GArray *claims, guint64 start, guint64 length, guint32 value)
{
  AssayRangeClaim claim = { .domain = ASSAY_ELF_ONLY_DOMAIN, .value = value, .start = start, .end = G_MAXUINT64 };
  /* A length that overflows means everything behind: an executable segment must not vanish by a lie about its size. */
  assay_u64_add (start, length, &claim.end);
  g_array_append_val (claims, claim);
}

/* A relocatable file is loaded by its sections; elsewhere the program headers rule (house.md). */
static gboolean
is_relocatable (const AssayElf *elf)
{
  return elf->type == ET_REL;
}

static GArray *
new_claims (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
}

static gboolean
build_loads (AssayElf *elf, GError **error)
{
  g_autoptr (GArray) offsets = new_claims ();
  g_autoptr (GArray) addresses = new_claims ();
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->type != PT_LOAD)
        continue;
      add_claim (offsets, segment->offset, segment->file_size, i);
      add_claim (addresses, segment->virtual_address, segment->memory_size, i);
    }
  elf->index->load_offsets = assay_range_map_new (offsets, error);
  if (elf->index->load_offsets == NULL)
    return FALSE;
  elf->index->load_addresses = assay_range_map_new (addresses, error);
  return elf->index->load_addresses != NULL;
}

/* A table that could not be read whole may hide an executable entry: then every byte counts as one. */
static gboolean
may_hide_code (const AssayElf *elf, gboolean by_sections)
{
  return elf->index->segment_table.incomplete || (by_sections && elf->index->section_table.incomplete);
}

gboolean
assay_elf_has_all_segments (const AssayElf *elf)
{
  return !elf->index->segment_table.incomplete;
}

static gboolean
build_executable (AssayElf *elf, GError **error)
{
  g_autoptr (GArray) claims = new_claims ();
  gboolean by_sections = TRUE;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      by_sections = by_sections && segment->type != PT_LOAD;
      if (segment->type == PT_LOAD && (segment->flags & PF_X) != 0)
        add_claim (claims, segment->offset, segment->file_size, i);
    }
  by_sections = by_sections || is_relocatable (elf);
  for (guint i = 0; by_sections && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if (assay_elf_section_stores (section) && (section->flags & SHF_EXECINSTR) != 0)
        add_claim (claims, section->offset, section->size, i);
    }
  if (may_hide_code (elf, by_sections))
    add_claim (claims, 0, elf->size, 0);
  elf->index->executable = assay_range_map_new (claims, error);
  return elf->index->executable != NULL;
}

static gboolean
build_section_addresses (AssayElf *elf, GError **error)
{
  g_autoptr (GArray) claims = new_claims ();
  for (guint i = 0; !is_relocatable (elf) && i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      /* .tbss is a template for threads: its addresses belong to whatever section follows. */
      gboolean is_tbss = section->type == SHT_NOBITS && (section->flags & SHF_TLS) != 0;
      if ((section->flags & SHF_ALLOC) != 0 && section->type != SHT_NULL && !is_tbss)
        add_claim (claims, section->address, section->size, i);
    }
  elf->index->section_addresses = assay_range_map_new (claims, error);
  return elf->index->section_addresses != NULL;
}

gboolean
assay_elf_build_places (AssayElf *elf, GError **error)
{
  return build_loads (elf, error) && build_executable (elf, error) && build_section_addresses (elf, error);
}

const AssayPiece *
assay_elf_piece_again (const AssayElf *elf, guint64 offset, guint *last)
{
  if (offset >= elf->size)
    return NULL;
  if (*last < elf->pieces->len)
    {
      const AssayPiece *before = &g_array_index (elf->pieces, AssayPiece, *last);
      if (offset >= before->offset && offset - before->offset < before->length)
        return before;
    }
  /* The pieces tile the file: the last one that starts at or before the offset holds it. */
  *last = assay_sorted_last (elf->pieces, G_STRUCT_OFFSET (AssayPiece, offset), offset);
  return &g_array_index (elf->pieces, AssayPiece, *last);
}

const AssayPiece *
assay_elf_piece_at (const AssayElf *elf, guint64 offset)
{
  guint last = G_MAXUINT;
  return assay_elf_piece_again (elf, offset, &last);
}

const AssaySection *
assay_elf_section_at_address (const AssayElf *elf, guint64 address)
{
  guint32 found = 0;
  if (!assay_range_map_find (elf->index->section_addresses, ASSAY_ELF_ONLY_DOMAIN, address, &found))
    return NULL;
  return &g_array_index (elf->sections, AssaySection, found);
}

gboolean
assay_elf_address_until (const AssayElf *elf, guint64 offset, guint64 *out_address, guint64 *out_end)
{
  guint32 found = 0;
  guint64 address = 0;
  guint64 most = elf->bits == 32 ? G_MAXUINT32 : G_MAXUINT64;
  *out_end = G_MAXUINT64;
  if (is_relocatable (elf) || offset >= elf->size
      || !assay_range_map_find_end (elf->index->load_offsets, ASSAY_ELF_ONLY_DOMAIN, offset, &found, out_end))
    return FALSE;
  /* a segment may say that it reaches beyond the file */
  *out_end = MIN (*out_end, elf->size);
  const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, found);
  if (!assay_u64_add (segment->virtual_address, offset - segment->offset, &address) || address > most)
    return FALSE;
  if (*out_end - offset - 1 > most - address)
    *out_end = offset + (most - address) + 1;
  *out_address = address;
  return TRUE;
}

gboolean
assay_elf_address_of_offset (const AssayElf *elf, guint64 offset, guint64 *out_address)
{
  guint64 end = 0;
  return assay_elf_address_until (elf, offset, out_address, &end);
}

gboolean
assay_elf_offset_is_executable (const AssayElf *elf, guint64 offset)
{
  return offset < elf->size && assay_range_map_find (elf->index->executable, ASSAY_ELF_ONLY_DOMAIN, offset, NULL);
}
