#ifndef ASSAY_INVENTORY_DEBUG_FILE_H
#define ASSAY_INVENTORY_DEBUG_FILE_H

#include "inventory/debug/cursor.h"
#include "inventory/elf.h"

#include <elfutils/libdw.h>
#include <glib.h>

/** AssayDebugSection: what of debug information is read; the order is that of the table of names in debug/sections.c.
 */
typedef enum
{
  ASSAY_DEBUG_INFO = 0,
  ASSAY_DEBUG_ABBREV,
  ASSAY_DEBUG_STR,
  ASSAY_DEBUG_LINE_STR,
  ASSAY_DEBUG_STR_OFFSETS,
  ASSAY_DEBUG_LINE,
  ASSAY_DEBUG_ADDR,
  ASSAY_DEBUG_RANGES,
  ASSAY_DEBUG_RNGLISTS,
  ASSAY_DEBUG_CU_INDEX,
  ASSAY_DEBUG_COUNT,
} AssayDebugSection;

/**
 * AssayDebugFile:
 *
 * The debug sections of one file, unpacked and with relocations applied, and libdw's view of them.
 *
 * @is_split: the sections are those of a .dwo or .dwp file
 * @dwarf: libdw's handle. It is shown nothing but these sections: a file that exists in memory alone, which names no
 *   directory, so that libdw has no place to look for others. Functions of libdw that open files all the same are not
 * to be called: dwarf_cu_info, dwarf_get_units, dwarf_getlocation and what asks for skeleton or split units
 * @build_id: hexadecimal, or NULL; @supplement_id: that of the file that dwz moved parts to
 * @code_at_zero: whether an executable section holds address 0: what is left of functions that the linker dropped says
 *   that it lies there, too
 */
typedef struct
{
  gboolean big_endian;
  guint8 bits;
  gboolean is_split;
  AssayDebugBytes sections[ASSAY_DEBUG_COUNT];
  Dwarf *dwarf;
  char *build_id;
  char *supplement_id;
  gboolean code_at_zero;
  Elf *view;
  GArray *bases;      /* guint64: the address that each section of a relocatable file was given, by number; or NULL */
  GPtrArray *buffers; /* the bytes of sections */
} AssayDebugFile;

/**
 * assay_debug_file_new:
 * @blob: an ELF file; what is needed of it is read into memory, and it is not needed after the call
 *
 * Unpacks (zlib and zstd, SHF_COMPRESSED and .zdebug) and relocates what a reader of source places needs.
 *
 * Errors: ASSAY_ERROR_NO_CONTENT no .debug_info, or it is empty; ASSAY_ERROR_LIMIT "debug-bytes";
 * ASSAY_ERROR_MALFORMED; I/O. Source: gABI, "Compressed Sections"; the .zdebug form of GNU binutils.
 */
AssayDebugFile *assay_debug_file_new (AssayBlob *blob, const AssayLimits *limits, GError **error);

/**
 * assay_debug_file_new_part:
 * @whole: must outlive the result
 * @sections: ranges of the sections of @whole
 *
 * A file made of parts of another's sections: one unit of a .dwp file as the .dwo file that it was. NULL when libdw
 * does not take it.
 */
AssayDebugFile *assay_debug_file_new_part (const AssayDebugFile *whole, const AssayDebugBytes *sections);

/**
 * assay_debug_file_supplement: gives the file that dwz moved parts to; borrowed, must outlive @file. Without this call,
 * what was moved has no names.
 */
void assay_debug_file_supplement (AssayDebugFile *file, const AssayDebugFile *supplement);

/**
 * assay_debug_file_forget:
 *
 * Gives back what libdw has read of units: no Dwarf_Die survives, and assay_debug_file_supplement() is to be called
 * again where it was. Does nothing to a relocatable file, which libdwfl owns. FALSE when memory is short: nothing is
 * found from then on.
 */
gboolean assay_debug_file_forget (AssayDebugFile *file);

/** assay_debug_file_cursor: on one section from @offset on. */
AssayDebugCursor assay_debug_file_cursor (const AssayDebugFile *file, AssayDebugSection section, guint64 offset);

/** assay_debug_file_locate: the address of debug information for a section's offset in a relocatable file; @address
 * itself in another. FALSE where there is no such section. */
gboolean assay_debug_file_locate (const AssayDebugFile *file, guint64 address, guint32 section, guint64 *out);

/**
 * assay_debug_settle_zeros:
 * @claims: (element-type AssayRangeClaim): the most important first
 *
 * Of functions that the linker dropped, debug information says that they begin at address 0. Such claims go behind all
 * others, or away where no code lies at 0.
 */
void assay_debug_settle_zeros (const AssayDebugFile *file, GArray *claims);

void assay_debug_file_free (AssayDebugFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDebugFile, assay_debug_file_free)

#endif
