#include "account/rules/strip.h"

#include "unpack/bytes.h"
#include "util/checked.h"

#include <string.h>

/**
 * Region: a range of the shipped file that something claims.
 * @fixed: it stands where the rebuild put it; else it follows the one before at its alignment
 * @index: of the section, or G_MAXUINT32
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 alignment;
  gboolean fixed;
  guint32 index;
} Region;

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const Region *first = a;
  const Region *second = b;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  return first->index < second->index ? -1 : first->index > second->index;
}

static gboolean
add_region (const AssayStripCase *strip, GArray *regions, Region region, GError **error)
{
  if (!assay_range_fits (region.offset, region.length, strip->shipped.reader->size))
    return assay_strip_refuse (error, "a section leaves the file");
  if ((region.alignment & (region.alignment - 1)) != 0)
    return assay_strip_refuse (error, "an alignment that is no power of two");
  region.alignment = MAX (region.alignment, 1);
  if (region.length > 0)
    g_array_append_val (regions, region);
  return TRUE;
}

/* Whether a section's place in the file is part of what the linker decided: what is loaded, and in a finished program
 * whatever a segment covers. */
static gboolean
is_fixed (const AssayStripCase *strip, const GElf_Shdr *section)
{
  return !assay_strip_is_relocatable (strip) && (section->sh_flags & SHF_ALLOC) != 0;
}

static GArray *
collect_regions (const AssayStripCase *strip, GError **error)
{
  g_autoptr (GArray) regions = g_array_new (FALSE, FALSE, sizeof (Region));
  const GElf_Ehdr *header = &strip->shipped.reader->header;
  Region own = { 0, header->e_ehsize, 1, TRUE, G_MAXUINT32 };
  Region segments = { header->e_phoff, (guint64)header->e_phnum * header->e_phentsize, 1, TRUE, G_MAXUINT32 };
  Region table = { header->e_shoff, (guint64)header->e_shnum * header->e_shentsize, strip->shipped.reader->bits / 8,
                   FALSE, G_MAXUINT32 };
  if (!add_region (strip, regions, own, error) || !add_region (strip, regions, segments, error)
      || !add_region (strip, regions, table, error))
    return NULL;
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->shipped, i);
      Region region = { section->sh_offset, assay_strip_has_bytes (section) ? section->sh_size : 0,
                        section->sh_addralign, is_fixed (strip, section), i };
      if (region.fixed && region.length > 0
          && section->sh_offset != assay_strip_section (&strip->rebuilt, strip->to_rebuilt[i])->sh_offset)
        return assay_strip_refuse (error, "a loaded section has moved"), NULL;
      if (region.length > 0 && !add_region (strip, regions, region, error))
        return NULL;
    }
  g_array_sort (regions, by_offset);
  return g_steal_pointer (&regions);
}

/* How far from @offset on all bytes lie in a segment, or all in none. */
static guint64
coverage (const AssayStripFile *file, guint64 offset, guint64 end, gboolean *out_covered)
{
  *out_covered = FALSE;
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);
      guint64 segment_end = segment->p_offset + segment->p_filesz;
      if (!assay_strip_is_segment (file, segment) || segment_end <= offset)
        continue;
      if (segment->p_offset <= offset)
        {
          *out_covered = TRUE;
          return MIN (end, segment_end);
        }
      end = MIN (end, segment->p_offset);
    }
  return end;
}

/* Bytes that no section and no table claims. In a segment they are the rebuild's; elsewhere strip leaves zeros. */
static gboolean
check_gap (const AssayStripCase *strip, guint64 offset, guint64 end, GError **error)
{
  while (offset < end)
    {
      gboolean covered = FALSE;
      guint64 stop = MIN (coverage (&strip->shipped, offset, end, &covered), offset + ASSAY_BLOB_WINDOW_BYTES);
      g_autofree guint8 *bytes = assay_strip_read (&strip->shipped, offset, stop - offset, error);
      g_autofree guint8 *wanted = NULL;
      if (bytes == NULL)
        return FALSE;
      if (covered)
        wanted = assay_strip_read (&strip->rebuilt, offset, stop - offset, error);
      else
        wanted = g_malloc0 (stop - offset);
      if (wanted == NULL)
        return FALSE;
      if (memcmp (bytes, wanted, stop - offset) != 0)
        return assay_strip_refuse (error, "bytes between the sections");
      offset = stop;
    }
  return TRUE;
}

/* Only what the linker placed may lie in a segment: a table of sections in a segment would be loaded. */
static gboolean
check_outside_segments (const AssayStripCase *strip, const Region *region, GError **error)
{
  gboolean covered = FALSE;
  guint64 end = region->offset + region->length;
  if (assay_strip_is_relocatable (strip))
    return TRUE;
  if (coverage (&strip->shipped, region->offset, end, &covered) < end || covered)
    return assay_strip_refuse (error, "what is not loaded lies in a segment");
  return TRUE;
}

/* Where the linker's part of the file ends that stands before @offset. */
static guint64
segments_end (const AssayStripCase *strip, guint64 offset)
{
  guint64 end = 0;
  for (guint i = 0; !assay_strip_is_relocatable (strip) && i < strip->shipped.segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (strip->shipped.segments, GElf_Phdr, i);
      if (assay_strip_is_segment (&strip->shipped, segment) && segment->p_offset + segment->p_filesz <= offset)
        end = MAX (end, segment->p_offset + segment->p_filesz);
    }
  return end;
}

static gboolean
has_power_alignment (const GElf_Shdr *section)
{
  return (section->sh_addralign & (section->sh_addralign - 1)) == 0;
}

/* The sections without bytes, by their places; where all stand in the same order, each is looked at for one gap. */
static GArray *
collect_empty (const AssayStripCase *strip)
{
  GArray *empty = g_array_new (FALSE, FALSE, sizeof (Region));
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->shipped, i);
      Region region = { section->sh_offset, 0, MAX (section->sh_addralign, 1), FALSE, i };
      if (!assay_strip_has_bytes (section) && has_power_alignment (section))
        g_array_append_val (empty, region);
    }
  g_array_sort (empty, by_offset);
  return empty;
}

/* A section without bytes may move what comes behind it: it stands at its own alignment, and the next one behind it.
 * @next: in @empty, the first one that stands at @end or behind */
static gboolean
follows_empty (const GArray *empty, guint *next, guint64 end, const Region *region)
{
  while (*next < empty->len && g_array_index (empty, Region, *next).offset < end)
    ++*next;
  for (guint i = *next; i < empty->len && g_array_index (empty, Region, i).offset <= region->offset; i++)
    {
      const Region *section = &g_array_index (empty, Region, i);
      guint64 offset = 0;
      guint64 wanted = 0;
      if (assay_u64_align (end, section->alignment, &offset) && offset == section->offset
          && assay_u64_align (offset, region->alignment, &wanted) && wanted == region->offset)
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_regions (const AssayStripCase *strip, const GArray *regions, GError **error)
{
  g_autoptr (GArray) empty = collect_empty (strip);
  guint next_empty = 0;
  guint64 end = 0;
  for (guint i = 0; i < regions->len; i++)
    {
      const Region *region = &g_array_index (regions, Region, i);
      guint64 wanted = region->offset;
      if (!region->fixed && !check_outside_segments (strip, region, error))
        return FALSE;
      guint64 before = MAX (end, segments_end (strip, region->offset));
      if (!region->fixed && !assay_u64_align (before, region->alignment, &wanted))
        return assay_strip_refuse (error, "a section does not stand where it must");
      if (region->offset < end || (region->offset != wanted && !follows_empty (empty, &next_empty, before, region)))
        return assay_strip_refuse (error, "a section does not stand where it must");
      if (!check_gap (strip, end, region->offset, error))
        return FALSE;
      end = region->offset + region->length;
    }
  if (end != strip->shipped.reader->size)
    return assay_strip_refuse (error, "bytes behind the end");
  return TRUE;
}

/* Where the next section stands, by what GNU's strip, LLVM's and that of elfutils write: behind the one before it in
 * the table, of which some put tables of relocations and names elsewhere when all others are placed. */
typedef struct
{
  guint64 behind_any;
  guint64 behind_placed;
} Ends;

static void
pass (const AssayStripCase *strip, guint32 index, Ends *ends)
{
  const GElf_Shdr *section = assay_strip_section (&strip->shipped, index);
  gboolean moved
      = assay_strip_is_table (&strip->shipped, index)
        || ((section->sh_type == SHT_REL || section->sh_type == SHT_RELA) && (section->sh_flags & SHF_ALLOC) == 0);
  ends->behind_any = section->sh_offset + (assay_strip_has_bytes (section) ? section->sh_size : 0);
  if (!moved)
    ends->behind_placed = ends->behind_any;
}

static gboolean
stands_behind (const GElf_Shdr *section, guint64 end)
{
  guint64 offset = 0;
  return assay_u64_align (end, MAX (section->sh_addralign, 1), &offset) && section->sh_offset == offset;
}

/* For each section where LLVM's strip places the next one: behind the one that stood before it in the rebuilt file. */
static guint64 *
find_ends_before (const AssayStripCase *strip, guint64 begin)
{
  guint32 count = strip->shipped.sections->len;
  guint64 *before = g_new0 (guint64, count);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (Region));
  for (guint32 i = 1; i < count; i++)
    {
      Region region = { assay_strip_section (&strip->rebuilt, strip->to_rebuilt[i])->sh_offset, 0, 1, FALSE, i };
      if (strip->to_rebuilt[i] != 0)
        g_array_append_val (order, region);
    }
  g_array_sort (order, by_offset);
  for (guint i = 0; i < order->len; i++)
    {
      guint32 index = g_array_index (order, Region, i).index;
      Ends ends = { begin, begin };
      if (i > 0)
        pass (strip, g_array_index (order, Region, i - 1).index, &ends);
      before[index] = ends.behind_any;
    }
  return before;
}

/* A section without bytes stands nowhere; its header has the offset that strip writes, or that the linker wrote. */
static gboolean
check_empty (const AssayStripCase *strip, GError **error)
{
  const GElf_Ehdr *header = &strip->shipped.reader->header;
  guint64 begin = MAX (header->e_ehsize, header->e_phoff + (guint64)header->e_phnum * header->e_phentsize);
  g_autofree guint64 *before = find_ends_before (strip, begin);
  Ends ends = { begin, begin };
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->shipped, i);
      gboolean kept = is_fixed (strip, section)
                      && section->sh_offset == assay_strip_section (&strip->rebuilt, strip->to_rebuilt[i])->sh_offset;
      if (!assay_strip_has_bytes (section) && !kept
          && (!has_power_alignment (section)
              || !(stands_behind (section, ends.behind_any) || stands_behind (section, ends.behind_placed)
                   || (strip->to_rebuilt[i] != 0 && stands_behind (section, before[i])))))
        return assay_strip_refuse (error, "an empty section stands nowhere");
      pass (strip, i, &ends);
    }
  return TRUE;
}

/* Contents keep their order; only tables of names, symbols and relocations are put elsewhere. */
static gboolean
check_order (const AssayStripCase *strip, GError **error)
{
  guint64 last = 0;
  for (guint32 i = 1; i < strip->shipped.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->shipped, i);
      gboolean moved = assay_strip_is_table (&strip->shipped, i) || section->sh_type == SHT_REL
                       || section->sh_type == SHT_RELA || is_fixed (strip, section);
      if (moved || !assay_strip_has_bytes (section))
        continue;
      if (section->sh_offset < last)
        return assay_strip_refuse (error, "sections in another order");
      last = section->sh_offset;
    }
  return TRUE;
}

/* Bytes of the rebuild that nothing claims are no symbols and no debug data: what an installer put behind a program, or
 * between its sections, is taken away by strip(1) as well, and is missing then. In a segment they are compared. */
static gboolean
check_rebuilt_gap (const AssayStripCase *strip, guint64 offset, guint64 end, GError **error)
{
  while (offset < end)
    {
      gboolean covered = FALSE;
      guint64 stop = coverage (&strip->rebuilt, offset, end, &covered);
      guint64 nonzero = stop;
      if (!covered
          && !assay_blob_find_nonzero (strip->rule_case->expected->blob, offset, stop - offset, &nonzero, error))
        return FALSE;
      if (nonzero < stop)
        return assay_strip_refuse (error, "the rebuild has bytes that belong to nothing");
      offset = stop;
    }
  return TRUE;
}

static void
claim (GArray *claimed, guint64 offset, guint64 length)
{
  Region region = { offset, length, 1, TRUE, G_MAXUINT32 };
  g_array_append_val (claimed, region);
}

static gboolean
check_rebuilt (const AssayStripCase *strip, GError **error)
{
  g_autoptr (GArray) claimed = g_array_new (FALSE, FALSE, sizeof (Region));
  const GElf_Ehdr *header = &strip->rebuilt.reader->header;
  guint64 end = 0;
  claim (claimed, 0, header->e_ehsize);
  claim (claimed, header->e_phoff, (guint64)header->e_phnum * header->e_phentsize);
  claim (claimed, header->e_shoff, (guint64)strip->rebuilt.sections->len * header->e_shentsize);
  for (guint32 i = 1; i < strip->rebuilt.sections->len; i++)
    {
      const GElf_Shdr *section = assay_strip_section (&strip->rebuilt, i);
      if (assay_strip_has_bytes (section))
        claim (claimed, section->sh_offset, section->sh_size);
    }
  claim (claimed, strip->rebuilt.reader->size, 0);
  g_array_sort (claimed, by_offset);
  for (guint i = 0; i < claimed->len; i++)
    {
      const Region *region = &g_array_index (claimed, Region, i);
      guint64 stop = 0;
      if (!assay_u64_add (region->offset, region->length, &stop) || stop > strip->rebuilt.reader->size)
        return assay_strip_refuse (error, "a section leaves the file");
      if (region->offset > end && !check_rebuilt_gap (strip, end, region->offset, error))
        return FALSE;
      end = MAX (end, stop);
    }
  return TRUE;
}

gboolean
assay_strip_check_layout (AssayStripCase *strip, GError **error)
{
  for (guint i = 0; i < strip->shipped.segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (strip->shipped.segments, GElf_Phdr, i);
      if (assay_strip_is_segment (&strip->shipped, segment)
          && !assay_range_fits (segment->p_offset, segment->p_filesz, strip->shipped.reader->size))
        return assay_strip_refuse (error, "a segment leaves the file");
    }
  g_autoptr (GArray) regions = collect_regions (strip, error);
  return regions != NULL && check_order (strip, error) && check_regions (strip, regions, error)
         && check_rebuilt (strip, error) && check_empty (strip, error);
}
