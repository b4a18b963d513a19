#include "account/encoding/encoding.h"

#include "util/cancel.h"

#include <bzlib.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_getCParams() */
#include <zstd.h>

#define PART_BYTES (64u << 10)

/**
 * A stream that is there, and one that grows beside it.
 * @at: how much of the content the encoder has; @made: how much of the stream it made of that
 * @differs: as far as it goes it is another
 */
typedef struct
{
  AssayBlob *stream;
  guint64 offset;
  guint64 length;
  AssayBlob *content;
  const AssayLimits *limits;
  guint64 *repacked;
  guint64 at;
  guint64 made;
  gboolean differs;
  guint8 out[PART_BYTES];
  guint8 there[PART_BYTES];
  guint8 in[PART_BYTES];
} Remaking;

/* The next bytes that the encoder gives: they are those that stand there, or all is another. */
static gboolean
take (Remaking *remaking, gsize length, GError **error)
{
  gsize most = (gsize)MIN (length, remaking->length - remaking->made);
  gsize equal = 0;
  if (!assay_blob_read (remaking->stream, remaking->offset + remaking->made, remaking->there, most, error))
    return FALSE;
  while (equal < most && remaking->there[equal] == remaking->out[equal])
    equal++;
  remaking->made += equal;
  remaking->differs = equal < length;
  return TRUE;
}

/* The next part of the content; @out_length 0 where all of it was read. */
static gboolean
read_next (Remaking *remaking, gsize *out_length, GError **error)
{
  gsize length = (gsize)MIN (assay_blob_get_size (remaking->content) - remaking->at, PART_BYTES);
  *out_length = length;
  if (length == 0)
    return TRUE;
  *remaking->repacked += length;
  if (assay_cancelled (error)
      || !assay_limits_check (remaking->limits, ASSAY_LIMIT_REPACKED_BYTES, *remaking->repacked,
                              "content that is packed again, to see whether its own library makes the stream", error)
      || !assay_blob_read (remaking->content, remaking->at, remaking->in, length, error))
    return FALSE;
  remaking->at += length;
  return TRUE;
}

static gboolean
has_all (const Remaking *remaking)
{
  return remaking->at == assay_blob_get_size (remaking->content);
}

static gboolean
run_bzip2 (Remaking *remaking, bz_stream *encoder, GError **error)
{
  int said = BZ_RUN_OK;
  while (said != BZ_STREAM_END && !remaking->differs)
    {
      gsize length = 0;
      if (encoder->avail_in == 0 && !has_all (remaking))
        {
          if (!read_next (remaking, &length, error))
            return FALSE;
          encoder->next_in = (char *)remaking->in;
          encoder->avail_in = (unsigned)length;
        }
      encoder->next_out = (char *)remaking->out;
      encoder->avail_out = PART_BYTES;
      said = BZ2_bzCompress (encoder, !has_all (remaking) || encoder->avail_in > 0 ? BZ_RUN : BZ_FINISH);
      if (said < 0)
        remaking->differs = TRUE;
      else if (!take (remaking, PART_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

/* Of bzip2 the head says the level, which is all that there is to choose. */
static gboolean
remake_bzip2 (Remaking *remaking, GError **error)
{
  bz_stream encoder = { .opaque = NULL };
  guint8 head[4] = { 0 };
  if (!assay_blob_read (remaking->stream, remaking->offset, head, sizeof head, error))
    return FALSE;
  if (head[3] < '1' || head[3] > '9' || BZ2_bzCompressInit (&encoder, head[3] - '0', 0, 0) != BZ_OK)
    {
      remaking->differs = TRUE;
      return TRUE;
    }
  gboolean done = run_bzip2 (remaking, &encoder, error);
  remaking->differs = remaking->differs || remaking->made != remaking->length;
  BZ2_bzCompressEnd (&encoder);
  return done;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ZSTD_CCtx, ZSTD_freeCCtx)

/** How zstd may have been asked. @workers: the program has one thread beside it, which cuts large content otherwise;
 * @apart: it is told of the end when all content is in, as of a pipe, and not with the last of it. */
typedef struct
{
  int level;
  int workers;
  gboolean apart;
} ZstdWay;

/**
 * What the head of a frame says, of what its encoder was asked for (RFC 8878, 3.1.1.1).
 * @sized: a size of the content, which one segment has always; @window: as it stands, or 0 for one segment
 * @first_block: where the first block ends; 0: not in this stream
 */
typedef struct
{
  gboolean sized;
  gboolean summed;
  guint8 window;
  guint64 first_block;
} ZstdHead;

#define ZSTD_MAGIC_BYTES 4u
#define ZSTD_SINGLE_SEGMENT 0x20u
#define ZSTD_SUM 4u
/** Magic, descriptor, window, dictionary and size, each at its longest, and the head of a block. */
#define ZSTD_HEAD_BYTES (ZSTD_MAGIC_BYTES + 1u + 1u + 4u + 8u + 3u)
/** Kind of a block: one byte that stands for many. */
#define ZSTD_BLOCK_RUN 1u

static gboolean
read_zstd_head (const Remaking *remaking, ZstdHead *out, GError **error)
{
  static const guint8 dictionary_bytes[] = { 0, 1, 2, 4 };
  guint8 head[ZSTD_HEAD_BYTES] = { 0 };
  gsize length = (gsize)MIN (remaking->length, sizeof head);
  if (!assay_blob_read (remaking->stream, remaking->offset, head, length, error))
    return FALSE;
  guint flags = head[ZSTD_MAGIC_BYTES];
  gboolean single = (flags & ZSTD_SINGLE_SEGMENT) != 0;
  guint size_bytes = flags >> 6 == 0 ? (single ? 1u : 0u) : 1u << (flags >> 6);
  gsize at = ZSTD_MAGIC_BYTES + 1u + !single + dictionary_bytes[flags & 3] + size_bytes;
  out->sized = size_bytes > 0;
  out->summed = (flags & ZSTD_SUM) != 0;
  out->window = single ? 0 : head[ZSTD_MAGIC_BYTES + 1];
  if (at + 3 > length)
    return TRUE;
  guint block = head[at] | (guint)head[at + 1] << 8 | (guint)head[at + 2] << 16;
  out->first_block = at + 3 + ((block >> 1 & 3) == ZSTD_BLOCK_RUN ? 1 : block >> 3);
  return TRUE;
}

/* Whether a level has another window than the frame: the larger ones take long to begin with, and much memory. */
static gboolean
has_other_window (const Remaking *remaking, const ZstdHead *head, int level)
{
  guint64 size = head->sized ? assay_blob_get_size (remaking->content) : 0;
  ZSTD_compressionParameters parameters = ZSTD_getCParams (level, size, 0);
  return head->window != 0 && head->window != (parameters.windowLog - 10) << 3;
}

static gboolean
run_zstd (Remaking *remaking, ZSTD_CCtx *encoder, const ZstdWay *way, GError **error)
{
  gsize left = 1;
  ZSTD_inBuffer in = { remaking->in, 0, 0 };
  ZSTD_EndDirective end = ZSTD_e_continue;
  while ((left > 0 || end != ZSTD_e_end || in.pos < in.size) && !remaking->differs)
    {
      if (in.pos == in.size && has_all (remaking))
        end = ZSTD_e_end;
      else if (in.pos == in.size)
        {
          if (!read_next (remaking, &in.size, error))
            return FALSE;
          in.pos = 0;
          end = has_all (remaking) && !way->apart ? ZSTD_e_end : ZSTD_e_continue;
        }
      ZSTD_outBuffer out = { remaking->out, PART_BYTES, 0 };
      left = ZSTD_compressStream2 (encoder, &out, &in, end);
      if (ZSTD_isError (left))
        remaking->differs = TRUE;
      else if (!take (remaking, out.pos, error))
        return FALSE;
    }
  remaking->differs = remaking->differs || remaking->made != remaking->length;
  return TRUE;
}

static gboolean
remake_zstd_once (Remaking *remaking, const ZstdHead *head, const ZstdWay *way, GError **error)
{
  g_autoptr (ZSTD_CCtx) encoder = ZSTD_createCCtx ();
  remaking->at = 0;
  remaking->made = 0;
  remaking->differs
      = encoder == NULL || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_compressionLevel, way->level))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_checksumFlag, head->summed))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_contentSizeFlag, head->sized))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_nbWorkers, way->workers))
        || (head->sized
            && ZSTD_isError (ZSTD_CCtx_setPledgedSrcSize (encoder, assay_blob_get_size (remaking->content))));
  return remaking->differs || run_zstd (remaking, encoder, way, error);
}

/* One level, with or without a thread beside it. When the end is told makes no difference before all content is in.
 * @out_begins: the first block is the stream's */
static gboolean
remake_zstd_with (Remaking *remaking, const ZstdHead *head, ZstdWay way, gboolean *out_begins, GError **error)
{
  if (!remake_zstd_once (remaking, head, &way, error))
    return FALSE;
  *out_begins = remaking->made >= head->first_block || has_all (remaking);
  way.apart = TRUE;
  return !remaking->differs || !has_all (remaking) || remake_zstd_once (remaking, head, &way, error);
}

/* One level in all its ways. A thread beside it makes no difference in the first block: where that is another already,
 * so are the rest. */
static gboolean
remake_zstd_at (Remaking *remaking, const ZstdHead *head, int level, GError **error)
{
  gboolean begins = TRUE;
  remaking->differs = TRUE;
  for (int workers = 0; workers < 2 && begins && remaking->differs; workers++)
    if (!remake_zstd_with (remaking, head, (ZstdWay){ level, workers, FALSE }, &begins, error))
      return FALSE;
  return TRUE;
}

/** Levels in the order in which they are common. */
static const int zstd_levels[] = { 3, 19, 22, 1, 9, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21 };

static gboolean
remake_zstd (Remaking *remaking, GError **error)
{
  ZstdHead head = { 0 };
  remaking->differs = TRUE;
  if (!read_zstd_head (remaking, &head, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (zstd_levels) && remaking->differs; i++)
    if (!has_other_window (remaking, &head, zstd_levels[i]) && !remake_zstd_at (remaking, &head, zstd_levels[i], error))
      return FALSE;
  return TRUE;
}

static Remaking *
remaking_new (const AssayEncoded *encoded, const AssayLimits *limits, guint64 *repacked)
{
  Remaking *remaking = g_new0 (Remaking, 1);
  *remaking = (Remaking){ .stream = encoded->stream,
                          .offset = encoded->offset,
                          .length = encoded->length,
                          .content = encoded->content,
                          .limits = limits,
                          .repacked = repacked };
  return remaking;
}

gboolean
assay_encoding_is_made (const AssayEncoded *encoded, const AssayLimits *limits, guint64 *repacked, gboolean *out_made,
                        GError **error)
{
  *out_made = FALSE;
  if (encoded->length <= ZSTD_MAGIC_BYTES)
    return TRUE;
  g_autofree Remaking *remaking = remaking_new (encoded, limits, repacked);
  gboolean is_zstd = strcmp (encoded->codec, "zstd") == 0;
  if (!(is_zstd ? remake_zstd (remaking, error) : remake_bzip2 (remaking, error)))
    return FALSE;
  *out_made = !remaking->differs;
  return TRUE;
}

/* Both by the level that stands in their heads, which is all that there is to choose. */
static gboolean
is_alike_bzip2 (Remaking *shipped, Remaking *expected, gboolean *out_alike, GError **error)
{
  guint8 level = 0;
  guint8 wanted = 0;
  if (!assay_blob_read (shipped->stream, shipped->offset + 3, &level, 1, error)
      || !assay_blob_read (expected->stream, expected->offset + 3, &wanted, 1, error))
    return FALSE;
  shipped->differs = level != wanted;
  if (!shipped->differs && (!remake_bzip2 (expected, error) || (!expected->differs && !remake_bzip2 (shipped, error))))
    return FALSE;
  *out_alike = !shipped->differs && !expected->differs;
  return TRUE;
}

/** Two frames, and what their heads say. */
typedef struct
{
  Remaking *shipped;
  ZstdHead shipped_head;
  Remaking *expected;
  ZstdHead expected_head;
} ZstdPair;

static gboolean
is_alike_zstd_at (ZstdPair *pair, int level, gboolean *out_alike, GError **error)
{
  for (int way = 0; way < 4 && !*out_alike; way++)
    {
      const ZstdWay asked = { level, way & 1, (way & 2) != 0 };
      if (!remake_zstd_once (pair->expected, &pair->expected_head, &asked, error))
        return FALSE;
      if (pair->expected->differs)
        continue;
      if (!remake_zstd_once (pair->shipped, &pair->shipped_head, &asked, error))
        return FALSE;
      *out_alike = !pair->shipped->differs;
    }
  return TRUE;
}

static gboolean
is_alike_zstd (Remaking *shipped, Remaking *expected, gboolean *out_alike, GError **error)
{
  ZstdPair pair = { .shipped = shipped, .expected = expected };
  if (!read_zstd_head (shipped, &pair.shipped_head, error) || !read_zstd_head (expected, &pair.expected_head, error))
    return FALSE;
  if (pair.shipped_head.sized != pair.expected_head.sized || pair.shipped_head.summed != pair.expected_head.summed)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (zstd_levels) && !*out_alike; i++)
    if (!has_other_window (expected, &pair.expected_head, zstd_levels[i])
        && !has_other_window (shipped, &pair.shipped_head, zstd_levels[i])
        && !is_alike_zstd_at (&pair, zstd_levels[i], out_alike, error))
      return FALSE;
  return TRUE;
}

gboolean
assay_encoding_is_alike (const AssayEncoded *shipped, const AssayEncoded *expected, const AssayLimits *limits,
                         guint64 *repacked, gboolean *out_alike, GError **error)
{
  gboolean is_zstd = strcmp (shipped->codec, "zstd") == 0;
  *out_alike = FALSE;
  if (strcmp (shipped->codec, expected->codec) != 0 || (!is_zstd && strcmp (shipped->codec, "bzip2") != 0)
      || shipped->length <= ZSTD_MAGIC_BYTES || expected->length <= ZSTD_MAGIC_BYTES)
    return TRUE;
  g_autofree Remaking *ours = remaking_new (shipped, limits, repacked);
  g_autofree Remaking *theirs = remaking_new (expected, limits, repacked);
  return is_zstd ? is_alike_zstd (ours, theirs, out_alike, error) : is_alike_bzip2 (ours, theirs, out_alike, error);
}
