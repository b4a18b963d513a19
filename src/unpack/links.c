#include "unpack/links.h"

#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/** One name. */
typedef struct
{
  AssayNode *entry;
  char *path;
} Name;

static void
name_free (Name *name)
{
  g_free (name->path);
  g_free (name);
}

GHashTable *
assay_links_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
}

void
assay_links_add (GHashTable *links, guint32 number, AssayNode *entry, const char *path)
{
  GPtrArray *names = g_hash_table_lookup (links, GUINT_TO_POINTER (number));
  if (names == NULL)
    {
      names = g_ptr_array_new_with_free_func ((GDestroyNotify)name_free);
      g_hash_table_insert (links, GUINT_TO_POINTER (number), names);
    }
  Name *name = g_new0 (Name, 1);
  name->entry = entry;
  name->path = g_strdup (path);
  g_ptr_array_add (names, name);
}

guint
assay_links_count (GHashTable *links, guint32 number)
{
  const GPtrArray *names = g_hash_table_lookup (links, GUINT_TO_POINTER (number));
  return names == NULL ? 0 : names->len;
}

static const char *
find_first (const GPtrArray *names)
{
  const char *first = ((const Name *)g_ptr_array_index (names, 0))->path;
  for (guint i = 1; i < names->len; i++)
    {
      const char *path = ((const Name *)g_ptr_array_index (names, i))->path;
      first = strcmp (path, first) < 0 ? path : first;
    }
  return first;
}

gboolean
assay_links_state (GHashTable *links, AssayUnpackContext *context, GError **error)
{
  GHashTableIter iterator;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, links);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const GPtrArray *names = value;
      const char *first = find_first (names);
      for (guint i = 0; names->len > 1 && i < names->len; i++)
        {
          const Name *name = g_ptr_array_index (names, i);
          g_autofree char *way = assay_text_relative_path (name->path, first);
          if (!assay_context_charge_text (context, strlen (way), error))
            return FALSE;
          assay_facts_add_raw (name->entry->facts, "inode", way, strlen (way));
        }
    }
  return TRUE;
}
