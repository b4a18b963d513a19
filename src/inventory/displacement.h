#ifndef ASSAY_INVENTORY_DISPLACEMENT_H
#define ASSAY_INVENTORY_DISPLACEMENT_H

#include "inventory/elf.h"

/** Bytes of a raw image, and of what is looked for in it, that are searched; in larger ones nothing is found. Each
 * takes as much memory, twice. */
#define ASSAY_DISPLACEMENT_BYTES (48u * 1024u * 1024u)

/**
 * AssayDisplacement: where a raw image holds what was looked for.
 *
 * @offset: of its first byte in the raw image
 * @swapped_bytes: how many bytes make a word of the raw image whose bytes stand in reverse: 2, 4, or 1 for none
 */
typedef struct
{
  guint64 offset;
  guint swapped_bytes;
} AssayDisplacement;

/**
 * assay_displacement_find:
 * @raw: a flat binary image; borrowed
 * @expected: the file that holds what is looked for; borrowed
 * @ranges: (element-type AssayLoadRange): of assay_elf_load_image(), or one range that is all of @expected
 * @out_found: whether @raw holds all ranges, by one displacement, elsewhere than at its beginning or byte-swapped
 * @out: untouched where nothing was found
 *
 * A hint for whoever reads a report, and never a reason to pass anything (T12): the displacement was searched for, and
 * a search finds what it wants to. Words are aligned to the beginning of the raw image.
 *
 * Errors: those of assay_blob_read(); ASSAY_ERROR_IO no memory.
 */
gboolean assay_displacement_find (AssayBlob *raw, AssayBlob *expected, const GArray *ranges, gboolean *out_found,
                                  AssayDisplacement *out, GError **error);

#endif
