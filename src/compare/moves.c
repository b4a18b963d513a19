#include "compare/moves.h"

#include "compare/address_map.h"
#include "compare/objects.h"

#include <string.h>

/** Bytes of the shipped file that belong to a change. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint change;
} ChangePlace;

struct _AssayMoves
{
  const GPtrArray *areas;
  const AssayElf *elf;
  AssayOperandDecoder *expected_decoder; /* each puts addresses together from the instructions of one side */
  AssayOperandDecoder *shipped_decoder;
  AssayAddressMap *map;
  GArray *changes;        /* AssayChange */
  GArray *places;         /* ChangePlace, ascending */
  GHashTable *by_shipped; /* AssayArea -> GArray of AssayObject pointers by shipped offset */
};

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

/** One operand or word under judgement: where it stands in an object. */
typedef struct
{
  const AssayArea *area;
  const AssayObject *object;
  guint64 within; /* bytes from the object's start */
} Spot;

static guint64
expected_address_of (const Spot *spot)
{
  return spot->area->expected_address + spot->object->offset + spot->within;
}

static guint64
shipped_address_of (const Spot *spot)
{
  return spot->area->shipped_address + spot->object->shipped_offset + spot->within;
}

static gboolean
leads_to (const AssayMoves *moves, guint64 expected, guint64 shipped)
{
  guint64 target = 0;
  return expected == shipped || (assay_address_map_find (moves->map, expected, &target) && target == shipped);
}

/* An instruction whose operand differs means the same if it names the place where its target went. */
static gboolean
operand_moved (const AssayMoves *moves, const AssayOperand *expected, const AssayOperand *shipped)
{
  if (shipped->size != expected->size || shipped->kind != expected->kind || expected->kind == ASSAY_OPERAND_NONE
      || memcmp (shipped->mask, expected->mask, sizeof shipped->mask) != 0
      || shipped->second_kind != expected->second_kind)
    return FALSE;
  if (expected->kind != ASSAY_OPERAND_PART)
    return leads_to (moves, expected->target, shipped->target)
           && (expected->second_kind == ASSAY_OPERAND_NONE
               || leads_to (moves, expected->second_target, shipped->second_target));
  if (expected->has_whole && shipped->has_whole)
    return leads_to (moves, expected->whole, shipped->whole);
  return expected->part_shift > 0
         && assay_address_map_has_shift (moves->map, (gint64)(shipped->target - expected->target), expected->part_shift,
                                         expected->part_bits);
}

/* A word that differs means the same if it is an address, or a distance from itself or from the object's start, and
 * leads to where the same thing went. */
static gboolean
word_moved (const AssayMoves *moves, const Spot *spot, guint size)
{
  const guint8 *expected_bytes = spot->area->drift.expected + spot->object->offset + spot->within;
  const guint8 *shipped_bytes = spot->area->drift.shipped + spot->object->shipped_offset + spot->within;
  guint64 expected = assay_word_read (expected_bytes, size, moves->elf->big_endian);
  guint64 shipped = assay_word_read (shipped_bytes, size, moves->elf->big_endian);
  guint64 wide = size < 8 ? (guint64)(gint64)(gint32)expected : expected;
  guint64 shipped_wide = size < 8 ? (guint64)(gint64)(gint32)shipped : shipped;
  const guint64 bases[3][2]
      = { { 0, 0 },
          { expected_address_of (spot), shipped_address_of (spot) },
          { expected_address_of (spot) - spot->within, shipped_address_of (spot) - spot->within } };
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      guint64 target = 0;
      guint64 from = i == 0 ? expected : bases[i][0] + wide;
      guint64 to = i == 0 ? shipped : bases[i][1] + shipped_wide;
      if (assay_address_map_find (moves->map, from, &target) && target == to)
        return TRUE;
    }
  return FALSE;
}

static void
add_change (AssayMoves *moves, AssayChangeKind kind, const AssayArea *area, const AssayObject *object, guint64 shipped,
            guint64 shipped_length, guint64 expected, guint64 expected_length)
{
  AssayChange change = { kind,           area,
                         object,         area->shipped_offset + shipped,
                         shipped_length, area->expected_offset + expected,
                         expected_length };
  g_array_append_val (moves->changes, change);
}

/* Bytes that differ in an object of equal length: those that no move explains are a change. */
static void
note_bytes (AssayMoves *moves, const Spot *spot, guint64 length)
{
  const guint8 *expected = spot->area->drift.expected + spot->object->offset + spot->within;
  const guint8 *shipped = spot->area->drift.shipped + spot->object->shipped_offset + spot->within;
  guint64 first = 0;
  guint64 last = length;
  while (first < length && expected[first] == shipped[first])
    first++;
  while (last > first && expected[last - 1] == shipped[last - 1])
    last--;
  if (first == last)
    return;
  guint64 at = spot->within + first;
  AssayChange *before
      = moves->changes->len == 0 ? NULL : &g_array_index (moves->changes, AssayChange, moves->changes->len - 1);
  guint64 offset = spot->area->shipped_offset + spot->object->shipped_offset + at;
  /* one change for an object, from its first to its last byte */
  if (before != NULL && before->object == spot->object && before->kind == ASSAY_CHANGE_CHANGED)
    {
      before->shipped_length = offset + (last - first) - before->shipped_offset;
      before->expected_length = before->shipped_length;
      return;
    }
  add_change (moves, ASSAY_CHANGE_CHANGED, spot->area, spot->object, spot->object->shipped_offset + at, last - first,
              spot->object->offset + at, last - first);
}

static gboolean
same_bytes (const Spot *spot, guint64 length)
{
  return memcmp (spot->area->drift.expected + spot->object->offset + spot->within,
                 spot->area->drift.shipped + spot->object->shipped_offset + spot->within, length)
         == 0;
}

static void
check_words (AssayMoves *moves, const AssayArea *area, const AssayObject *object)
{
  guint pointer = moves->elf->bits / 8;
  for (guint64 at = 0; at < object->length;)
    {
      Spot spot = { area, object, at };
      guint64 left = object->length - at;
      guint64 address = expected_address_of (&spot);
      guint size = pointer;
      if (address % size != 0 || left < size)
        size = 4;
      if (address % size != 0 || left < size)
        size = 1;
      gboolean equal = same_bytes (&spot, size);
      if (!equal && size >= 4 && !word_moved (moves, &spot, size))
        {
          /* two halves of a long word may be two words */
          gboolean halves = size == 8 && (same_bytes (&spot, 4) || word_moved (moves, &spot, 4));
          Spot second = { area, object, at + 4 };
          halves = halves && (same_bytes (&second, 4) || word_moved (moves, &second, 4));
          if (!halves)
            note_bytes (moves, &spot, size);
        }
      else if (!equal && size < 4)
        note_bytes (moves, &spot, size);
      at += size;
    }
}

/* Both sides are decoded in step, since addresses are put together from several instructions. */
static gboolean
decode_both (const AssayMoves *moves, const Spot *spot, AssayOperand *expected, AssayOperand *shipped)
{
  const AssayDrift *drift = &spot->area->drift;
  guint64 left = spot->object->length - spot->within;
  gboolean first = assay_operand_decode (moves->expected_decoder, drift->expected + spot->object->offset + spot->within,
                                         left, expected_address_of (spot), spot->object->mode, expected);
  gboolean second
      = assay_operand_decode (moves->shipped_decoder, drift->shipped + spot->object->shipped_offset + spot->within,
                              left, shipped_address_of (spot), spot->object->mode, shipped);
  return first && second && expected->size <= left;
}

/* What differs outside of the operand is another instruction. */
static gboolean
same_but_operand (const Spot *spot, const AssayOperand *operand)
{
  const guint8 *expected = spot->area->drift.expected + spot->object->offset + spot->within;
  const guint8 *shipped = spot->area->drift.shipped + spot->object->shipped_offset + spot->within;
  for (guint i = 0; i < operand->size; i++)
    if (((expected[i] ^ shipped[i]) & (guint8)~operand->mask[i]) != 0)
      return FALSE;
  return TRUE;
}

static void
check_code (AssayMoves *moves, const AssayArea *area, const AssayObject *object)
{
  guint unit = assay_operand_unit (moves->expected_decoder);
  for (guint64 at = 0; at < object->length;)
    {
      Spot spot = { area, object, at };
      AssayOperand expected;
      AssayOperand shipped;
      guint64 left = object->length - at;
      gboolean decoded = decode_both (moves, &spot, &expected, &shipped);
      guint64 size = decoded ? expected.size : MIN (unit, left);
      if (!same_bytes (&spot, size))
        {
          /* a pool of addresses may lie among the instructions */
          gboolean pool = expected_address_of (&spot) % 4 == 0 && left >= 4 && word_moved (moves, &spot, 4);
          if (pool)
            size = MAX (size, 4);
          else if (!decoded || !same_but_operand (&spot, &expected) || !operand_moved (moves, &expected, &shipped))
            note_bytes (moves, &spot, size);
        }
      at += size;
    }
}

/* An object of another length: what the two sides have in common at both ends is left out. */
static void
note_resized (AssayMoves *moves, const AssayArea *area, const AssayObject *object)
{
  const guint8 *expected = area->drift.expected + object->offset;
  const guint8 *mask = area->drift.mask + object->offset;
  const guint8 *shipped = area->drift.shipped + object->shipped_offset;
  guint64 limit = MIN (object->length, object->shipped_length);
  guint64 first = 0;
  guint64 last = 0;
  while (first < limit && ((expected[first] ^ shipped[first]) & (guint8)~mask[first]) == 0)
    first++;
  while (last < limit - first
         && ((expected[object->length - 1 - last] ^ shipped[object->shipped_length - 1 - last])
             & (guint8)~mask[object->length - 1 - last])
                == 0)
    last++;
  add_change (moves, ASSAY_CHANGE_CHANGED, area, object, object->shipped_offset + first,
              object->shipped_length - first - last, object->offset + first, object->length - first - last);
}

static void
check_object (AssayMoves *moves, const AssayArea *area, const AssayObject *object)
{
  gboolean code = object->kind == ASSAY_OBJECT_FUNCTION || (area->name != NULL && area->code);
  if (object->placement == ASSAY_PLACEMENT_REMOVED && object->kind == ASSAY_OBJECT_STRETCH)
    return; /* bytes of no name, in the place of others that are said */
  if (object->placement == ASSAY_PLACEMENT_REMOVED)
    add_change (moves, ASSAY_CHANGE_REMOVED, area, object, object->shipped_offset, 0, object->offset, object->length);
  else if (object->placement == ASSAY_PLACEMENT_CHANGED && object->length != object->shipped_length)
    note_resized (moves, area, object);
  else if (object->placement != ASSAY_PLACEMENT_UNKNOWN && code && moves->expected_decoder != NULL
           && object->kind != ASSAY_OBJECT_STRING)
    check_code (moves, area, object);
  else if (object->placement != ASSAY_PLACEMENT_UNKNOWN)
    check_words (moves, area, object);
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
    check_object (moves, area, &g_array_index (area->drift.objects, AssayObject, i));
  for (guint i = 0; i < area->drift.added->len; i++)
    {
      const AssayStretch *stretch = &g_array_index (area->drift.added, AssayStretch, i);
      /* what moved leaves room of another size behind */
      if (!is_fill (area, stretch))
        add_change (moves, ASSAY_CHANGE_ADDED, area, NULL, stretch->offset, stretch->length,
                    area->drift.expected_length, 0);
    }
}

/* What a reader asks for first: code with a name, code, objects with a name, texts, the rest; added and changed before
 * removed. */
static guint
rank (const AssayChange *change)
{
  if (change->object == NULL)
    return change->area->code ? 1 : 4;
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
  for (guint i = 0; i < moves->areas->len; i++)
    {
      const AssayArea *area = g_ptr_array_index (moves->areas, i);
      if (shipped_offset >= area->shipped_offset && shipped_offset - area->shipped_offset < area->drift.shipped_length)
        return area;
    }
  return NULL;
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
