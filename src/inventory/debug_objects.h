#ifndef ASSAY_INVENTORY_DEBUG_OBJECTS_H
#define ASSAY_INVENTORY_DEBUG_OBJECTS_H

#include "inventory/debug_sections.h"

/**
 * assay_debug_objects_open:
 * @file: filled with dwarf, objects, object_bases and sections
 * @places: where @blob has its debug sections
 *
 * Opens a relocatable file (an object, a kernel module) by libdwfl, which gives each section an address and applies the
 * relocations of debug sections. It works on a private copy in memory, and its callbacks find nothing.
 *
 * Errors: ASSAY_ERROR_MALFORMED, I/O.
 */
gboolean assay_debug_objects_open (AssayDebugFile *file, const AssayDebugPlaces *places, GError **error);

#endif
