#ifndef ASSAY_INVENTORY_RAW_PLACE_H
#define ASSAY_INVENTORY_RAW_PLACE_H

#include "inventory/elf.h"

/**
 * assay_raw_place:
 * @raw: a flat binary image; borrowed
 * @elf_blob: an ELF file of the same build; borrowed
 * @load_ranges: (element-type AssayLoadRange): of assay_elf_load_image() of that file
 * @out_displacement: bytes from the start of the image to the lowest load address; untouched when there is none
 *
 * Where in a raw image the parts of an ELF file stand that a tool put there after it was linked: a ROM is aligned at
 * its end, a checksum is filled in. All parts share one displacement, and nearly all of their bytes (31 of 32) must be
 * the same. What follows from it are names for the reader, and nothing else (T12).
 *
 * Returns: whether such a place was found. Errors: none; what cannot be read is nowhere.
 */
gboolean assay_raw_place (AssayBlob *raw, AssayBlob *elf_blob, const GArray *load_ranges, guint64 *out_displacement);

#endif
