#ifndef ASSAY_UTIL_NUMBER_H
#define ASSAY_UTIL_NUMBER_H

#include <glib.h>

/** assay_number_read: an unsigned integer of @width_bytes, at most eight, in either order of bytes. */
static inline guint64
assay_number_read (const guint8 *bytes, gsize width_bytes, gboolean big_endian)
{
  guint64 value = 0;
  for (gsize i = 0; i < width_bytes; i++)
    value = value << 8 | bytes[big_endian ? i : width_bytes - 1 - i];
  return value;
}

#endif
