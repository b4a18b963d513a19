#include "util/nearby.h"

#include <string.h>

gboolean
assay_nearby_read (AssayNearby *nearby, AssayBlob *blob, guint64 offset, void *out, gsize length)
{
  g_assert (length <= ASSAY_NEARBY_BYTES);
  if (offset < nearby->offset || offset - nearby->offset > nearby->held
      || nearby->held - (offset - nearby->offset) < length)
    {
      guint64 size = assay_blob_get_size (blob);
      nearby->offset = offset;
      nearby->held = offset < size ? (gsize)MIN (ASSAY_NEARBY_BYTES, size - offset) : 0;
      if (nearby->held < length || !assay_blob_read (blob, offset, nearby->bytes, nearby->held, NULL))
        {
          nearby->held = 0; /* what is behind may be what cannot be read */
          return assay_blob_read (blob, offset, out, length, NULL);
        }
    }
  if (length > 0)
    memcpy (out, nearby->bytes + (offset - nearby->offset), length);
  return TRUE;
}
