#ifndef ASSAY_UNPACK_SECOND_H
#define ASSAY_UNPACK_SECOND_H

#include "unpack/container.h"

/**
 * AssaySecondFields: what of an entry is compared beside name, type, size and link target.
 */
typedef enum
{
  ASSAY_SECOND_NONE = 0,
  ASSAY_SECOND_PERMISSIONS = 1 << 0,
  ASSAY_SECOND_OWNERS = 1 << 1,
  ASSAY_SECOND_TIME = 1 << 2,
  ASSAY_SECOND_DEVICES = 1 << 3,
} AssaySecondFields;

/**
 * AssaySecondReading:
 * @format: "ar", "tar", "cpio", "zip" or "7zip"
 * @style: how the format writes names of directories
 * @fields: what it always carries; a number of which we have no fact is 0
 * @offset: @length: the archive within the node
 * @first_child: @children: what we found in it
 * @order: in which order libarchive lists them, as indices from @first_child; NULL for the order of the container
 */
typedef struct
{
  const char *format;
  AssayNameStyle style;
  AssaySecondFields fields;
  guint64 offset;
  guint64 length;
  guint first_child;
  guint children;
  const guint *order;
} AssaySecondReading;

/**
 * assay_second_compare:
 *
 * Has libarchive list the same bytes, and compares entry by entry: count, order, raw name, type, size, mode, owners,
 * time, and target of links. Two parsers that disagree about one archive mean that a consumer may see other files than
 * we do; then nobody can say what is inside. Anything but ARCHIVE_OK and ARCHIVE_EOF is a disagreement as well.
 *
 * Errors: ASSAY_ERROR_MALFORMED.
 */
gboolean assay_second_compare (AssayContainer *container, const AssaySecondReading *reading, GError **error);

#endif
