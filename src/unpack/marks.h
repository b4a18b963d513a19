#ifndef ASSAY_UNPACK_MARKS_H
#define ASSAY_UNPACK_MARKS_H

#include "util/blob.h"

/**
 * assay_marks_find_other:
 * @own: the format that the bytes are taken for, as assay_format_probe() calls it
 *
 * Whether they have the marks of a file system, of a disk, of a kernel, or of a volume of one, that assay does not
 * open, or that stand where a reader of @own has content: whoever looks there first takes them for that. Marks of two
 * bytes count only with other fields beside them that fit. What cannot be read has them.
 *
 * Places and magics: libblkid (util-linux), Linux's file systems and block/partitions/; U-Boot's boot/, and EDK2.
 */
gboolean assay_marks_find_other (AssayBlob *blob, const char *own);

/** assay_marks_begin_tar: whether the first 512 bytes are a header of a tar, with or without its magic: their sum is
 * what they say, of bytes with or without a sign, as old writers have it. What cannot be read is one. */
gboolean assay_marks_begin_tar (AssayBlob *blob);

/**
 * assay_marks_find_boot:
 * @expected: (nullable): what was expected there
 *
 * Whether the code in some chip finds on a medium of these bytes what it starts, by a mark that the expected one has
 * not got there. What cannot be read is found.
 *
 * Places and magics: U-Boot (arch/arm/mach-*, tools/).
 */
gboolean assay_marks_find_boot (AssayBlob *blob, AssayBlob *expected);

/**
 * assay_marks_find_boot_sector:
 * @expected: (nullable): what was expected there
 *
 * The same by longer marks, at the beginning of any of the first sectors (16 MiB): where a chip looks, nobody can list.
 */
gboolean assay_marks_find_boot_sector (AssayBlob *blob, AssayBlob *expected);

#endif
