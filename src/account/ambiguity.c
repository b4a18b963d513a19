#include "account/ambiguity.h"

#include "account/encoding/encoding.h"
#include "account/encoding/xz_blocks.h"
#include "unpack/bytes.h"
#include "unpack/fact.h"

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

/* The window's size, at byte 1. liblzma makes one of less than 4096 bytes, or of no multiple of 16, larger; Linux and
 * busybox count round in one of just that size. Behind it the size of the content: where that is said, Linux leaves a
 * mark of the end unread, and takes it for the next archive. */
static gboolean
lzma_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  guint32 window = assay_get_le32 (head + 1);
  return window >= 4096 && window % 16 == 0 && assay_get_le64 (head + 5) == G_MAXUINT64;
}

/* compress(1) and libarchive count the codes behind a CLEAR from two places. */
static gboolean
nothing_is_unambiguous (const AssayNode *node, const guint8 *head)
{
  return FALSE;
}

/** Codecs whose streams may be one thing to one reader and another to the next, and when they are not: by their head,
 * and where that is not enough by all of it (@is_uniform). @is_unambiguous is NULL where the
 * library itself makes them so: libzstd takes references that leave the window, which is other bytes to who decodes at
 * once than to who decodes as a stream, and literals that do not end where they should; libbz2 takes codes of Huffman
 * that are none. */
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
  { "lzma", lzma_is_unambiguous, NULL },
  { "zstd", NULL, NULL },
  { "bzip2", NULL, NULL },
  { "compress", nothing_is_unambiguous, NULL },
};

/* Of several streams nobody knows here which part of the content is whose. */
static gboolean
is_made_by_library (AssayWork *work, const AssayNode *node, const AssaySpan *span, gboolean *out_made, GError **error)
{
  *out_made = FALSE;
  const AssayNode *child = assay_account_has_one_stream (node) ? g_ptr_array_index (node->children, span->child) : NULL;
  if (child == NULL || child->blob == NULL)
    return TRUE;
  const AssayEncoded encoded = { node->stream, node->blob, span->offset, span->length, child->blob };
  return assay_encoding_is_made (&encoded, work->options->limits, &work->repacked_bytes, out_made, error);
}

static gboolean
judge (AssayWork *work, const AssayNode *node, const AssaySpan *span, gsize codec, gboolean *out_unambiguous,
       GError **error)
{
  guint8 head[HEAD_BYTES] = { 0 };
  *out_unambiguous = FALSE;
  if (codecs[codec].is_unambiguous == NULL)
    return is_made_by_library (work, node, span, out_unambiguous, error);
  if (span->length <= sizeof head)
    return TRUE;
  if (!assay_blob_read (node->blob, span->offset, head, sizeof head, error))
    return FALSE;
  *out_unambiguous = codecs[codec].is_unambiguous (node, head);
  return !*out_unambiguous || codecs[codec].is_uniform == NULL
         || codecs[codec].is_uniform (node, span, out_unambiguous, error);
}

gboolean
assay_account_stream_is_unambiguous (AssayWork *work, const AssayNode *node, const AssaySpan *span,
                                     gboolean *out_unambiguous, GError **error)
{
  /* a package has digests of all its files, without which none is installed */
  *out_unambiguous = TRUE;
  if (node->parent != NULL && strcmp (node->parent->format, "rpm") == 0)
    return TRUE;
  *out_unambiguous = g_strcmp0 (assay_facts_get (node->own_facts, "compressor"), "zstd") != 0;
  if (node->stream == NULL)
    return TRUE;
  *out_unambiguous = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (strcmp (node->stream, codecs[i].codec) == 0)
      return judge (work, node, span, i, out_unambiguous, error);
  return TRUE;
}
