#ifndef ASSAY_INVENTORY_SHAPE_KINDS_H
#define ASSAY_INVENTORY_SHAPE_KINDS_H

#include "util/blob.h"

#include <string.h>

/*
 * Shapes of pictures, sounds and records: each for a file that begins as such.
 *
 * @out_fits: set to TRUE where the structure holds and ends with the file; left as it is otherwise, or set to FALSE
 *
 * Errors: those of assay_blob_read().
 */

/** assay_shape_u32: four bytes in either order. */
static inline guint32
assay_shape_u32 (const guint8 *bytes, gboolean big_endian)
{
  guint32 value;
  memcpy (&value, bytes, sizeof value);
  return big_endian ? GUINT32_FROM_BE (value) : GUINT32_FROM_LE (value);
}

/** GIF: its blocks, up to the trailer (GIF89a). */
gboolean assay_shape_gif (AssayBlob *blob, gboolean *out_fits, GError **error);

/** JPEG: its marker segments and coded data, up to EOI (ITU-T T.81, B.1). */
gboolean assay_shape_jpeg (AssayBlob *blob, gboolean *out_fits, GError **error);

/** Ogg: its pages (RFC 3533, 6). */
gboolean assay_shape_ogg (AssayBlob *blob, gboolean *out_fits, GError **error);

/** FLAC: its metadata blocks and the mark of the first frame (RFC 9639, 8). */
gboolean assay_shape_flac (AssayBlob *blob, gboolean *out_fits, GError **error);

/** A catalogue of messages: its tables and strings (GNU gettext, "The Format of GNU MO Files"). */
gboolean assay_shape_catalogue (AssayBlob *blob, gboolean *out_fits, GError **error);

/** A time zone: its one or two blocks and the footer (RFC 8536, 3). */
gboolean assay_shape_zone (AssayBlob *blob, gboolean *out_fits, GError **error);

/** A database of SQLite: fields of its header that are always the same, and its pages ("Database File Format", 1.3). */
gboolean assay_shape_database (AssayBlob *blob, gboolean *out_fits, GError **error);

/** PDF: its trailer, and references where it says (ISO 32000-1, 7.5.5). */
gboolean assay_shape_document (AssayBlob *blob, gboolean *out_fits, GError **error);

#endif
