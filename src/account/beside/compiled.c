#include "account/beside/beside.h"

#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "account/times/compiled.h"

/*
 * What was compiled for other languages than Python, beside its source: one of both is in scope, and where a loader
 * takes the other one, what is in scope does not run (T2). Both are known by their last components alone, for some
 * stand in trees of their own, and by those of links to them; so are the directories in which they stand.
 */

/**
 * @held: key to the set of names in scope that have it; @kinds: key to the set of AssayCompiledKind of what was
 * compiled and is in scope
 * @name: of the entry that is looked at, in small letters; @entry: that is it
 * @found: whether it is made from something in scope, or the other way round
 * @any: something in scope may have any name
 */
typedef struct
{
  GHashTable *held;
  GHashTable *kinds;
  const char *name;
  const AssayNode *entry;
  gboolean found;
  gboolean any;
} Pairs;

static void
add (GHashTable *table, const char *key, gconstpointer value)
{
  GHashTable *set = g_hash_table_lookup (table, key);
  if (set == NULL)
    {
      set = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (table, g_strdup (key), set);
    }
  g_hash_table_add (set, (gpointer)value);
}

static void
hold_source (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Pairs *pairs = data;
  (void)kind;
  add (pairs->held, key, pairs->name);
}

static void
hold_compiled (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  const Pairs *pairs = data;
  if (assay_compiled_begins (kind, pairs->entry->blob))
    add (pairs->kinds, key, kind);
}

static void
find_source_in_scope (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Pairs *pairs = data;
  GHashTable *names = g_hash_table_lookup (pairs->held, key);
  GHashTableIter iter;
  gpointer name = NULL;
  if (names == NULL || !assay_compiled_begins (kind, pairs->entry->blob))
    return;
  g_hash_table_iter_init (&iter, names);
  while (!pairs->found && g_hash_table_iter_next (&iter, &name, NULL))
    pairs->found = assay_compiled_is_of (kind, key, name);
}

static void
find_compiled_in_scope (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Pairs *pairs = data;
  GHashTable *kinds = g_hash_table_lookup (pairs->kinds, key);
  GHashTableIter iter;
  gpointer of_scope = NULL;
  (void)kind;
  if (kinds == NULL)
    return;
  g_hash_table_iter_init (&iter, kinds);
  while (!pairs->found && g_hash_table_iter_next (&iter, &of_scope, NULL))
    pairs->found = assay_compiled_is_of (of_scope, key, pairs->name);
}

/* A name as that of what was compiled, and as that of a source. */
static void
visit_name (Pairs *pairs, const char *name, const char *directory, AssayCompiledUse compiled, AssayCompiledUse source)
{
  pairs->name = name;
  assay_compiled_find (name, directory, compiled, pairs);
  assay_compiled_find_source (name, directory, FALSE, source, pairs);
}

/** What stands for any of the names that a directory may have: as AppArmor calls those of its cache. */
#define ANY_DIRECTORY "00000000.0"

/* In small letters. @out_all: whether it has no more than are followed. (transfer full) */
static GPtrArray *
directories_of (AssayWork *work, const AssayNode *entry, gboolean *out_all)
{
  const GPtrArray *names = assay_account_directory_names (work, entry);
  GPtrArray *directories = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; names != NULL && i < names->len; i++)
    g_ptr_array_add (directories, g_ascii_strdown (g_ptr_array_index (names, i), -1));
  if (names == NULL)
    {
      g_ptr_array_add (directories, assay_account_small_directory (entry));
      g_ptr_array_add (directories, g_strdup (ANY_DIRECTORY));
    }
  *out_all = names != NULL;
  return directories;
}

/* By all names, in its directory by all names of that. @texts keeps these; (nullable): nobody does. FALSE: there are
 * more than are followed, and its own count. */
static gboolean
visit (AssayWork *work, Pairs *pairs, GStringChunk *texts, const AssayNode *entry, AssayCompiledUse compiled,
       AssayCompiledUse source)
{
  g_autoptr (GPtrArray) names = assay_account_names (work, entry);
  gboolean all = FALSE;
  g_autoptr (GPtrArray) directories = directories_of (work, entry, &all);
  pairs->entry = entry;
  if (names == NULL)
    {
      all = FALSE;
      names = g_ptr_array_new ();
      g_ptr_array_add (names, (gpointer)assay_account_last_component (entry->path));
    }
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *small = g_ascii_strdown (g_ptr_array_index (names, i), -1);
      const char *name = texts == NULL ? small : g_string_chunk_insert_const (texts, small);
      for (guint k = 0; k < directories->len; k++)
        visit_name (pairs, name, g_ptr_array_index (directories, k), compiled, source);
    }
  return all;
}

void
assay_beside_compiled (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) held
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GHashTable) kinds
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GStringChunk) names = g_string_chunk_new (1024);
  Pairs pairs = { .held = held, .kinds = kinds };
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && assay_beside_is_held (work, child)
          && !visit (work, &pairs, names, child, hold_compiled, hold_source))
        pairs.any = TRUE;
    }
  if (node->children == NULL || g_hash_table_size (held) == 0)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type == ASSAY_NODE_DIRECTORY || assay_beside_is_held (work, child))
        continue;
      g_autofree char *directory = assay_account_small_directory (child);
      pairs.found = pairs.any && assay_compiled_may_be (assay_account_last_component (child->path), directory);
      visit (work, &pairs, NULL, child, find_source_in_scope, find_compiled_in_scope);
      if (pairs.found && !assay_beside_is_rebuilt (work, child, expected))
        assay_account_add_fact (work, child, "freshness", "what may be loaded in place of a file in scope", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}
