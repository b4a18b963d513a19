#include "inventory/debug/package.h"
#include "inventory/debug/unit.h"
#include "inventory/producer_private.h"

#include <dwarf.h>
#include <string.h>

static void
add_units (AssayProducers *producers, AssayDebugFile *file, const AssayLimits *limits)
{
  g_autoptr (GArray) units = assay_debug_units_read (file, limits, NULL);
  if (units == NULL)
    producers->cut[ASSAY_PRODUCER_DEBUG] = TRUE;
  for (guint i = 0; units != NULL && i < units->len; i++)
    {
      Dwarf_Die die;
      const AssayDebugUnit *unit = &g_array_index (units, AssayDebugUnit, i);
      if (dwarf_offdie (file->dwarf, unit->die_offset, &die) == NULL)
        continue;
      const char *text = assay_debug_get_text (&die, DW_AT_producer);
      if (text != NULL)
        assay_producers_add (producers, ASSAY_PRODUCER_DEBUG, "DW_AT_producer", text, strlen (text));
    }
}

/* Each unit of a .dwp file as the .dwo file that it was. */
static void
add_package (AssayProducers *producers, const AssayDebugFile *package, const AssayLimits *limits)
{
  g_autoptr (GArray) entries = assay_debug_package_read (package, limits, NULL);
  if (entries == NULL)
    producers->cut[ASSAY_PRODUCER_DEBUG] = TRUE;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDebugPackageEntry *entry = &g_array_index (entries, AssayDebugPackageEntry, i);
      g_autoptr (AssayDebugFile) part = assay_debug_file_new_part (package, entry->sections);
      if (part != NULL)
        add_units (producers, part, limits);
    }
}

void
assay_producers_add_debug (AssayProducers *producers, AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (AssayDebugFile) file = assay_debug_file_new (blob, limits, NULL);
  if (file == NULL)
    return;
  if (file->is_split && file->sections[ASSAY_DEBUG_CU_INDEX].size > 0)
    add_package (producers, file, limits);
  else
    add_units (producers, file, limits);
}
