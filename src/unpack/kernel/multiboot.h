#ifndef ASSAY_UNPACK_MULTIBOOT_H
#define ASSAY_UNPACK_MULTIBOOT_H

#include "util/blob.h"

/** Headers of Multiboot stand anywhere in so many first bytes of a file. */
#define ASSAY_MULTIBOOT_BYTES 32768u

/**
 * AssayMultiboot: what a loader makes of a file by a header of Multiboot that says where it is loaded: bytes from
 * @offset on, @length of them, whatever these are to others.
 */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayMultiboot;

/**
 * assay_multiboot_find:
 * @head: the first bytes of a file, ASSAY_MULTIBOOT_BYTES or all that it has; @size: of all of it
 *
 * All headers of Multiboot 0.6.96 and 2.0 ("OS image format") with a right sum that say addresses: by others a loader
 * takes an ELF file, which begins with that.
 *
 * Returns: (transfer full) (element-type AssayMultiboot)
 */
GArray *assay_multiboot_find (const guint8 *head, gsize length, guint64 size);

#endif
