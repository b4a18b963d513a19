#include "inventory/likeness.h"

#include "inventory/fingerprint_private.h"
#include "inventory/reader.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

/* Of two files that are one but for a tenth of each: 0.9 / 1.1 of all their blocks are in both. */
#define SHARED_OF 4u
#define ALL_OF 5u

/* Fewer blocks say nothing. */
#define LEAST_BLOCKS 8u

/* Code that is more than crt1.o and its like: 2 KiB. */
#define ENOUGH_CODE_BLOCKS 128u

typedef gboolean (*EachSegment) (const GElf_Phdr *segment, gpointer data, GError **error);

/* Calls @each for the loaded segments; FALSE without error where the table cannot be read. */
static gboolean
each_segment (const AssayElfReader *reader, EachSegment each, gpointer data, GError **error)
{
  guint64 record = assay_elf_reader_record_size (reader, ELF_T_PHDR);
  guint64 count = reader->header.e_phnum;
  if (reader->header.e_phentsize != record || count == PN_XNUM
      || !assay_range_fits (reader->header.e_phoff, count * record, reader->size))
    return FALSE;
  for (guint64 i = 0; i < count; i++)
    {
      GElf_Phdr segment;
      if (!assay_elf_reader_get_segments (reader, reader->header.e_phoff + i * record, 1, &segment, error))
        return FALSE;
      if (segment.p_type != PT_LOAD || segment.p_offset >= reader->size)
        continue;
      segment.p_filesz = MIN (segment.p_filesz, reader->size - segment.p_offset);
      if (segment.p_filesz > 0 && !each (&segment, data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_size (const GElf_Phdr *segment, gpointer data, GError **error)
{
  AssayLikenessSize *size = data;
  (void)error;
  if (!assay_u64_add (size->loaded_bytes, segment->p_filesz, &size->loaded_bytes))
    return FALSE;
  size->code_bytes += (segment->p_flags & PF_X) != 0 ? segment->p_filesz : 0;
  return TRUE;
}

/* Segments that overlap are read once for each, so that a lying table may ask for a lot of reading. */
static gboolean
measure (const AssayElfReader *reader, AssayLikenessSize *out_size, GError **error)
{
  GError *failure = NULL;
  AssayLikenessSize size = { 0, 0 };
  *out_size = size;
  if (reader->header.e_type != ET_EXEC && reader->header.e_type != ET_DYN)
    return TRUE;
  gboolean whole = each_segment (reader, add_size, &size, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (whole && size.code_bytes > 0 && size.loaded_bytes / 4 <= reader->size)
    *out_size = size;
  return TRUE;
}

/* NULL without error: no ELF file. */
static AssayElfReader *
open_reader (AssayBlob *blob, GError **error)
{
  g_autoptr (GError) failure = NULL;
  AssayElfReader *reader = assay_elf_reader_new_as_run (blob, &failure);
  if (failure != NULL && !g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_MALFORMED))
    g_propagate_error (error, g_steal_pointer (&failure));
  return reader;
}

gboolean
assay_likeness_measure (AssayBlob *blob, AssayLikenessSize *out_size, GError **error)
{
  GError *failure = NULL;
  g_autoptr (AssayElfReader) reader = open_reader (blob, &failure);
  *out_size = (AssayLikenessSize){ 0, 0 };
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  return reader == NULL || measure (reader, out_size, error);
}

static gboolean
is_wanted (const AssaySketch *sketch, guint64 hash)
{
  return sketch->count < ASSAY_LIKENESS_HASHES || hash < sketch->hashes[ASSAY_LIKENESS_HASHES - 1];
}

static void
add_hash (AssaySketch *sketch, guint64 hash)
{
  guint at = sketch->count;
  if (!is_wanted (sketch, hash))
    return;
  while (at > 0 && sketch->hashes[at - 1] > hash)
    at--;
  if (at > 0 && sketch->hashes[at - 1] == hash)
    return;
  guint kept = MIN (sketch->count, ASSAY_LIKENESS_HASHES - 1);
  memmove (sketch->hashes + at + 1, sketch->hashes + at, (kept - at) * sizeof hash);
  sketch->hashes[at] = hash;
  sketch->count = kept + 1;
}

/** A file that is sketched. */
typedef struct
{
  AssayBlob *blob;
  AssayLikeness *out;
  guint8 window[ASSAY_BLOB_WINDOW_BYTES + ASSAY_FINGERPRINT_BLOCK];
} Sketching;

/** Headers may cut segments in two or make one of them, at borders of pages: a place in a page is not theirs to move.
 */
#define PAGE_BYTES 4096u

static guint64
hash_in_place (const guint8 *bytes, guint64 address)
{
  guint64 both[2] = { assay_fingerprint_hash (bytes), address % PAGE_BYTES };
  return assay_fingerprint_hash ((const guint8 *)both);
}

static gboolean
add_segment (const GElf_Phdr *segment, gpointer data, GError **error)
{
  Sketching *sketching = data;
  AssaySketch *code = (segment->p_flags & PF_X) != 0 ? &sketching->out->code : NULL;
  AssaySketch *loaded = &sketching->out->loaded;
  for (guint64 done = 0; done < segment->p_filesz; done += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (segment->p_filesz - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error)
          || !assay_blob_read (sketching->blob, segment->p_offset + done, sketching->window, length, error))
        return FALSE;
      guint64 address = segment->p_vaddr + done;
      gsize first = (gsize)((0 - address) % ASSAY_FINGERPRINT_BLOCK);
      for (gsize at = first; at + ASSAY_FINGERPRINT_BLOCK <= length; at += ASSAY_FINGERPRINT_BLOCK)
        {
          if (!assay_fingerprint_is_telling (sketching->window + at))
            continue;
          guint64 hash = hash_in_place (sketching->window + at, address + at);
          loaded->blocks++;
          add_hash (loaded, hash);
          if (code == NULL)
            continue;
          code->blocks++;
          add_hash (code, hash);
        }
    }
  return TRUE;
}

/* Zeros of a hole, and patterns of few bytes, of which there may be gigabytes: no block of them tells anything. */
static gboolean
may_tell (const guint8 *bytes, gsize length)
{
  gboolean seen[256] = { FALSE };
  guint distinct = 0;
  for (gsize i = 0; i < length && distinct < ASSAY_FINGERPRINT_DISTINCT; i++)
    {
      distinct += !seen[bytes[i]];
      seen[bytes[i]] = TRUE;
    }
  return distinct >= ASSAY_FINGERPRINT_DISTINCT;
}

/* A header in front of a raw image moves all of it, so that each place may begin a block. */
static gboolean
add_raw (Sketching *sketching, GError **error)
{
  const guint overlap = ASSAY_FINGERPRINT_BLOCK - 1;
  AssaySketch *loaded = &sketching->out->loaded;
  guint64 size = assay_blob_get_size (sketching->blob);
  for (guint64 done = 0; done + overlap < size; done += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - done, ASSAY_BLOB_WINDOW_BYTES + overlap);
      if (assay_cancelled (error) || !assay_blob_read (sketching->blob, done, sketching->window, length, error))
        return FALSE;
      if (!may_tell (sketching->window, length))
        {
          loaded->blocks += length - overlap;
          continue;
        }
      for (gsize at = 0; at + overlap < length; at++)
        {
          guint64 hash = assay_fingerprint_hash (sketching->window + at);
          loaded->blocks++;
          if (is_wanted (loaded, hash) && assay_fingerprint_is_telling (sketching->window + at))
            add_hash (loaded, hash);
        }
    }
  return TRUE;
}

static gboolean
sketch (Sketching *sketching, const AssayElfReader *reader, GError **error)
{
  AssayLikeness *out = sketching->out;
  if (reader == NULL)
    {
      out->size.code_bytes = out->size.loaded_bytes = assay_blob_get_size (sketching->blob);
      return add_raw (sketching, error);
    }
  out->is_program = TRUE;
  if (!measure (reader, &out->size, error))
    return FALSE;
  return out->size.code_bytes == 0 || each_segment (reader, add_segment, sketching, error);
}

AssayLikeness *
assay_likeness_new (AssayBlob *blob, GError **error)
{
  GError *failure = NULL;
  g_autofree AssayLikeness *likeness = g_new0 (AssayLikeness, 1);
  g_autofree Sketching *sketching = g_new (Sketching, 1);
  sketching->blob = blob;
  sketching->out = likeness;
  if (!assay_blob_hold (blob, error))
    return NULL;
  g_autoptr (AssayElfReader) reader = open_reader (blob, &failure);
  gboolean done = failure == NULL && sketch (sketching, reader, &failure);
  assay_blob_release (blob);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return done ? g_steal_pointer (&likeness) : NULL;
}

static gboolean
is_near (guint64 a, guint64 b)
{
  return a > 0 && b > 0 && a / ALL_OF * SHARED_OF <= b && b / ALL_OF * SHARED_OF <= a;
}

gboolean
assay_likeness_may_match (const AssayLikenessSize *a, const AssayLikenessSize *b)
{
  return is_near (a->code_bytes, b->code_bytes) || is_near (a->loaded_bytes, b->loaded_bytes);
}

static gboolean
is_like (const AssaySketch *a, const AssaySketch *b)
{
  guint shared = 0;
  guint all = 0;
  for (guint i = 0, j = 0; all < ASSAY_LIKENESS_HASHES && (i < a->count || j < b->count); all++)
    {
      gboolean from_a = j == b->count || (i < a->count && a->hashes[i] <= b->hashes[j]);
      gboolean from_b = i == a->count || (j < b->count && b->hashes[j] <= a->hashes[i]);
      shared += from_a && from_b;
      i += from_a;
      j += from_b;
    }
  return all >= LEAST_BLOCKS && shared * ALL_OF >= all * SHARED_OF;
}

gboolean
assay_likeness_match (const AssayLikeness *a, const AssayLikeness *b)
{
  if (a->is_program != b->is_program)
    return FALSE;
  return is_like (&a->loaded, &b->loaded)
         || (MIN (a->code.blocks, b->code.blocks) >= ENOUGH_CODE_BLOCKS && is_like (&a->code, &b->code));
}
