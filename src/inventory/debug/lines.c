#include "inventory/debug/lines.h"

#include "inventory/debug/place.h"
#include "inventory/debug/split.h"
#include "inventory/range_map.h"
#include "inventory/source_path.h"

#include <assay/error.h>

#include <dwarf.h>

/* Where the code of all units lies; a list of ranges may be named by any number of units. */
#define RANGES_MAX (1u << 22)
/* What is kept of units that were asked for; more than that, and all is read anew when it is asked for again. */
#define KEPT_BYTES_MAX (64u << 20)
#define KEPT_UNITS_MAX 512u

/* What was read of a unit at its first lookup. */
typedef struct
{
  AssayDebugPlaceParts parts;
  AssayDebugScopes *scopes;
  gboolean has_scopes; /* whether they were read, or cannot be */
} Loaded;

struct _AssayDebugLines
{
  AssayDebugFile *file;
  AssayDebugSplits *splits;
  const AssayDebugFile *supplement; /* of @splits */
  GArray *units;                    /* AssayDebugUnit */
  AssayRangeMap *map;               /* address to the index in units */
  AssayRangeMap *silent_map;        /* the same for units that do not say where they lie; NULL until it is needed */
  GHashTable *loaded;               /* index to Loaded */
  GHashTable *tables;               /* offset to AssayLineTable: of @file, units may share them */
  GHashTable *split_tables;         /* AssayDebugFile to AssayLineTable: the files of a split unit */
  gsize kept_bytes;
  guint64 loads; /* of units */
};

static void
free_loaded (gpointer data)
{
  Loaded *loaded = data;
  assay_debug_scopes_free (loaded->scopes);
  g_free (loaded);
}

static const AssayDebugUnit *
unit_at (const AssayDebugLines *lines, guint32 index)
{
  return &g_array_index (lines->units, AssayDebugUnit, index);
}

/* Where all units lie, by their first entries. */
static gboolean
map_units (AssayDebugLines *lines, GError **error)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  AssayDebugRangeSink sink = { .claims = claims, .room = RANGES_MAX };
  for (guint i = 0; i < lines->units->len; i++)
    {
      Dwarf_Die die;
      const AssayDebugUnit *unit = unit_at (lines, i);
      const AssayDebugContext context
          = { .file = lines->file, .unit = unit, .skeleton_file = lines->file, .skeleton = unit };
      sink.value = i;
      if (dwarf_offdie (lines->file->dwarf, unit->die_offset, &die) != NULL)
        g_array_index (lines->units, AssayDebugUnit, i).is_placed = assay_debug_add_ranges (&context, &die, &sink);
    }
  assay_debug_settle_zeros (lines->file, claims);
  lines->map = assay_range_map_new (claims, error);
  return lines->map != NULL;
}

static gboolean
find_supplement (AssayDebugLines *lines, GError **error)
{
  if (lines->file->supplement_id == NULL)
    return TRUE;
  if (!assay_debug_splits_find_supplement (lines->splits, lines->file->supplement_id, &lines->supplement, error))
    return FALSE;
  if (lines->supplement != NULL)
    assay_debug_file_supplement (lines->file, lines->supplement);
  return TRUE;
}

AssayDebugLines *
assay_debug_lines_new (AssayBlob *blob, const GPtrArray *split, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayDebugLines) lines = g_new0 (AssayDebugLines, 1);
  lines->loaded = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, free_loaded);
  lines->tables = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)assay_line_table_free);
  lines->split_tables
      = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)assay_line_table_free);
  lines->file = assay_debug_file_new (blob, limits, error);
  if (lines->file == NULL)
    return NULL;
  if (lines->file->is_split)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT,
                           "split debug information says nothing without the file that it was split from");
      return NULL;
    }
  lines->splits = assay_debug_splits_new (split, limits, error);
  if (lines->splits == NULL || !find_supplement (lines, error))
    return NULL;
  lines->units = assay_debug_units_read (lines->file, limits, error);
  if (lines->units == NULL || !map_units (lines, error))
    return NULL;
  return g_steal_pointer (&lines);
}

static void
drop_kept (AssayDebugLines *lines)
{
  g_hash_table_remove_all (lines->loaded);
  g_hash_table_remove_all (lines->tables);
  g_hash_table_remove_all (lines->split_tables);
  lines->kept_bytes = 0;
}

void
assay_debug_lines_free (AssayDebugLines *lines)
{
  if (lines == NULL)
    return;
  drop_kept (lines);
  g_hash_table_unref (lines->loaded);
  g_hash_table_unref (lines->tables);
  g_hash_table_unref (lines->split_tables);
  assay_range_map_free (lines->map);
  assay_range_map_free (lines->silent_map);
  if (lines->units != NULL)
    g_array_unref (lines->units);
  assay_debug_file_free (lines->file);
  assay_debug_splits_free (lines->splits);
  g_free (lines);
}

/* Makes room: libdw keeps what it has read of each unit. */
static void
make_room (AssayDebugLines *lines)
{
  if (lines->kept_bytes < KEPT_BYTES_MAX && g_hash_table_size (lines->loaded) < KEPT_UNITS_MAX)
    return;
  drop_kept (lines);
  assay_debug_splits_forget (lines->splits);
  assay_debug_file_forget (lines->file);
  if (lines->supplement != NULL)
    assay_debug_file_supplement (lines->file, lines->supplement);
}

/* The line table of a unit, rows and all. */
static const AssayLineTable *
table_at (AssayDebugLines *lines, guint64 offset)
{
  AssayLineTable *table = g_hash_table_lookup (lines->tables, &offset);
  if (table != NULL || offset == ASSAY_DEBUG_NOWHERE)
    return table;
  table = assay_line_table_new (lines->file, offset, ASSAY_LINE_TABLE_ROWS);
  if (table == NULL)
    return NULL;
  lines->kept_bytes += assay_line_table_weight (table);
  g_hash_table_insert (lines->tables, g_memdup2 (&offset, sizeof offset), table);
  return table;
}

/* The files that the entries of a split unit speak of. */
static const AssayLineTable *
split_table (AssayDebugLines *lines, AssayDebugFile *file, const AssayDebugUnit *unit)
{
  AssayLineTable *table = g_hash_table_lookup (lines->split_tables, file);
  if (table != NULL)
    return table;
  guint64 offset = unit->line_offset != ASSAY_DEBUG_NOWHERE ? unit->line_offset : 0;
  table = assay_line_table_new (file, offset, ASSAY_LINE_TABLE_FILES);
  if (table != NULL)
    {
      lines->kept_bytes += assay_line_table_weight (table);
      g_hash_table_insert (lines->split_tables, file, table);
    }
  return table;
}

static const char *
compilation_directory (const AssayDebugFile *file, const AssayDebugUnit *unit)
{
  Dwarf_Die die;
  if (dwarf_offdie (file->dwarf, unit->die_offset, &die) == NULL)
    return NULL;
  return assay_debug_get_text (&die, DW_AT_comp_dir);
}

static Loaded *
load_unit (AssayDebugLines *lines, guint32 index)
{
  Loaded *loaded = g_hash_table_lookup (lines->loaded, GUINT_TO_POINTER (index));
  if (loaded != NULL)
    return loaded;
  make_room (lines);
  lines->loads++;
  const AssayDebugUnit *unit = unit_at (lines, index);
  AssayDebugFile *split_file = NULL;
  const AssayDebugUnit *split_unit = NULL;
  loaded = g_new0 (Loaded, 1);
  AssayDebugPlaceParts *parts = &loaded->parts;
  parts->context
      = (AssayDebugContext){ .file = lines->file, .unit = unit, .skeleton_file = lines->file, .skeleton = unit };
  parts->rows = parts->files = table_at (lines, unit->line_offset);
  parts->compilation_directory = compilation_directory (lines->file, unit);
  if (assay_debug_splits_find (lines->splits, unit->split_id, &split_file, &split_unit))
    {
      parts->context.file = split_file;
      parts->context.unit = split_unit;
      /* Clang leaves the files to the skeleton. */
      const AssayLineTable *files = split_table (lines, split_file, split_unit);
      if (files != NULL)
        parts->files = files;
      if (parts->compilation_directory == NULL)
        parts->compilation_directory = compilation_directory (split_file, split_unit);
    }
  g_hash_table_insert (lines->loaded, GUINT_TO_POINTER (index), loaded);
  return loaded;
}

/* Functions are read where somebody asks for them: that takes longer than lines. */
static const Loaded *
load_scopes (AssayDebugLines *lines, guint32 index)
{
  Loaded *loaded = load_unit (lines, index);
  if (loaded->has_scopes)
    return loaded;
  loaded->has_scopes = TRUE;
  loaded->scopes = assay_debug_scopes_new (&loaded->parts.context);
  loaded->parts.scopes = loaded->scopes;
  lines->kept_bytes += loaded->scopes != NULL ? assay_debug_scopes_weight (loaded->scopes) : 0;
  return loaded;
}

/* Some compilers do not say where a unit lies; its line table does. */
static gboolean
map_silent_units (AssayDebugLines *lines)
{
  if (lines->silent_map != NULL)
    return TRUE;
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  for (guint i = 0; i < lines->units->len && claims->len < RANGES_MAX; i++)
    {
      const AssayDebugUnit *unit = unit_at (lines, i);
      if (unit->is_placed || unit->line_offset == ASSAY_DEBUG_NOWHERE)
        continue;
      g_autoptr (AssayLineTable) table = assay_line_table_new (lines->file, unit->line_offset, ASSAY_LINE_TABLE_ROWS);
      if (table != NULL)
        assay_line_table_claims (table, i, claims);
    }
  assay_debug_settle_zeros (lines->file, claims);
  lines->silent_map = assay_range_map_new (claims, NULL);
  return lines->silent_map != NULL;
}

/* Which unit made the code at @place, by what units say, else by the lines of those that do not say it. */
static gboolean
find_unit (AssayDebugLines *lines, guint64 place, guint32 *out_index, guint64 *out_end)
{
  guint64 silent_end = G_MAXUINT64;
  if (assay_range_map_find_end (lines->map, 0, place, out_index, out_end))
    return TRUE;
  gboolean found
      = map_silent_units (lines) && assay_range_map_find_end (lines->silent_map, 0, place, out_index, &silent_end);
  *out_end = MIN (*out_end, silent_end);
  return found;
}

gboolean
assay_debug_lines_find (AssayDebugLines *lines, guint64 address, guint32 section, AssaySourcePlace *out,
                        guint64 *out_end)
{
  guint32 index = 0;
  guint64 place = 0;
  guint64 unit_end = G_MAXUINT64;
  guint64 place_end = G_MAXUINT64;
  *out_end = address;
  if (!assay_debug_file_locate (lines->file, address, section, &place))
    return FALSE;
  gboolean found = find_unit (lines, place, &index, &unit_end);
  if (found)
    {
      const Loaded *loaded = load_scopes (lines, index);
      found = assay_debug_place_find (&loaded->parts, place, out, &place_end);
    }
  *out_end = address + (MIN (unit_end, place_end) - place);
  return found;
}

gboolean
assay_debug_lines_walk (AssayDebugLines *lines, guint64 address, guint32 section, AssayDebugRun *out)
{
  guint64 place = 0;
  guint64 unit_end = G_MAXUINT64;
  guint64 rows_end = G_MAXUINT64;
  guint32 line = 0;
  *out = (AssayDebugRun){ .end = address };
  if (!assay_debug_file_locate (lines->file, address, section, &place))
    return FALSE;
  gboolean found = find_unit (lines, place, &out->unit, &unit_end);
  if (found)
    {
      const Loaded *loaded = load_unit (lines, out->unit);
      found = loaded->parts.rows != NULL
              && assay_line_table_find (loaded->parts.rows, place, &out->file, &line, &rows_end);
    }
  out->end = address + (MIN (unit_end, rows_end) - place);
  return found;
}

/* As a whole path, where the compiler says where it ran. */
static char *
make_whole (char *path, const char *directory)
{
  g_autofree char *taken = path;
  if (path == NULL || *path == '/')
    return g_steal_pointer (&taken);
  return assay_source_path (NULL, directory == NULL ? "" : directory, path);
}

char *
assay_debug_lines_name_file (AssayDebugLines *lines, guint32 unit, guint32 file)
{
  const Loaded *loaded = load_unit (lines, unit);
  const char *directory = loaded->parts.compilation_directory;
  if (loaded->parts.rows == NULL)
    return NULL;
  return make_whole (assay_line_table_file_path (loaded->parts.rows, file, directory), directory);
}

char *
assay_debug_lines_name_unit (AssayDebugLines *lines, guint32 unit)
{
  Dwarf_Die die;
  const Loaded *loaded = load_unit (lines, unit);
  const AssayDebugContext *context = &loaded->parts.context;
  const char *directory = loaded->parts.compilation_directory;
  if (dwarf_offdie (context->file->dwarf, context->unit->die_offset, &die) == NULL)
    return NULL;
  const char *name = assay_debug_get_text (&die, DW_AT_name);
  return name == NULL ? NULL : make_whole (assay_source_path (directory, "", name), directory);
}

guint64
assay_debug_lines_count_loads (const AssayDebugLines *lines)
{
  return lines->loads;
}
