#include "unpack/keeping.h"

#include "cage/wire.h"
#include "util/checked.h"
#include "util/lock.h"
#include "util/sorted.h"

#include <string.h>

/* A stream of which so many pieces in a row differ from the other's is no longer asked about. */
#define UNLIKE_MOST 64u

/* So often is looked around: for some 2 GiB that are read. */
#define LOOKS_MOST 1024u

/* So many runs are enough, of 128 KiB or more where the two sides take turns. */
#define RUNS_MOST (1u << 16)

/* What an entry of another length moved is looked for so far around the place where it stood, in steps of an archive's
 * blocks. */
#define AROUND_BYTES (1u << 20)
#define BLOCK_BYTES 512u

/* How long to wait for a piece that the other side is just writing; then it is written twice. */
#define WAIT_US (G_USEC_PER_SEC / 2)

/** A run of what one stream decodes to. */
typedef struct
{
  guint64 start; /* in that stream */
  AssayBlobRun run;
} Piece;

struct _AssayKept
{
  AssayKeeping *keeping;
  AssaySpool *spool;
  gboolean expected;
  char *path;
  AssayWake wake;  /* of who waits for @done */
  GArray *pieces;  /* Piece: without a gap */
  guint64 claimed; /* bytes that came */
  guint64 done;    /* bytes of these that are in their place */
  gboolean ended;
  gint64 shift; /* from a place of this stream to the one of the other that was last found to be like it */
  guint unlike; /* pieces since then */
  guint looks;
  guint8 *window;
};

struct _AssayKeeping
{
  AssayLock lock;         /* guards all that two sides look at: of each stream, @pieces, @claimed, @done and @ended */
  GHashTable *streams[2]; /* node path -> AssayKept */
};

static void
kept_free (gpointer data)
{
  AssayKept *kept = data;
  assay_wake_clear (&kept->wake);
  g_array_unref (kept->pieces);
  g_free (kept->path);
  g_free (kept->window);
  g_free (kept);
}

static void
clear_piece (gpointer data)
{
  assay_blob_unref (((Piece *)data)->run.blob);
}

static GArray *
pieces_new (void)
{
  GArray *pieces = g_array_new (FALSE, TRUE, sizeof (Piece));
  g_array_set_clear_func (pieces, clear_piece);
  return pieces;
}

AssayKeeping *
assay_keeping_new (void)
{
  AssayKeeping *keeping = g_new0 (AssayKeeping, 1);
  assay_lock_init (&keeping->lock);
  for (guint i = 0; i < 2; i++)
    keeping->streams[i] = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, kept_free);
  return keeping;
}

void
assay_keeping_free (AssayKeeping *keeping)
{
  if (keeping == NULL)
    return;
  for (guint i = 0; i < 2; i++)
    g_hash_table_unref (keeping->streams[i]);
  assay_lock_clear (&keeping->lock);
  g_free (keeping);
}

AssayKept *
assay_kept_new (AssayKeeping *keeping, gboolean expected, const char *path, AssaySpool *spool)
{
  GHashTable *streams = keeping->streams[expected ? 1 : 0];
  AssayKept *kept = NULL;
  assay_lock_take (&keeping->lock);
  if (!g_hash_table_contains (streams, path))
    {
      kept = g_new0 (AssayKept, 1);
      *kept = (AssayKept){ .keeping = keeping, .spool = spool, .expected = expected, .path = g_strdup (path) };
      kept->pieces = pieces_new ();
      assay_wake_init (&kept->wake);
      g_hash_table_insert (streams, kept->path, kept);
    }
  assay_lock_give (&keeping->lock);
  return kept;
}

/* Adds a run at the end; one that begins where the last one ends is one with it. */
static void
add_run (GArray *pieces, AssayBlob *blob, guint64 offset, guint64 length)
{
  Piece *last = pieces->len == 0 ? NULL : &g_array_index (pieces, Piece, pieces->len - 1);
  if (last != NULL && last->run.blob == blob && last->run.offset + last->run.length == offset)
    {
      last->run.length += length;
      return;
    }
  Piece piece = { last == NULL ? 0 : last->start + last->run.length, { assay_blob_ref (blob), offset, length } };
  g_array_append_val (pieces, piece);
}

/* Adds all of @more. */
static void
add_pieces (GArray *pieces, const GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    {
      const AssayBlobRun *run = &g_array_index (more, Piece, i).run;
      add_run (pieces, run->blob, run->offset, run->length);
    }
}

/* (transfer full): where @length bytes of a stream from @place on are, all of which are there. */
static GArray *
cut_pieces (const GArray *pieces, guint64 place, guint64 length)
{
  GArray *cut = pieces_new ();
  for (guint i = assay_sorted_last (pieces, G_STRUCT_OFFSET (Piece, start), place); length > 0; i++)
    {
      const Piece *piece = &g_array_index (pieces, Piece, i);
      guint64 skip = place - piece->start;
      guint64 part = MIN (length, piece->run.length - skip);
      add_run (cut, piece->run.blob, piece->run.offset + skip, part);
      place += part;
      length -= part;
    }
  return cut;
}

static gboolean
read_pieces (const GArray *pieces, guint8 *out, GError **error)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      const AssayBlobRun *run = &g_array_index (pieces, Piece, i).run;
      if (!assay_blob_read (run->blob, run->offset, out, (gsize)run->length, error))
        return FALSE;
      out += run->length;
    }
  return TRUE;
}

static AssayKept *
other_of (const AssayKept *kept)
{
  return g_hash_table_lookup (kept->keeping->streams[kept->expected ? 0 : 1], kept->path);
}

/* (nullable) (transfer full): where the other side has what may be the next bytes of this one. Who waits does so for
 * one that came first, and who comes first waits for nobody. */
static GArray *
find_other (AssayKept *kept, gsize length)
{
  AssayKeeping *keeping = kept->keeping;
  AssayKept *other = other_of (kept);
  guint64 place = kept->done + (guint64)kept->shift;
  guint64 end = place + length;
  gint64 until_us = g_get_monotonic_time () + WAIT_US;
  if (other == NULL || kept->unlike > UNLIKE_MOST || kept->pieces->len > RUNS_MOST || place > end
      || (kept->shift < 0 && kept->done < (guint64)-kept->shift))
    return NULL;
  while (other->claimed >= end && other->done < end && !other->ended && g_get_monotonic_time () < until_us)
    assay_wake_wait (&other->wake, &keeping->lock, until_us);
  return other->done >= end ? cut_pieces (other->pieces, place, length) : NULL;
}

/* The last block of @bytes, which begin at @place of a stream, that is not one byte again and again; or NULL. */
static const guint8 *
find_block (guint64 place, const guint8 *bytes, gsize length)
{
  for (guint64 end = place + length - (place + length) % BLOCK_BYTES; end >= place + BLOCK_BYTES; end -= BLOCK_BYTES)
    {
      const guint8 *block = bytes + (end - place) - BLOCK_BYTES;
      if (memcmp (block, block + 1, BLOCK_BYTES - 1) != 0)
        return block;
    }
  return NULL;
}

/* Where in @around, which begins at @start of the other stream, the block stands that is nearest to @place. */
static gboolean
find_nearest (const GByteArray *around, guint64 start, const guint8 *block, guint64 place, guint64 *out_place)
{
  guint64 least = G_MAXUINT64;
  for (gsize at = (gsize)(-start % BLOCK_BYTES); at + BLOCK_BYTES <= around->len; at += BLOCK_BYTES)
    {
      guint64 there = start + at;
      guint64 distance = there > place ? there - place : place - there;
      if (distance < least && memcmp (around->data + at, block, BLOCK_BYTES) == 0)
        {
          least = distance;
          *out_place = there;
        }
    }
  return least != G_MAXUINT64;
}

/* Reads what the other side has around @place, and says where that begins. */
static gboolean
read_around (AssayKept *kept, guint64 place, GByteArray *around, guint64 *out_start, GError **error)
{
  assay_lock_take (&kept->keeping->lock);
  const AssayKept *other = other_of (kept);
  guint64 end = MIN (other->done, place + AROUND_BYTES);
  *out_start = MIN (end, place > AROUND_BYTES ? place - AROUND_BYTES : 0);
  g_autoptr (GArray) pieces = cut_pieces (other->pieces, *out_start, end - *out_start);
  assay_lock_give (&kept->keeping->lock);
  g_byte_array_set_size (around, (guint)(end - *out_start));
  return read_pieces (pieces, around->data, error);
}

/* Something before was longer or shorter: looks where what comes now stands on the other side. */
static gboolean
look_around (AssayKept *kept, const guint8 *bytes, gsize length, GError **error)
{
  const guint8 *block = find_block (kept->done, bytes, length);
  g_autoptr (GByteArray) around = g_byte_array_new ();
  guint64 start = 0;
  guint64 there = 0;
  if (block == NULL)
    return TRUE;
  guint64 place = kept->done + (guint64)(block - bytes);
  if (!read_around (kept, place + (guint64)kept->shift, around, &start, error))
    return FALSE;
  if (find_nearest (around, start, block, place + (guint64)kept->shift, &there))
    kept->shift = (gint64)(there - place);
  return TRUE;
}

static gboolean
is_equal (AssayKept *kept, const GArray *pieces, const void *bytes, gsize length, gboolean *out_equal, GError **error)
{
  if (kept->window == NULL)
    kept->window = g_malloc (ASSAY_WIRE_BYTES);
  if (!read_pieces (pieces, kept->window, error))
    return FALSE;
  *out_equal = memcmp (kept->window, bytes, length) == 0;
  return TRUE;
}

/* Whether the other side has the bytes in @theirs; where it does not, finds out where it may have the next ones. */
static gboolean
ask_other (AssayKept *kept, const GArray *theirs, const void *bytes, gsize length, gboolean *out_equal, GError **error)
{
  if (!is_equal (kept, theirs, bytes, length, out_equal, error))
    return FALSE;
  kept->unlike = *out_equal ? 0 : kept->unlike + 1;
  /* at the first that differs, the second, fourth, eighth */
  return (kept->unlike & (kept->unlike - 1)) != 0 || kept->unlike == 0 || kept->looks++ >= LOOKS_MOST
         || look_around (kept, bytes, length, error);
}

/* (transfer full): where the bytes are now: where the other side has them, or else in the spool. */
static GArray *
place_bytes (AssayKept *kept, guint64 most_bytes, const char *temporary_directory, const void *bytes, gsize length,
             GArray *theirs, GError **error)
{
  AssaySpool *spool = kept->spool;
  gboolean equal = FALSE;
  if (theirs != NULL && !ask_other (kept, theirs, bytes, length, &equal, error))
    return NULL;
  if (equal)
    return g_array_ref (theirs);
  if (!assay_spool_write (spool, most_bytes, temporary_directory, kept->done, bytes, length, error))
    return NULL;
  GArray *pieces = pieces_new ();
  add_run (pieces, spool->blob, spool->used + kept->done, length);
  return pieces;
}

gboolean
assay_kept_add (AssayKept *kept, guint64 most_bytes, const char *temporary_directory, const void *bytes,
                gsize length_bytes, GError **error)
{
  AssayKeeping *keeping = kept->keeping;
  if (length_bytes == 0)
    return TRUE;
  g_assert (length_bytes <= ASSAY_WIRE_BYTES && !kept->ended);
  assay_lock_take (&keeping->lock);
  kept->claimed = kept->done + length_bytes;
  g_autoptr (GArray) theirs = find_other (kept, length_bytes);
  assay_lock_give (&keeping->lock);
  g_autoptr (GArray) placed = place_bytes (kept, most_bytes, temporary_directory, bytes, length_bytes, theirs, error);
  assay_lock_take (&keeping->lock);
  if (placed != NULL)
    {
      add_pieces (kept->pieces, placed);
      kept->done += length_bytes;
    }
  kept->ended = placed == NULL;
  assay_wake_signal (&kept->wake);
  assay_lock_give (&keeping->lock);
  return placed != NULL;
}

guint64
assay_kept_get_length (const AssayKept *kept)
{
  return kept->done;
}

AssayBlob *
assay_kept_join (AssayKept *kept)
{
  g_autoptr (GArray) runs = g_array_sized_new (FALSE, FALSE, sizeof (AssayBlobRun), kept->pieces->len);
  for (guint i = 0; i < kept->pieces->len; i++)
    g_array_append_val (runs, g_array_index (kept->pieces, Piece, i).run);
  return assay_blob_new_joined (runs);
}

void
assay_kept_end (AssayKept *kept)
{
  assay_lock_take (&kept->keeping->lock);
  kept->ended = TRUE;
  assay_wake_signal (&kept->wake);
  assay_lock_give (&kept->keeping->lock);
  g_clear_pointer (&kept->window, g_free);
}
