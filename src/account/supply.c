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
  const char *type;
  gboolean is_exact;
} Supplied;

static void
supplied_free (gpointer data)
{
  Supplied *supplied = data;
  g_clear_pointer (&supplied->facts, g_hash_table_unref);
  g_free (supplied);
}

/**
 * @entries: (element-type AssayFactSupply) (nullable)
 * @globs: numbers of those that may speak of many nodes; @first: by its path the number of the first that is or may be
 * a path, and one more; @next: for each the same of the next of that path, 0 where there is none
 * @kept: by what an entry says, which many may share: the same under names that stay
 * @supplied: by node what was found
 */
struct _AssaySupplies
{
  const GPtrArray *entries;
  GArray *globs;
  GHashTable *first;
  guint *next;
  GHashTable *kept;
  GHashTable *supplied;
};

AssaySupplies *
assay_supplies_new (const GPtrArray *entries)
{
  AssaySupplies *supplies = g_new0 (AssaySupplies, 1);
  guint count = entries == NULL ? 0 : entries->len;
  supplies->entries = entries;
  supplies->globs = g_array_new (FALSE, FALSE, sizeof (guint));
  supplies->first = g_hash_table_new (g_str_hash, g_str_equal);
  supplies->next = g_new0 (guint, count);
  supplies->kept = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  supplies->supplied = g_hash_table_new_full (NULL, NULL, NULL, supplied_free);
  for (guint i = count; i-- > 0;)
    {
      AssayFactSupply *supply = g_ptr_array_index (entries, i);
      supplies->next[i] = GPOINTER_TO_UINT (g_hash_table_lookup (supplies->first, supply->at));
      g_hash_table_insert (supplies->first, supply->at, GUINT_TO_POINTER (i + 1));
    }
  for (guint i = 0; i < count; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (entries, i);
      if (!supply->is_path && assay_text_has_glob (supply->at))
        g_array_append_val (supplies->globs, i);
    }
  return supplies;
}

void
assay_supplies_free (AssaySupplies *supplies)
{
  if (supplies == NULL)
    return;
  g_array_unref (supplies->globs);
  g_hash_table_unref (supplies->first);
  g_free (supplies->next);
  g_hash_table_unref (supplies->kept);
  g_hash_table_unref (supplies->supplied);
  g_free (supplies);
}

/* The facts of one entry, with names that the account may keep. */
static GHashTable *
keep_facts (AssaySupplies *supplies, GHashTable *facts)
{
  GHashTable *kept = g_hash_table_lookup (supplies->kept, facts);
  if (kept != NULL)
    return kept;
  g_autoptr (GHashTable) exact = g_hash_table_new (g_str_hash, g_str_equal);
  kept = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  merge (kept, facts, exact, TRUE);
  g_hash_table_insert (supplies->kept, facts, kept);
  return kept;
}

static void
merge_type (Supplied *supplied, AssayNodeType type)
{
  if (type == ASSAY_NODE_UNKNOWN)
    return;
  const char *name = assay_node_type_name (type);
  if (supplied->type != NULL && strcmp (supplied->type, name) != 0)
    name = "of two types"; /* which no node is */
  supplied->type = name;
}

/* Those that speak of a node: of many first, and in @out_globs how many these are. */
static GPtrArray *
list_supplies (const AssaySupplies *supplies, const AssayNode *node, guint *out_globs)
{
  GPtrArray *list = g_ptr_array_new ();
  for (guint i = 0; i < supplies->globs->len; i++)
    {
      AssayFactSupply *supply = g_ptr_array_index (supplies->entries, g_array_index (supplies->globs, guint, i));
      if (strcmp (supply->at, node->path) != 0 && assay_text_glob_matches (supply->at, node->path))
        g_ptr_array_add (list, supply);
    }
  *out_globs = list->len;
  guint at = GPOINTER_TO_UINT (g_hash_table_lookup (supplies->first, node->path));
  for (; at != 0; at = supplies->next[at - 1])
    {
      AssayFactSupply *supply = g_ptr_array_index (supplies->entries, at - 1);
      if (!supply->of_directory || node->type == ASSAY_NODE_DIRECTORY)
        g_ptr_array_add (list, supply);
    }
  return list;
}

/* What is said of the very path counts before what is said of many, and of these what stands last. */
static Supplied *
find_supplied (AssaySupplies *supplies, const AssayNode *node)
{
  Supplied *supplied = g_new0 (Supplied, 1);
  guint globs = 0;
  g_autoptr (GPtrArray) list = list_supplies (supplies, node, &globs);
  g_autoptr (GHashTable) exact = g_hash_table_new (g_str_hash, g_str_equal);
  supplied->is_exact = list->len > globs;
  if (list->len == 1)
    supplied->facts
        = g_hash_table_ref (keep_facts (supplies, ((const AssayFactSupply *)g_ptr_array_index (list, 0))->facts));
  else if (list->len > 1)
    supplied->facts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  for (guint i = 0; i < list->len; i++)
    {
      const AssayFactSupply *supply = g_ptr_array_index (list, i);
      merge_type (supplied, supply->type);
      if (list->len > 1)
        merge (supplied->facts, supply->facts, exact, i >= globs);
    }
  return supplied;
}

static const Supplied *
get_supplied (const AssayWork *work, const AssayNode *node)
{
  AssaySupplies *supplies = work->supplies;
  Supplied *supplied = g_hash_table_lookup (supplies->supplied, node);
  if (supplied == NULL)
    {
      supplied = find_supplied (supplies, node);
      g_hash_table_insert (supplies->supplied, (gpointer)node, supplied);
    }
  return supplied;
}

GHashTable *
assay_account_supply (const AssayWork *work, const AssayNode *node, gboolean *out_exact)
{
  gboolean any = work->options->entries != NULL && work->options->entries->len > 0;
  const Supplied *supplied = any ? get_supplied (work, node) : NULL;
  if (out_exact != NULL)
    *out_exact = any && supplied->is_exact;
  return any ? supplied->facts : NULL;
}

const char *
assay_account_supplied_type (const AssayWork *work, const AssayNode *node)
{
  gboolean any = work->options->entries != NULL && work->options->entries->len > 0;
  return any ? get_supplied (work, node)->type : NULL;
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
      if (supply->is_optional || (!supply->is_path && assay_text_has_glob (supply->at))
          || g_hash_table_contains (paths, supply->at)
          || (scope != NULL && !assay_text_any_glob_matches (scope, supply->at)))
        continue;
      g_autofree char *name = g_strconcat ("entry:", supply->at, NULL);
      assay_account_add_fact (work, shipped, assay_text_intern (name), NULL, "there", ASSAY_CLASS_UNEXPLAINED,
                              "no-counterpart");
    }
}
