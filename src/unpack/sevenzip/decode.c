#include "unpack/sevenzip/sevenzip.h"

#include "util/cancel.h"

#include <lzma.h>
#include <string.h>

static void
end_stream (lzma_stream *stream)
{
  lzma_end (stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (lzma_stream, end_stream)

/** Coders (7-Zip's DOC/Methods.txt). @filter: of liblzma; LZMA_VLI_UNKNOWN: none is there for it */
#define COPY 0x00u
static const struct
{
  guint64 id;
  const char *name;
  lzma_vli filter;
} coders[] = {
  { COPY, "copy", LZMA_VLI_UNKNOWN },
  { 0x03, "delta", LZMA_FILTER_DELTA },
  { 0x04, "BCJ x86", LZMA_FILTER_X86 },
  { 0x05, "BCJ PowerPC", LZMA_FILTER_POWERPC },
  { 0x06, "BCJ IA-64", LZMA_FILTER_IA64 },
  { 0x07, "BCJ ARM", LZMA_FILTER_ARM },
  { 0x08, "BCJ ARM Thumb", LZMA_FILTER_ARMTHUMB },
  { 0x09, "BCJ SPARC", LZMA_FILTER_SPARC },
  { 0x0a, "BCJ ARM64", LZMA_FILTER_ARM64 },
  { 0x21, "LZMA2", LZMA_FILTER_LZMA2 },
  { 0x030101, "LZMA", LZMA_FILTER_LZMA1 },
  { 0x03030103, "BCJ x86", LZMA_FILTER_X86 },
  { 0x0303011b, "BCJ2", LZMA_VLI_UNKNOWN },
  { 0x03030205, "BCJ PowerPC", LZMA_FILTER_POWERPC },
  { 0x03030401, "BCJ IA-64", LZMA_FILTER_IA64 },
  { 0x03030501, "BCJ ARM", LZMA_FILTER_ARM },
  { 0x03030701, "BCJ ARM Thumb", LZMA_FILTER_ARMTHUMB },
  { 0x03030805, "BCJ SPARC", LZMA_FILTER_SPARC },
  { 0x030401, "PPMd", LZMA_VLI_UNKNOWN },
  { 0x040108, "Deflate", LZMA_VLI_UNKNOWN },
  { 0x040109, "Deflate64", LZMA_VLI_UNKNOWN },
  { 0x040202, "BZip2", LZMA_VLI_UNKNOWN },
  { 0x06f10701, "AES-256", LZMA_VLI_UNKNOWN },
};

/** A stream that is being decoded. @left: bytes that are still to come out of it */
typedef struct
{
  AssayContainer *container;
  const AssaySevenzipFolder *folder;
  AssaySevenzipTake take;
  gpointer data;
  guint64 consumed;
  guint64 left;
} Decoding;

static gboolean
unsupported (const AssaySevenzipCoder *coder, GError **error)
{
  const char *name = "unknown";
  for (gsize i = 0; i < G_N_ELEMENTS (coders); i++)
    if (coders[i].id == coder->id)
      name = coders[i].name;
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                            "7z: a coder that is not read: 0x%02" G_GINT64_MODIFIER "x (%s)", coder->id, name);
}

static gboolean
damaged (GError **error)
{
  return assay_sevenzip_fail ("damaged data", error);
}

static gboolean
give (Decoding *decoding, const guint8 *bytes, gsize length, GError **error)
{
  if (length > decoding->left)
    return damaged (error);
  decoding->left -= length;
  return decoding->take (decoding->data, bytes, length, decoding->consumed, error);
}

static gboolean
copy (Decoding *decoding, GError **error)
{
  const AssaySevenzipFolder *folder = decoding->folder;
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  while (decoding->left > 0)
    {
      gsize length = (gsize)MIN (decoding->left, ASSAY_BLOB_WINDOW_BYTES);
      if (length > folder->packed - decoding->consumed)
        return damaged (error);
      if (assay_cancelled (error)
          || !assay_blob_read (decoding->container->node->blob, folder->offset + decoding->consumed, window, length,
                               error))
        return FALSE;
      decoding->consumed += length;
      if (!give (decoding, window, length, error))
        return FALSE;
    }
  return TRUE;
}

/* The options of a chain of filters: each is freed. */
typedef struct
{
  lzma_filter filters[ASSAY_SEVENZIP_CODERS_MAX + 1];
} Chain;

static void
chain_clear (Chain *chain)
{
  lzma_filters_free (chain->filters, NULL);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chain, chain_clear)

/* LZMA in 7z has no mark at its end: the size says where it is. */
static void
set_size (lzma_filter *filter, guint64 size)
{
  lzma_options_lzma *options = filter->options;
  filter->id = LZMA_FILTER_LZMA1EXT;
  options->ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM;
  options->ext_size_low = (guint32)size;
  options->ext_size_high = (guint32)(size >> 32);
}

static gboolean
make_filter (const AssaySevenzipCoder *coder, guint64 size, lzma_filter *out, GError **error)
{
  lzma_filter filter = { LZMA_VLI_UNKNOWN, NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (coders); i++)
    if (coders[i].id == coder->id)
      filter.id = coders[i].filter;
  if (filter.id == LZMA_VLI_UNKNOWN)
    return unsupported (coder, error);
  if (lzma_properties_decode (&filter, NULL, coder->properties, coder->length) != LZMA_OK)
    return assay_sevenzip_fail ("properties of a coder that are none", error);
  if (filter.id == LZMA_FILTER_LZMA1)
    set_size (&filter, size);
  *out = filter;
  out[1].id = LZMA_VLI_UNKNOWN;
  return TRUE;
}

static gboolean
begin (Decoding *decoding, Chain *chain, lzma_stream *stream, GError **error)
{
  const AssaySevenzipFolder *folder = decoding->folder;
  chain->filters[0].id = LZMA_VLI_UNKNOWN;
  for (guint i = 0; i < folder->coder_count; i++)
    if (!make_filter (&folder->coders[i], folder->size, &chain->filters[i], error))
      return FALSE;
  /* filters do not change how long it is */
  if (folder->uneven)
    return assay_sevenzip_fail ("coders of two sizes", error);
  /* libarchive, which reads everything again, knows no longer chains */
  if (folder->coder_count > 2)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "7z: more than two coders for one stream");
  guint64 memory = lzma_raw_decoder_memusage (chain->filters);
  if (memory == G_MAXUINT64)
    return unsupported (&folder->coders[folder->coder_count - 1], error);
  if (!assay_limits_check (decoding->container->context->limits, ASSAY_LIMIT_DECODER_MEMORY, memory,
                           "a larger dictionary", error))
    return FALSE;
  lzma_ret status = lzma_raw_decoder (stream, chain->filters);
  if (status == LZMA_MEM_ERROR)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for an lzma decoder");
  return status == LZMA_OK || unsupported (&folder->coders[folder->coder_count - 1], error);
}

/* The next bytes of the packed stream, where the last ones were used up. */
static gboolean
fill (Decoding *decoding, lzma_stream *stream, guint8 *window, guint64 *read, GError **error)
{
  const AssaySevenzipFolder *folder = decoding->folder;
  gsize length = (gsize)MIN (folder->packed - *read, ASSAY_BLOB_WINDOW_BYTES);
  if (stream->avail_in > 0 || length == 0)
    return TRUE;
  if (!assay_blob_read (decoding->container->node->blob, folder->offset + *read, window, length, error))
    return FALSE;
  *read += length;
  stream->next_in = window;
  stream->avail_in = length;
  return TRUE;
}

static gboolean
run (Decoding *decoding, lzma_stream *stream, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autofree guint8 *out = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 read = 0;
  for (lzma_ret status = LZMA_OK; status != LZMA_STREAM_END;)
    {
      if (assay_cancelled (error) || !fill (decoding, stream, window, &read, error))
        return FALSE;
      stream->next_out = out;
      stream->avail_out = ASSAY_BLOB_WINDOW_BYTES;
      status = lzma_code (stream, read == decoding->folder->packed ? LZMA_FINISH : LZMA_RUN);
      if (status != LZMA_OK && status != LZMA_STREAM_END)
        return damaged (error);
      decoding->consumed = stream->total_in;
      if (!give (decoding, out, ASSAY_BLOB_WINDOW_BYTES - stream->avail_out, error))
        return FALSE;
    }
  return decoding->left == 0 || damaged (error);
}

gboolean
assay_sevenzip_decode (AssayContainer *container, const AssaySevenzipFolder *folder, AssaySevenzipTake take,
                       gpointer data, guint64 *out_consumed, GError **error)
{
  g_auto (Chain) chain = { { { 0 } } };
  g_auto (lzma_stream) stream = LZMA_STREAM_INIT;
  Decoding decoding = { .container = container, .folder = folder, .take = take, .data = data, .left = folder->size };
  gboolean stored = folder->coder_count == 1 && folder->coders[0].id == COPY;
  chain.filters[0].id = LZMA_VLI_UNKNOWN;
  if (!(stored ? copy (&decoding, error)
               : begin (&decoding, &chain, &stream, error) && run (&decoding, &stream, error)))
    return FALSE;
  *out_consumed = decoding.consumed;
  return TRUE;
}
