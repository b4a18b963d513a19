#include "compare/drift_private.h"

/* What lies between two objects that were found, in the order of both sides. */

/** To look at one place after the other takes so many times as long as to search through them. */
#define STEP_COST 16u

/* The place nearest to @guess in [first, last) where the first @length bytes of the object stand; G_MAXUINT64: none. */
static guint64
nearest_start (AssayDrift *drift, const AssayObject *object, guint64 length, guint64 guess, guint64 first, guint64 last)
{
  guint64 best = G_MAXUINT64;
  guint64 best_distance = G_MAXUINT64;
  if (drift->cut || !assay_drift_may_search (drift, (last - MIN (first, last)) * STEP_COST))
    return G_MAXUINT64;
  for (guint64 at = first; length <= object->length && at + length <= last; at++)
    {
      guint64 distance = at > guess ? at - guess : guess - at;
      if (distance < best_distance
          && assay_drift_bytes_equal (drift->expected + object->offset, drift->shipped + at,
                                      drift->mask + object->offset, length))
        {
          best = at;
          best_distance = distance;
        }
    }
  return best;
}

/* Where in [from, to) the object most likely begins: where its first bytes stand, else where its length puts it. */
static guint64
guess_start (AssayDrift *drift, const AssayObject *object, guint64 guess, guint64 from, guint64 to)
{
  static const guint64 lengths[] = { 16, 8 }; /* a function that changed may save fewer registers */
  guint64 first = MAX (from, guess > ASSAY_DRIFT_GUESS_BYTES ? guess - ASSAY_DRIFT_GUESS_BYTES : 0);
  guint64 last = MIN (to, guess + ASSAY_DRIFT_GUESS_BYTES);
  guint64 found = object->hint;
  if (found != ASSAY_DRIFT_NOWHERE && found >= from && found <= to)
    return found;
  found
      = object->length < 16 ? nearest_start (drift, object, MAX (object->length, 4), guess, first, last) : G_MAXUINT64;
  for (gsize i = 0; found == G_MAXUINT64 && i < G_N_ELEMENTS (lengths); i++)
    found = nearest_start (drift, object, lengths[i], guess, first, last);
  return found == G_MAXUINT64 ? MIN (MAX (guess, from), to) : found;
}

static gboolean
is_in_order (const AssayObject *object)
{
  return object->placement == ASSAY_PLACEMENT_FOUND && !object->moved_away;
}

/* What was found on its own, but between those that it stands between in the rebuild, did not move away. */
static void
keep_order (AssayDrift *drift)
{
  guint64 from = 0;
  guint next = 0;
  for (guint i = 0; i < drift->objects->len; i++)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      for (next = MAX (next, i + 1); next < drift->objects->len; next++)
        if (is_in_order (&g_array_index (drift->objects, AssayObject, next)))
          break;
      guint64 to = next < drift->objects->len ? g_array_index (drift->objects, AssayObject, next).shipped_offset
                                              : drift->shipped_length;
      guint64 end = object->shipped_offset + object->shipped_length;
      if (object->placement == ASSAY_PLACEMENT_FOUND && object->moved_away && object->shipped_offset >= from
          && end <= to)
        object->moved_away = FALSE;
      if (is_in_order (object))
        from = end;
    }
}

static gboolean
is_nameless (const AssayObject *object)
{
  return object->kind == ASSAY_OBJECT_STRETCH;
}

/* The first object at or behind @index that has no place yet, before @last; what has no name is passed over where
 * @named. */
static guint
next_unplaced (const AssayDrift *drift, guint index, guint last, gboolean named)
{
  for (; index < last; index++)
    {
      const AssayObject *object = &g_array_index (drift->objects, AssayObject, index);
      if (object->placement == ASSAY_PLACEMENT_UNKNOWN && !(named && is_nameless (object)))
        return index;
    }
  return last;
}

static gboolean
may_stand (const AssayDrift *drift, const AssayObject *object, guint64 shipped_offset)
{
  return (!assay_object_has_place (drift, object) || object->hint == shipped_offset)
         && assay_drift_equal (drift, object, shipped_offset);
}

/* Those at both ends of a gap that stand right at its ends: too plain to be looked for, as zeros, but there. */
static void
settle_ends (AssayDrift *drift, guint *first, guint *last, guint64 *from, guint64 *to)
{
  while (*first < *last)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, *last - 1);
      if (object->placement == ASSAY_PLACEMENT_UNKNOWN)
        {
          if (object->length > *to - *from || !may_stand (drift, object, *to - object->length))
            break;
          *to -= object->length;
          assay_object_place (object, *to, object->length, ASSAY_PLACEMENT_FOUND);
        }
      --*last;
    }
  while (*first < *last)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, *first);
      if (object->placement == ASSAY_PLACEMENT_UNKNOWN)
        {
          if (object->length > *to - *from || !may_stand (drift, object, *from))
            break;
          assay_object_place (object, *from, object->length, ASSAY_PLACEMENT_FOUND);
          *from += object->length;
        }
      ++*first;
    }
}

/* A gap as long as what belongs there: each stands where it stood. */
static gboolean
settle_straight (AssayDrift *drift, guint first, guint last, guint64 from, guint64 to)
{
  guint64 length = 0;
  for (guint i = first; i < last; i++)
    {
      const AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      length += object->placement == ASSAY_PLACEMENT_UNKNOWN ? object->length : 0;
    }
  if (length != to - from)
    return FALSE;
  for (guint i = first; i < last; i++)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      if (object->placement != ASSAY_PLACEMENT_UNKNOWN)
        continue;
      assay_object_place (object, from, object->length, ASSAY_PLACEMENT_CHANGED);
      from += object->length;
    }
  return TRUE;
}

/* Objects [first, last) lie between two neighbours that stayed in order, and share what is between these. */
static void
share_gap (AssayDrift *drift, guint first, guint last, guint64 from, guint64 to)
{
  settle_ends (drift, &first, &last, &from, &to);
  if (settle_straight (drift, first, last, from, to))
    return;
  guint64 start = from;
  /* the fill behind a function goes with it: what has no name shares only where nothing else does */
  gboolean named = next_unplaced (drift, first, last, TRUE) < last;
  for (guint i = next_unplaced (drift, first, last, named); i < last;)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      guint64 end = to;
      /* what stands before the first one may be new */
      if (start == from)
        start = guess_start (drift, object, from, from, to);
      i = next_unplaced (drift, i + 1, last, named);
      if (i < last)
        {
          const AssayObject *next = &g_array_index (drift->objects, AssayObject, i);
          end = guess_start (drift, next, MIN (start + object->length, to), start, to);
        }
      assay_object_place (object, start, end - start, end > start ? ASSAY_PLACEMENT_CHANGED : ASSAY_PLACEMENT_REMOVED);
      start = end;
    }
  for (guint i = next_unplaced (drift, first, last, FALSE); i < last; i = next_unplaced (drift, i + 1, last, FALSE))
    assay_object_place (&g_array_index (drift->objects, AssayObject, i), to, 0, ASSAY_PLACEMENT_REMOVED);
}

static void
settle_rest (AssayDrift *drift)
{
  guint64 from = 0;
  guint first = 0;
  for (guint i = 0; i <= drift->objects->len; i++)
    {
      const AssayObject *object = i < drift->objects->len ? &g_array_index (drift->objects, AssayObject, i) : NULL;
      if (object != NULL && !is_in_order (object))
        continue;
      guint64 to = object == NULL ? drift->shipped_length : object->shipped_offset;
      share_gap (drift, first, i, MIN (from, to), to);
      if (object != NULL)
        from = object->shipped_offset + object->shipped_length;
      first = i + 1;
    }
}

void
assay_drift_close_gaps (AssayDrift *drift)
{
  keep_order (drift);
  settle_rest (drift);
}
