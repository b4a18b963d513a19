#ifndef ASSAY_FLOW_CODE_H
#define ASSAY_FLOW_CODE_H

#include "inventory/elf.h"

/** AssayCodeExtent: bytes of machine code. @offset: in a file, be it ELF or raw; @address: @section: as of
 * assay_lines_find(). */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 address;
  guint32 section;
} AssayCodeExtent;

/** assay_code_is_section: whether it stores machine code, as it says itself. */
gboolean assay_code_is_section (const AssaySection *section);

/** assay_code_list: (transfer full) (element-type AssayCodeExtent): executable sections of a file; where there are none
 * its executable segments. Ascending, without overlap. */
GArray *assay_code_list (const AssayElf *elf);

/** assay_code_settle: makes extents ascend, and takes what overlaps another out of the later one. */
void assay_code_settle (GArray *extents);

/** assay_code_list_executable: (transfer full) (element-type AssayExtent): all bytes of a file that a loader may take
 * for code: executable segments, of a relocatable file sections; of one whose tables are damaged all that there are. */
GArray *assay_code_list_executable (const AssayElf *elf);

/** assay_code_extents: (transfer full) (element-type AssayExtent): the bytes of @code. */
GArray *assay_code_extents (const GArray *code);

#endif
