#include "account/encoding/remaking.h"

#include <lz4.h>
#define LZ4F_STATIC_LINKING_ONLY
#include <lz4frame.h>
#include <lz4hc.h>
#include <string.h>

/** Levels in the order in which they are common; those below 0 are lz4's `--fast`. */
static const int levels[] = { 1, 9, 12, 3, 2, 4, 5, 6, 7, 8, 10, 11, -1, -2, -3, -4, -5 };

#define NO_MEMORY "lz4 has no memory"

/** What it costs to begin, in bytes that might have been packed meanwhile. */
#define START_BYTES 4096u

/** LZ4 Frame Format: what stands before the first block, at most. */
#define FRAME_HEAD_BYTES LZ4F_HEADER_SIZE_MAX

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LZ4F_cctx, LZ4F_freeCompressionContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LZ4F_dctx, LZ4F_freeDecompressionContext)

/* What the head says of how the frame was asked for. */
static gboolean
read_head (const AssayRemaking *remaking, LZ4F_frameInfo_t *out, gboolean *out_known, GError **error)
{
  guint8 head[FRAME_HEAD_BYTES] = { 0 };
  gsize length = (gsize)MIN (remaking->length, sizeof head);
  g_autoptr (LZ4F_dctx) decoder = NULL;
  *out_known = FALSE;
  if (!assay_blob_read (remaking->stream, remaking->offset, head, length, error))
    return FALSE;
  if (LZ4F_isError (LZ4F_createDecompressionContext (&decoder, LZ4F_VERSION)))
    return assay_remaking_fail (NO_MEMORY, error);
  *out_known = !LZ4F_isError (LZ4F_getFrameInfo (decoder, out, head, &length)) && out->frameType == LZ4F_frame
               && out->dictID == 0;
  return TRUE;
}

static gboolean
run (AssayRemaking *remaking, LZ4F_cctx *encoder, guint8 *room, gsize room_bytes, GError **error)
{
  while (!remaking->differs)
    {
      gsize length = 0;
      if (!assay_remaking_read (remaking, remaking->in, ASSAY_REMAKING_BYTES, &length, error))
        return FALSE;
      gsize made = length == 0 ? LZ4F_compressEnd (encoder, room, room_bytes, NULL)
                               : LZ4F_compressUpdate (encoder, room, room_bytes, remaking->in, length, NULL);
      if (LZ4F_isError (made))
        remaking->differs = TRUE;
      else if (!assay_remaking_take_bytes (remaking, room, made, error))
        return FALSE;
      if (length == 0)
        break;
    }
  return TRUE;
}

static gboolean
remake_lz4 (AssayRemaking *remaking, guint way, GError **error)
{
  LZ4F_preferences_t asked = LZ4F_INIT_PREFERENCES;
  gboolean known = FALSE;
  g_autoptr (LZ4F_cctx) encoder = NULL;
  remaking->differs = TRUE;
  if (!read_head (remaking, &asked.frameInfo, &known, error))
    return FALSE;
  asked.compressionLevel = levels[way];
  if (!known)
    return TRUE;
  if (LZ4F_isError (LZ4F_createCompressionContext (&encoder, LZ4F_VERSION)))
    return assay_remaking_fail (NO_MEMORY, error);
  if (!assay_remaking_spend (remaking, START_BYTES, error))
    return FALSE;
  gsize room_bytes = FRAME_HEAD_BYTES + LZ4F_compressBound (ASSAY_REMAKING_BYTES, &asked);
  g_autofree guint8 *room = g_malloc (room_bytes);
  assay_remaking_begin (remaking);
  gsize made = LZ4F_compressBegin (encoder, room, room_bytes, &asked);
  if (LZ4F_isError (made))
    return assay_remaking_fail (NO_MEMORY, error);
  if (!assay_remaking_take_bytes (remaking, room, made, error) || !run (remaking, encoder, room, room_bytes, error))
    return FALSE;
  assay_remaking_end (remaking);
  return TRUE;
}

/** The kernel's form (lz4 -l): its mark, and blocks of content of 8 MiB, each behind its length. */
static const guint8 legacy_mark[] = { 0x02, 0x21, 0x4c, 0x18 };
#define LEGACY_BLOCK_BYTES (8u << 20)
#define LENGTH_BYTES 4u

/* One block; @out_bytes: with its length before it, 0 where no encoder makes any. */
static gsize
pack_legacy (const guint8 *content, gsize length, int level, guint8 *room, gsize room_bytes)
{
  char *into = (char *)room + LENGTH_BYTES;
  int most = (int)(room_bytes - LENGTH_BYTES);
  int made = level < LZ4HC_CLEVEL_MIN
                 ? LZ4_compress_fast ((const char *)content, into, (int)length, most, level < 0 ? 1 - level : 1)
                 : LZ4_compress_HC ((const char *)content, into, (int)length, most, level);
  if (made <= 0)
    return 0;
  const guint32 stored = GUINT32_TO_LE ((guint32)made);
  memcpy (room, &stored, sizeof stored);
  return LENGTH_BYTES + (gsize)made;
}

static gboolean
remake_lz4_legacy (AssayRemaking *remaking, guint way, GError **error)
{
  const gsize room_bytes = LENGTH_BYTES + LZ4_COMPRESSBOUND (LEGACY_BLOCK_BYTES);
  gsize most = (gsize)MIN (assay_blob_get_size (remaking->content), LEGACY_BLOCK_BYTES);
  g_autofree guint8 *content = g_malloc (most + 1);
  g_autofree guint8 *room = g_malloc (room_bytes);
  gsize length = 0;
  assay_remaking_begin (remaking);
  if (!assay_remaking_spend (remaking, START_BYTES, error)
      || !assay_remaking_take_bytes (remaking, legacy_mark, sizeof legacy_mark, error))
    return FALSE;
  while (!remaking->differs && !assay_remaking_has_all (remaking))
    {
      if (!assay_remaking_read (remaking, content, most, &length, error))
        return FALSE;
      gsize made = pack_legacy (content, length, levels[way], room, room_bytes);
      if (made == 0)
        remaking->differs = TRUE;
      else if (!assay_remaking_take_bytes (remaking, room, made, error))
        return FALSE;
    }
  assay_remaking_end (remaking);
  return TRUE;
}

static gboolean
say_head (AssayRemaking *remaking, GString *out, GError **error)
{
  LZ4F_frameInfo_t info = { 0 };
  gboolean known = FALSE;
  if (!read_head (remaking, &info, &known, error))
    return FALSE;
  if (known)
    g_string_append_printf (out, "%d %d %d %d %d", info.blockSizeID, info.blockMode, info.contentChecksumFlag,
                            info.blockChecksumFlag, info.contentSize != 0);
  return TRUE;
}

const AssayEncoder assay_encoder_lz4 = { G_N_ELEMENTS (levels), remake_lz4, say_head };
const AssayEncoder assay_encoder_lz4_legacy = { G_N_ELEMENTS (levels), remake_lz4_legacy, NULL };
