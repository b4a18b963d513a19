#include "unpack/bytes.h"

#include "util/checked.h"

#include <assay/error.h>

#define WINDOW_BYTES 16384u

gboolean
assay_blob_find_nonzero (AssayBlob *blob, guint64 offset_bytes, guint64 length_bytes, guint64 *out_offset,
                         GError **error)
{
  guint8 window[WINDOW_BYTES];
  guint64 done = 0;
  while (done < length_bytes)
    {
      gsize count = (gsize)MIN (length_bytes - done, sizeof window);
      if (!assay_blob_read (blob, offset_bytes + done, window, count, error))
        return FALSE;
      for (gsize i = 0; i < count; i++)
        if (window[i] != 0)
          {
            *out_offset = offset_bytes + done + i;
            return TRUE;
          }
      done += count;
    }
  *out_offset = offset_bytes + length_bytes;
  return TRUE;
}

gboolean
assay_blob_equals (AssayBlob *blob, guint64 offset_bytes, const void *bytes, gsize length_bytes, gboolean *out_equal,
                   GError **error)
{
  guint8 window[WINDOW_BYTES];
  *out_equal = FALSE;
  if (!assay_range_fits (offset_bytes, length_bytes, assay_blob_get_size (blob)))
    return TRUE;
  for (gsize done = 0; done < length_bytes;)
    {
      gsize count = MIN (length_bytes - done, sizeof window);
      if (!assay_blob_read (blob, offset_bytes + done, window, count, error))
        return FALSE;
      if (memcmp (window, (const guint8 *)bytes + done, count) != 0)
        return TRUE;
      done += count;
    }
  *out_equal = TRUE;
  return TRUE;
}

guint8 *
assay_blob_read_bytes (AssayBlob *blob, guint64 offset_bytes, gsize length_bytes, GError **error)
{
  g_autofree guint8 *bytes = g_try_malloc (length_bytes + 1);
  if (bytes == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no memory for %" G_GSIZE_FORMAT " bytes", length_bytes);
      return NULL;
    }
  if (!assay_blob_read (blob, offset_bytes, bytes, length_bytes, error))
    return NULL;
  /* A NUL behind, so that text in it can be looked at as such. */
  bytes[length_bytes] = 0;
  return g_steal_pointer (&bytes);
}
