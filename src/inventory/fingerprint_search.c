#include "inventory/fingerprint_private.h"

#include "util/cancel.h"
#include "util/sorted.h"

#include <assay/error.h>

#include <string.h>

/* Places of one unit that are followed in one file: memory of about 100 MB. */
#define MAX_PLACES (1u << 21)

/* Blocks of one content that are followed at each place: a unit that repeats itself needs no more to be known by. */
#define MAX_TWINS 16u

/** A unit that seems to begin at a place of the file; the place may lie before its first byte. */
typedef struct
{
  guint32 unit;
  gint64 start;
  guint64 bytes; /* of blocks that were found where they belong */
  guint64 first; /* offsets in the file */
  guint64 end;
} Place;

static guint
hash_place (gconstpointer key)
{
  const Place *place = key;
  return (guint)((guint64)place->start * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 32) ^ place->unit * 2654435761u;
}

static gboolean
equal_place (gconstpointer a, gconstpointer b)
{
  const Place *first = a;
  const Place *second = b;
  return first->unit == second->unit && first->start == second->start;
}

/** A search of one file. */
typedef struct
{
  const AssayFingerprint *fingerprint;
  GHashTable *places; /* set of Place, owned */
  guint8 *found;      /* for each block whether it was found anywhere */
  guint32 *counts;    /* for each unit how many were */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->places, g_hash_table_unref);
  g_clear_pointer (&search->found, g_free);
  g_clear_pointer (&search->counts, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static gboolean
note_block (Search *search, guint index, guint64 offset, GError **error)
{
  const AssayFingerprintBlock *block = &g_array_index (search->fingerprint->blocks, AssayFingerprintBlock, index);
  Place wanted = { .unit = block->unit, .start = (gint64)offset - (gint64)block->offset };
  Place *place = g_hash_table_lookup (search->places, &wanted);
  if (!search->found[index])
    search->counts[block->unit]++;
  search->found[index] = 1;
  if (place == NULL)
    {
      if (g_hash_table_size (search->places) >= MAX_PLACES)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                       "limit delivered-code-places (%u places) hit: a file repeats pieces of delivered machine code",
                       MAX_PLACES);
          return FALSE;
        }
      wanted.first = offset;
      place = g_memdup2 (&wanted, sizeof wanted);
      g_hash_table_add (search->places, place);
    }
  place->bytes += ASSAY_FINGERPRINT_BLOCK;
  place->end = offset + ASSAY_FINGERPRINT_BLOCK;
  return TRUE;
}

static gboolean
look_up (Search *search, guint64 hash, guint64 offset, GError **error)
{
  const GArray *blocks = search->fingerprint->blocks;
  guint first = assay_sorted_first (blocks, G_STRUCT_OFFSET (AssayFingerprintBlock, hash), hash);
  for (guint i = first; i < blocks->len && i - first < MAX_TWINS; i++)
    {
      if (g_array_index (blocks, AssayFingerprintBlock, i).hash != hash)
        return TRUE;
      if (!note_block (search, i, offset, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
scan (Search *search, AssayBlob *blob, GError **error)
{
  const guint overlap = ASSAY_FINGERPRINT_BLOCK - 1;
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES + overlap);
  guint64 size = assay_blob_get_size (blob);
  for (guint64 offset = 0; offset + overlap < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES + overlap);
      if (assay_cancelled (error) || !assay_blob_read (blob, offset, window, length, error))
        return FALSE;
      for (gsize i = 0; i + overlap < length; i++)
        {
          guint64 hash = assay_fingerprint_hash (window + i);
          if (assay_fingerprint_may_hold (search->fingerprint, hash) && !look_up (search, hash, offset + i, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const AssayFingerprintHit *first = a;
  const AssayFingerprintHit *second = b;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  if (first->length != second->length)
    return first->length > second->length ? -1 : 1;
  return first->source < second->source ? -1 : first->source > second->source;
}

/* Whether the blocks of a unit that stand in order at this place, or in any, are too many for chance. */
static gboolean
is_enough (const Search *search, const Place *place)
{
  const AssayFingerprintUnit *unit = &g_array_index (search->fingerprint->units, AssayFingerprintUnit, place->unit);
  guint64 all = (guint64)unit->blocks * ASSAY_FINGERPRINT_BLOCK;
  guint64 anywhere = (guint64)search->counts[place->unit] * ASSAY_FINGERPRINT_BLOCK;
  if (all < unit->least)
    return FALSE;
  return place->bytes >= MIN (all, unit->enough) || (anywhere >= unit->enough && anywhere * 2 >= all);
}

static void
collect (const Search *search, GArray *hits)
{
  GHashTableIter iterator;
  gpointer key = NULL;
  g_hash_table_iter_init (&iterator, search->places);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    {
      const Place *place = key;
      if (!is_enough (search, place))
        continue;
      const AssayFingerprintUnit *unit = &g_array_index (search->fingerprint->units, AssayFingerprintUnit, place->unit);
      AssayFingerprintHit hit = { place->first, place->end - place->first, unit->source, unit->is_data };
      g_array_append_val (hits, hit);
    }
  g_array_sort (hits, by_offset);
}

gboolean
assay_fingerprint_is_empty (const AssayFingerprint *fingerprint)
{
  return fingerprint->blocks->len == 0;
}

gboolean
assay_fingerprint_search (const AssayFingerprint *fingerprint, AssayBlob *blob, GArray **out_hits, GError **error)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintHit));
  if (!assay_fingerprint_is_empty (fingerprint))
    {
      g_auto (Search) search = { .fingerprint = fingerprint,
                                 .places = g_hash_table_new_full (hash_place, equal_place, g_free, NULL),
                                 .found = g_new0 (guint8, fingerprint->blocks->len),
                                 .counts = g_new0 (guint32, fingerprint->units->len) };
      if (!assay_blob_hold (blob, error))
        return FALSE;
      gboolean done = scan (&search, blob, error);
      assay_blob_release (blob);
      if (!done)
        return FALSE;
      collect (&search, hits);
    }
  *out_hits = g_steal_pointer (&hits);
  return TRUE;
}
