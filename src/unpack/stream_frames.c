#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/stream.h"
#include "util/checked.h"

/* Streams of frames: zstd (RFC 8878) and lz4 (LZ4 Frame Format). */

#define ZSTD_MAGIC 0xfd2fb528u
#define LZ4_MAGIC 0x184d2204u
#define LZ4_LEGACY_MAGIC 0x184c2102u
#define SKIPPABLE_HEADER_BYTES 8u

static gboolean
is_skippable (const guint8 *head, gsize length)
{
  return length >= SKIPPABLE_HEADER_BYTES && (assay_get_le32 (head) & 0xfffffff0u) == 0x184d2a50u;
}

/* Frames of a kind, and between them skippable frames, which zstd and lz4 have in common. At least one frame of the
 * kind. */
static gboolean
decode_frames (AssayStream *stream, guint32 magic, const char *codec, const char *name, const char *skipped,
               GError **error)
{
  guint8 head[SKIPPABLE_HEADER_BYTES];
  gsize length = 0;
  gboolean any = FALSE;
  for (;;)
    {
      if (!assay_stream_peek (stream, head, sizeof head, &length, error))
        return FALSE;
      if (is_skippable (head, length))
        {
          if (!assay_stream_skip (stream, (guint64)SKIPPABLE_HEADER_BYTES + assay_get_le32 (head + 4), skipped, error))
            return FALSE;
        }
      else if (length >= 4 && assay_get_le32 (head) == magic)
        {
          any = TRUE;
          if (!assay_stream_decode (stream, codec, name, error))
            return FALSE;
        }
      else
        return any || assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s: no frame", codec);
    }
}

/* Skippable frames may come first (pzstd); then the first other one says what this is, if it stands near enough. */
static gboolean
begins_with (const guint8 *head, gsize length, guint32 magic)
{
  gsize at = 0;
  while (is_skippable (head + at, length - at))
    {
      gsize body = assay_get_le32 (head + at + 4);
      if (!assay_range_fits (at + SKIPPABLE_HEADER_BYTES, body, length))
        return FALSE;
      at += SKIPPABLE_HEADER_BYTES + body;
    }
  return length - at >= 4 && assay_get_le32 (head + at) == magic;
}

gboolean
assay_zstd_probe (const guint8 *head, gsize length, guint64 size)
{
  return begins_with (head, length, ZSTD_MAGIC);
}

gboolean
assay_zstd_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && decode_frames (&stream, ZSTD_MAGIC, "zstd", "zstd frame", "zstd skippable frame", error)
         && assay_stream_finish (&stream, "behind zstd", error);
}

gboolean
assay_lz4_probe (const guint8 *head, gsize length, guint64 size)
{
  return begins_with (head, length, LZ4_MAGIC);
}

gboolean
assay_lz4_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && decode_frames (&stream, LZ4_MAGIC, "lz4", "lz4 frame", "lz4 skippable frame", error)
         && assay_stream_finish (&stream, "behind lz4", error);
}

gboolean
assay_lz4_legacy_probe (const guint8 *head, gsize length, guint64 size)
{
  return begins_with (head, length, LZ4_LEGACY_MAGIC);
}

/* Linux and U-Boot know one of the two forms of lz4 each: they are two codecs, and a frame of the other is not read. */
gboolean
assay_lz4_legacy_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && decode_frames (&stream, LZ4_LEGACY_MAGIC, "lz4-legacy", "lz4 legacy frame", "lz4 skippable frame", error)
         && assay_stream_finish (&stream, "behind lz4", error);
}
