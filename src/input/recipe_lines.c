#include "input/recipe_parts.h"

#include "util/text.h"

#include <string.h>

struct _AssayRecipeLines
{
  GHashTable *paths; /* of all lines that are kept */
  GHashTable *said;  /* a path, a line feed and the name of a fact, to the last line that says it */
};

AssayRecipeLines *
assay_recipe_lines_new (void)
{
  AssayRecipeLines *lines = g_new0 (AssayRecipeLines, 1);
  lines->paths = g_hash_table_new (g_str_hash, g_str_equal);
  lines->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return lines;
}

void
assay_recipe_lines_free (AssayRecipeLines *lines)
{
  if (lines == NULL)
    return;
  g_hash_table_unref (lines->paths);
  g_hash_table_unref (lines->said);
  g_free (lines);
}

void
assay_recipe_lines_add (AssayRecipeLines *lines, const AssayRecipeEntry *entry)
{
  GHashTableIter iterator;
  gpointer name;
  if (assay_text_has_glob (entry->at))
    return;
  g_hash_table_add (lines->paths, entry->at);
  g_hash_table_iter_init (&iterator, entry->facts);
  while (g_hash_table_iter_next (&iterator, &name, NULL))
    g_hash_table_insert (lines->said, g_strconcat (entry->at, "\n", (const char *)name, NULL), (gpointer)entry);
}

char *
assay_recipe_lines_check (const AssayRecipeLines *lines, const char *file, const AssayRecipeEntry *entry)
{
  if (!g_hash_table_contains (lines->paths, entry->at))
    return NULL;
  /* in an order, so that a message is always the same */
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (entry->facts), (GCompareFunc)strcmp);
  for (const GList *name = names; name != NULL; name = name->next)
    {
      g_autofree char *key = g_strconcat (entry->at, "\n", (const char *)name->data, NULL);
      const AssayRecipeEntry *line = g_hash_table_lookup (lines->said, key);
      const char *ours = g_hash_table_lookup (entry->facts, name->data);
      const char *theirs = line == NULL ? ours : g_hash_table_lookup (line->facts, name->data);
      if (strcmp (ours, theirs) == 0)
        continue;
      g_autofree char *fact = assay_yaml_quote (name->data);
      g_autofree char *here = assay_yaml_quote (ours);
      g_autofree char *there = assay_yaml_quote (theirs);
      return g_strdup_printf ("%s is %s here, and %s at %s:%d", fact, here, there, file, line->line);
    }
  return NULL;
}
