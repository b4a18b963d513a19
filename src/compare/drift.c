#include "compare/drift_private.h"

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

void
assay_drift_clear (AssayDrift *drift)
{
  g_clear_pointer (&drift->objects, g_array_unref);
  g_clear_pointer (&drift->added, g_array_unref);
}

gboolean
assay_drift_may_search (AssayDrift *drift, guint64 length)
{
  guint64 most = ASSAY_DRIFT_SEARCH_BYTES + ASSAY_DRIFT_SEARCH_TIMES * drift->shipped_length;
  drift->cut = drift->cut || length > most - MIN (drift->searched, most);
  if (!drift->cut)
    drift->searched += length;
  return !drift->cut;
}

gboolean
assay_drift_bytes_equal (const guint8 *a, const guint8 *b, const guint8 *mask, guint64 length)
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
         && assay_drift_bytes_equal (drift->expected + object->offset, drift->shipped + shipped_offset,
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

/* A short text is known by all of it with its NUL; one that begins behind a NUL before one that ends another text. */
static gboolean
search_text (AssayDrift *drift, const AssayObject *object, guint64 from, guint64 to, guint64 *out)
{
  gboolean found = FALSE;
  to = MIN (to, drift->shipped_length);
  for (guint64 start = from; object->kind == ASSAY_OBJECT_STRING && start + object->length <= to;)
    {
      const guint8 *hit = memmem (drift->shipped + start, to - start, drift->expected + object->offset, object->length);
      if (!assay_drift_may_search (drift, (hit == NULL ? to : (guint64)(hit - drift->shipped) + 1) - start)
          || hit == NULL)
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
search (AssayDrift *drift, const AssayObject *object, guint64 anchor, guint64 from, guint64 to, guint64 *out)
{
  const guint8 *needle = drift->expected + object->offset + anchor;
  to = MIN (to, drift->shipped_length);
  for (guint64 start = from + anchor; start + ANCHOR_BYTES <= to;)
    {
      const guint8 *hit = memmem (drift->shipped + start, to - start, needle, ANCHOR_BYTES);
      if (!assay_drift_may_search (drift, (hit == NULL ? to : (guint64)(hit - drift->shipped) + 1) - start)
          || hit == NULL)
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
      assay_object_place (object, *last_shipped_end, 0, ASSAY_PLACEMENT_REMOVED);
      return;
    }
  assay_object_place (object, object->hint, object->length, ASSAY_PLACEMENT_FOUND);
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
      if (!placed && !drift->cut && !assay_object_has_place (drift, object))
        {
          guint64 anchor = find_anchor (drift, object);
          /* what stands before it may have grown, or be gone */
          placed = anchor != ANCHOR_NONE
                   && search (drift, object, anchor, last_shipped_end, straight + object->length + NEAR_BYTES, &found)
                   && is_followed (drift, i, found);
          placed = placed
                   || search_text (drift, object, last_shipped_end, straight + object->length + ASSAY_DRIFT_GUESS_BYTES,
                                   &found);
        }
      if (!placed)
        continue;
      assay_object_place (object, found, object->length, ASSAY_PLACEMENT_FOUND);
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
      if (entry.object->placement != ASSAY_PLACEMENT_UNKNOWN || entry.object->name == NULL
          || assay_object_has_place (drift, entry.object))
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
          assay_object_place (entry->object, offset, entry->object->length, ASSAY_PLACEMENT_FOUND);
          entry->object->moved_away = TRUE;
          at = offset + entry->object->length - 1;
        }
    }
  g_hash_table_foreach (index, free_key, NULL);
}

void
assay_drift_solve (AssayDrift *drift)
{
  follow (drift);
  find_moved (drift);
  assay_drift_close_gaps (drift);
  drift->added = find_free (drift);
}
