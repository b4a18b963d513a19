#include "inventory/elf_private.h"

#include "util/checked.h"

#include <assay/error.h>

#include <stdlib.h>

/* All symbols of a file on one line of addresses; used beside one line for each section. */
#define ANY_SECTION 0u

/** Questions for which no maps are made: to make them takes as long as some hundred looks through all symbols, and most
 * files that differ do so in a few places. */
#define ASKED_WITHOUT_MAPS 32u

/* Who is asked first; the number is the order. */
typedef enum
{
  RANK_FUNCTION,
  RANK_OBJECT,
  RANK_LABEL, /* a function without a size */
} Rank;

/* What a symbol holds, and how much it is to be preferred. */
typedef struct
{
  Rank rank;
  guint32 symbol;
  guint64 start;
  guint64 end;
} Extent;

static int
compare_extents (const void *left, const void *right)
{
  const Extent *a = left;
  const Extent *b = right;
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  guint64 a_size = a->end - a->start;
  guint64 b_size = b->end - b->start;
  if (a_size != b_size)
    return a_size < b_size ? -1 : 1;
  return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static const AssaySymbol *
get_symbol (const AssayElf *elf, guint32 index)
{
  return &g_array_index (elf->symbols, AssaySymbol, index);
}

/* Where a section ends on the line on which its symbols have their addresses. */
static guint64
find_section_end (const AssayElf *elf, guint32 number)
{
  const AssaySection *section = &g_array_index (elf->sections, AssaySection, number - 1);
  guint64 start = elf->type == ET_REL ? 0 : section->address;
  guint64 end = G_MAXUINT64;
  assay_u64_add (start, section->size, &end);
  return end;
}

static void
append_extent (GArray *extents, Rank rank, guint32 symbol, guint64 start, guint64 end)
{
  const Extent extent = { .rank = rank, .symbol = symbol, .start = start, .end = end };
  if (start < end)
    g_array_append_val (extents, extent);
}

static void
collect_sized (const AssayElf *elf, GArray *extents)
{
  for (guint32 i = 0; i < elf->symbols->len; i++)
    {
      const AssaySymbol *symbol = get_symbol (elf, i);
      guint64 end = G_MAXUINT64;
      assay_u64_add (symbol->address, symbol->size, &end);
      append_extent (extents, symbol->is_function ? RANK_FUNCTION : RANK_OBJECT, i, symbol->address, end);
    }
}

/* The nearest symbols behind the place to which the walk below has come. */
typedef struct
{
  guint64 address; /* of the last symbol seen */
  guint64 next;    /* of the nearest one with a greater address, or the section's end */
} Behind;

/* Walks backwards, so that the next symbol of each section is known when a label is met. */
static gboolean
collect_labels (const AssayElf *elf, GArray *extents, GError **error)
{
  g_autofree Behind *behind = g_try_malloc0_n (elf->sections->len + (gsize)1, sizeof *behind);
  if (behind == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "not enough memory for the symbols of %u sections",
                   elf->sections->len);
      return FALSE;
    }
  for (guint32 number = 1; number <= elf->sections->len; number++)
    behind[number].address = behind[number].next = find_section_end (elf, number);
  for (guint32 i = elf->symbols->len; i-- > 0;)
    {
      const AssaySymbol *symbol = get_symbol (elf, i);
      if (symbol->section == 0)
        continue;
      Behind *seen = &behind[symbol->section];
      if (symbol->address < seen->address)
        *seen = (Behind){ .address = symbol->address, .next = seen->address };
      if (symbol->is_function && symbol->size == 0 && symbol->address == seen->address)
        append_extent (extents, RANK_LABEL, i, symbol->address, seen->next);
    }
  return TRUE;
}

static AssayRangeMap *
build_map (const AssayElf *elf, const GArray *extents, gboolean by_section, GError **error)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);
      const AssayRangeClaim claim = { .domain = by_section ? get_symbol (elf, extent->symbol)->section : ANY_SECTION,
                                      .value = extent->symbol,
                                      .start = extent->start,
                                      .end = extent->end };
      g_array_append_val (claims, claim);
    }
  return assay_range_map_new (claims, error);
}

gboolean
assay_elf_collect_symbol_places (AssayElf *elf, GError **error)
{
  g_autoptr (GArray) extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  collect_sized (elf, extents);
  if (!collect_labels (elf, extents, error))
    return FALSE;
  elf->index->extents = g_steal_pointer (&extents);
  return TRUE;
}

/* Where there is no memory for maps, all is found without them. */
static void
build_maps (const AssayElf *elf)
{
  AssayElfIndex *index = elf->index;
  if (index->extents->len > 0)
    qsort (index->extents->data, index->extents->len, sizeof (Extent), compare_extents);
  g_autoptr (AssayRangeMap) addresses = build_map (elf, index->extents, FALSE, NULL);
  g_autoptr (AssayRangeMap) places = addresses == NULL ? NULL : build_map (elf, index->extents, TRUE, NULL);
  if (places == NULL)
    return;
  index->symbol_addresses = g_steal_pointer (&addresses);
  index->symbol_places = g_steal_pointer (&places);
  g_clear_pointer (&index->extents, g_array_unref);
}

/* The first in the order of preference, as a map has it. */
static const Extent *
look_through (const AssayElf *elf, guint64 address, guint32 section)
{
  const GArray *extents = elf->index->extents;
  const Extent *best = NULL;
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);
      if (address < extent->start || address >= extent->end
          || (section != ANY_SECTION && get_symbol (elf, extent->symbol)->section != section))
        continue;
      if (best == NULL || compare_extents (extent, best) < 0)
        best = extent;
    }
  return best;
}

const AssaySymbol *
assay_elf_symbol_at (const AssayElf *elf, guint64 address, guint32 section)
{
  AssayElfIndex *index = elf->index;
  guint32 found = 0;
  if (elf->symbols == NULL)
    return NULL;
  if (index->extents != NULL && index->asked++ == ASKED_WITHOUT_MAPS)
    build_maps (elf);
  if (index->extents != NULL)
    {
      const Extent *extent = look_through (elf, address, section);
      return extent == NULL ? NULL : get_symbol (elf, extent->symbol);
    }
  const AssayRangeMap *map = section == ANY_SECTION ? index->symbol_addresses : index->symbol_places;
  return assay_range_map_find (map, section, address, &found) ? get_symbol (elf, found) : NULL;
}
