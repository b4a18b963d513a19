#include "unpack/codec/codec.h"

#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

#define FIRST_WINDOW_BYTES 4096u

static const AssayCodec codecs[] = {
  { "deflate", assay_decode_deflate },
  { "bzip2", assay_decode_bzip2 },
  { "xz", assay_decode_xz },
  { "lzma", assay_decode_lzma },
  { "lzip", assay_decode_lzip },
  { "zstd", assay_decode_zstd },
  { "lz4", assay_decode_lz4 },
  { "lz4-legacy", assay_decode_lz4_legacy },
  { "compress", assay_decode_compress },
};

const AssayCodec *
assay_codec_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (strcmp (codecs[i].name, name) == 0)
      return &codecs[i];
  return NULL;
}

gboolean
assay_codec_decode (const AssayCodec *codec, AssayBlob *blob, guint64 offset, guint64 length, AssaySink *sink,
                    guint64 *out_consumed, GError **error)
{
  guint64 stored = sink->stored;
  if (!assay_range_fits (offset, length, assay_blob_get_size (blob)))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s data leaves its container", codec->name);
  g_autofree guint8 *window = g_try_malloc (ASSAY_BLOB_WINDOW_BYTES);
  if (window == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a decoder's window");
  AssayDecoder decoder = {
    .blob = blob,
    .position = offset,
    .end = offset + length,
    .window = window,
    .next_bytes = FIRST_WINDOW_BYTES,
    .sink = sink,
  };
  if (!codec->decode (&decoder, error))
    return FALSE;
  *out_consumed = decoder.position - offset - (decoder.have - decoder.used);
  sink->stored = stored + *out_consumed;
  /* Once more, now that it is known to the byte what was read for it. */
  return assay_sink_check (sink, error);
}
