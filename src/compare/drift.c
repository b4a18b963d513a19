#include "compare/drift.h"

#include <string.h>

/** Bytes behind the place where an object should be in which it is looked for first: a function seldom grows by more.
 */
#define NEAR_BYTES (64u * 1024u)

/** Bytes of an object that are looked for; shorter ones stand everywhere by chance. */
#define ANCHOR_BYTES 8u

/** Objects without a run of that length are believed only where their neighbours put them. */
#define ANCHOR_NONE G_MAXUINT64

/** A shorter object that is found a little further on must have its neighbour behind it: many of them look alike. */
#define ALONE_BYTES 64u

/** How far from where its length puts it the beginning of a changed object's neighbour is looked for. */
#define GUESS_BYTES 4096u

void
assay_drift_clear (AssayDrift *drift)
{
  g_clear_pointer (&drift->objects, g_array_unref);
  g_clear_pointer (&drift->added, g_array_unref);
}

static gboolean
bytes_equal (const guint8 *a, const guint8 *b, const guint8 *mask, guint64 length)
{
  guint64 i = 0;
  for (; i + 8 <= length; i += 8)
    {
      guint64 word_a;
      guint64 word_b;
      guint64 word_mask;
      memcpy (&word_a, a + i, 8);
      memcpy (&word_b, b + i, 8);
      memcpy (&word_mask, mask + i, 8);
      if (((word_a ^ word_b) & ~word_mask) != 0)
        return FALSE;
    }
  for (; i < length; i++)
    if (((a[i] ^ b[i]) & (guint8)~mask[i]) != 0)
      return FALSE;
  return TRUE;
}

gboolean
assay_drift_equal (const AssayDrift *drift, const AssayObject *object, guint64 shipped_offset)
{
  return shipped_offset <= drift->shipped_length && object->length <= drift->shipped_length - shipped_offset
         && bytes_equal (drift->expected + object->offset, drift->shipped + shipped_offset,
                         drift->mask + object->offset, object->length);
}

/* Where in the object a run of bytes without operands begins that says something (not all the same). */
static guint64
find_anchor (const AssayDrift *drift, const AssayObject *object)
{
  const guint8 *bytes = drift->expected + object->offset;
  const guint8 *mask = drift->mask + object->offset;
  guint64 run = 0;
  guint distinct = 0;
  for (guint64 i = 0; i < object->length; i++)
    {
      if (mask[i] != 0)
        {
          run = 0;
          distinct = 0;
          continue;
        }
      if (run > 0 && bytes[i] != bytes[i - 1])
        distinct++;
      run++;
      if (run >= ANCHOR_BYTES && distinct >= 2)
        return i + 1 - ANCHOR_BYTES;
    }
  return ANCHOR_NONE;
}

static void
place (AssayObject *object, guint64 shipped_offset, guint64 length, AssayPlacement placement)
{
  object->placement = placement;
  object->shipped_offset = shipped_offset;
  object->shipped_length = length;
}

/* A short text is known by all of it with its NUL; one that begins behind a NUL before one that ends another text. */
static gboolean
search_text (const AssayDrift *drift, const AssayObject *object, guint64 from, guint64 to, guint64 *out)
{
  gboolean found = FALSE;
  to = MIN (to, drift->shipped_length);
  for (guint64 start = from; object->kind == ASSAY_OBJECT_STRING && start + object->length <= to;)
    {
      const guint8 *hit = memmem (drift->shipped + start, to - start, drift->expected + object->offset, object->length);
      if (hit == NULL)
        break;
      guint64 offset = (guint64)(hit - drift->shipped);
      gboolean begins = offset == 0 || drift->shipped[offset - 1] == '\0';
      if (begins || !found)
        *out = offset;
      found = TRUE;
      if (begins)
        break;
      start = offset + 1;
    }
  return found;
}

/* Looks for the object in [from, to) of the shipped area, by its anchor. */
static gboolean
search (const AssayDrift *drift, const AssayObject *object, guint64 anchor, guint64 from, guint64 to, guint64 *out)
{
  const guint8 *needle = drift->expected + object->offset + anchor;
  to = MIN (to, drift->shipped_length);
  for (guint64 start = from + anchor; start + ANCHOR_BYTES <= to;)
    {
      const guint8 *hit = memmem (drift->shipped + start, to - start, needle, ANCHOR_BYTES);
      if (hit == NULL)
        return FALSE;
      guint64 offset = (guint64)(hit - drift->shipped) - anchor;
      if (assay_drift_equal (drift, object, offset))
        {
          *out = offset;
          return TRUE;
        }
      start = offset + anchor + 1;
    }
  return FALSE;
}

/* Whether the object behind stands behind this one as well, so that a short one is not mistaken for another. */
static gboolean
is_followed (const AssayDrift *drift, guint index, guint64 shipped_offset)
{
  const AssayObject *object = &g_array_index (drift->objects, AssayObject, index);
  if (object->length >= ALONE_BYTES || index + 1 == drift->objects->len)
    return object->length >= ALONE_BYTES;
  const AssayObject *next = &g_array_index (drift->objects, AssayObject, index + 1);
  return assay_drift_equal (drift, next, shipped_offset + (next->offset - object->offset));
}

/* Bytes of one value fit everywhere: where they stand is what their neighbours leave to them. */
static gboolean
is_plain (const AssayDrift *drift, const AssayObject *object)
{
  const guint8 *bytes = drift->expected + object->offset;
  return object->length > 0 && memcmp (bytes, bytes + 1, object->length - 1) == 0;
}

static void
follow_hint (const AssayDrift *drift, AssayObject *object, guint64 *last_end, guint64 *last_shipped_end)
{
  if (object->hint > drift->shipped_length || object->length > drift->shipped_length - object->hint)
    {
      place (object, *last_shipped_end, 0, ASSAY_PLACEMENT_REMOVED);
      return;
    }
  place (object, object->hint, object->length, ASSAY_PLACEMENT_FOUND);
  object->moved_away = object->hint < *last_shipped_end;
  if (object->moved_away)
    return;
  *last_end = object->offset + object->length;
  *last_shipped_end = object->hint + object->length;
}

/* One object after the other: where the last one's shift puts it, where a symbol says, or a little further on. */
static void
follow (AssayDrift *drift)
{
  guint64 last_end = 0;         /* of the object placed last, in the expected area */
  guint64 last_shipped_end = 0; /* and in the shipped area */
  for (guint i = 0; i < drift->objects->len; i++)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      if (object->by_hint)
        {
          follow_hint (drift, object, &last_end, &last_shipped_end);
          continue;
        }
      if (is_plain (drift, object))
        continue;
      guint64 straight = last_shipped_end + (object->offset - last_end);
      guint64 found = straight;
      gboolean placed = assay_drift_equal (drift, object, straight);
      if (!placed && object->hint != ASSAY_DRIFT_NOWHERE)
        {
          found = object->hint;
          placed = assay_drift_equal (drift, object, found);
        }
      if (!placed)
        {
          guint64 anchor = find_anchor (drift, object);
          /* what stands before it may have grown, or be gone */
          placed = anchor != ANCHOR_NONE
                   && search (drift, object, anchor, last_shipped_end, straight + object->length + NEAR_BYTES, &found)
                   && is_followed (drift, i, found);
          placed = placed
                   || search_text (drift, object, last_shipped_end, straight + object->length + GUESS_BYTES, &found);
        }
      if (!placed)
        continue;
      place (object, found, object->length, ASSAY_PLACEMENT_FOUND);
      last_end = object->offset + object->length;
      last_shipped_end = found + object->length;
    }
}

static gint
by_shipped_offset (gconstpointer a, gconstpointer b)
{
  const AssayStretch *first = a;
  const AssayStretch *second = b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* What of the shipped area no object stands on. */
static GArray *
find_free (const AssayDrift *drift)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (AssayStretch));
  GArray *unused = g_array_new (FALSE, FALSE, sizeof (AssayStretch));
  for (guint i = 0; i < drift->objects->len; i++)
    {
      const AssayObject *object = &g_array_index (drift->objects, AssayObject, i);
      AssayStretch stretch = { object->shipped_offset, object->shipped_length };
      if (object->placement == ASSAY_PLACEMENT_FOUND || object->placement == ASSAY_PLACEMENT_CHANGED)
        g_array_append_val (taken, stretch);
    }
  g_array_sort (taken, by_shipped_offset);
  guint64 end = 0;
  for (guint i = 0; i <= taken->len; i++)
    {
      const AssayStretch *stretch = i < taken->len ? &g_array_index (taken, AssayStretch, i) : NULL;
      guint64 start = stretch == NULL ? drift->shipped_length : stretch->offset;
      AssayStretch left = { end, start > end ? start - end : 0 };
      if (left.length > 0)
        g_array_append_val (unused, left);
      if (stretch != NULL)
        end = MAX (end, stretch->offset + stretch->length);
    }
  return unused;
}

/** An object that is still looked for, and the bytes that it is known by. */
typedef struct
{
  AssayObject *object;
  guint64 anchor;
} Wanted;

static guint64
read_key (const guint8 *bytes)
{
  guint64 key;
  memcpy (&key, bytes, sizeof key);
  return key;
}

static GHashTable *
index_wanted (const AssayDrift *drift, GArray *wanted)
{
  GHashTable *index = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < drift->objects->len; i++)
    {
      Wanted entry = { &g_array_index (drift->objects, AssayObject, i), ANCHOR_NONE };
      /* chunks of no name stand anywhere by chance; they follow their neighbours */
      if (entry.object->placement != ASSAY_PLACEMENT_UNKNOWN || entry.object->name == NULL)
        continue;
      entry.anchor = find_anchor (drift, entry.object);
      if (entry.anchor != ANCHOR_NONE)
        g_array_append_val (wanted, entry);
    }
  for (guint i = 0; i < wanted->len; i++)
    {
      Wanted *entry = &g_array_index (wanted, Wanted, i);
      gint64 *key = g_new (gint64, 1);
      *key = (gint64)read_key (drift->expected + entry->object->offset + entry->anchor);
      if (!g_hash_table_insert (index, key, entry))
        g_free (key);
    }
  return index;
}

static void
free_key (gpointer key, gpointer value G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  g_free (key);
}

/* One pass over what is free: whatever stands there of an object that is still looked for moved far. */
static void
find_moved (AssayDrift *drift)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (Wanted));
  g_autoptr (GHashTable) index = index_wanted (drift, wanted);
  g_autoptr (GArray) unused = find_free (drift);
  for (guint i = 0; wanted->len > 0 && i < unused->len; i++)
    {
      const AssayStretch *stretch = &g_array_index (unused, AssayStretch, i);
      guint64 end = stretch->offset + stretch->length;
      for (guint64 at = stretch->offset; at + ANCHOR_BYTES <= end; at++)
        {
          gint64 key = (gint64)read_key (drift->shipped + at);
          const Wanted *entry = g_hash_table_lookup (index, &key);
          if (entry == NULL || entry->object->placement != ASSAY_PLACEMENT_UNKNOWN || at < entry->anchor)
            continue;
          guint64 offset = at - entry->anchor;
          if (offset < stretch->offset || entry->object->length > end - offset
              || !assay_drift_equal (drift, entry->object, offset))
            continue;
          place (entry->object, offset, entry->object->length, ASSAY_PLACEMENT_FOUND);
          entry->object->moved_away = TRUE;
          at = offset + entry->object->length - 1;
        }
    }
  g_hash_table_foreach (index, free_key, NULL);
}

/* The place nearest to @guess in [first, last) where the first @length bytes of the object stand; G_MAXUINT64: none. */
static guint64
nearest_start (const AssayDrift *drift, const AssayObject *object, guint64 length, guint64 guess, guint64 first,
               guint64 last)
{
  guint64 best = G_MAXUINT64;
  guint64 best_distance = G_MAXUINT64;
  for (guint64 at = first; length <= object->length && at + length <= last; at++)
    {
      guint64 distance = at > guess ? at - guess : guess - at;
      if (distance < best_distance
          && bytes_equal (drift->expected + object->offset, drift->shipped + at, drift->mask + object->offset, length))
        {
          best = at;
          best_distance = distance;
        }
    }
  return best;
}

/* Where in [from, to) the object most likely begins: where its first bytes stand, else where its length puts it. */
static guint64
guess_start (const AssayDrift *drift, const AssayObject *object, guint64 guess, guint64 from, guint64 to)
{
  static const guint64 lengths[] = { 16, 8 }; /* a function that changed may save fewer registers */
  guint64 first = MAX (from, guess > GUESS_BYTES ? guess - GUESS_BYTES : 0);
  guint64 last = MIN (to, guess + GUESS_BYTES);
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

/* Those at both ends of a gap that stand right at its ends: too plain to be looked for, as zeros, but there. */
static void
settle_ends (AssayDrift *drift, guint *first, guint *last, guint64 *from, guint64 *to)
{
  while (*first < *last)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, *last - 1);
      if (object->placement == ASSAY_PLACEMENT_UNKNOWN)
        {
          if (object->length > *to - *from || !assay_drift_equal (drift, object, *to - object->length))
            break;
          *to -= object->length;
          place (object, *to, object->length, ASSAY_PLACEMENT_FOUND);
        }
      --*last;
    }
  while (*first < *last)
    {
      AssayObject *object = &g_array_index (drift->objects, AssayObject, *first);
      if (object->placement == ASSAY_PLACEMENT_UNKNOWN)
        {
          if (object->length > *to - *from || !assay_drift_equal (drift, object, *from))
            break;
          place (object, *from, object->length, ASSAY_PLACEMENT_FOUND);
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
      place (object, from, object->length, ASSAY_PLACEMENT_CHANGED);
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
      place (object, start, end - start, end > start ? ASSAY_PLACEMENT_CHANGED : ASSAY_PLACEMENT_REMOVED);
      start = end;
    }
  for (guint i = next_unplaced (drift, first, last, FALSE); i < last; i = next_unplaced (drift, i + 1, last, FALSE))
    place (&g_array_index (drift->objects, AssayObject, i), to, 0, ASSAY_PLACEMENT_REMOVED);
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
assay_drift_solve (AssayDrift *drift)
{
  follow (drift);
  find_moved (drift);
  keep_order (drift);
  settle_rest (drift);
  drift->added = find_free (drift);
}
