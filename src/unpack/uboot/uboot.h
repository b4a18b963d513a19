#ifndef ASSAY_UNPACK_UBOOT_H
#define ASSAY_UNPACK_UBOOT_H

#include "unpack/container.h"

/* The header of U-Boot's legacy images (U-Boot, include/image.h): 64 bytes, numbers big-endian. */

#define ASSAY_UBOOT_HEADER_BYTES 64u

/** Types whose data begins with a table of the sizes of several files. */
#define ASSAY_UBOOT_TYPE_MULTI 4u
#define ASSAY_UBOOT_TYPE_SCRIPT 6u

/**
 * AssayUbootHeader:
 * @header_sum: CRC-32 of the header with this field zero; @data_sum: of the data behind it
 * @time: seconds since 1970
 * @size: of the data
 * @kinds: os, arch, type and compression, in this order
 * @name: as stored
 */
typedef struct
{
  guint32 header_sum;
  guint32 time;
  guint32 size;
  guint32 load;
  guint32 entry;
  guint32 data_sum;
  guint8 kinds[4];
  guint8 name[32];
} AssayUbootHeader;

/** assay_uboot_parse: Errors: ASSAY_ERROR_MALFORMED the header's own sum is wrong. */
gboolean assay_uboot_parse (const guint8 block[ASSAY_UBOOT_HEADER_BYTES], AssayUbootHeader *out_header, GError **error);

/** assay_uboot_add_facts: states all that the header says of the image as a whole. */
void assay_uboot_add_facts (const AssayUbootHeader *header, GArray *facts);

/**
 * assay_uboot_write:
 * @size: @data_sum: of the content
 *
 * Writes the header from facts and content alone; FALSE where a fact does not fit.
 */
gboolean assay_uboot_write (const GArray *facts, guint32 size, guint32 data_sum,
                            guint8 out_block[ASSAY_UBOOT_HEADER_BYTES]);

#endif
