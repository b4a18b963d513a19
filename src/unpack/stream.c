#include "unpack/stream.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"

gboolean
assay_stream_begin (AssayStream *stream, AssayContainer *container, GError **error)
{
  g_autofree char *name = g_strconcat ("#", container->node->format, NULL);
  stream->container = container;
  stream->position = 0;
  stream->members = 0;
  assay_sink_init (&stream->sink, container->context);
  stream->child = assay_container_add_decoded (container, name, error);
  return stream->child != NULL;
}

void
assay_stream_clear (AssayStream *stream)
{
  assay_sink_clear (&stream->sink);
}

/* A stream of empty members is as much to look at as an archive of empty files, and takes longer. */
static gboolean
count_member (AssayStream *stream, GError **error)
{
  AssayUnpackContext *context = stream->container->context;
  if (!assay_limits_check (context->limits, ASSAY_LIMIT_STREAM_MEMBERS, ++stream->members, "a stream of more members",
                           error))
    return FALSE;
  return stream->members == 1 || assay_context_charge_entry (context, error);
}

gboolean
assay_stream_decode (AssayStream *stream, const char *codec, const char *name, GError **error)
{
  AssayNode *node = stream->container->node;
  guint64 consumed = 0;
  if (!count_member (stream, error))
    return FALSE;
  if (!assay_codec_decode (assay_codec_find (codec), node->blob, stream->position, node->size - stream->position,
                           &stream->sink, &consumed, error))
    return FALSE;
  assay_container_add_span (stream->container, (AssaySpan){ stream->position, consumed, ASSAY_SPAN_ENCODED,
                                                            stream->child->index, FALSE, name });
  stream->position += consumed;
  return TRUE;
}

gboolean
assay_stream_peek (AssayStream *stream, guint8 *out, gsize length_bytes, gsize *out_length, GError **error)
{
  AssayNode *node = stream->container->node;
  *out_length = (gsize)MIN (length_bytes, node->size - stream->position);
  return assay_blob_read (node->blob, stream->position, out, *out_length, error);
}

gboolean
assay_stream_claim (AssayStream *stream, guint64 length, AssaySpanKind kind, gboolean rewritable, const char *name,
                    GError **error)
{
  if (!assay_range_fits (stream->position, length, stream->container->node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s leaves the stream", name);
  assay_container_add_span (stream->container,
                            (AssaySpan){ stream->position, length, kind, ASSAY_SPAN_NO_CHILD, rewritable, name });
  stream->position += length;
  return TRUE;
}

gboolean
assay_stream_skip (AssayStream *stream, guint64 length, const char *name, GError **error)
{
  return count_member (stream, error) && assay_stream_claim (stream, length, ASSAY_SPAN_SLACK, FALSE, name, error);
}

gboolean
assay_stream_finish (AssayStream *stream, const char *name, GError **error)
{
  AssayNode *node = stream->container->node;
  g_autoptr (AssayBlob) blob = assay_sink_finish (&stream->sink, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (stream->child, blob);
  return assay_stream_claim (stream, node->size - stream->position, ASSAY_SPAN_SLACK, FALSE, name, error);
}

/* Members of one codec behind one another, each of which begins with the same magic. */
static gboolean
decode_members (AssayStream *stream, const char *codec, const char *name,
                gboolean (*probe) (const guint8 *, gsize, guint64), GError **error)
{
  guint8 head[16];
  gsize length = 0;
  do
    {
      if (!assay_stream_decode (stream, codec, name, error)
          || !assay_stream_peek (stream, head, sizeof head, &length, error))
        return FALSE;
  } while (probe (head, length, stream->container->node->size - stream->position));
  return TRUE;
}

gboolean
assay_bzip2_probe (const guint8 *head, gsize length, guint64 size)
{
  /* Magic, level, and then the magic of a block (pi) or of the end (square root of pi). */
  return length >= 14 && memcmp (head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9'
         && (memcmp (head + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0
             || memcmp (head + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

gboolean
assay_bzip2_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && decode_members (&stream, "bzip2", "bzip2 stream", assay_bzip2_probe, error)
         && assay_stream_finish (&stream, "behind bzip2", error);
}

gboolean
assay_xz_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= 12 && memcmp (head, "\xfd\x37zXZ\0", 6) == 0;
}

/* Zeros in fours between and behind streams (xz-file-format.txt, 2.2); what is no whole four is no padding. GRUB takes
 * what ends in zeros for no xz at all (grub-core/io/xzio.c, test_footer), and others for a damaged one. */
static gboolean
claim_xz_padding (AssayStream *stream, GError **error)
{
  AssayNode *node = stream->container->node;
  guint64 end = stream->position;
  if (!assay_blob_find_nonzero (node->blob, stream->position, node->size - stream->position, &end, error))
    return FALSE;
  guint64 length = (end - stream->position) & ~G_GUINT64_CONSTANT (3);
  return assay_stream_claim (stream, length, ASSAY_SPAN_PADDING, FALSE, "xz stream padding", error);
}

gboolean
assay_xz_open (AssayContainer *container, GError **error)
{
  guint8 head[16];
  gsize length = 0;
  g_auto (AssayStream) stream = { 0 };
  if (!assay_stream_begin (&stream, container, error))
    return FALSE;
  do
    {
      if (!assay_stream_decode (&stream, "xz", "xz stream", error) || !claim_xz_padding (&stream, error)
          || !assay_stream_peek (&stream, head, sizeof head, &length, error))
        return FALSE;
  } while (assay_xz_probe (head, length, container->node->size - stream.position));
  return assay_stream_finish (&stream, "behind xz", error);
}

/* Without any magic: only what all encoders write is believed (the same rule as that of xz's own --format=auto), and
 * properties that somebody asks for, as OpenWrt's kernels have them (`lzma e -lc1 -lp2 -pb2`), with some content. */
gboolean
assay_lzma_probe (const guint8 *head, gsize length, guint64 size)
{
  if (length < 18 || head[0] >= 9 * 5 * 5 || head[0] % 9 + head[0] / 9 % 5 > 4
      || (head[0] != 0x5d && assay_get_le64 (head + 5) == 0))
    return FALSE;
  guint32 dictionary = assay_get_le32 (head + 1);
  guint64 content = assay_get_le64 (head + 5);
  gboolean plausible = dictionary == G_MAXUINT32;
  for (guint n = 12; n < 32; n++)
    plausible = plausible || dictionary == 1u << n || dictionary == (1u << n | 1u << (n - 1));
  /* The range coder's first byte is always zero. */
  return plausible && head[13] == 0 && (content == G_MAXUINT64 || content < (G_GUINT64_CONSTANT (1) << 38));
}

gboolean
assay_lzma_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  if (!assay_stream_begin (&stream, container, error) || !assay_stream_decode (&stream, "lzma", "lzma stream", error))
    return FALSE;
  if (stream.position != container->node->size)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "lzma: data behind the end");
  return assay_stream_finish (&stream, "behind lzma", error);
}

gboolean
assay_lzip_probe (const guint8 *head, gsize length, guint64 size)
{
  /* Magic, version, and the dictionary's size: 2^12 to 2^29 less some sixteenths of it. */
  return length >= 6 && memcmp (head, "LZIP", 4) == 0 && head[4] <= 1 && (head[5] & 0x1f) >= 12
         && (head[5] & 0x1f) <= 29;
}

gboolean
assay_lzip_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && decode_members (&stream, "lzip", "lzip member", assay_lzip_probe, error)
         && assay_stream_finish (&stream, "behind lzip", error);
}

/* Two bytes, and the flags: a table that may be cleared, codes of 10 to 16 bits, and no flag that nobody knows. */
gboolean
assay_compress_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= 3 && head[0] == 0x1f && head[1] == 0x9d && (head[2] & 0xe0) == 0x80 && (head[2] & 0x1f) >= 10
         && (head[2] & 0x1f) <= 16;
}

gboolean
assay_compress_open (AssayContainer *container, GError **error)
{
  g_auto (AssayStream) stream = { 0 };
  return assay_stream_begin (&stream, container, error)
         && assay_stream_decode (&stream, "compress", "compressed data", error)
         && assay_stream_finish (&stream, "behind compress", error);
}
