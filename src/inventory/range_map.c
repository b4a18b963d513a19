#include "inventory/range_map.h"

#include "util/sorted.h"

#include <assay/error.h>

#include <stdlib.h>

#define NOBODY G_MAXUINT32

/* One run reaches from its start to the start of the next run. */
typedef struct
{
  guint64 start;
  guint32 domain;
  guint32 value;
} Run;

struct _AssayRangeMap
{
  Run *runs;
  gsize count;
};

static int
compare_runs (const void *left, const void *right)
{
  const Run *a = left;
  const Run *b = right;
  if (a->domain != b->domain)
    return a->domain < b->domain ? -1 : 1;
  return (a->start > b->start) - (a->start < b->start);
}

/* Index of the last run that starts at or before the point; the count when there is none. */
static gsize
last_at_or_before (const AssayRangeMap *map, guint32 domain, guint64 point)
{
  const Run key = { .start = point, .domain = domain };
  gsize low = 0;
  gsize high = map->count;
  while (low < high)
    {
      gsize middle = low + (high - low) / 2;
      if (compare_runs (&map->runs[middle], &key) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low == 0 ? map->count : low - 1;
}

/* By domain, and in it by start. Of one domain, as of most maps, without comparisons. */
static void
sort_runs (Run *runs, gsize count)
{
  gboolean single = count <= G_MAXUINT;
  for (gsize i = 1; i < count && single; i++)
    single = runs[i].domain == runs[0].domain;
  if (single)
    assay_sorted_elements (runs, (guint)count, sizeof *runs, G_STRUCT_OFFSET (Run, start));
  else
    qsort (runs, count, sizeof *runs, compare_runs);
}

/* Cuts the number line at every start and end: between two cuts the holder cannot change. */
static void
cut (AssayRangeMap *map, const GArray *claims)
{
  gsize cuts = 0;
  for (guint i = 0; i < claims->len; i++)
    {
      const AssayRangeClaim *claim = &g_array_index (claims, AssayRangeClaim, i);
      if (claim->start >= claim->end)
        continue;
      map->runs[cuts++] = (Run){ .start = claim->start, .domain = claim->domain, .value = NOBODY };
      map->runs[cuts++] = (Run){ .start = claim->end, .domain = claim->domain, .value = NOBODY };
    }
  sort_runs (map->runs, cuts);
  for (gsize i = 0; i < cuts; i++)
    if (map->count == 0 || compare_runs (&map->runs[map->count - 1], &map->runs[i]) != 0)
      map->runs[map->count++] = map->runs[i];
}

/* The first run from @index on that nobody holds yet; the way there is shortened for the next who asks. */
static gsize
find_free (gsize *next, gsize index)
{
  gsize found = index;
  while (next[found] != found)
    found = next[found];
  while (next[index] != found)
    {
      gsize step = next[index];
      next[index] = found;
      index = step;
    }
  return found;
}

/* Each claim takes what is still free of its range; each run is taken once, so that nesting costs nothing. */
static void
paint (AssayRangeMap *map, const GArray *claims, gsize *next)
{
  for (gsize i = 0; i <= map->count; i++)
    next[i] = i;
  for (guint i = 0; i < claims->len; i++)
    {
      const AssayRangeClaim *claim = &g_array_index (claims, AssayRangeClaim, i);
      if (claim->start >= claim->end)
        continue;
      gsize end = last_at_or_before (map, claim->domain, claim->end);
      gsize run = find_free (next, last_at_or_before (map, claim->domain, claim->start));
      for (; run < end; run = find_free (next, run))
        {
          map->runs[run].value = claim->value;
          next[run] = run + 1;
        }
    }
}

static void
join (AssayRangeMap *map)
{
  gsize kept = 0;
  for (gsize i = 0; i < map->count; i++)
    {
      const Run *run = &map->runs[i];
      if (kept == 0 || map->runs[kept - 1].domain != run->domain || map->runs[kept - 1].value != run->value)
        map->runs[kept++] = *run;
    }
  map->count = kept;
}

/* Claims that come in order and leave each other alone, as most do, are laid without a sort. FALSE where they do not.
 */
static gboolean
lay_in_order (AssayRangeMap *map, const GArray *claims)
{
  for (guint i = 0; i < claims->len; i++)
    {
      const AssayRangeClaim *claim = &g_array_index (claims, AssayRangeClaim, i);
      const Run start = { .start = claim->start, .domain = claim->domain, .value = claim->value };
      const Run end = { .start = claim->end, .domain = claim->domain, .value = NOBODY };
      if (claim->start >= claim->end)
        continue;
      int order = map->count > 0 ? compare_runs (&start, &map->runs[map->count - 1]) : 1;
      if (order < 0)
        return FALSE;
      /* The last run is the end of the claim before, which may be no end. */
      if (order == 0)
        map->count--;
      if (order > 0 || map->count == 0 || map->runs[map->count - 1].value != claim->value)
        map->runs[map->count++] = start;
      map->runs[map->count++] = end;
    }
  return TRUE;
}

AssayRangeMap *
assay_range_map_new (const GArray *claims, GError **error)
{
  g_autoptr (AssayRangeMap) map = g_new0 (AssayRangeMap, 1);
  gsize cuts = 2 * (gsize)claims->len;
  map->runs = g_try_malloc_n (cuts + 1, sizeof *map->runs);
  if (map->runs != NULL && lay_in_order (map, claims))
    return g_steal_pointer (&map);
  g_autofree gsize *next = g_try_malloc_n (cuts + 1, sizeof *next);
  if (map->runs == NULL || next == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "not enough memory for %u address ranges", claims->len);
      return NULL;
    }
  map->count = 0;
  cut (map, claims);
  paint (map, claims, next);
  join (map);
  return g_steal_pointer (&map);
}

void
assay_range_map_free (AssayRangeMap *map)
{
  if (map == NULL)
    return;
  g_free (map->runs);
  g_free (map);
}

gboolean
assay_range_map_find_end (const AssayRangeMap *map, guint32 domain, guint64 point, guint32 *out_value, guint64 *out_end)
{
  gsize found = last_at_or_before (map, domain, point);
  gsize next = found == map->count ? 0 : found + 1;
  *out_end = next < map->count && map->runs[next].domain == domain ? map->runs[next].start : G_MAXUINT64;
  if (found == map->count || map->runs[found].domain != domain || map->runs[found].value == NOBODY)
    return FALSE;
  *out_value = map->runs[found].value;
  return TRUE;
}

gboolean
assay_range_map_find (const AssayRangeMap *map, guint32 domain, guint64 point, guint32 *out_value)
{
  guint32 value = 0;
  guint64 end = 0;
  if (!assay_range_map_find_end (map, domain, point, &value, &end))
    return FALSE;
  if (out_value != NULL)
    *out_value = value;
  return TRUE;
}
