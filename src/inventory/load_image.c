#include "inventory/elf_private.h"

#include "util/checked.h"

#include <assay/error.h>

#include <stdlib.h>

static gboolean
fail (const char *why, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "no flat image: %s", why);
  return FALSE;
}

/* GNU bfd (elf.c, _bfd_elf_make_section_from_shdr): some linkers leave every p_paddr 0 and mean nothing by it. */
gboolean
assay_elf_has_load_addresses (const AssayElf *elf)
{
  guint loads = 0;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      if (segment->physical_address != 0)
        return TRUE;
      loads += segment->type == PT_LOAD && segment->memory_size != 0;
    }
  return loads <= 1;
}

/* Whether a segment holds a section by place in the file and in memory (ELF_SECTION_IN_SEGMENT of GNU bfd). */
static gboolean
holds (const AssaySegment *segment, const AssaySection *section)
{
  return section->offset >= segment->offset && section->address >= segment->virtual_address
         && assay_range_fits (section->offset - segment->offset, section->size, segment->file_size)
         && assay_range_fits (section->address - segment->virtual_address, section->size, segment->memory_size);
}

/*
 * The LOAD segment that holds a section, or NULL. In an honest file one of two questions finds it: overlays share
 * addresses but no bytes, and bytes that are loaded twice share no addresses.
 */
static const AssaySegment *
find_segment (const AssayElf *elf, const AssaySection *section)
{
  guint32 found = 0;
  if (assay_range_map_find (elf->index->load_offsets, ASSAY_ELF_ONLY_DOMAIN, section->offset, &found)
      && holds (&g_array_index (elf->segments, AssaySegment, found), section))
    return &g_array_index (elf->segments, AssaySegment, found);
  if (assay_range_map_find (elf->index->load_addresses, ASSAY_ELF_ONLY_DOMAIN, section->address, &found)
      && holds (&g_array_index (elf->segments, AssaySegment, found), section))
    return &g_array_index (elf->segments, AssaySegment, found);
  return NULL;
}

static guint32
get_segment_flags (guint64 section_flags)
{
  return PF_R | ((section_flags & SHF_WRITE) != 0 ? PF_W : 0) | ((section_flags & SHF_EXECINSTR) != 0 ? PF_X : 0);
}

/* @image_offset holds the load address until the base is known. */
static gboolean
append_section (const AssayElf *elf, const AssaySection *section, gboolean load_addresses, GArray *ranges,
                GError **error)
{
  const AssaySegment *segment = find_segment (elf, section);
  AssayLoadRange range = { .image_offset = section->address,
                           .file_offset = section->offset,
                           .length = section->size,
                           .virtual_address = section->address,
                           .flags = segment != NULL ? segment->flags : get_segment_flags (section->flags) };
  if (segment != NULL)
    {
      guint64 skipped = section->offset - segment->offset;
      if (!assay_u64_add (segment->virtual_address, skipped, &range.virtual_address)
          || (load_addresses && !assay_u64_add (segment->physical_address, skipped, &range.image_offset)))
        return fail ("an address overflows", error);
    }
  g_array_append_val (ranges, range);
  return TRUE;
}

static gboolean
collect_sections (const AssayElf *elf, gboolean load_addresses, GArray *ranges, GError **error)
{
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      if ((section->flags & SHF_ALLOC) != 0 && assay_elf_section_stores (section)
          && !append_section (elf, section, load_addresses, ranges, error))
        return FALSE;
    }
  return TRUE;
}

static void
collect_segments (const AssayElf *elf, gboolean load_addresses, GArray *ranges)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      const AssayLoadRange range
          = { .image_offset = load_addresses ? segment->physical_address : segment->virtual_address,
              .file_offset = segment->offset,
              .length = segment->file_size,
              .virtual_address = segment->virtual_address,
              .flags = segment->flags };
      if (segment->type == PT_LOAD && segment->file_size > 0)
        g_array_append_val (ranges, range);
    }
}

static int
compare_ranges (const void *left, const void *right)
{
  const AssayLoadRange *a = left;
  const AssayLoadRange *b = right;
  if (a->image_offset != b->image_offset)
    return a->image_offset < b->image_offset ? -1 : 1;
  return (a->file_offset > b->file_offset) - (a->file_offset < b->file_offset);
}

/* Turns load addresses into offsets from the lowest one, and refuses what no flat image can hold. */
static gboolean
place_ranges (const AssayElf *elf, GArray *ranges, guint64 *out_base, GError **error)
{
  guint64 end = 0;
  qsort (ranges->data, ranges->len, sizeof (AssayLoadRange), compare_ranges);
  guint64 base = g_array_index (ranges, AssayLoadRange, 0).image_offset;
  for (guint i = 0; i < ranges->len; i++)
    {
      AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      range->image_offset -= base;
      if (!assay_range_fits (range->file_offset, range->length, elf->size))
        return fail ("it would need bytes outside of the file", error);
      if (range->image_offset < end)
        return fail ("two parts are loaded to the same address", error);
      if (!assay_u64_add (range->image_offset, range->length, &end))
        return fail ("an address overflows", error);
    }
  *out_base = base;
  return TRUE;
}

GArray *
assay_elf_load_image (const AssayElf *elf, guint64 *out_base, GError **error)
{
  gboolean load_addresses = assay_elf_has_load_addresses (elf);
  gboolean loads = FALSE;
  for (guint i = 0; i < elf->segments->len; i++)
    loads = loads || g_array_index (elf->segments, AssaySegment, i).type == PT_LOAD;
  if (elf->type == ET_REL || !loads)
    {
      fail ("no segment is loaded", error);
      return NULL;
    }
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssayLoadRange));
  if (!collect_sections (elf, load_addresses, ranges, error))
    return NULL;
  if (ranges->len == 0)
    collect_segments (elf, load_addresses, ranges);
  if (ranges->len == 0)
    {
      fail ("nothing that is loaded has bytes in the file", error);
      return NULL;
    }
  return place_ranges (elf, ranges, out_base, error) ? g_steal_pointer (&ranges) : NULL;
}
