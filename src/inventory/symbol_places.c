#include "inventory/elf_private.h"

#include "util/checked.h"
#include "util/sorted.h"

#include <assay/error.h>

/* All symbols of a file on one line of addresses; used beside one line for each section. */
#define ANY_SECTION 0u

/** Questions for which no map is made: to make one takes as long as some hundred looks through all symbols, and most
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
  guint64 rank; /* Rank */
  guint64 size;
  guint64 symbol;
  guint64 start;
  guint64 end;
} Extent;

static gboolean
is_preferred (const Extent *a, const Extent *b)
{
  if (a->rank != b->rank)
    return a->rank < b->rank;
  return a->size != b->size ? a->size < b->size : a->symbol < b->symbol;
}

/* The most preferred first. */
static void
rank_extents (GArray *extents)
{
  assay_sorted_by (extents, G_STRUCT_OFFSET (Extent, symbol));
  assay_sorted_by (extents, G_STRUCT_OFFSET (Extent, size));
  assay_sorted_by (extents, G_STRUCT_OFFSET (Extent, rank));
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
  const Extent extent = { .rank = rank, .size = end - start, .symbol = symbol, .start = start, .end = end };
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
      const AssayRangeClaim claim
          = { .domain = by_section ? get_symbol (elf, (guint32)extent->symbol)->section : ANY_SECTION,
              .value = (guint32)extent->symbol,
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

/* The map that answers for @section: made where many have asked. NULL: where there is no memory for it, all is found
 * without. */
static const AssayRangeMap *
map_for (const AssayElf *elf, guint32 section)
{
  AssayElfIndex *index = elf->index;
  AssayRangeMap **map = section == ANY_SECTION ? &index->symbol_addresses : &index->symbol_places;
  guint *asked = section == ANY_SECTION ? &index->asked_addresses : &index->asked_places;
  if (*map != NULL || (*asked)++ != ASKED_WITHOUT_MAPS)
    return *map;
  if (!index->ranked)
    rank_extents (index->extents);
  index->ranked = TRUE;
  *map = build_map (elf, index->extents, section != ANY_SECTION, NULL);
  return *map;
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
          || (section != ANY_SECTION && get_symbol (elf, (guint32)extent->symbol)->section != section))
        continue;
      if (best == NULL || is_preferred (extent, best))
        best = extent;
    }
  return best;
}

const AssaySymbol *
assay_elf_symbol_until (const AssayElf *elf, guint64 address, guint32 section, guint64 *out_end)
{
  guint32 found = 0;
  *out_end = G_MAXUINT64;
  if (elf->symbols == NULL)
    return NULL;
  const AssayRangeMap *map = map_for (elf, section);
  if (map != NULL)
    return assay_range_map_find_end (map, section, address, &found, out_end) ? get_symbol (elf, found) : NULL;
  *out_end = address == G_MAXUINT64 ? address : address + 1;
  const Extent *extent = look_through (elf, address, section);
  return extent == NULL ? NULL : get_symbol (elf, (guint32)extent->symbol);
}

const AssaySymbol *
assay_elf_symbol_at (const AssayElf *elf, guint64 address, guint32 section)
{
  guint64 end = 0;
  return assay_elf_symbol_until (elf, address, section, &end);
}
