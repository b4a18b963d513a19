#ifndef ASSAY_UNPACK_BYTES_H
#define ASSAY_UNPACK_BYTES_H

#include "util/blob.h"

#include <glib.h>
#include <string.h>

/* Integers of either byte order at any alignment. */

static inline guint16
assay_get_le16 (const guint8 *bytes)
{
  return (guint16)(bytes[0] | (guint)bytes[1] << 8);
}

static inline guint32
assay_get_le32 (const guint8 *bytes)
{
  return (guint32)assay_get_le16 (bytes) | (guint32)assay_get_le16 (bytes + 2) << 16;
}

static inline guint64
assay_get_le64 (const guint8 *bytes)
{
  return (guint64)assay_get_le32 (bytes) | (guint64)assay_get_le32 (bytes + 4) << 32;
}

static inline guint32
assay_get_be32 (const guint8 *bytes)
{
  return GUINT32_SWAP_LE_BE (assay_get_le32 (bytes));
}

static inline guint64
assay_get_be64 (const guint8 *bytes)
{
  return GUINT64_SWAP_LE_BE (assay_get_le64 (bytes));
}

static inline void
assay_append_le (GByteArray *out, guint64 value, guint width_bytes)
{
  for (guint i = 0; i < width_bytes; i++)
    {
      guint8 byte = (guint8)(value >> (8 * i));
      g_byte_array_append (out, &byte, 1);
    }
}

/**
 * assay_blob_find_nonzero:
 * @out_offset: where in the blob the first byte that is not zero stands; the end of the range when there is none
 */
gboolean assay_blob_find_nonzero (AssayBlob *blob, guint64 offset_bytes, guint64 length_bytes, guint64 *out_offset,
                                  GError **error);

/**
 * assay_blob_equals:
 * @out_equal: whether the range holds exactly these bytes
 */
gboolean assay_blob_equals (AssayBlob *blob, guint64 offset_bytes, const void *bytes, gsize length_bytes,
                            gboolean *out_equal, GError **error);

/** assay_blob_read_bytes: a range in memory of its own; the caller has checked @length_bytes against a limit. */
guint8 *assay_blob_read_bytes (AssayBlob *blob, guint64 offset_bytes, gsize length_bytes, GError **error);

#endif
