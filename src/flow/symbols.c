#include "flow/judging.h"

#include "inventory/raw.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

/** Files of a build tree that are looked at for names; more are not worth the wait, as these only help the reader. */
#define SYMBOL_CANDIDATES 200000

/** What a candidate must be. */
typedef struct
{
  const AssayNode *expected;
  AssayElf *elf; /* the expected file as ELF, or NULL for raw bytes */
  const AssayLimits *limits;
} Wanted;

static gboolean
begins_as_elf (AssayBlob *blob)
{
  char magic[4];
  g_autoptr (GError) ignored = NULL;
  return assay_blob_get_size (blob) > sizeof magic && assay_blob_read (blob, 0, magic, sizeof magic, &ignored)
         && memcmp (magic, "\177ELF", sizeof magic) == 0;
}

static gboolean
fits (const Wanted *wanted, AssayBlob *blob)
{
  g_autoptr (GError) ignored = NULL;
  if (!begins_as_elf (blob))
    return FALSE;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, wanted->limits, &ignored);
  if (elf == NULL || !assay_elf_has_symbol_table (elf))
    return FALSE;
  if (wanted->elf != NULL)
    return wanted->elf->build_id != NULL && g_strcmp0 (wanted->elf->build_id, elf->build_id) == 0;
  gboolean matches = FALSE;
  return assay_raw_matches_elf (wanted->expected->blob, blob, elf, &matches, &ignored) && matches;
}

static AssayBlob *
search (AssayDirectory *root, const Wanted *wanted)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (GPtrArray) entries = assay_directory_walk (root, SYMBOL_CANDIDATES, "symbol candidates", &ignored);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (!S_ISREG (entry->status.st_mode))
        continue;
      g_autoptr (AssayBlob) blob = assay_blob_new_for_file (root, entry->path, NULL);
      if (blob != NULL && fits (wanted, blob))
        return g_steal_pointer (&blob);
    }
  return NULL;
}

AssayBlob *
assay_flow_find_symbols (const AssayNode *expected, gpointer data)
{
  const AssayFlowResult *result = data;
  g_autoptr (GError) ignored = NULL;
  Wanted wanted = { .expected = expected, .limits = &result->options->limits };
  g_autoptr (AssayElf) elf
      = begins_as_elf (expected->blob) ? assay_elf_new (expected->blob, wanted.limits, &ignored) : NULL;
  wanted.elf = elf;
  if (elf != NULL && elf->build_id == NULL)
    return NULL;
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      AssayBlob *found
          = component->rebuild == NULL ? NULL : search (assay_rebuild_get_root (component->rebuild), &wanted);
      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
list_tree (AssayDirectory *root, GPtrArray *programs)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (GPtrArray) entries = assay_directory_walk (root, SYMBOL_CANDIDATES, "symbol candidates", &ignored);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (AssayBlob) blob
          = S_ISREG (entry->status.st_mode) ? assay_blob_new_for_file (root, entry->path, NULL) : NULL;
      if (blob != NULL && begins_as_elf (blob))
        g_ptr_array_add (programs, g_steal_pointer (&blob));
    }
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
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      if (component->rebuild != NULL)
        list_tree (assay_rebuild_get_root (component->rebuild), result->programs);
    }
  return result->programs;
}
