#ifndef ASSAY_INVENTORY_RAW_H
#define ASSAY_INVENTORY_RAW_H

#include "inventory/elf.h"

/**
 * assay_raw_matches_elf:
 * @raw: a flat binary image; borrowed
 * @elf_blob: the file that @elf was read from; borrowed
 * @out_matches: untouched on failure
 *
 * Whether a raw image is what `objcopy -O binary` makes of an ELF file, perhaps with more behind it: every range of
 * assay_elf_load_image() lies in the raw image, at its offset from the base, and has the same bytes there. Then
 * the ELF's names may be used for the raw image's offsets.
 *
 * It does not mean that the raw image is accounted for: bytes between and behind the ranges are not looked at, and
 * names are all that follows from it (T12). An ELF file that has no flat image matches nothing.
 *
 * Errors: ASSAY_ERROR_CHANGED @elf_blob does not have the size of @elf; those of assay_blob_read().
 */
gboolean assay_raw_matches_elf (AssayBlob *raw, AssayBlob *elf_blob, const AssayElf *elf, gboolean *out_matches,
                                GError **error);

/**
 * assay_raw_locate:
 * @load_ranges: (element-type AssayLoadRange): of assay_elf_load_image()
 * @raw_offset: from the start of the raw image, which begins at the base
 * @out_virtual_address: where that byte is linked to run, in the ELF's address width; untouched when there is none
 *
 * Returns: whether a range holds the offset; padding between ranges has no address
 */
gboolean assay_raw_locate (const AssayElf *elf, const GArray *load_ranges, guint64 raw_offset,
                           guint64 *out_virtual_address);

#endif
