#include "inventory/displacement.h"

#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

/** Bytes that are searched for first; all else is compared where they are found. Shorter content is found everywhere.
 */
#define ANCHOR_BYTES 32u

/** Places of the anchor that are looked at, so that a repeated anchor costs no more than as many comparisons. */
#define MOST_PLACES 64u

/** Bytes by which an image is told from one with its words turned. */
#define HEAD_BYTES 4096u

/** What is searched. @raw: the shipped bytes, their words turned; @content: the ranges' bytes, one behind the other. */
typedef struct
{
  const GArray *ranges;
  guint8 *raw;
  guint64 raw_size;
  guint8 *content;
  guint64 anchor_content; /* where the anchor begins in @content */
  guint64 anchor_image;   /* and in the flat image */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->raw, g_free);
  g_clear_pointer (&search->content, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static gboolean
is_constant (const guint8 *bytes, gsize length)
{
  return memcmp (bytes, bytes + 1, length - 1) == 0;
}

/* The first bytes that are not all the same: those stand in every fill. */
static gboolean
find_anchor (Search *search)
{
  guint64 content = 0;
  for (guint i = 0; i < search->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (search->ranges, AssayLoadRange, i);
      for (guint64 at = 0; range->length >= ANCHOR_BYTES && at <= range->length - ANCHOR_BYTES; at += ANCHOR_BYTES)
        if (!is_constant (search->content + content + at, ANCHOR_BYTES))
          {
            search->anchor_content = content + at;
            search->anchor_image = range->image_offset + at;
            return TRUE;
          }
      content += range->length;
    }
  return FALSE;
}

/* Content that fills the whole image can stand in it with words turned, and not elsewhere. *@out_may: whether the
 * beginnings are so. */
static gboolean
may_be_turned (AssayBlob *raw, AssayBlob *expected, gboolean *out_may, GError **error)
{
  guint8 bytes[2][HEAD_BYTES];
  gsize length = (gsize)MIN (assay_blob_get_size (raw), HEAD_BYTES) / 4 * 4;
  if (!assay_blob_read (raw, 0, bytes[0], length, error) || !assay_blob_read (expected, 0, bytes[1], length, error))
    return FALSE;
  gboolean two = TRUE;
  gboolean four = TRUE;
  for (gsize i = 0; i < length; i++)
    {
      two = two && bytes[0][i] == bytes[1][i ^ 1];
      four = four && bytes[0][i] == bytes[1][i ^ 3];
    }
  *out_may = two || four;
  return TRUE;
}

static gboolean
load (Search *search, AssayBlob *raw, AssayBlob *expected, GError **error)
{
  gboolean may_be = TRUE;
  guint64 content_size = 0;
  search->raw_size = assay_blob_get_size (raw);
  for (guint i = 0; i < search->ranges->len; i++)
    if (!assay_u64_add (content_size, g_array_index (search->ranges, AssayLoadRange, i).length, &content_size))
      return TRUE;
  if (MAX (search->raw_size, content_size) > ASSAY_DISPLACEMENT_BYTES || content_size > search->raw_size)
    return TRUE;
  const AssayLoadRange *first = &g_array_index (search->ranges, AssayLoadRange, 0);
  if (content_size == search->raw_size && search->ranges->len == 1 && first->image_offset == 0
      && first->file_offset == 0 && !may_be_turned (raw, expected, &may_be, error))
    return FALSE;
  if (!may_be)
    return TRUE;
  search->raw = g_try_malloc (search->raw_size + 1);
  search->content = g_try_malloc (content_size + 1);
  if (search->raw == NULL || search->content == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no memory to search a raw image");
      return FALSE;
    }
  guint64 done = 0;
  for (guint i = 0; i < search->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (search->ranges, AssayLoadRange, i);
      if (!assay_blob_read (expected, range->file_offset, search->content + done, range->length, error))
        return FALSE;
      done += range->length;
    }
  return assay_blob_read (raw, 0, search->raw, search->raw_size, error);
}

/* All ranges, moved by the same. */
static gboolean
holds_all (const Search *search, guint64 offset)
{
  guint64 content = 0;
  for (guint i = 0; i < search->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (search->ranges, AssayLoadRange, i);
      guint64 place = 0;
      if (!assay_u64_add (offset, range->image_offset, &place)
          || !assay_range_fits (place, range->length, search->raw_size)
          || memcmp (search->raw + place, search->content + content, range->length) != 0)
        return FALSE;
      content += range->length;
    }
  return TRUE;
}

static gboolean
find_offset (const Search *search, gboolean at_beginning, guint64 *out_offset)
{
  const guint8 *anchor = search->content + search->anchor_content;
  const guint8 *end = search->raw + search->raw_size;
  const guint8 *next = search->raw;
  for (guint i = 0; i < MOST_PLACES; i++)
    {
      const guint8 *found = memmem (next, (gsize)(end - next), anchor, ANCHOR_BYTES);
      if (found == NULL)
        return FALSE;
      guint64 place = (guint64)(found - search->raw);
      *out_offset = place - search->anchor_image;
      if (place >= search->anchor_image && (at_beginning || *out_offset > 0) && holds_all (search, *out_offset))
        return TRUE;
      next = found + 1;
    }
  return FALSE;
}

/* Reverses the bytes of each whole word; twice is not at all. */
static void
turn_words (Search *search, guint word_bytes)
{
  for (guint64 at = 0; assay_range_fits (at, word_bytes, search->raw_size); at += word_bytes)
    for (guint i = 0; i < word_bytes / 2; i++)
      {
        guint8 kept = search->raw[at + i];
        search->raw[at + i] = search->raw[at + word_bytes - 1 - i];
        search->raw[at + word_bytes - 1 - i] = kept;
      }
}

gboolean
assay_displacement_find (AssayBlob *raw, AssayBlob *expected, const GArray *ranges, gboolean *out_found,
                         AssayDisplacement *out, GError **error)
{
  static const guint words[] = { 1, 2, 4 };
  g_auto (Search) search = { .ranges = ranges };
  *out_found = FALSE;
  if (!load (&search, raw, expected, error))
    return FALSE;
  if (search.content == NULL || !find_anchor (&search))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (words) && !*out_found; i++)
    {
      guint64 offset = 0;
      turn_words (&search, words[i]);
      *out_found = find_offset (&search, words[i] > 1, &offset);
      turn_words (&search, words[i]);
      if (*out_found)
        *out = (AssayDisplacement){ offset, words[i] };
    }
  return TRUE;
}
