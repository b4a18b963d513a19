#include "util/packed.h"

#include <string.h>

#define FEW_BYTES 32u
#define NUMBER_BYTES 10u /* of 64 bits, seven a byte */

static void
reserve (AssayPacked *packed, gsize length)
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
  reserve (packed, NUMBER_BYTES);
  for (; value >= ASSAY_PACKED_MORE; value >>= 7)
    packed->bytes[packed->length++] = (guint8)(value | ASSAY_PACKED_MORE);
  packed->bytes[packed->length++] = (guint8)value;
}

void
assay_packed_put_bytes (AssayPacked *packed, const guint8 *bytes, gsize length)
{
  if (length == 0)
    return;
  reserve (packed, length);
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
