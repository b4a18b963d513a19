#include "account/ambiguity.h"

#include "account/encoding/encoding.h"
#include "account/encoding/xz_blocks.h"
#include "unpack/codec/deflate_codes.h"
#include "unpack/fact.h"
#include "unpack/zip/zip.h"

#include <string.h>

/** As much of the head of a stream as says how it is written. */
#define HEAD_BYTES 13u

/* What lib/decompress_inflate.c of Linux does not pass over: it takes what stands there for content. A name it knows.
 */
static gboolean
gzip_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  static const char *const unknown[] = { "extra", "comment", "header-crc", NULL };
  for (const char *const *name = unknown; *name != NULL; name++)
    if (assay_facts_get (node->own_facts, *name) != NULL)
      return FALSE;
  return TRUE;
}

/* LZ4 Frame Format, FLG: blocks that do not refer to one another (libarchive forgets what stands before a stored one),
 * a sum of the content, no dictionary. */
static gboolean
lz4_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  return (head[4] & 0x25) == 0x24;
}

gboolean
assay_account_has_one_stream (const AssayNode *node)
{
  guint streams = 0;
  for (guint i = 0; i < node->spans->len && streams < 2; i++)
    streams += g_array_index (node->spans, AssaySpan, i).kind == ASSAY_SPAN_ENCODED;
  return streams == 1;
}

/* The code in front of a kernel takes each block for 8 MiB, also the last one of a frame that another one follows. */
static gboolean
lz4_legacy_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  return assay_account_has_one_stream (node);
}

/* The .xz File Format, 2.1.1.2: the kind of check. */
static gboolean
xz_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  return (head[7] & 0x0f) != 0;
}

/** Codecs whose streams may be one thing to one reader and another to the next though an encoder made them, and when
 * they are not: by their head, and where that is not enough by all of it (@is_uniform). */
static const struct
{
  const char *codec;
  gboolean (*is_unambiguous) (const AssayNode *node, const guint8 *head);
  gboolean (*is_uniform) (const AssayNode *node, const AssaySpan *span, gboolean *out_uniform, GError **error);
} codecs[] = {
  { "gzip", gzip_is_unambiguous, NULL },
  { "lz4", lz4_is_unambiguous, NULL },
  { "lz4-legacy", lz4_legacy_is_unambiguous, NULL },
  { "xz", xz_is_unambiguous, assay_account_xz_is_uniform },
};

/** A stream as its container has it. @content: NULL: nobody knows here which part of it is this stream's */
typedef struct
{
  const AssayNode *node;
  const AssaySpan *span;
  const char *codec;
  const AssayNode *content;
} Stream;

/* Of no codec do all readers agree on what nobody's encoder makes: on codes of Huffman that are none, on references
 * that leave the window, on what stands in a stream as it is. */
static gboolean
is_made_by_encoder (AssayWork *work, const Stream *stream, gboolean *out_made, GError **error)
{
  *out_made = FALSE;
  if (stream->content == NULL || stream->content->blob == NULL)
    return TRUE;
  const AssayEncoded encoded
      = { stream->codec, stream->node->blob, stream->span->offset, stream->span->length, stream->content->blob };
  return assay_encoding_is_made (&encoded, work->options->limits, &work->repacked, out_made, error);
}

static gboolean
judge_codec (const Stream *stream, gsize codec, gboolean *out_unambiguous, GError **error)
{
  guint8 head[HEAD_BYTES] = { 0 };
  gsize length = (gsize)MIN (stream->span->length, sizeof head);
  if (!assay_blob_read (stream->node->blob, stream->span->offset, head, length, error))
    return FALSE;
  *out_unambiguous = codecs[codec].is_unambiguous (stream->node, head);
  return !*out_unambiguous || codecs[codec].is_uniform == NULL
         || codecs[codec].is_uniform (stream->node, stream->span, out_unambiguous, error);
}

static gboolean
judge_stream (AssayWork *work, const Stream *stream, gboolean *out_unambiguous, GError **error)
{
  *out_unambiguous = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (strcmp (stream->codec, codecs[i].codec) == 0 && !judge_codec (stream, i, out_unambiguous, error))
      return FALSE;
  return !*out_unambiguous || is_made_by_encoder (work, stream, out_unambiguous, error);
}

const char *
assay_account_codec_of_entry (const AssayNode *node, const AssaySpan *span)
{
  guint64 method = 0;
  if (strcmp (node->format, "zip") != 0 || span->kind != ASSAY_SPAN_ENCODED || span->child == ASSAY_SPAN_NO_CHILD)
    return NULL;
  const AssayNode *entry = g_ptr_array_index (node->children, span->child);
  return assay_facts_get_number (entry->facts, "method", 10, 0, &method) ? assay_zip_codec_of (method) : NULL;
}

const char *
assay_account_codec_of (const AssayNode *node, const AssaySpan *span)
{
  return node->stream != NULL ? node->stream : assay_account_codec_of_entry (node, span);
}

/* What one container says of all streams in it, or one entry of its own. */
static gboolean
says_uncommon_codes (const GArray *facts)
{
  return facts != NULL && assay_facts_get (facts, ASSAY_DEFLATE_CODES) != NULL;
}

/* A package has digests of all its files, without which none is installed. */
static gboolean
is_payload_of_rpm (const AssayNode *node)
{
  return node->parent != NULL && strcmp (node->parent->format, "rpm") == 0;
}

gboolean
assay_account_is_made_again (const AssayNode *node, const AssaySpan *span)
{
  return !is_payload_of_rpm (node) && assay_account_codec_of (node, span) != NULL;
}

gboolean
assay_account_stream_is_unambiguous (AssayWork *work, const AssayNode *node, const AssaySpan *span,
                                     gboolean *out_unambiguous, GError **error)
{
  const char *codec = assay_account_codec_of (node, span);
  const AssayNode *child = span->child == ASSAY_SPAN_NO_CHILD ? NULL : g_ptr_array_index (node->children, span->child);
  *out_unambiguous = TRUE;
  if (is_payload_of_rpm (node))
    return TRUE;
  *out_unambiguous = g_strcmp0 (assay_facts_get (node->own_facts, "compressor"), "zstd") != 0
                     && !says_uncommon_codes (node->own_facts)
                     && (child == NULL || !says_uncommon_codes (child->facts));
  if (codec == NULL || !*out_unambiguous)
    return TRUE;
  const Stream stream
      = { node, span, codec, node->stream == NULL || assay_account_has_one_stream (node) ? child : NULL };
  return judge_stream (work, &stream, out_unambiguous, error);
}
