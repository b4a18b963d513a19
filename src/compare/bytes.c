#include "compare/bytes.h"

#include "crypto/sha256_pair.h"
#include "util/cancel.h"

#include <string.h>

/** Differences, and bytes of theirs, that are gathered before they are added to what was found: there may be millions.
 */
#define NOTED 64u
#define NOTED_BYTES 1024u

/** The state of one pass: where it is in each of the lists that it walks beside the bytes. */
typedef struct
{
  AssayBlob *shipped;
  AssayBlob *expected;
  const GArray *correspondences;
  const AssayPass *pass;
  GArray *differences;
  guint next_correspondence;
  guint next_piece;
  AssaySha256Sides sides;   /* of the whole first, and of the piece second */
  AssaySha256Pair *running; /* nullable: neither is wanted */
  guint8 *shipped_window;
  guint8 *expected_window;
  guint noted_count; /* behind @differences */
  guint noted_bytes; /* behind what is shown */
  AssayDifference noted[NOTED];
  guint8 bytes[NOTED_BYTES];
} Walk;

static void
walk_clear (Walk *walk)
{
  g_clear_pointer (&walk->running, assay_sha256_pair_free);
  g_clear_pointer (&walk->shipped_window, g_free);
  g_clear_pointer (&walk->expected_window, g_free);
  g_clear_pointer (&walk->differences, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
flush_shown (Walk *walk)
{
  if (walk->noted_bytes > 0)
    g_byte_array_append (walk->pass->shown->bytes, walk->bytes, walk->noted_bytes);
  walk->noted_bytes = 0;
}

/* Keeps the first bytes of a difference, @b: NULL: of one without counterpart. @had: how many it had before */
static void
show (Walk *walk, const guint8 *a, const guint8 *b, gsize length, guint64 had)
{
  const AssayShown *shown = walk->pass->shown;
  if (shown == NULL || had >= shown->most)
    return;
  length = MIN (length, shown->most - (gsize)had);
  for (gsize i = 0; i < length; i++)
    {
      if (walk->noted_bytes + 2 > NOTED_BYTES)
        flush_shown (walk);
      walk->bytes[walk->noted_bytes++] = a[i];
      if (b != NULL)
        walk->bytes[walk->noted_bytes++] = b[i];
    }
}

/* All but the last, to which more may be added, unless there is none to come. */
static void
flush_noted (Walk *walk, gboolean all)
{
  guint count = all || walk->noted_count == 0 ? walk->noted_count : walk->noted_count - 1;
  g_array_append_vals (walk->differences, walk->noted, count);
  if (count < walk->noted_count)
    walk->noted[0] = walk->noted[count];
  walk->noted_count -= count;
}

/* @a, @b: its bytes; @b is NULL without counterpart */
static void
add_difference (Walk *walk, guint64 offset, gsize length, guint64 expected_offset, const guint8 *a, const guint8 *b)
{
  if (walk->noted_count > 0)
    {
      AssayDifference *last = &walk->noted[walk->noted_count - 1];
      gboolean touches = last->offset + last->length == offset;
      gboolean same_kind = expected_offset == ASSAY_NO_COUNTERPART
                               ? last->expected_offset == ASSAY_NO_COUNTERPART
                               : last->expected_offset != ASSAY_NO_COUNTERPART
                                     && last->expected_offset + last->length == expected_offset;
      if (touches && same_kind)
        {
          show (walk, a, b, length, last->length);
          last->length += length;
          return;
        }
    }
  show (walk, a, b, length, 0);
  if (walk->noted_count == NOTED)
    flush_noted (walk, FALSE);
  walk->noted[walk->noted_count++] = (AssayDifference){ offset, length, expected_offset };
}

static gsize
shown_of (const AssayShownWalk *walk, const AssayDifference *difference)
{
  gsize kept = (gsize)MIN (difference->length, walk->shown->most);
  return difference->expected_offset == ASSAY_NO_COUNTERPART ? kept : 2 * kept;
}

/* The difference that holds what stands at @offset, or NULL; those before it are passed by. */
static const AssayDifference *
find_shown (AssayShownWalk *walk, guint64 offset)
{
  for (; walk->index < walk->differences->len; walk->index++)
    {
      const AssayDifference *difference = &g_array_index (walk->differences, AssayDifference, walk->index);
      if (offset < difference->offset + difference->length)
        return offset < difference->offset ? NULL : difference;
      walk->at += shown_of (walk, difference);
    }
  return NULL;
}

gboolean
assay_shown_take (AssayShownWalk *walk, guint64 offset, guint64 expected_offset, gsize length, guint8 *out_shipped,
                  guint8 *out_expected)
{
  const AssayDifference *difference = find_shown (walk, offset);
  if (difference == NULL)
    return FALSE;
  guint64 within = offset - difference->offset;
  guint64 kept = MIN (difference->length, walk->shown->most);
  gboolean alone = difference->expected_offset == ASSAY_NO_COUNTERPART;
  if (within > kept || length > kept - within
      || expected_offset != (alone ? ASSAY_NO_COUNTERPART : difference->expected_offset + within))
    return FALSE;
  const guint8 *bytes = walk->shown->bytes->data + walk->at + (alone ? within : 2 * within);
  if (alone)
    memcpy (out_shipped, bytes, length);
  else
    for (gsize i = 0; i < length; i++)
      {
        out_shipped[i] = bytes[2 * i];
        out_expected[i] = bytes[2 * i + 1];
      }
  return TRUE;
}

static inline guint64
word_at (const guint8 *bytes)
{
  guint64 word;
  memcpy (&word, bytes, sizeof word);
  return word;
}

/* Where two windows have the next unequal byte from @i on; their length where they have none. */
static inline gsize
next_unequal (const guint8 *a, const guint8 *b, gsize i, gsize length)
{
  const gsize word = sizeof (guint64);
  for (; length - i >= 4 * word; i += 4 * word)
    if (((word_at (a + i) ^ word_at (b + i)) | (word_at (a + i + word) ^ word_at (b + i + word))
         | (word_at (a + i + 2 * word) ^ word_at (b + i + 2 * word))
         | (word_at (a + i + 3 * word) ^ word_at (b + i + 3 * word)))
        != 0)
      break;
  for (; length - i >= word; i += word)
    {
      guint64 differ = GUINT64_FROM_LE (word_at (a + i) ^ word_at (b + i));
      if (differ != 0)
        return i + (gsize)__builtin_ctzll (differ) / 8;
    }
  while (i < length && a[i] == b[i])
    i++;
  return i;
}

/* Notes each run of unequal bytes of two windows. */
static void
note_unequal (Walk *walk, const guint8 *a, const guint8 *b, gsize length, guint64 offset, guint64 expected_offset)
{
  for (gsize i = next_unequal (a, b, 0, length); i < length; i = next_unequal (a, b, i, length))
    {
      gsize start = i;
      while (i < length && a[i] != b[i])
        i++;
      add_difference (walk, offset + start, i - start, expected_offset + start, a + start, b + start);
    }
}

static gboolean
compare_window (Walk *walk, guint64 offset, gsize length, GError **error)
{
  gsize done = 0;
  while (done < length)
    {
      const AssayCorrespondence *next = NULL;
      while (walk->next_correspondence < walk->correspondences->len)
        {
          next = &g_array_index (walk->correspondences, AssayCorrespondence, walk->next_correspondence);
          if (next->shipped + next->length > offset + done)
            break;
          walk->next_correspondence++;
          next = NULL;
        }
      guint64 here = offset + done;
      if (next == NULL || next->shipped > here)
        {
          gsize alone = next == NULL ? length - done : MIN (length - done, next->shipped - here);
          add_difference (walk, here, alone, ASSAY_NO_COUNTERPART, walk->shipped_window + done, NULL);
          done += alone;
          continue;
        }
      gsize together = MIN (length - done, next->shipped + next->length - here);
      guint64 expected_offset = next->expected + (here - next->shipped);
      if (!assay_blob_read (walk->expected, expected_offset, walk->expected_window, together, error))
        return FALSE;
      if (memcmp (walk->shipped_window + done, walk->expected_window, together) != 0)
        note_unequal (walk, walk->shipped_window + done, walk->expected_window, together, here, expected_offset);
      done += together;
    }
  return TRUE;
}

/* Digests what no piece takes, up to @end. */
static gsize
digest_whole (Walk *walk, gsize done, gsize end)
{
  if (done < end)
    assay_sha256_pair_update (walk->running, walk->shipped_window + done, end - done, NULL, 0);
  return MAX (done, end);
}

/* Digests what lies in pieces for both at once. Returns: up to where the window was digested for the whole. */
static gsize
digest_pieces (Walk *walk, guint64 offset, gsize length)
{
  gsize done = 0;
  while (walk->next_piece < walk->pass->pieces->len)
    {
      AssayPieceDigest *piece = &g_array_index (walk->pass->pieces, AssayPieceDigest, walk->next_piece);
      guint64 start = MAX (piece->offset, offset);
      guint64 end = MIN (piece->offset + piece->length, offset + length);
      if (start < end)
        {
          const guint8 *bytes = walk->shipped_window + (start - offset);
          g_assert (done <= start - offset);
          digest_whole (walk, done, start - offset);
          assay_sha256_pair_update (walk->running, bytes, end - start, bytes, end - start);
          done = end - offset;
        }
      if (piece->offset + piece->length > offset + length)
        break;
      assay_sha256_pair_finish (walk->running, ASSAY_SHA256_SECOND, &piece->digest);
      walk->next_piece++;
    }
  return done;
}

static void
digest_window (Walk *walk, guint64 offset, gsize length)
{
  if (walk->running != NULL)
    digest_whole (walk, walk->pass->pieces == NULL ? 0 : digest_pieces (walk, offset, length), length);
  assay_progress_add (walk->pass->progress, length);
}

static void
finish_digests (Walk *walk)
{
  if (walk->pass->pieces != NULL)
    digest_pieces (walk, assay_blob_get_size (walk->shipped), 0);
  if ((walk->sides & ASSAY_SHA256_FIRST) != 0)
    assay_sha256_pair_finish (walk->running, ASSAY_SHA256_FIRST, walk->pass->whole);
}

static void
walk_begin (Walk *walk)
{
  const AssayDigest *noted = assay_blob_get_noted_sha256 (walk->shipped);
  if (walk->pass->whole != NULL && noted != NULL)
    *walk->pass->whole = *noted;
  else if (walk->pass->whole != NULL)
    walk->sides |= ASSAY_SHA256_FIRST;
  if (walk->pass->pieces != NULL && assay_blob_take_noted_parts (walk->shipped, walk->pass->pieces))
    walk->next_piece = walk->pass->pieces->len;
  else if (walk->pass->pieces != NULL)
    walk->sides |= ASSAY_SHA256_SECOND;
  walk->running = walk->sides == 0 ? NULL : assay_sha256_pair_new (walk->sides);
  gsize window = (gsize)CLAMP (assay_blob_get_size (walk->shipped), 1, ASSAY_BLOB_WINDOW_BYTES);
  walk->shipped_window = g_malloc (window);
  walk->expected_window = g_malloc (window);
}

static gboolean
walk_window (Walk *walk, guint64 offset, gsize length, GError **error)
{
  if (assay_cancelled (error) || !assay_blob_read (walk->shipped, offset, walk->shipped_window, length, error))
    return FALSE;
  digest_window (walk, offset, length);
  if (walk->expected == NULL)
    {
      add_difference (walk, offset, length, ASSAY_NO_COUNTERPART, walk->shipped_window, NULL);
      return TRUE;
    }
  return compare_window (walk, offset, length, error);
}

static gboolean
walk_all (Walk *walk, GError **error)
{
  guint64 size = assay_blob_get_size (walk->shipped);
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    if (!walk_window (walk, offset, MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES), error))
      return FALSE;
  finish_digests (walk);
  return TRUE;
}

gboolean
assay_blob_compare (AssayBlob *shipped, AssayBlob *expected, const GArray *correspondences, const AssayPass *pass,
                    GArray **out_differences, GError **error)
{
  g_auto (Walk) walk = { .shipped = shipped, .expected = expected, .correspondences = correspondences, .pass = pass };
  walk.differences = g_array_new (FALSE, FALSE, sizeof (AssayDifference));
  walk_begin (&walk);
  if (!assay_blob_hold (shipped, error))
    return FALSE;
  gboolean held = expected == NULL || assay_blob_hold (expected, error);
  gboolean done = held && walk_all (&walk, error);
  flush_noted (&walk, TRUE);
  flush_shown (&walk);
  if (held && expected != NULL)
    assay_blob_release (expected);
  assay_blob_release (shipped);
  if (done && assay_blob_check_unchanged (shipped, error)
      && (expected == NULL || assay_blob_check_unchanged (expected, error)))
    {
      *out_differences = g_steal_pointer (&walk.differences);
      return TRUE;
    }
  return FALSE;
}

static gboolean
windows_equal (Walk *walk, gboolean *out_equal, GError **error)
{
  guint64 size = assay_blob_get_size (walk->shipped);
  gboolean same = assay_blob_same_place (walk->shipped, walk->expected);
  gboolean equal = TRUE;
  if (same && walk->running == NULL)
    size = 0;
  for (guint64 offset = 0; equal && offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (walk->shipped, offset, walk->shipped_window, length, error)
          || (!same && !assay_blob_read (walk->expected, offset, walk->expected_window, length, error)))
        return FALSE;
      equal = same || memcmp (walk->shipped_window, walk->expected_window, length) == 0;
      if (equal)
        digest_window (walk, offset, length);
    }
  if (equal)
    finish_digests (walk);
  *out_equal = equal;
  return TRUE;
}

gboolean
assay_blob_equal (AssayBlob *a, AssayBlob *b, gboolean *out_equal, GError **error)
{
  const AssayPass nothing = { NULL };
  return assay_blob_equal_digested (a, b, &nothing, out_equal, error);
}

gboolean
assay_blob_equal_digested (AssayBlob *a, AssayBlob *b, const AssayPass *pass, gboolean *out_equal, GError **error)
{
  g_auto (Walk) walk = { .shipped = a, .expected = b, .pass = pass };
  if (assay_blob_get_size (a) != assay_blob_get_size (b))
    {
      *out_equal = FALSE;
      return TRUE;
    }
  walk_begin (&walk);
  if (!assay_blob_hold (a, error))
    return FALSE;
  gboolean held = assay_blob_hold (b, error);
  gboolean done = held && windows_equal (&walk, out_equal, error);
  if (held)
    assay_blob_release (b);
  assay_blob_release (a);
  return done;
}
