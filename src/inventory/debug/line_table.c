#include "inventory/debug/line_table_private.h"

#include "inventory/source_path.h"

AssayLineTable *
assay_line_table_new (const AssayDebugFile *file, guint64 offset, AssayLineTableParts parts)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_LINE, offset);
  if (cursor.failed || cursor.at == cursor.end)
    return NULL;
  g_autoptr (AssayLineTable) table = g_new0 (AssayLineTable, 1);
  table->source = file;
  table->directories = g_ptr_array_new ();
  table->files = g_array_new (FALSE, FALSE, sizeof (AssayLineFile));
  if (!assay_line_header_read (table, &cursor)
      || (parts == ASSAY_LINE_TABLE_ROWS && !assay_line_program_run (table, &cursor)))
    return NULL;
  return g_steal_pointer (&table);
}

void
assay_line_table_free (AssayLineTable *table)
{
  if (table == NULL)
    return;
  g_ptr_array_unref (table->directories);
  g_array_unref (table->files);
  g_clear_pointer (&table->rows, g_array_unref);
  g_clear_pointer (&table->sequences, g_array_unref);
  assay_range_map_free (table->map);
  g_free (table);
}

gboolean
assay_line_table_find (const AssayLineTable *table, guint64 address, guint32 *out_file, guint32 *out_line,
                       guint64 *out_end)
{
  guint32 index = 0;
  *out_end = G_MAXUINT64;
  if (table->map == NULL || !assay_range_map_find_end (table->map, 0, address, &index, out_end))
    return FALSE;
  const AssayLineRow *row = &g_array_index (table->rows, AssayLineRow, index);
  *out_file = row->file;
  *out_line = row->line;
  return TRUE;
}

void
assay_line_table_claims (const AssayLineTable *table, guint32 value, GArray *claims)
{
  for (guint i = 0; table->sequences != NULL && i < table->sequences->len; i++)
    {
      AssayRangeClaim claim = g_array_index (table->sequences, AssayRangeClaim, i);
      claim.value = value;
      g_array_append_val (claims, claim);
    }
}

char *
assay_line_table_file_path (const AssayLineTable *table, guint64 number, const char *compilation_directory)
{
  if (number >= table->files->len)
    return NULL;
  const AssayLineFile *file = &g_array_index (table->files, AssayLineFile, number);
  const char *directory
      = file->directory < table->directories->len ? g_ptr_array_index (table->directories, file->directory) : "";
  return *file->name != '\0' ? assay_source_path (compilation_directory, directory, file->name) : NULL;
}

guint64
assay_line_table_count_files (const AssayLineTable *table)
{
  return table->files->len;
}

gsize
assay_line_table_weight (const AssayLineTable *table)
{
  /* A run of the map has 16 bytes, and there are at most two for each claim. */
  gsize rows = table->rows != NULL ? table->rows->len * (sizeof (AssayLineRow) + 32) : 0;
  gsize sequences = table->sequences != NULL ? table->sequences->len * sizeof (AssayRangeClaim) : 0;
  return sizeof *table + rows + sequences + table->files->len * sizeof (AssayLineFile)
         + table->directories->len * sizeof (gpointer);
}
