#include "inventory/debug/sources.h"

#include "inventory/debug/line_table.h"
#include "inventory/debug/unit.h"
#include "inventory/source_path.h"

#include <dwarf.h>
#include <string.h>

/** What was read up to now. */
typedef struct
{
  const AssayLimits *limits;
  GHashTable *tables; /* guint64, a set: tables that were read, with the directory of their first unit */
  GHashTable *seen;   /* the texts */
  GPtrArray *texts;
  gsize room_bytes;
  gboolean cut;
} Reading;

/* Takes @path. */
static void
add_path (Reading *reading, char *path)
{
  gsize length = strlen (path) + 1;
  gboolean known = g_hash_table_contains (reading->seen, path);
  if (known || length > reading->room_bytes)
    {
      reading->cut = reading->cut || !known;
      g_free (path);
      return;
    }
  reading->room_bytes -= length;
  g_hash_table_add (reading->seen, path);
  g_ptr_array_add (reading->texts, path);
}

static void
add_table (Reading *reading, const AssayLineTable *table, const char *directory)
{
  for (guint64 i = 0; i < assay_line_table_count_files (table) && !reading->cut; i++)
    {
      g_autofree char *path = assay_line_table_file_path (table, i, directory);
      if (path == NULL)
        continue;
      if (*path == '/')
        add_path (reading, g_steal_pointer (&path));
      else
        add_path (reading, assay_source_path (NULL, directory == NULL ? "" : directory, path));
    }
}

static void
add_unit (Reading *reading, const AssayDebugFile *file, const AssayDebugUnit *unit)
{
  Dwarf_Die die;
  guint64 offset = unit->line_offset;
  if (offset == ASSAY_DEBUG_NOWHERE || g_hash_table_contains (reading->tables, &offset)
      || dwarf_offdie (file->dwarf, unit->die_offset, &die) == NULL)
    return;
  g_hash_table_add (reading->tables, g_memdup2 (&offset, sizeof offset));
  g_autoptr (AssayLineTable) table = assay_line_table_new (file, offset, ASSAY_LINE_TABLE_FILES);
  if (table != NULL)
    add_table (reading, table, assay_debug_get_text (&die, DW_AT_comp_dir));
}

GPtrArray *
assay_debug_sources_read (AssayBlob *blob, const AssayLimits *limits, gsize most_bytes, gboolean *out_whole,
                          GError **error)
{
  g_autoptr (AssayDebugFile) file = assay_debug_file_new (blob, limits, error);
  if (file == NULL)
    return NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) tables = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GArray) units = assay_debug_units_read (file, limits, NULL);
  Reading reading = { .limits = limits,
                      .tables = tables,
                      .seen = seen,
                      .texts = g_ptr_array_new_with_free_func (g_free),
                      .room_bytes = most_bytes,
                      .cut = units == NULL };
  for (guint i = 0; units != NULL && i < units->len; i++)
    add_unit (&reading, file, &g_array_index (units, AssayDebugUnit, i));
  *out_whole = !reading.cut;
  return reading.texts;
}
