#ifndef ASSAY_UTIL_NEARBY_H
#define ASSAY_UTIL_NEARBY_H

#include "util/blob.h"

/** ASSAY_NEARBY_BYTES: how many bytes are read at once, where there are as many. */
#define ASSAY_NEARBY_BYTES 4096u

/**
 * AssayNearby: the bytes of one blob that were read last, for whoever reads a few here and a few close behind, millions
 * of times. For one blob and one thread. Zero-initialised holds nothing.
 */
typedef struct
{
  guint64 offset;
  gsize held;
  guint8 bytes[ASSAY_NEARBY_BYTES];
} AssayNearby;

/**
 * assay_nearby_read: as assay_blob_read(), of the same blob each time.
 *
 * @length: bytes, ASSAY_NEARBY_BYTES at most; they lie in the blob
 *
 * Returns: FALSE where these bytes cannot be read, whatever stands around them
 */
gboolean assay_nearby_read (AssayNearby *nearby, AssayBlob *blob, guint64 offset, void *out, gsize length);

#endif
