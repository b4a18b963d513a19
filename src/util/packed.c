#include "util/packed.h"

#include <string.h>

#define FEW_BYTES 32u

void
assay_packed_reserve (AssayPacked *packed, gsize length)
{
  if (packed->room - packed->length >= length)
    return;
  /* half as much again: what is little stays little, and of what is much no more than that is not in use */
  packed->room = MAX (packed->length + length, MAX (FEW_BYTES, packed->room + packed->room / 2));
  packed->bytes = g_realloc (packed->bytes, packed->room);
}

void
assay_packed_clear (AssayPacked *packed)
{
  g_free (packed->bytes);
  *packed = (AssayPacked){ NULL, 0, 0 };
}

void
assay_packed_put_long (AssayPacked *packed, guint64 value)
{
  assay_packed_reserve (packed, ASSAY_PACKED_NUMBER_BYTES);
  packed->length = (gsize)(assay_packed_write (packed->bytes + packed->length, value) - packed->bytes);
}

void
assay_packed_put_bytes (AssayPacked *packed, const guint8 *bytes, gsize length)
{
  if (length == 0)
    return;
  assay_packed_reserve (packed, length);
  memcpy (packed->bytes + packed->length, bytes, length);
  packed->length += length;
}

guint64
assay_packed_next_long (const guint8 **at)
{
  guint64 value = 0;
  guint shift = 0;
  guint8 byte;
  do
    {
      byte = *(*at)++;
      value |= (guint64)(byte & (ASSAY_PACKED_MORE - 1)) << shift;
      shift += 7;
  } while ((byte & ASSAY_PACKED_MORE) != 0);
  return value;
}
