#include "unpack/kernel/initramfs.h"

#include "unpack/bytes.h"
#include "unpack/trial.h"
#include "util/cancel.h"
#include "util/checked.h"
#include "util/number.h"

#define START_ALIGNMENT 4u
#define NUMBER_ALIGNMENT 8u

/** Zeros that may stand behind the last entry of a cpio (usr/gen_init_cpio.c fills blocks of 512 bytes). */
#define CPIO_FILL_BYTES 512u

/** Bytes that must be there to tell how something begins. */
#define BEGIN_BYTES 8u

static const char *const formats[] = { "cpio", "gzip", "bzip2", "xz", "lzma", "lz4-legacy", "zstd", NULL };

/** What a block of lz4 that is passed over costs, in decoded bytes. */
#define BLOCK_COST 256u

/** A search. @tried: places so far; @behind: of the last cpio that was read: each entry before looks like a first one.
 */
typedef struct
{
  AssayContainer *container;
  guint word_bytes;
  gboolean big_endian;
  guint tried;
  guint64 behind;
  AssayInitramfs *out;
} Search;

static guint64
get_number (const Search *search, const guint8 *bytes)
{
  return assay_number_read (bytes, search->word_bytes, search->big_endian);
}

/* Whether the number at @place says a length that ends within the alignment before it, and not before @end. */
static gboolean
says_length (const Search *search, guint64 offset, guint64 end, guint64 place, gboolean *out_says, GError **error)
{
  const AssayNode *node = search->container->node;
  guint8 bytes[8];
  guint64 nonzero = place;
  *out_says = FALSE;
  if (!assay_range_fits (place, search->word_bytes, node->size))
    return TRUE;
  if (!assay_blob_read (node->blob, place, bytes, search->word_bytes, error)
      || !assay_blob_find_nonzero (node->blob, end, place - end, &nonzero, error))
    return FALSE;
  guint64 length = get_number (search, bytes);
  *out_says = nonzero == place && length <= place - offset && length >= end - offset
              && place - offset - length < NUMBER_ALIGNMENT;
  search->out->length = length;
  return TRUE;
}

static gboolean
check_length (const Search *search, guint64 offset, guint64 end, guint64 fill, GError **error)
{
  guint64 place = 0;
  if (!assay_u64_align (end, NUMBER_ALIGNMENT, &place))
    return TRUE;
  for (guint64 last = place + fill; !search->out->found && place <= last; place += NUMBER_ALIGNMENT)
    if (!says_length (search, offset, end, place, &search->out->found, error))
      return FALSE;
  search->out->offset = offset;
  return TRUE;
}

/* Of lz4's legacy form nothing marks the end: it is at the end of the first block behind which the number says so.
 * *@length stays as it is for all others, and becomes 0 where no block ends so. */
static gboolean
find_end_of_lz4 (const Search *search, guint64 offset, guint64 *length, GError **error)
{
  static const guint8 magic[] = { 0x02, 0x21, 0x4c, 0x18 };
  const AssayNode *node = search->container->node;
  guint8 bytes[4];
  gboolean says = FALSE;
  guint64 end = offset + sizeof magic;
  if (!assay_blob_read (node->blob, offset, bytes, sizeof bytes, error))
    return FALSE;
  if (memcmp (bytes, magic, sizeof magic) != 0)
    return TRUE;
  *length = 0;
  while (!says && assay_range_fits (end, sizeof bytes, node->size))
    {
      assay_trial_charge (search->container, BLOCK_COST);
      if (assay_trial_is_spent (search->container))
        return TRUE;
      if (assay_cancelled (error) || !assay_blob_read (node->blob, end, bytes, sizeof bytes, error))
        return FALSE;
      guint64 block = assay_get_le32 (bytes);
      end += sizeof bytes;
      if (block == 0 || !assay_range_fits (end, block, node->size))
        return TRUE;
      end += block;
      if (!says_length (search, offset, end, (end + NUMBER_ALIGNMENT - 1) & ~(guint64)(NUMBER_ALIGNMENT - 1), &says,
                        error))
        return FALSE;
    }
  *length = says ? end - offset : 0;
  return TRUE;
}

/* The kernel is compared as it is. */
static gboolean
is_given_up (const Search *search)
{
  return search->tried >= ASSAY_TRIAL_MOST || assay_trial_is_spent (search->container);
}

/* What begins within a cpio that was read is no whole one. */
static gboolean
is_entry (const Search *search, const guint8 *head, guint64 offset)
{
  return offset < search->behind && memcmp (head, "0707", 4) == 0;
}

static gboolean
try_place (Search *search, guint64 offset, GError **error)
{
  AssayTrial trial;
  guint64 length = search->container->node->size - offset;
  search->tried++;
  if (!find_end_of_lz4 (search, offset, &length, error))
    return FALSE;
  if (length == 0)
    return TRUE;
  if (!assay_trial_open (search->container, offset, length, formats, &trial, error))
    return FALSE;
  if (!trial.is_cpio)
    return TRUE;
  search->out->holds = trial.holds;
  gboolean plain = g_strcmp0 (trial.format, "cpio") == 0;
  if (plain)
    search->behind = offset + trial.end;
  return check_length (search, offset, offset + trial.end, plain ? CPIO_FILL_BYTES : 0, error);
}

gboolean
assay_initramfs_find (AssayContainer *container, guint word_bytes, gboolean big_endian, AssayInitramfs *out,
                      GError **error)
{
  const AssayNode *node = container->node;
  Search search = { .container = container, .word_bytes = word_bytes, .big_endian = big_endian, .out = out };
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  *out = (AssayInitramfs){ 0 };
  for (guint64 start = 0; !out->found && !is_given_up (&search) && node->size - start >= BEGIN_BYTES;)
    {
      gsize take = (gsize)MIN (node->size - start, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (node->blob, start, window, take, error))
        return FALSE;
      gsize at = 0;
      for (; !out->found && !is_given_up (&search) && at + BEGIN_BYTES <= take; at += START_ALIGNMENT)
        if (assay_trial_may_begin (window + at, BEGIN_BYTES) && !is_entry (&search, window + at, start + at)
            && !try_place (&search, start + at, error))
          return FALSE;
      start += at;
    }
  return TRUE;
}
