#ifndef ASSAY_UNPACK_MARKS_H
#define ASSAY_UNPACK_MARKS_H

#include "util/blob.h"

/**
 * assay_marks_find_other:
 * @own: the format that the bytes are taken for, as assay_format_probe() calls it
 *
 * Whether they have the marks of a file system, of a disk, or of a volume of one, that assay does not open, or that
 * stand where a reader of @own has content: whoever looks there first takes them for that. Marks of two bytes count
 * only with other fields beside them that fit. What cannot be read has them.
 *
 * Places and magics: libblkid (util-linux), Linux's file systems and block/partitions/.
 */
gboolean assay_marks_find_other (AssayBlob *blob, const char *own);

#endif
