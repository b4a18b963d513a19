#ifndef ASSAY_UNPACK_CPIO_H
#define ASSAY_UNPACK_CPIO_H

#include "unpack/container.h"

/* Headers of cpio archives: cpio(5) "New ASCII Format", "New CRC Format", "Portable ASCII Format" (POSIX odc),
 * "Old Binary Format" in both byte orders. */

#define ASSAY_CPIO_TRAILER "TRAILER!!!"
#define ASSAY_CPIO_MAX_HEADER_BYTES 110u

typedef enum
{
  ASSAY_CPIO_NEWC = 0,
  ASSAY_CPIO_CRC,
  ASSAY_CPIO_ODC,
  ASSAY_CPIO_BINARY_LE,
  ASSAY_CPIO_BINARY_BE,
  ASSAY_CPIO_FORMAT_COUNT,
} AssayCpioFormat;

typedef enum
{
  ASSAY_CPIO_INODE = 0,
  ASSAY_CPIO_MODE,
  ASSAY_CPIO_NLINK,
  ASSAY_CPIO_UID,
  ASSAY_CPIO_GID,
  ASSAY_CPIO_MTIME,
  ASSAY_CPIO_SIZE,
  ASSAY_CPIO_DEV_MAJOR,
  ASSAY_CPIO_DEV_MINOR,
  ASSAY_CPIO_RDEV_MAJOR,
  ASSAY_CPIO_RDEV_MINOR,
  ASSAY_CPIO_NAME_SIZE,
  ASSAY_CPIO_CHECK,
  ASSAY_CPIO_FIELD_COUNT,
} AssayCpioField;

/**
 * AssayCpioHeader:
 * @values: by AssayCpioField; what a format does not have is 0
 * @lower_case: hexadecimal letters are lower-case (libarchive; GNU cpio and the kernel write capitals)
 */
typedef struct
{
  AssayCpioFormat format;
  guint64 values[ASSAY_CPIO_FIELD_COUNT];
  gboolean lower_case;
} AssayCpioHeader;

/** assay_cpio_find_format: by the magic at @head; FALSE when there is none. */
gboolean assay_cpio_find_format (const guint8 *head, gsize length_bytes, AssayCpioFormat *out_format);

/** assay_cpio_is_binary: numbers are words, not digits, and the magic is one of them. */
gboolean assay_cpio_is_binary (AssayCpioFormat format);

/** assay_cpio_header_bytes: 110, 76 or 26. */
gsize assay_cpio_header_bytes (AssayCpioFormat format);

/** assay_cpio_alignment: to which names and content are padded: 4, 1 or 2. */
guint64 assay_cpio_alignment (AssayCpioFormat format);

/** assay_cpio_parse_header: Errors: ASSAY_ERROR_MALFORMED. */
gboolean assay_cpio_parse_header (const guint8 *block, AssayCpioFormat format, AssayCpioHeader *out_header,
                                  GError **error);

/** assay_cpio_type_of: by the mode; ASSAY_NODE_UNKNOWN for none. */
AssayNodeType assay_cpio_type_of (const AssayCpioHeader *header);

/**
 * assay_cpio_add_facts:
 * @check: what the content gives for the check field of this format
 */
void assay_cpio_add_facts (const AssayCpioHeader *header, AssayNode *child, AssayNode *archive, guint64 check);

/**
 * assay_cpio_write_header:
 *
 * Writes header and name (with its zero byte) from the facts alone. NULL where they do not fit.
 */
GByteArray *assay_cpio_write_header (const AssayNode *child, const AssayNode *archive, guint64 size, guint64 check);

/** assay_cpio_write_trailer: header and name of the entry that ends an archive. */
GByteArray *assay_cpio_write_trailer (AssayCpioFormat format, gboolean lower_case);

#endif
