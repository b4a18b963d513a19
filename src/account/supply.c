#include "account/supply.h"

#include "util/text.h"

#include <string.h>

/* Facts that no rebuilt file carries, from the `entries` of a recipe that the policy pins (T5). */

/* Adds the facts of one line to those of others. Where two speak of the very same path and contradict each other,
 * nothing has both values. */
static void
merge (GHashTable *into, GHashTable *facts, GHashTable *exact, gboolean is_exact)
{
  GHashTableIter iterator;
  gpointer name, value;
  g_hash_table_iter_init (&iterator, facts);
  while (g_hash_table_iter_next (&iterator, &name, &value))
    {
      const char *before = g_hash_table_lookup (exact, name);
      if (before != NULL && !is_exact)
        continue;
      gboolean contradicts = before != NULL && strcmp (before, value) != 0;
      /* the account keeps names of facts */
      g_hash_table_replace (into, (gpointer)assay_text_intern (name),
                            contradicts ? g_strdup_printf ("%s and %s", before, (const char *)value)
                                        : g_strdup (value));
      if (is_exact)
        g_hash_table_insert (exact, name, value);
    }
}

/** All that the lines of a pinned recipe, or of several, say of a node. */
typedef struct
{
  GHashTable *facts; /* NULL: nothing */
  gboolean is_exact;
} Supplied;

void
assay_account_supplied_free (gpointer data)
{
  Supplied *supplied = data;
  g_clear_pointer (&supplied->facts, g_hash_table_unref);
  g_free (supplied);
}

/* What is said of the very path counts before what is said of many, and of these what stands last. */
static Supplied *
find_supplied (const AssayWork *work, const AssayNode *node)
{
  const GPtrArray *entries = work->options->entries;
  g_autoptr (GHashTable) exact = g_hash_table_new (g_str_hash, g_str_equal);
  Supplied *supplied = g_new0 (Supplied, 1);
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (entries, i);
      gboolean is_exact = strcmp (supply->at, node->path) == 0;
      if (!is_exact && !assay_text_glob_matches (supply->at, node->path))
        continue;
      if (supplied->facts == NULL)
        supplied->facts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
      merge (supplied->facts, supply->facts, exact, is_exact);
      supplied->is_exact = supplied->is_exact || is_exact;
    }
  return supplied;
}

GHashTable *
assay_account_supply (const AssayWork *work, const AssayNode *node, gboolean *out_exact)
{
  if (out_exact != NULL)
    *out_exact = FALSE;
  if (work->options->entries == NULL || work->options->entries->len == 0)
    return NULL;
  Supplied *supplied = g_hash_table_lookup (work->supplied, node);
  if (supplied == NULL)
    {
      supplied = find_supplied (work, node);
      g_hash_table_insert (work->supplied, (gpointer)node, supplied);
    }
  if (out_exact != NULL)
    *out_exact = supplied->is_exact;
  return supplied->facts;
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
      assay_account_add_fact (work, shipped, assay_text_intern (name), NULL, "there", ASSAY_CLASS_UNEXPLAINED,
                              "no-counterpart");
    }
}
