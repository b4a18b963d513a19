#include "account/encoding/xz_blocks.h"

#include "account/ambiguity.h"
#include "unpack/bytes.h"
#include "unpack/codec/xz_chain.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

/* The .xz File Format, 2.1, 3 and 4. */
enum
{
  HEADER_BYTES = 12, /* of a stream, as its footer */
  CRC_BYTES = 4,
  RECORD_BYTES_MAX = 18,
  WINDOW_BYTES = 4096,
};

/** Blocks that are looked at; the encoder makes none of less than a MiB by itself. */
#define BLOCKS_MAX 65536u

/**
 * Index:
 * @begin: where in the blob it begins
 * @position: @end: bytes of it in the blob that are not loaded yet
 * @window: @used: @have: bytes that are, and not yet taken, are [@used, @have)
 */
typedef struct
{
  AssayBlob *blob;
  guint64 begin;
  guint64 position;
  guint64 end;
  guint8 window[WINDOW_BYTES];
  gsize used;
  gsize have;
} Index;

/* The filters of the block whose header begins at @at; @end: how far it may reach at most. */
static gboolean
read_chain (AssayBlob *blob, guint64 at, guint64 end, AssayXzChain *out_chain, gboolean *out_known, GError **error)
{
  guint8 header[ASSAY_XZ_BLOCK_HEADER_MAX] = { 0 };
  gsize length = (gsize)MIN (end - at, sizeof header);
  if (!assay_blob_read (blob, at, header, length, error))
    return FALSE;
  gsize whole = assay_xz_block_header_bytes (header[0]);
  *out_known = whole <= length && assay_xz_chain_read (header, whole, out_chain);
  return TRUE;
}

static gboolean
chains_are_equal (const AssayXzChain *a, const AssayXzChain *b)
{
  return a->branches == b->branches && a->dictionary == b->dictionary;
}

static gboolean
fill (Index *index, GError **error)
{
  if (index->have - index->used >= RECORD_BYTES_MAX || index->position == index->end)
    return TRUE;
  memmove (index->window, index->window + index->used, index->have - index->used);
  index->have -= index->used;
  index->used = 0;
  gsize length = (gsize)MIN (sizeof index->window - index->have, index->end - index->position);
  if (!assay_blob_read (index->blob, index->position, index->window + index->have, length, error))
    return FALSE;
  index->position += length;
  index->have += length;
  return TRUE;
}

/* Finds the index from the stream's end; @out_found: FALSE where none can be there. */
static gboolean
begin_index (Index *index, const AssayNode *node, const AssaySpan *span, gboolean *out_found, GError **error)
{
  guint8 footer[HEADER_BYTES];
  *out_found = FALSE;
  if (span->length < 2 * sizeof footer)
    return TRUE;
  guint64 end = span->offset + span->length - sizeof footer;
  if (!assay_blob_read (node->blob, end, footer, sizeof footer, error))
    return FALSE;
  guint64 length = ((guint64)assay_get_le32 (footer + 4) + 1) * 4;
  if (memcmp (footer + 10, "YZ", 2) != 0 || length > span->length - 2 * sizeof footer || length <= CRC_BYTES + 1)
    return TRUE;
  index->blob = node->blob;
  index->begin = end - length;
  index->position = index->begin;
  index->end = end - CRC_BYTES;
  if (!fill (index, error))
    return FALSE;
  *out_found = index->window[index->used++] == 0;
  return TRUE;
}

static gboolean
read_number (Index *index, guint64 *out_number)
{
  return assay_xz_vli_read (index->window, index->have, &index->used, out_number);
}

/* A block's place, and that of the next one. */
static gboolean
read_record (Index *index, guint64 at, guint64 *out_next)
{
  guint64 unpadded = 0;
  guint64 content = 0;
  guint64 padded = 0;
  if (!read_number (index, &unpadded) || !read_number (index, &content) || !assay_u64_align (unpadded, 4, &padded)
      || padded == 0 || padded > index->begin - at)
    return FALSE;
  *out_next = at + padded;
  return TRUE;
}

gboolean
assay_account_xz_is_uniform (const AssayNode *node, const AssaySpan *span, gboolean *out_uniform, GError **error)
{
  Index index = { .blob = NULL };
  AssayXzChain first = { 0 };
  guint64 blocks = 0;
  *out_uniform = FALSE;
  if (node->stream != NULL && !assay_account_has_one_stream (node))
    return TRUE;
  if (!begin_index (&index, node, span, out_uniform, error))
    return FALSE;
  guint64 at = span->offset + HEADER_BYTES;
  *out_uniform = *out_uniform && read_number (&index, &blocks) && blocks <= BLOCKS_MAX;
  for (guint64 i = 0; *out_uniform && i < blocks; i++)
    {
      AssayXzChain chain = { 0 };
      guint64 next = 0;
      gboolean known = FALSE;
      if (assay_cancelled (error) || !fill (&index, error))
        return FALSE;
      *out_uniform = read_record (&index, at, &next);
      if (*out_uniform && !read_chain (node->blob, at, next, &chain, &known, error))
        return FALSE;
      if (i == 0)
        first = chain;
      *out_uniform = *out_uniform && known && chains_are_equal (&chain, &first);
      at = next;
    }
  *out_uniform = *out_uniform && at == index.begin;
  return TRUE;
}
