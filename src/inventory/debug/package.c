#include "inventory/debug/package.h"

#include "util/checked.h"

/* Kinds of sections; version 2 has 2 (types) and other ones for 5, 7 and 8, of which none is read here but 8 of
 * DWARF 5. */
#define COLUMNS_MAX 16u
#define VERSION_OLD 2u
#define VERSION_NEW 5u

typedef struct
{
  guint version;
  guint column_count;
  guint64 unit_count;
  guint64 slot_count;
  AssayDebugSection columns[COLUMNS_MAX]; /* ASSAY_DEBUG_COUNT for one that is not read */
  guint64 signatures;                     /* offsets in the index */
  guint64 rows;
  guint64 offsets;
  guint64 sizes;
} Index;

static AssayDebugSection
section_of_column (guint version, guint64 id)
{
  static const AssayDebugSection sections[] = {
    [1] = ASSAY_DEBUG_INFO,
    [3] = ASSAY_DEBUG_ABBREV,
    [4] = ASSAY_DEBUG_LINE,
    [6] = ASSAY_DEBUG_STR_OFFSETS,
  };
  if (version == VERSION_NEW && id == 8)
    return ASSAY_DEBUG_RNGLISTS;
  if (id >= G_N_ELEMENTS (sections) || (id != 1 && sections[id] == ASSAY_DEBUG_INFO))
    return ASSAY_DEBUG_COUNT;
  return sections[id];
}

static gboolean
read_index (const AssayDebugFile *file, Index *out)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_CU_INDEX, 0);
  const guint8 *start = cursor.at;
  /* Version 5 has two bytes of version and two of padding; in version 2 all four are the version. */
  guint64 word = assay_debug_cursor_fixed (&cursor, 2);
  guint64 other = assay_debug_cursor_fixed (&cursor, 2);
  out->version = (guint)(word != 0 ? word : other);
  guint64 columns = assay_debug_cursor_fixed (&cursor, 4);
  out->unit_count = assay_debug_cursor_fixed (&cursor, 4);
  out->slot_count = assay_debug_cursor_fixed (&cursor, 4);
  if (cursor.failed || (out->version != VERSION_OLD && out->version != VERSION_NEW) || columns > COLUMNS_MAX)
    return FALSE;
  out->column_count = (guint)columns;
  out->signatures = (guint64)(cursor.at - start);
  /* The counts have 32 bits: no sum here leaves 64. */
  out->rows = out->signatures + 8 * out->slot_count;
  guint64 column_ids = out->rows + 4 * out->slot_count;
  out->offsets = column_ids + 4 * columns;
  out->sizes = out->offsets + 4 * columns * out->unit_count;
  cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_CU_INDEX, column_ids);
  for (guint i = 0; i < out->column_count; i++)
    out->columns[i] = section_of_column (out->version, assay_debug_cursor_fixed (&cursor, 4));
  return !cursor.failed;
}

static guint64
word_at (const AssayDebugFile *file, guint64 offset, gboolean *failed)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_CU_INDEX, offset);
  guint64 word = assay_debug_cursor_fixed (&cursor, 4);
  *failed = *failed || cursor.failed;
  return word;
}

/* Fills the parts of row @row, from 1. Sections without a column belong to all units. */
static gboolean
read_parts (const AssayDebugFile *file, const Index *index, guint64 row, AssayDebugPackageEntry *out)
{
  gboolean failed = FALSE;
  for (guint kind = 0; kind < ASSAY_DEBUG_COUNT; kind++)
    if (kind == ASSAY_DEBUG_STR || kind == ASSAY_DEBUG_LINE_STR)
      out->sections[kind] = file->sections[kind];
  for (guint i = 0; i < index->column_count; i++)
    {
      guint64 cell = 4 * ((row - 1) * index->column_count + i);
      guint64 offset = word_at (file, index->offsets + cell, &failed);
      guint64 size = word_at (file, index->sizes + cell, &failed);
      AssayDebugSection kind = index->columns[i];
      if (failed)
        return FALSE;
      if (kind == ASSAY_DEBUG_COUNT || size == 0)
        continue;
      if (!assay_range_fits (offset, size, file->sections[kind].size))
        return FALSE;
      out->sections[kind] = (AssayDebugBytes){ .data = file->sections[kind].data + offset, .size = (gsize)size };
    }
  return out->sections[ASSAY_DEBUG_INFO].size > 0;
}

GArray *
assay_debug_package_read (const AssayDebugFile *file, const AssayLimits *limits, GError **error)
{
  Index index = { .version = 0 };
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (AssayDebugPackageEntry));
  if (file->sections[ASSAY_DEBUG_CU_INDEX].size == 0 || !read_index (file, &index))
    return g_steal_pointer (&entries);
  if (!assay_limits_check (limits, ASSAY_LIMIT_DEBUG_UNITS, index.unit_count, "package of debug information", error))
    return NULL;
  for (guint64 slot = 0; slot < index.slot_count && entries->len < index.unit_count; slot++)
    {
      AssayDebugPackageEntry entry = { .id = 0 };
      gboolean failed = FALSE;
      guint64 row = word_at (file, index.rows + 4 * slot, &failed);
      AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_CU_INDEX, index.signatures + 8 * slot);
      entry.id = assay_debug_cursor_fixed (&cursor, 8);
      if (failed || cursor.failed)
        break;
      if (row > 0 && row <= index.unit_count && read_parts (file, &index, row, &entry))
        g_array_append_val (entries, entry);
    }
  return g_steal_pointer (&entries);
}
