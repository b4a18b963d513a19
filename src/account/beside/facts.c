#include "account/beside/beside.h"

#include "account/names/collisions.h"
#include "account/supply.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/*
 * Facts of a container that the granted scope does not name, and of what lies in it beside, that decide what readers
 * take for what the scope names (T2, T5).
 */

const char *const assay_beside_loading[]
    = { "load", "entry", "entry-segment", "type", "image-type", "os", "arch", "family", "compression", NULL };

const AssayNode *
assay_beside_counterpart (const AssayWork *work, const AssayNode *entry, const AssayNode *expected)
{
  const AssayNode *theirs = assay_pairing_get (work->pairing, entry)->expected;
  return theirs != NULL && expected != NULL && theirs->parent == expected ? theirs : NULL;
}

gboolean
assay_beside_is_rebuilt (const AssayWork *work, const AssayNode *entry, const AssayNode *expected)
{
  const AssayNode *theirs = assay_beside_counterpart (work, entry, expected);
  gboolean same = FALSE;
  if (theirs == NULL || entry->type != theirs->type)
    return FALSE;
  g_autofree char *our_name = assay_node_get_other_name (entry);
  g_autofree char *their_name = assay_node_get_other_name (theirs);
  if (g_strcmp0 (our_name, their_name) != 0)
    return FALSE;
  if (entry->type != ASSAY_NODE_FILE)
    return g_strcmp0 (assay_node_get_fact (entry, "link"), assay_node_get_fact (theirs, "link")) == 0
           && g_strcmp0 (assay_node_get_fact (entry, "header.link"), assay_node_get_fact (theirs, "header.link")) == 0;
  return entry->blob != NULL && theirs->blob != NULL && assay_blob_equal (entry->blob, theirs->blob, &same, NULL)
         && same;
}

/* The first fact of each name, which is what assay_facts_get() gives: a FIT has as many facts as images. */
static GHashTable *
index_facts (const GArray *facts)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      if (!g_hash_table_contains (index, fact->name))
        g_hash_table_insert (index, (gpointer)fact->name, fact->value);
    }
  return index;
}

/* Of facts that the rebuild, or a pinned recipe's `entries`, should have. */
void
assay_beside_facts (AssayWork *work, const AssayNode *node, const char *const *names, const GArray *shipped,
                    const GArray *expected)
{
  GHashTable *supply = assay_account_supply (work, node, NULL);
  g_autoptr (GHashTable) of_shipped = index_facts (shipped);
  g_autoptr (GHashTable) of_expected = index_facts (expected);
  for (; *names != NULL; names++)
    {
      const char *name = *names;
      const char *ours = g_hash_table_lookup (of_shipped, name);
      const char *supplied = supply == NULL ? NULL : g_hash_table_lookup (supply, name);
      const char *theirs = supplied != NULL ? supplied : g_hash_table_lookup (of_expected, name);
      if (g_strcmp0 (ours, theirs) != 0)
        assay_account_add_fact (work, node, name, ours, theirs, ASSAY_CLASS_UNEXPLAINED,
                                theirs == NULL ? "no-counterpart" : "differs");
    }
}

void
assay_beside_demands (AssayWork *work, const AssayNode *node)
{
  GHashTable *supply = assay_account_supply (work, node, NULL);
  g_autoptr (GList) names = supply == NULL ? NULL : g_list_sort (g_hash_table_get_keys (supply), (GCompareFunc)strcmp);
  for (const GList *at = names; at != NULL; at = at->next)
    {
      const char *const name[] = { at->data, NULL };
      gboolean own = node->own_facts != NULL && assay_facts_get (node->own_facts, name[0]) != NULL;
      if (!g_strv_contains (assay_beside_loading, name[0]))
        assay_beside_facts (work, node, name, own ? node->own_facts : node->facts, NULL);
    }
}

gboolean
assay_beside_is_held (const AssayWork *work, const AssayNode *node)
{
  return g_hash_table_contains (work->around, node) || assay_scope_holds (work->options->scope, work->links, node);
}

GHashTable *
assay_beside_index (const AssayNode *container)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < container->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (container->children, i);
      g_hash_table_insert (index, (gpointer)assay_node_local_name (child), child);
    }
  return index;
}
