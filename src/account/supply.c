#include "account/work.h"

#include "util/text.h"

#include <string.h>

/* Facts that no rebuilt file carries, from the `entries` of a recipe that the policy pins (T5). */

GHashTable *
assay_account_supply (const AssayWork *work, const AssayNode *node, gboolean *out_exact)
{
  const GPtrArray *entries = work->options->entries;
  GHashTable *found = NULL;
  gboolean exact = FALSE;
  for (guint i = 0; entries != NULL && i < entries->len && !exact; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (entries, i);
      exact = strcmp (supply->at, node->path) == 0;
      if (exact || assay_text_glob_matches (supply->at, node->path))
        found = supply->facts;
    }
  if (out_exact != NULL)
    *out_exact = exact;
  return found;
}

static gboolean
note_path (AssayNode *node, gpointer data)
{
  g_hash_table_add (data, (gpointer)node->path);
  return TRUE;
}

void
assay_account_check_supply (AssayWork *work, AssayNode *shipped)
{
  const GPtrArray *entries = work->options->entries;
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  if (entries == NULL || entries->len == 0)
    return;
  assay_node_visit (shipped, note_path, paths);
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (entries, i);
      char **scope = work->options->scope;
      if (assay_text_has_glob (supply->at) || g_hash_table_contains (paths, supply->at)
          || (scope != NULL && !assay_text_any_glob_matches (scope, supply->at)))
        continue;
      g_autofree char *name = g_strconcat ("entry:", supply->at, NULL);
      assay_account_add_fact (work, shipped, assay_text_intern (name), NULL, "there", ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
    }
}
