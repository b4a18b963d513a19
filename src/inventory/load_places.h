#ifndef ASSAY_INVENTORY_LOAD_PLACES_H
#define ASSAY_INVENTORY_LOAD_PLACES_H

#include "util/blob.h"
#include "util/limits.h"

/** AssayLoadPlace: bytes of a file, from its start. */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayLoadPlace;

/**
 * assay_load_places_executable:
 *
 * Which bytes of a file are executable once it is loaded: the LOAD segments of an ELF file that are so. Of a file that
 * is none, of a relocatable object, of one whose tables cannot be read, and of one that does not say that its stack
 * holds no code nobody knows.
 *
 * Returns: (transfer full) (element-type AssayLoadPlace) (nullable): NULL where it may be all of them
 */
GArray *assay_load_places_executable (AssayBlob *blob, const AssayLimits *limits);

/**
 * assay_load_places_flagged:
 *
 * Of an ELF file for which assay_load_places_executable() knows nothing: what it calls code itself, as segments, or of
 * a relocatable object as sections; all that is loaded where its stack may hold code.
 *
 * Returns: (transfer full) (element-type AssayLoadPlace) (nullable): NULL for a file that is none, or cannot be read
 */
GArray *assay_load_places_flagged (AssayBlob *blob, const AssayLimits *limits);

/** assay_load_places_touch: whether a range has a byte in one of @places; NULL has all bytes. */
gboolean assay_load_places_touch (const GArray *places, guint64 offset, guint64 length);

#endif
