#include "flow/judging.h"

#include "flow/building.h"
#include "inventory/raw.h"
#include "unpack/bytes.h"
#include "util/cancel.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

/** Files of a build tree that are looked at for names; more are not worth the wait, as these only help the reader. */
#define SYMBOL_CANDIDATES 200000

/** Bytes at the beginning of a flat image that it is looked up by. */
#define SYMBOL_KEY_BYTES 16u

/** AssaySymbolIndex: the ELF files of the rebuilds that have a symbol table, each read once. */
struct AssaySymbolIndex
{
  guint components;     /* of which the trees were read */
  GPtrArray *blobs;     /* AssayBlob: all of them, as they are found */
  GHashTable *by_id;    /* utf8: the first of each build-id; borrowed */
  GHashTable *by_begin; /* GBytes, the first of a flat image, to a GArray of guint: which of @blobs begin so */
};

static gboolean
begins_as_elf (AssayBlob *blob)
{
  char magic[4];
  g_autoptr (GError) ignored = NULL;
  return assay_blob_get_size (blob) > sizeof magic && assay_blob_read (blob, 0, magic, sizeof magic, &ignored)
         && memcmp (magic, "\177ELF", sizeof magic) == 0;
}

void
assay_symbol_index_free (AssaySymbolIndex *index)
{
  g_clear_pointer (&index->by_id, g_hash_table_unref);
  g_clear_pointer (&index->by_begin, g_hash_table_unref);
  g_clear_pointer (&index->blobs, g_ptr_array_unref);
  g_free (index);
}

/* What a flat image begins with: as much of it as @length says, and no more than the bytes of a key. */
static GBytes *
begin_of (AssayBlob *blob, guint64 offset, guint64 length)
{
  gsize count = (gsize)MIN (length, SYMBOL_KEY_BYTES);
  guint8 *bytes = assay_blob_read_bytes (blob, offset, count, NULL);
  return bytes == NULL ? NULL : g_bytes_new_take (bytes, count);
}

static void
note_begin (AssaySymbolIndex *index, AssayBlob *blob, const AssayElf *elf)
{
  guint number = index->blobs->len - 1;
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  if (ranges == NULL)
    return;
  const AssayLoadRange none = { 0 };
  const AssayLoadRange *first = ranges->len > 0 ? &g_array_index (ranges, AssayLoadRange, 0) : &none;
  g_autoptr (GBytes) begin = begin_of (blob, first->file_offset, first->image_offset == 0 ? first->length : 0);
  GArray *same = begin == NULL ? NULL : g_hash_table_lookup (index->by_begin, begin);
  if (begin != NULL && same == NULL)
    {
      same = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (index->by_begin, g_bytes_ref (begin), same);
    }
  if (same != NULL)
    g_array_append_val (same, number);
}

static void
note_candidate (AssaySymbolIndex *index, AssayBlob *blob, const AssayLimits *limits)
{
  g_autoptr (AssayElf) elf = assay_elf_new (blob, limits, NULL);
  if (elf == NULL || !assay_elf_has_symbol_table (elf))
    return;
  g_ptr_array_add (index->blobs, assay_blob_ref (blob));
  if (elf->build_id != NULL && !g_hash_table_contains (index->by_id, elf->build_id))
    g_hash_table_insert (index->by_id, g_strdup (elf->build_id), blob);
  note_begin (index, blob, elf);
}

/** A walk over the programs of a build tree, none of which is kept open. */
typedef struct
{
  AssayDirectory *root;
  GPtrArray *entries; /* AssayDirectoryEntry, or NULL */
  guint next;
} Programs;

static Programs
programs_begin (AssayDirectory *root)
{
  return (Programs){ root, assay_directory_walk (root, SYMBOL_CANDIDATES, "symbol candidates", NULL), 0 };
}

static void
programs_clear (Programs *programs)
{
  g_clear_pointer (&programs->entries, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Programs, programs_clear)

/* (transfer full) (nullable): the next one; NULL behind the last. */
static AssayBlob *
programs_next (Programs *programs)
{
  while (programs->entries != NULL && programs->next < programs->entries->len && !assay_cancelled (NULL))
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (programs->entries, programs->next++);
      g_autoptr (AssayBlob) blob
          = S_ISREG (entry->status.st_mode) ? assay_blob_new_for_file (programs->root, entry->path, NULL) : NULL;
      if (blob != NULL && begins_as_elf (blob))
        return g_steal_pointer (&blob);
    }
  return NULL;
}

static void
note_tree (AssaySymbolIndex *index, AssayDirectory *root, const AssayLimits *limits)
{
  g_auto (Programs) programs = programs_begin (root);
  for (AssayBlob *blob = NULL; (blob = programs_next (&programs)) != NULL; assay_blob_unref (blob))
    note_candidate (index, blob, limits);
}

/* The build tree. What cannot be had again of one that was kept might have named something: where names decide what is
 * compared with what, nobody knows (T4). */
static AssayDirectory *
whole_of (const AssayFlowResult *result, const AssayComponent *component)
{
  g_autoptr (GError) error = NULL;
  AssayDirectory *root = component->rebuild == NULL ? NULL : assay_rebuild_get_whole (component->rebuild, &error);
  if (error == NULL)
    return root;
  g_autofree char *name = assay_text_escape_line (assay_flow_name_of (component), -1);
  g_autofree char *failure
      = g_strdup_printf ("the build tree of %s cannot be taken out of the cache: %s", name, error->message);
  if (!g_ptr_array_find_with_equal_func (result->failures, failure, g_str_equal, NULL))
    g_ptr_array_add (result->failures, g_steal_pointer (&failure));
  return NULL;
}

/* Any number of files may ask for names: the tree of each rebuild is walked for the first that is not found before. */
static AssaySymbolIndex *
index_of (AssayFlowResult *result)
{
  if (result->symbols != NULL)
    return result->symbols;
  AssaySymbolIndex *index = g_new0 (AssaySymbolIndex, 1);
  index->blobs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  index->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->by_begin = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                           (GDestroyNotify)g_array_unref);
  result->symbols = index;
  return index;
}

/* Of the next component; FALSE where there is none. */
static gboolean
read_more (AssayFlowResult *result)
{
  AssaySymbolIndex *index = index_of (result);
  if (index->components == result->components->len)
    return FALSE;
  AssayDirectory *root = whole_of (result, g_ptr_array_index (result->components, index->components++));
  if (root != NULL)
    note_tree (index, root, &result->options->limits);
  return TRUE;
}

static gboolean
fits (AssayBlob *raw, AssayBlob *candidate, const AssayLimits *limits)
{
  gboolean matches = FALSE;
  g_autoptr (AssayElf) elf = assay_elf_new (candidate, limits, NULL);
  return elf != NULL && assay_raw_matches_elf (raw, candidate, elf, &matches, NULL) && matches;
}

static gint
by_number (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *)a;
  guint y = *(const guint *)b;
  return (x > y) - (x < y);
}

/* What begins as the raw bytes do, with all bytes of a key or with the fewer that there are, in the order of the trees.
 */
static GArray *
list_like (const AssaySymbolIndex *index, AssayBlob *raw)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  for (gsize count = 0; count <= MIN (assay_blob_get_size (raw), SYMBOL_KEY_BYTES); count++)
    {
      g_autoptr (GBytes) begin = begin_of (raw, 0, count);
      const GArray *same = begin == NULL ? NULL : g_hash_table_lookup (index->by_begin, begin);
      if (same != NULL)
        g_array_append_vals (numbers, same->data, same->len);
    }
  g_array_sort (numbers, by_number);
  return numbers;
}

static AssayBlob *
find_flat (const AssaySymbolIndex *index, AssayBlob *raw, const AssayLimits *limits)
{
  g_autoptr (GArray) numbers = list_like (index, raw);
  for (guint i = 0; i < numbers->len && !assay_cancelled (NULL); i++)
    {
      AssayBlob *candidate = g_ptr_array_index (index->blobs, g_array_index (numbers, guint, i));
      if (fits (raw, candidate, limits))
        return candidate;
    }
  return NULL;
}

AssayBlob *
assay_flow_find_symbols (const AssayNode *expected, gpointer data)
{
  AssayFlowResult *result = data;
  const AssayLimits *limits = &result->options->limits;
  g_autoptr (AssayElf) elf = begins_as_elf (expected->blob) ? assay_elf_new (expected->blob, limits, NULL) : NULL;
  if (elf != NULL && elf->build_id == NULL)
    return NULL;
  const AssaySymbolIndex *index = index_of (result);
  AssayBlob *found = NULL;
  do
    found = elf == NULL ? find_flat (index, expected->blob, limits) : g_hash_table_lookup (index->by_id, elf->build_id);
  while (found == NULL && read_more (result));
  return found == NULL ? NULL : assay_blob_ref (found);
}

static void
list_tree (AssayDirectory *root, GPtrArray *programs)
{
  g_auto (Programs) found = programs_begin (root);
  for (AssayBlob *blob = NULL; (blob = programs_next (&found)) != NULL;)
    g_ptr_array_add (programs, blob);
}

const GPtrArray *
assay_flow_list_programs (gpointer data)
{
  AssayFlowResult *result = data;
  if (result->programs != NULL)
    return result->programs;
  result->programs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  for (guint i = 0; i < result->expectations->len; i++)
    {
      const AssayExpectation *expectation = g_ptr_array_index (result->expectations, i);
      for (guint j = 0; j < expectation->symbols->len; j++)
        g_ptr_array_add (result->programs, assay_blob_ref (g_ptr_array_index (expectation->symbols, j)));
    }
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayDirectory *root = whole_of (result, g_ptr_array_index (result->components, i));
      if (root != NULL)
        list_tree (root, result->programs);
    }
  return result->programs;
}
