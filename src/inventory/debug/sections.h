#ifndef ASSAY_INVENTORY_DEBUG_SECTIONS_H
#define ASSAY_INVENTORY_DEBUG_SECTIONS_H

#include "inventory/debug/file.h"

/** assay_debug_section_name: ".debug_info", …; the split ones have ".dwo" behind it. */
const char *assay_debug_section_name (AssayDebugSection section);

/**
 * AssayDebugPlaces: where the debug sections of a file lie: indexes into its sections, or G_MAXUINT32.
 * @is_split: the names end in .dwo; a file that has both kinds is not split
 * @unpacked_bytes: what all of its debug sections take unpacked, also those that are not read here
 */
typedef struct
{
  guint32 index[ASSAY_DEBUG_COUNT];
  gboolean is_split;
  guint64 unpacked_bytes;
} AssayDebugPlaces;

/** assay_debug_sections_find: looks through the section table, and into the headers of packed sections. */
gboolean assay_debug_sections_find (const AssayElf *elf, AssayBlob *blob, AssayDebugPlaces *out, GError **error);

/**
 * assay_debug_sections_locate:
 *
 * Whether a file has debug information that may be read, and where.
 *
 * Returns: (transfer full): the file. Errors: ASSAY_ERROR_NO_CONTENT no .debug_info, or it is empty;
 * ASSAY_ERROR_LIMIT "debug-bytes"; those of assay_elf_new(); I/O.
 */
AssayElf *assay_debug_sections_locate (AssayBlob *blob, const AssayLimits *limits, AssayDebugPlaces *out,
                                       GError **error);

/** assay_debug_section_stored: (transfer full) (nullable): the bytes of a section as the file has them; NULL where it
 * has none, they leave the file or cannot be read, or memory is short. */
guint8 *assay_debug_section_stored (const AssayElf *elf, const AssaySection *section, AssayBlob *blob);

/**
 * assay_debug_section_load:
 * @buffers: where the bytes are owned; nobody else has them
 *
 * The unpacked bytes of a section; empty where it is damaged.
 */
AssayDebugBytes assay_debug_section_load (const AssayElf *elf, const AssaySection *section, AssayBlob *blob,
                                          GPtrArray *buffers);

#endif
