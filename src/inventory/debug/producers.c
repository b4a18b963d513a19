#include "inventory/debug/producers.h"

#include "inventory/debug/package.h"
#include "inventory/debug/unit.h"
#include "inventory/producer_private.h"

#include <dwarf.h>
#include <string.h>

/** What was read up to now. */
typedef struct
{
  const AssayLimits *limits;
  guint attribute;
  GPtrArray *texts;
  GHashTable *seen; /* the same */
  gboolean cut;
} Reading;

static void
add_text (Reading *reading, const char *raw)
{
  if (reading->texts->len > ASSAY_PRODUCER_TEXTS_MAX)
    return;
  g_autofree char *text = g_strndup (raw, strnlen (raw, ASSAY_PRODUCER_TEXT_MAX));
  if (text[0] == '\0' || g_hash_table_contains (reading->seen, text))
    return;
  g_hash_table_add (reading->seen, text);
  g_ptr_array_add (reading->texts, g_steal_pointer (&text));
}

static void
add_units (Reading *reading, AssayDebugFile *file)
{
  g_autoptr (GArray) units = assay_debug_units_read (file, reading->limits, NULL);
  reading->cut = reading->cut || units == NULL;
  for (guint i = 0; units != NULL && i < units->len; i++)
    {
      Dwarf_Die die;
      const AssayDebugUnit *unit = &g_array_index (units, AssayDebugUnit, i);
      if (dwarf_offdie (file->dwarf, unit->die_offset, &die) == NULL)
        continue;
      const char *text = assay_debug_get_text (&die, reading->attribute);
      if (text != NULL)
        add_text (reading, text);
    }
}

/* Each unit of a .dwp file as the .dwo file that it was. */
static void
add_package (Reading *reading, const AssayDebugFile *package)
{
  g_autoptr (GArray) entries = assay_debug_package_read (package, reading->limits, NULL);
  reading->cut = reading->cut || entries == NULL;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDebugPackageEntry *entry = &g_array_index (entries, AssayDebugPackageEntry, i);
      g_autoptr (AssayDebugFile) part = assay_debug_file_new_part (package, entry->sections);
      if (part != NULL)
        add_units (reading, part);
    }
}

GPtrArray *
assay_debug_producers_read (AssayBlob *blob, const AssayLimits *limits, AssayDebugText text, gboolean *out_whole,
                            GError **error)
{
  g_autoptr (AssayDebugFile) file = assay_debug_file_new (blob, limits, error);
  if (file == NULL)
    return NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  Reading reading = { .limits = limits,
                      .attribute = text == ASSAY_DEBUG_TEXT_DIRECTORY ? DW_AT_comp_dir : DW_AT_producer,
                      .texts = g_ptr_array_new_with_free_func (g_free),
                      .seen = seen };
  if (file->is_split && file->sections[ASSAY_DEBUG_CU_INDEX].size > 0)
    add_package (&reading, file);
  else
    add_units (&reading, file);
  *out_whole = !reading.cut;
  return reading.texts;
}
