#include "inventory/debug/split.h"

#include "inventory/debug/package.h"
#include "inventory/debug/sections.h"

#include <assay/error.h>

/* A split unit that is known: in a file, or in a package, from which it is opened when it is asked for. */
typedef struct
{
  AssayDebugFile *file; /* borrowed; NULL for one of a package */
  AssayDebugUnit unit;
  const AssayDebugFile *package;
  AssayDebugPackageEntry entry;
} Split;

/* A file that is not split, of which nothing is read unless it is the one that dwz shared. */
typedef struct
{
  char *build_id; /* hexadecimal */
  AssayBlob *blob;
} Whole;

struct _AssayDebugSplits
{
  GPtrArray *files;   /* AssayDebugFile */
  GArray *wholes;     /* Whole */
  GHashTable *splits; /* id to Split */
  GPtrArray *parts;   /* AssayDebugFile: what is open of packages */
  AssayLimits limits;
};

static void
add_split (AssayDebugSplits *splits, guint64 id, const Split *split)
{
  g_autofree guint64 *key = g_memdup2 (&id, sizeof id);
  /* The first counts, whatever comes later. */
  if (g_hash_table_contains (splits->splits, key))
    return;
  g_hash_table_insert (splits->splits, g_steal_pointer (&key), g_memdup2 (split, sizeof *split));
}

static gboolean
add_package (AssayDebugSplits *splits, const AssayDebugFile *file, GError **error)
{
  g_autoptr (GArray) entries = assay_debug_package_read (file, &splits->limits, error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const Split split = { .package = file, .entry = g_array_index (entries, AssayDebugPackageEntry, i) };
      add_split (splits, split.entry.id, &split);
    }
  return TRUE;
}

static gboolean
add_units (AssayDebugSplits *splits, AssayDebugFile *file, GError **error)
{
  g_autoptr (GArray) units = assay_debug_units_read (file, &splits->limits, error);
  if (units == NULL)
    return FALSE;
  for (guint i = 0; i < units->len; i++)
    {
      const Split split = { .file = file, .unit = g_array_index (units, AssayDebugUnit, i) };
      if (split.unit.split_id != 0)
        add_split (splits, split.unit.split_id, &split);
    }
  return TRUE;
}

/* A file that is damaged, or something else than debug information, is left unused. */
static gboolean
forgive (GError *problem, GError **error)
{
  if (!g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_MALFORMED)
      && !g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_NO_CONTENT))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  g_error_free (problem);
  return TRUE;
}

static gboolean
add_file (AssayDebugSplits *splits, AssayBlob *blob, GError **error)
{
  AssayDebugPlaces places;
  GError *problem = NULL;
  g_autoptr (AssayElf) elf = assay_debug_sections_locate (blob, &splits->limits, &places, &problem);
  if (elf == NULL)
    return forgive (problem, error);
  if (!places.is_split)
    {
      const Whole whole = { .build_id = g_strdup (elf->build_id), .blob = assay_blob_ref (blob) };
      g_array_append_val (splits->wholes, whole);
      return TRUE;
    }
  AssayDebugFile *file = assay_debug_file_new (blob, &splits->limits, &problem);
  if (file == NULL)
    return forgive (problem, error);
  g_ptr_array_add (splits->files, file);
  if (file->sections[ASSAY_DEBUG_CU_INDEX].size > 0)
    return add_package (splits, file, error);
  return add_units (splits, file, error);
}

static void
clear_whole (gpointer data)
{
  Whole *whole = data;
  g_free (whole->build_id);
  assay_blob_unref (whole->blob);
}

AssayDebugSplits *
assay_debug_splits_new (const GPtrArray *blobs, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayDebugSplits) splits = g_new0 (AssayDebugSplits, 1);
  splits->files = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_debug_file_free);
  splits->wholes = g_array_new (FALSE, FALSE, sizeof (Whole));
  g_array_set_clear_func (splits->wholes, clear_whole);
  splits->parts = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_debug_file_free);
  splits->splits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  splits->limits = *limits;
  for (guint i = 0; blobs != NULL && i < blobs->len; i++)
    if (!add_file (splits, g_ptr_array_index (blobs, i), error))
      return NULL;
  return g_steal_pointer (&splits);
}

void
assay_debug_splits_free (AssayDebugSplits *splits)
{
  if (splits == NULL)
    return;
  g_ptr_array_unref (splits->parts);
  g_hash_table_unref (splits->splits);
  g_ptr_array_unref (splits->files);
  g_array_unref (splits->wholes);
  g_free (splits);
}

/* Opens a unit of a package as the file that it was. */
static gboolean
open_part (AssayDebugSplits *splits, Split *split)
{
  g_autoptr (AssayDebugFile) part = assay_debug_file_new_part (split->package, split->entry.sections);
  g_autoptr (GArray) units = part != NULL ? assay_debug_units_read (part, &splits->limits, NULL) : NULL;
  for (guint i = 0; units != NULL && i < units->len; i++)
    {
      const AssayDebugUnit *unit = &g_array_index (units, AssayDebugUnit, i);
      if (unit->split_id != split->entry.id)
        continue;
      split->unit = *unit;
      split->file = part;
      g_ptr_array_add (splits->parts, g_steal_pointer (&part));
      return TRUE;
    }
  return FALSE;
}

gboolean
assay_debug_splits_find (AssayDebugSplits *splits, guint64 id, AssayDebugFile **out_file,
                         const AssayDebugUnit **out_unit)
{
  Split *split = id != 0 ? g_hash_table_lookup (splits->splits, &id) : NULL;
  if (split == NULL || (split->file == NULL && !open_part (splits, split)))
    return FALSE;
  *out_file = split->file;
  *out_unit = &split->unit;
  return TRUE;
}

gboolean
assay_debug_splits_find_supplement (AssayDebugSplits *splits, const char *build_id, const AssayDebugFile **out,
                                    GError **error)
{
  *out = NULL;
  for (guint i = 0; i < splits->wholes->len; i++)
    {
      const Whole *whole = &g_array_index (splits->wholes, Whole, i);
      GError *problem = NULL;
      if (g_strcmp0 (whole->build_id, build_id) != 0)
        continue;
      AssayDebugFile *file = assay_debug_file_new (whole->blob, &splits->limits, &problem);
      if (file != NULL)
        {
          g_ptr_array_add (splits->files, file);
          *out = file;
          return TRUE;
        }
      if (!forgive (problem, error))
        return FALSE;
    }
  return TRUE;
}

void
assay_debug_splits_forget (AssayDebugSplits *splits)
{
  GHashTableIter iterator;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, splits->splits);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    if (((Split *)value)->package != NULL)
      ((Split *)value)->file = NULL;
  g_ptr_array_set_size (splits->parts, 0);
  for (guint i = 0; i < splits->files->len; i++)
    assay_debug_file_forget (g_ptr_array_index (splits->files, i));
}
