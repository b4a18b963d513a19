#ifndef ASSAY_COMPARE_ALIGN_H
#define ASSAY_COMPARE_ALIGN_H

#include "inventory/elf.h"
#include "util/blob.h"

/**
 * AssayCorrespondence:
 *
 * @length bytes at @shipped of the one file stand for the bytes at @expected of the other. States only which byte is
 * compared with which; says nothing of their being equal.
 */
typedef struct
{
  guint64 shipped;
  guint64 expected;
  guint64 length;
} AssayCorrespondence;

/**
 * assay_align:
 * @shipped_elf: @expected_elf: what the two are as ELF, or NULL
 *
 * Works out which bytes correspond. Files of equal size correspond offset by offset, whatever they are. ELF files of
 * unequal size correspond piece by piece (headers, sections by name, gaps by order). Within pieces of unequal size, and
 * in other files, the common beginning and the common end correspond. An expected ELF against a shipped file that is
 * none corresponds by load address (T12): the image that `objcopy -O binary` would write.
 *
 * Returns: (transfer full) (element-type AssayCorrespondence): ascending in @shipped, not overlapping there
 */
GArray *assay_align (AssayBlob *shipped, const AssayElf *shipped_elf, AssayBlob *expected, const AssayElf *expected_elf,
                     GError **error);

#endif
