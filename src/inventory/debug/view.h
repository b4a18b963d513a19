#ifndef ASSAY_INVENTORY_DEBUG_VIEW_H
#define ASSAY_INVENTORY_DEBUG_VIEW_H

#include "inventory/debug/file.h"

/**
 * AssayDebugViewForm: what the ELF header of a view says.
 */
typedef struct
{
  guint8 bits;
  gboolean big_endian;
  gboolean is_split;
} AssayDebugViewForm;

/**
 * assay_debug_view_new:
 * @sections: by AssayDebugSection; must outlive the result, nothing is copied
 *
 * An ELF file that exists in memory alone and holds these sections under their plain names, for libdw: which so never
 * sees a packed section, a table of the file itself, or a place in the file system.
 *
 * Returns: NULL when memory is short
 */
Elf *assay_debug_view_new (const AssayDebugBytes *sections, const AssayDebugViewForm *form);

/** assay_debug_view_open: libdw's handle of a view; NULL where it holds nothing that libdw takes. */
Dwarf *assay_debug_view_open (Elf *view);

#endif
