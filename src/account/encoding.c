#include "account/encoding.h"

#include "util/cancel.h"

#include <bzlib.h>
#include <string.h>
#include <zstd.h>

/** Longer content is not tried. */
#define MOST_CONTENT_BYTES (G_GUINT64_CONSTANT (64) << 20)

#define PART_BYTES (64u << 10)

/** A stream that is there, and one that grows beside it. @differs: as far as it goes it is another. */
typedef struct
{
  AssayBlob *stream;
  guint64 offset;
  guint64 length;
  AssayBlob *content;
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
  if (length > remaking->length - remaking->made)
    {
      remaking->differs = TRUE;
      return TRUE;
    }
  if (!assay_blob_read (remaking->stream, remaking->offset + remaking->made, remaking->there, length, error))
    return FALSE;
  remaking->differs = memcmp (remaking->there, remaking->out, length) != 0;
  remaking->made += length;
  return TRUE;
}

static gsize
next_length (const Remaking *remaking, guint64 at)
{
  return (gsize)MIN (assay_blob_get_size (remaking->content) - at, PART_BYTES);
}

static gboolean
run_bzip2 (Remaking *remaking, bz_stream *encoder, GError **error)
{
  guint64 size = assay_blob_get_size (remaking->content);
  guint64 at = 0;
  int said = BZ_RUN_OK;
  while (said != BZ_STREAM_END && !remaking->differs)
    {
      gsize length = next_length (remaking, at);
      if (encoder->avail_in == 0 && length > 0)
        {
          if (assay_cancelled (error) || !assay_blob_read (remaking->content, at, remaking->in, length, error))
            return FALSE;
          encoder->next_in = (char *)remaking->in;
          encoder->avail_in = (unsigned)length;
          at += length;
        }
      encoder->next_out = (char *)remaking->out;
      encoder->avail_out = PART_BYTES;
      said = BZ2_bzCompress (encoder, at < size || encoder->avail_in > 0 ? BZ_RUN : BZ_FINISH);
      if (said < 0)
        remaking->differs = TRUE;
      else if (!take (remaking, PART_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

/* Of bzip2 the head says the level, which is all that there is to choose. */
static gboolean
remake_bzip2 (Remaking *remaking, const guint8 *head, GError **error)
{
  bz_stream encoder = { .opaque = NULL };
  if (head[3] < '1' || head[3] > '9' || BZ2_bzCompressInit (&encoder, head[3] - '0', 0, 0) != BZ_OK)
    {
      remaking->differs = TRUE;
      return TRUE;
    }
  gboolean done = run_bzip2 (remaking, &encoder, error);
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

static gboolean
run_zstd (Remaking *remaking, ZSTD_CCtx *encoder, const ZstdWay *way, GError **error)
{
  guint64 size = assay_blob_get_size (remaking->content);
  guint64 at = 0;
  gsize left = 1;
  ZSTD_inBuffer in = { remaking->in, 0, 0 };
  ZSTD_EndDirective end = ZSTD_e_continue;
  while ((left > 0 || end != ZSTD_e_end || in.pos < in.size) && !remaking->differs)
    {
      gsize length = next_length (remaking, at);
      if (in.pos == in.size && at == size)
        end = ZSTD_e_end;
      if (in.pos == in.size && length > 0)
        {
          if (assay_cancelled (error) || !assay_blob_read (remaking->content, at, remaking->in, length, error))
            return FALSE;
          in.size = length;
          in.pos = 0;
          at += length;
          end = at == size && !way->apart ? ZSTD_e_end : ZSTD_e_continue;
        }
      ZSTD_outBuffer out = { remaking->out, PART_BYTES, 0 };
      left = ZSTD_compressStream2 (encoder, &out, &in, end);
      if (ZSTD_isError (left))
        remaking->differs = TRUE;
      else if (!take (remaking, out.pos, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
remake_zstd_once (Remaking *remaking, const guint8 *head, const ZstdWay *way, GError **error)
{
  /* RFC 8878, 3.1.1.1.1: a size of the content, one segment, which has it always, and a sum */
  gboolean sized = (head[4] & 0xe0) != 0;
  g_autoptr (ZSTD_CCtx) encoder = ZSTD_createCCtx ();
  remaking->made = 0;
  remaking->differs
      = encoder == NULL || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_compressionLevel, way->level))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_checksumFlag, (head[4] & 4) != 0))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_contentSizeFlag, sized))
        || ZSTD_isError (ZSTD_CCtx_setParameter (encoder, ZSTD_c_nbWorkers, way->workers))
        || (sized && ZSTD_isError (ZSTD_CCtx_setPledgedSrcSize (encoder, assay_blob_get_size (remaking->content))));
  return remaking->differs || run_zstd (remaking, encoder, way, error);
}

/* Levels in the order in which they are common; a wrong one differs soon. */
static gboolean
remake_zstd (Remaking *remaking, const guint8 *head, GError **error)
{
  static const int levels[] = { 3, 19, 22, 1, 9, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21 };
  remaking->differs = TRUE;
  for (gsize i = 0; i < 4 * G_N_ELEMENTS (levels) && remaking->differs; i++)
    {
      ZstdWay way = { levels[i / 4], (int)(i % 2), i / 2 % 2 == 1 };
      if (!remake_zstd_once (remaking, head, &way, error))
        return FALSE;
      remaking->differs = remaking->differs || remaking->made != remaking->length;
    }
  return TRUE;
}

gboolean
assay_encoding_is_made (const char *codec, AssayBlob *stream, guint64 offset, guint64 length, AssayBlob *content,
                        gboolean *out_made, GError **error)
{
  guint8 head[5] = { 0 };
  *out_made = FALSE;
  if (length < sizeof head || assay_blob_get_size (content) > MOST_CONTENT_BYTES)
    return TRUE;
  if (!assay_blob_read (stream, offset, head, sizeof head, error))
    return FALSE;
  g_autofree Remaking *remaking = g_new0 (Remaking, 1);
  *remaking = (Remaking){ .stream = stream, .offset = offset, .length = length, .content = content };
  gboolean is_zstd = strcmp (codec, "zstd") == 0;
  if (!(is_zstd ? remake_zstd (remaking, head, error) : remake_bzip2 (remaking, head, error)))
    return FALSE;
  *out_made = !remaking->differs && remaking->made == length;
  return TRUE;
}
