#include "account/beside/beside.h"

#include "unpack/codec/deflate_codes.h"
#include "util/text.h"

#include <string.h>

/*
 * By which configuration the loader of a FIT takes which of its images, where the scope names a part of them (T2, T5).
 */

#define CONFIGURATIONS "configurations/"

/* The property of a configuration that a fact of a FIT is; NULL: of something else. */
static const char *
configured (const char *name)
{
  const char *slash = g_str_has_prefix (name, CONFIGURATIONS) ? strchr (name + strlen (CONFIGURATIONS), '/') : NULL;
  return slash == NULL ? NULL : slash + 1;
}

/* What a FIT says of its choices, but for sums and signatures of its configurations, which follow from all that these
 * name. U-Boot's SPL chooses by `description` (fit_find_config_node()). */
static gboolean
is_choice (const char *name)
{
  const char *property = configured (name);
  if (property == NULL)
    return strcmp (name, CONFIGURATIONS "default") == 0 || strcmp (name, "images/default") == 0;
  gboolean beneath = strchr (property, '/') != NULL;
  return !(beneath && (g_str_has_prefix (property, "hash") || g_str_has_prefix (property, "signature")));
}

/* The names of the configurations as they stand: of those that suit a board equally well a loader takes the first. */
static char *
list_configurations (const GArray *facts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *list = g_string_new (NULL);
  for (guint i = 0; i < facts->len; i++)
    {
      const char *name = g_array_index (facts, AssayFact, i).name;
      const char *property = configured (name);
      if (property == NULL)
        continue;
      const char *start = name + strlen (CONFIGURATIONS);
      char *configuration = g_strndup (start, (gsize)(property - 1 - start));
      if (!g_hash_table_add (seen, configuration))
        continue;
      g_string_append_printf (list, "%s%s", list->len == 0 ? "" : " ", configuration);
    }
  return g_string_free (list, FALSE);
}

static void
judge_configurations (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autofree char *ours = list_configurations (node->own_facts);
  g_autofree char *theirs = list_configurations (expected->own_facts);
  if (strcmp (ours, theirs) != 0)
    assay_account_add_fact (work, node, "order", ours, theirs, ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* By which configuration a loader takes which images, as the rebuild says: where it takes another one, what was judged
 * is never run (T5). */
void
assay_beside_choice (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const GArray *const lists[] = { node->own_facts, expected->own_facts };
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list]->len; i++)
      {
        const char *name = g_array_index (lists[list], AssayFact, i).name;
        if (is_choice (name))
          g_hash_table_add (names, (gpointer)name);
      }
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc)strcmp);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  for (const GList *at = sorted; at != NULL; at = at->next)
    g_ptr_array_add (wanted, at->data);
  g_ptr_array_add (wanted, NULL);
  assay_beside_facts (work, node, (const char *const *)wanted->pdata, node->own_facts, expected->own_facts);
  judge_configurations (work, node, expected);
  assay_beside_loads (work, node, expected);
}

/* What a loader runs of a configuration, and `source` of the images. */
static const char *const run_by_configurations[]
    = { "kernel", "firmware", "loadables", "script", "standalone", "fpga", "setup", "tee", NULL };

/* The same where no rebuild makes the FIT: whatever is run must be in scope, unless a pinned recipe names it. */
static void
judge_run (AssayWork *work, const AssayNode *node)
{
  g_autoptr (GHashTable) index = assay_beside_index (node);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  for (guint i = 0; i < node->own_facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->own_facts, AssayFact, i);
      const char *property = configured (fact->name);
      const AssayNode *image = g_hash_table_lookup (index, fact->value);
      if ((property == NULL ? strcmp (fact->name, "images/default") == 0
                            : g_strv_contains (run_by_configurations, property))
          && !(image != NULL && assay_beside_is_held (work, image)))
        g_ptr_array_add (wanted, (gpointer)fact->name);
    }
  g_ptr_array_add (wanted, NULL);
  assay_beside_facts (work, node, (const char *const *)wanted->pdata, node->own_facts, NULL);
}

/* What is called by its address has it in its name alone: who says by a glob which one is meant has said of none where
 * it belongs. */
static void
judge_addresses (AssayWork *work, const AssayNode *node)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayMatch *match = assay_pairing_get (work->pairing, child);
      const char *name = assay_node_local_name (child);
      if (g_str_has_prefix (name, "@0x") && match->expectation != NULL && match->expectation->at != NULL
          && assay_text_has_glob (match->expectation->at) && assay_beside_is_held (work, child))
        assay_account_add_fact (work, child, "address", name + 1, NULL, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
    }
}

void
assay_beside_alone (AssayWork *work, const AssayNode *node)
{
  static const char *const of_streams[] = { "comment", "extra", NULL };
  static const char *const of_readers[]
      = { "unknown-to-boot-loaders", "wrong-checksums", "irregular", "cut", "first-entry", ASSAY_DEFLATE_CODES, NULL };
  assay_beside_facts (work, node, node->stream == NULL ? assay_beside_loading : of_streams, node->own_facts, NULL);
  assay_beside_facts (work, node, of_readers, node->own_facts, NULL);
  judge_addresses (work, node);
  if (strcmp (node->format, "fit") == 0)
    {
      judge_run (work, node);
      assay_beside_loads (work, node, NULL);
    }
}
