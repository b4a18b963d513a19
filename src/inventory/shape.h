#ifndef ASSAY_INVENTORY_SHAPE_H
#define ASSAY_INVENTORY_SHAPE_H

#include "util/blob.h"

/** assay_shape_is_known: whether a file that begins with these bytes calls itself a picture, sound, font, catalogue,
 * time zone, database or document of a kind that is known here. */
gboolean assay_shape_is_known (const guint8 *head, gsize length);

/**
 * assay_shape_fits:
 * @out_fits: FALSE where a file begins as one of a kind whose structure is known here, and is none: its parts leave the
 * file, or other bytes follow them
 *
 * Known are PNG (its chunks), RIFF (its chunks and what it is of), WOFF (its length), TrueType and OpenType (their
 * tables), and the kinds of inventory/shape_kinds.h. Nothing is said of what the parts hold, and nothing of
 * collections of fonts. Sources: W3C PNG 5.3; Microsoft and IBM, "Multimedia Programming Interface", RIFF; W3C WOFF 1.0
 * and 2.0; OpenType 1.9, "Organization of an OpenType Font".
 *
 * Errors: those of assay_blob_read().
 */
gboolean assay_shape_fits (AssayBlob *blob, gboolean *out_fits, GError **error);

#endif
