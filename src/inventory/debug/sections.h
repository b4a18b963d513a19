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
 * assay_debug_section_load:
 * @mapping: all bytes of the file
 * @buffers: (element-type GBytes): where unpacked bytes are owned
 *
 * The unpacked bytes of a section; empty where it is damaged.
 */
AssayDebugBytes assay_debug_section_load (const AssayElf *elf, const AssaySection *section, const guint8 *mapping,
                                          GPtrArray *buffers);

#endif
