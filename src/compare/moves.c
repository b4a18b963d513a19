#include "compare/moves_private.h"

/** Bytes of the shipped file that belong to a change. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint change;
} ChangePlace;

void
assay_moves_free (AssayMoves *moves)
{
  if (moves == NULL)
    return;
  g_clear_pointer (&moves->expected_decoder, assay_operand_decoder_free);
  g_clear_pointer (&moves->shipped_decoder, assay_operand_decoder_free);
  g_clear_pointer (&moves->map, assay_address_map_free);
  g_clear_pointer (&moves->changes, g_array_unref);
  g_clear_pointer (&moves->places, g_array_unref);
  g_clear_pointer (&moves->held, assay_range_map_free);
  g_clear_pointer (&moves->by_shipped, g_hash_table_unref);
  g_free (moves);
}

static void
fill_map (AssayMoves *moves)
{
  for (guint i = 0; i < moves->areas->len; i++)
    {
      const AssayArea *area = g_ptr_array_index (moves->areas, i);
      for (guint j = 0; j < area->drift.objects->len; j++)
        {
          const AssayObject *object = &g_array_index (area->drift.objects, AssayObject, j);
          guint64 length = object->length;
          /* what changed still begins where it begins */
          if (object->placement == ASSAY_PLACEMENT_CHANGED)
            length = MIN (object->length, object->shipped_length);
          if (object->placement == ASSAY_PLACEMENT_FOUND || object->placement == ASSAY_PLACEMENT_CHANGED)
            assay_address_map_add (moves->map, area->expected_address + object->offset, length,
                                   area->shipped_address + object->shipped_offset);
        }
    }
  assay_address_map_close (moves->map);
}

static gboolean
is_fill (const AssayArea *area, const AssayStretch *stretch)
{
  for (guint64 i = 1; i < stretch->length; i++)
    if (area->drift.shipped[stretch->offset + i] != area->drift.shipped[stretch->offset])
      return FALSE;
  return stretch->length < 16 || area->drift.shipped[stretch->offset] == 0
         || area->drift.shipped[stretch->offset] == 0xff;
}

static void
check_area (AssayMoves *moves, const AssayArea *area)
{
  if (area->equal)
    return;
  for (guint i = 0; i < area->drift.objects->len; i++)
    assay_moves_check_object (moves, area, &g_array_index (area->drift.objects, AssayObject, i));
  for (guint i = 0; i < area->drift.added->len; i++)
    {
      const AssayStretch *stretch = &g_array_index (area->drift.added, AssayStretch, i);
      /* what moved leaves room of another size behind */
      if (!is_fill (area, stretch))
        assay_moves_add_change (moves, ASSAY_CHANGE_ADDED, area, NULL, stretch->offset, stretch->length,
                                area->drift.expected_length, 0);
    }
}

/* What a reader asks for first: code with a name, code, objects with a name, texts, the rest; added and changed before
 * removed. */
static guint
rank (const AssayChange *change)
{
  if (change->object == NULL)
    return change->area->code && change->area->name != NULL ? 1 : 4;
  if (change->object->kind == ASSAY_OBJECT_FUNCTION)
    return change->kind == ASSAY_CHANGE_REMOVED ? 2 : 0;
  if (change->object->kind == ASSAY_OBJECT_DATA || change->object->kind == ASSAY_OBJECT_STRING)
    return 3;
  return 5;
}

static gint
by_rank (gconstpointer a, gconstpointer b)
{
  const AssayChange *first = a;
  const AssayChange *second = b;
  if (rank (first) != rank (second))
    return rank (first) < rank (second) ? -1 : 1;
  if (first->expected_offset != second->expected_offset)
    return first->expected_offset < second->expected_offset ? -1 : 1;
  return first->shipped_offset < second->shipped_offset ? -1 : first->shipped_offset > second->shipped_offset;
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const ChangePlace *first = a;
  const ChangePlace *second = b;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  return first->change < second->change ? -1 : first->change > second->change;
}

/* Where two changes claim one byte, the one that a reader asks for first keeps it, as far as it begins first. */
static void
fill_places (AssayMoves *moves)
{
  for (guint i = 0; i < moves->changes->len; i++)
    {
      const AssayChange *change = &g_array_index (moves->changes, AssayChange, i);
      ChangePlace place = { change->shipped_offset, change->shipped_length, i };
      if (place.length > 0)
        g_array_append_val (moves->places, place);
    }
  g_array_sort (moves->places, by_offset);
  guint64 end = 0;
  guint kept = 0;
  for (guint i = 0; i < moves->places->len; i++)
    {
      ChangePlace place = g_array_index (moves->places, ChangePlace, i);
      guint64 place_end = place.offset + place.length;
      if (place_end <= end)
        continue;
      place.offset = MAX (place.offset, end);
      place.length = place_end - place.offset;
      g_array_index (moves->places, ChangePlace, kept++) = place;
      end = place_end;
    }
  g_array_set_size (moves->places, kept);
}

/* Of areas over one another the first counts. */
static AssayRangeMap *
map_areas (const GPtrArray *areas)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  for (guint i = 0; i < areas->len; i++)
    {
      const AssayArea *area = g_ptr_array_index (areas, i);
      AssayRangeClaim claim
          = { .value = i, .start = area->shipped_offset, .end = area->shipped_offset + area->drift.shipped_length };
      g_array_append_val (claims, claim);
    }
  return assay_range_map_new (claims, NULL);
}

static gint
by_shipped (gconstpointer a, gconstpointer b)
{
  const AssayObject *first = *(const AssayObject *const *)a;
  const AssayObject *second = *(const AssayObject *const *)b;
  return first->shipped_offset < second->shipped_offset ? -1 : first->shipped_offset > second->shipped_offset;
}

static void
fill_by_shipped (AssayMoves *moves)
{
  for (guint i = 0; i < moves->areas->len; i++)
    {
      AssayArea *area = g_ptr_array_index (moves->areas, i);
      GPtrArray *objects = g_ptr_array_new ();
      for (guint j = 0; j < area->drift.objects->len; j++)
        {
          AssayObject *object = &g_array_index (area->drift.objects, AssayObject, j);
          if (object->placement == ASSAY_PLACEMENT_FOUND || object->placement == ASSAY_PLACEMENT_CHANGED)
            g_ptr_array_add (objects, object);
        }
      g_ptr_array_sort (objects, by_shipped);
      g_hash_table_insert (moves->by_shipped, area, objects);
    }
}

AssayMoves *
assay_moves_new (const GPtrArray *areas, const AssayElf *elf)
{
  AssayMoves *moves = g_new0 (AssayMoves, 1);
  moves->areas = areas;
  moves->elf = elf;
  moves->expected_decoder = assay_operand_decoder_new (elf);
  moves->shipped_decoder = assay_operand_decoder_new (elf);
  moves->map = assay_address_map_new ();
  moves->changes = g_array_new (FALSE, FALSE, sizeof (AssayChange));
  moves->places = g_array_new (FALSE, FALSE, sizeof (ChangePlace));
  moves->by_shipped = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  fill_map (moves);
  for (guint i = 0; i < areas->len; i++)
    check_area (moves, g_ptr_array_index (areas, i));
  g_array_sort (moves->changes, by_rank);
  fill_places (moves);
  moves->held = map_areas (areas);
  fill_by_shipped (moves);
  return moves;
}

const GArray *
assay_moves_get_changes (const AssayMoves *moves)
{
  return moves->changes;
}

const AssayArea *
assay_moves_area_at (const AssayMoves *moves, guint64 shipped_offset)
{
  guint32 index = 0;
  return moves->held != NULL && assay_range_map_find (moves->held, 0, shipped_offset, &index)
             ? g_ptr_array_index (moves->areas, index)
             : NULL;
}

const AssayObject *
assay_moves_object_at (const AssayMoves *moves, const AssayArea *area, guint64 shipped_offset)
{
  const GPtrArray *objects = g_hash_table_lookup (moves->by_shipped, area);
  guint64 offset = shipped_offset - area->shipped_offset;
  guint low = 0;
  guint high = objects == NULL ? 0 : objects->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (((const AssayObject *)g_ptr_array_index (objects, middle))->shipped_offset <= offset)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0)
    return NULL;
  const AssayObject *object = g_ptr_array_index (objects, low - 1);
  return offset - object->shipped_offset < object->shipped_length ? object : NULL;
}

/* The first place that ends behind an offset. */
static guint
find_place (const AssayMoves *moves, guint64 shipped_offset)
{
  guint low = 0;
  guint high = moves->places->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const ChangePlace *place = &g_array_index (moves->places, ChangePlace, middle);
      if (place->offset + place->length <= shipped_offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

const AssayChange *
assay_moves_change_at (const AssayMoves *moves, guint64 shipped_offset, guint *out_rank)
{
  guint index = find_place (moves, shipped_offset);
  if (index == moves->places->len)
    return NULL;
  const ChangePlace *place = &g_array_index (moves->places, ChangePlace, index);
  if (place->offset > shipped_offset)
    return NULL;
  if (out_rank != NULL)
    *out_rank = place->change;
  return &g_array_index (moves->changes, AssayChange, place->change);
}

guint64
assay_moves_split (const AssayMoves *moves, guint64 shipped_offset, guint64 length)
{
  guint index = find_place (moves, shipped_offset);
  if (index == moves->places->len)
    return length;
  const ChangePlace *place = &g_array_index (moves->places, ChangePlace, index);
  guint64 end = place->offset > shipped_offset ? place->offset : place->offset + place->length;
  return MIN (length, end - shipped_offset);
}
