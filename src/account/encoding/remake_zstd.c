#include "account/encoding/remaking.h"

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_getCParams() */
#include <zstd.h>
#include <zstd_errors.h>

#define NO_MEMORY "zstd has no memory"

/** So many bytes of tables are cleared while one byte is packed. */
#define CLEARED_TIMES 64u

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
read_zstd_head (const AssayRemaking *remaking, ZstdHead *out, GError **error)
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
has_other_window (const AssayRemaking *remaking, const ZstdHead *head, int level)
{
  guint64 size = head->sized ? assay_blob_get_size (remaking->content) : 0;
  ZSTD_compressionParameters parameters = ZSTD_getCParams (level, size, 0);
  return head->window != 0 && head->window != (parameters.windowLog - 10) << 3;
}

static gboolean
run_zstd (AssayRemaking *remaking, ZSTD_CCtx *encoder, const ZstdWay *way, GError **error)
{
  gsize left = 1;
  ZSTD_inBuffer in = { remaking->in, 0, 0 };
  ZSTD_EndDirective end = ZSTD_e_continue;
  while ((left > 0 || end != ZSTD_e_end || in.pos < in.size) && !remaking->differs)
    {
      if (in.pos == in.size && assay_remaking_has_all (remaking))
        end = ZSTD_e_end;
      else if (in.pos == in.size)
        {
          if (!assay_remaking_read (remaking, remaking->in, ASSAY_REMAKING_BYTES, &in.size, error))
            return FALSE;
          in.pos = 0;
          end = assay_remaking_has_all (remaking) && !way->apart ? ZSTD_e_end : ZSTD_e_continue;
        }
      ZSTD_outBuffer out = { remaking->out, ASSAY_REMAKING_BYTES, 0 };
      left = ZSTD_compressStream2 (encoder, &out, &in, end);
      if (ZSTD_getErrorCode (left) == ZSTD_error_memory_allocation)
        return assay_remaking_fail (NO_MEMORY, error);
      if (ZSTD_isError (left))
        remaking->differs = TRUE;
      else if (!assay_remaking_take (remaking, out.pos, error))
        return FALSE;
    }
  assay_remaking_end (remaking);
  return TRUE;
}

/* What it costs to begin: the tables of the higher levels are hundreds of MiB, which are cleared. */
static gboolean
spend_tables (AssayRemaking *remaking, const ZstdHead *head, int level, GError **error)
{
  guint64 size = head->sized ? assay_blob_get_size (remaking->content) : 0;
  ZSTD_compressionParameters parameters = ZSTD_getCParams (level, size, 0);
  guint64 tables = ((guint64)1 << parameters.windowLog)
                   + (((guint64)1 << parameters.hashLog) + ((guint64)1 << parameters.chainLog)) * sizeof (guint32);
  return assay_remaking_spend (remaking, tables / CLEARED_TIMES, error);
}

static gboolean
remake_zstd_once (AssayRemaking *remaking, const ZstdHead *head, const ZstdWay *way, GError **error)
{
  assay_remaking_begin (remaking);
  if (!spend_tables (remaking, head, way->level, error))
    return FALSE;
  g_autoptr (ZSTD_CCtx) encoder = ZSTD_createCCtx ();
  if (encoder == NULL)
    return assay_remaking_fail (NO_MEMORY, error);
  remaking->differs
      = ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_compressionLevel, way->level))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_checksumFlag, head->summed))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_contentSizeFlag, head->sized))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_nbWorkers, way->workers))
        || (head->sized
            && ZSTD_isError (ZSTD_CCtx_setPledgedSrcSize (encoder, assay_blob_get_size (remaking->content))));
  return remaking->differs || run_zstd (remaking, encoder, way, error);
}

/** Levels in the order in which they are common. */
static const int levels[] = { 3, 19, 22, 1, 9, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21 };

/** Ways of one level: with or without a thread beside it, and how the end is told. */
#define LEVEL_WAYS 4u
#define WAY_APART 1u
#define WAY_WORKERS 2u

/* Ways of one level, with and without a thread beside it. */
static guint
group_of (guint way)
{
  return way / LEVEL_WAYS * 2 + ((way & WAY_WORKERS) != 0) + 1;
}

/* A thread beside it makes no difference in the first block: where that is another already, so are the rest. When the
 * end is told makes none before all content is in. What is known is what the last way that ran has said. */
static gboolean
is_in_vain (const AssayRemaking *remaking, const ZstdHead *head, guint way)
{
  if (assay_remaking_has_all (remaking))
    return FALSE;
  if (remaking->group == group_of (way))
    return (way & WAY_APART) != 0;
  return remaking->group == group_of (way & ~WAY_WORKERS) && remaking->made < head->first_block;
}

static gboolean
remake_zstd (AssayRemaking *remaking, guint way, GError **error)
{
  ZstdHead head = { 0 };
  const ZstdWay asked = { levels[way / LEVEL_WAYS], (way & WAY_WORKERS) != 0, (way & WAY_APART) != 0 };
  remaking->differs = TRUE;
  if (remaking->length <= ZSTD_MAGIC_BYTES)
    return TRUE;
  if (!read_zstd_head (remaking, &head, error))
    return FALSE;
  if (has_other_window (remaking, &head, asked.level) || is_in_vain (remaking, &head, way))
    return TRUE;
  remaking->group = group_of (way);
  return remake_zstd_once (remaking, &head, &asked, error);
}

static gboolean
say_head (AssayRemaking *remaking, GString *out, GError **error)
{
  ZstdHead head = { 0 };
  if (remaking->length > ZSTD_MAGIC_BYTES && !read_zstd_head (remaking, &head, error))
    return FALSE;
  g_string_append_printf (out, "%d %d", head.sized, head.summed);
  return TRUE;
}

const AssayEncoder assay_encoder_zstd = { G_N_ELEMENTS (levels) * LEVEL_WAYS, remake_zstd, say_head };
