#include "compare/address_map.h"

typedef struct
{
  guint64 from;
  guint64 length;
  guint64 to;
} Move;

struct _AssayAddressMap
{
  GArray *moves;      /* Move; ascending once closed */
  GHashTable *shifts; /* set of distances by which anything moved */
};

AssayAddressMap *
assay_address_map_new (void)
{
  AssayAddressMap *map = g_new0 (AssayAddressMap, 1);
  map->moves = g_array_new (FALSE, FALSE, sizeof (Move));
  map->shifts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return map;
}

void
assay_address_map_free (AssayAddressMap *map)
{
  if (map == NULL)
    return;
  g_array_unref (map->moves);
  g_hash_table_unref (map->shifts);
  g_free (map);
}

void
assay_address_map_add (AssayAddressMap *map, guint64 from, guint64 length, guint64 to)
{
  Move move = { from, length, to };
  gint64 shift = (gint64)(to - from);
  g_array_append_val (map->moves, move);
  if (!g_hash_table_contains (map->shifts, &shift))
    g_hash_table_add (map->shifts, g_memdup2 (&shift, sizeof shift));
}

static gint
by_from (gconstpointer a, gconstpointer b)
{
  const Move *first = a;
  const Move *second = b;
  return first->from < second->from ? -1 : first->from > second->from;
}

void
assay_address_map_close (AssayAddressMap *map)
{
  g_array_sort (map->moves, by_from);
}

/** Bytes behind a part that may be its own all the same: what aligns the next one. */
#define BEHIND_BYTES 64u

/* How many parts begin at or before an address. */
static guint
count_until (const AssayAddressMap *map, guint64 from)
{
  guint low = 0;
  guint high = map->moves->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (map->moves, Move, middle).from <= from)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
assay_address_map_find (const AssayAddressMap *map, guint64 from, guint64 *out_to)
{
  guint low = count_until (map, from);
  if (low == 0)
    return FALSE;
  const Move *move = &g_array_index (map->moves, Move, low - 1);
  if (from - move->from > move->length)
    return FALSE;
  *out_to = move->to + (from - move->from);
  return TRUE;
}

gboolean
assay_address_map_leads (const AssayAddressMap *map, guint64 from, guint64 to)
{
  guint64 target = 0;
  if (assay_address_map_find (map, from, &target) && target == to)
    return TRUE;
  guint before = count_until (map, from);
  if (before < 2 || g_array_index (map->moves, Move, before - 1).from != from)
    return FALSE;
  const Move *move = &g_array_index (map->moves, Move, before - 2);
  guint64 distance = from - move->from;
  return distance >= move->length && distance - move->length <= BEHIND_BYTES && move->to + distance == to;
}

gboolean
assay_address_map_has_shift (const AssayAddressMap *map, gint64 difference, guint shift, guint bits)
{
  guint64 mask = bits == 0 || bits >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << bits) - 1;
  GHashTableIter iterator;
  gpointer key = NULL;
  g_hash_table_iter_init (&iterator, map->shifts);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    {
      guint64 moved = (guint64)(*(gint64 *)key >> shift);
      /* a carry out of the lower part makes the upper part one more or less */
      for (gint carry = -1; carry <= 1; carry++)
        if (((moved + (guint64)(gint64)carry - (guint64)difference) & mask) == 0 && (carry == 0 || shift > 0))
          return TRUE;
    }
  return FALSE;
}
