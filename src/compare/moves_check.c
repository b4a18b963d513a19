#include "compare/moves_private.h"

#include "util/checked.h"

#include <elf.h>
#include <string.h>

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
  return expected == shipped || assay_address_map_leads (moves->map, expected, shipped);
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

void
assay_moves_add_change (AssayMoves *moves, AssayChangeKind kind, const AssayArea *area, const AssayObject *object,
                        guint64 shipped, guint64 shipped_length, guint64 expected, guint64 expected_length)
{
  AssayChange change = { kind,           area,
                         object,         area->shipped_offset + shipped,
                         shipped_length, area->expected_offset + expected,
                         expected_length };
  g_array_append_val (moves->changes, change);
}

/* Whether a field of @size bytes means what it meant: an address, one within its 64 KiB, or a distance. @expected_at,
   @shipped_at: in the two sides of the area */
static gboolean
field_leads (const AssayMoves *moves, const AssayArea *area, guint64 expected_at, guint64 shipped_at, guint size)
{
  guint64 expected = assay_word_read (area->drift.expected + expected_at, size, FALSE);
  guint64 shipped = assay_word_read (area->drift.shipped + shipped_at, size, FALSE);
  guint64 bits = size == 4 ? G_GUINT64_CONSTANT (0xffffffff) : 0xffff;
  guint64 window = (area->expected_address + expected_at) & ~bits & 0xffffffff;
  guint64 target = 0;
  if (expected == shipped)
    return FALSE;
  if (assay_address_map_find (moves->map, window | expected, &target) && target == (window | shipped))
    return TRUE;
  /* through a segment register it may be the distance to anything, and in a table that from anything */
  gint64 difference = size == 2 ? (gint64)(gint16)(shipped - expected) : (gint64)(gint32)(shipped - expected);
  if (assay_address_map_has_shift (moves->map, difference, 0, size * 8)
      || assay_address_map_has_shift (moves->map, -difference, 0, size * 8))
    return TRUE;
  guint64 from = window | ((area->expected_address + expected_at + size + expected) & bits);
  guint64 to = window | ((area->shipped_address + shipped_at + size + shipped) & bits);
  return assay_address_map_find (moves->map, from, &target) && target == to;
}

/*
 * A flat image of an x86 has code of several modes, and nothing says where: an operand there is any two or four bytes
 * around those that differ, [@first, @last) of the object, that lead to where the same thing went; objects of no name
 * end anywhere in it. Bytes that merely look so are a risk to the reader's list alone: the change that moved them is
 * said in any case.
 */
static gboolean
field_moved (const AssayMoves *moves, const Spot *spot, guint64 first, guint64 last)
{
  static const guint sizes[] = { 4, 2 };
  const AssayDrift *drift = &spot->area->drift;
  guint16 machine = moves->elf->machine;
  if (spot->area->name != NULL || (machine != EM_386 && machine != EM_X86_64))
    return FALSE;
  first += spot->object->offset;
  last += spot->object->offset;
  guint64 shift = spot->object->shipped_offset - spot->object->offset;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint64 at = last > sizes[i] ? last - sizes[i] : 0; at <= first && last - at <= sizes[i]; at++)
      if (assay_range_fits (at, sizes[i], drift->expected_length)
          && assay_range_fits (at + shift, sizes[i], drift->shipped_length)
          && field_leads (moves, spot->area, at, at + shift, sizes[i]))
        return TRUE;
  return FALSE;
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
  if (first == last || field_moved (moves, spot, spot->within + first, spot->within + last))
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
  assay_moves_add_change (moves, ASSAY_CHANGE_CHANGED, spot->area, spot->object, spot->object->shipped_offset + at,
                          last - first, spot->object->offset + at, last - first);
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

/* The entries of a table of stubs push their number (System V ABI, x86: "Procedure Linkage Table"), which follows from
   their order. */
static gboolean
is_number_of_stub (const AssayMoves *moves, const Spot *spot)
{
  const AssayDrift *drift = &spot->area->drift;
  guint16 machine = moves->elf->machine;
  return spot->object->by_hint && (machine == EM_386 || machine == EM_X86_64)
         && drift->expected[spot->object->offset + spot->within] == 0x68
         && drift->shipped[spot->object->shipped_offset + spot->within] == 0x68;
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
      if (!same_bytes (&spot, size) && !is_number_of_stub (moves, &spot))
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

/** Shipped bytes that a change is shown at from which bytes were only taken. */
#define GAP_BYTES 16u

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
  guint64 shipped_length = object->shipped_length - first - last;
  /* where bytes are gone, those behind the gap stand for it; a text is read as a whole */
  if (shipped_length == 0)
    shipped_length = MIN (object->shipped_length - first, GAP_BYTES);
  if (object->kind == ASSAY_OBJECT_STRING)
    shipped_length = object->shipped_length - first;
  assay_moves_add_change (moves, ASSAY_CHANGE_CHANGED, area, object, object->shipped_offset + first, shipped_length,
                          object->offset + first, object->length - first - last);
}

void
assay_moves_check_object (AssayMoves *moves, const AssayArea *area, const AssayObject *object)
{
  gboolean code = object->kind == ASSAY_OBJECT_FUNCTION || (area->name != NULL && area->code);
  if (object->placement == ASSAY_PLACEMENT_REMOVED && object->kind == ASSAY_OBJECT_STRETCH)
    return; /* bytes of no name, in the place of others that are said */
  if (object->placement == ASSAY_PLACEMENT_REMOVED)
    assay_moves_add_change (moves, ASSAY_CHANGE_REMOVED, area, object, object->shipped_offset, 0, object->offset,
                            object->length);
  else if (object->placement == ASSAY_PLACEMENT_CHANGED && object->length != object->shipped_length)
    note_resized (moves, area, object);
  else if (object->placement != ASSAY_PLACEMENT_UNKNOWN && code && moves->expected_decoder != NULL
           && object->kind != ASSAY_OBJECT_STRING)
    check_code (moves, area, object);
  else if (object->placement != ASSAY_PLACEMENT_UNKNOWN)
    check_words (moves, area, object);
}
