#include "account/names/names_of.h"

#include "account/names/collisions.h"
#include "account/names/other_names.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/** So many names of one file are followed; more belong to no image that anybody means. */
#define NAMES_MAX 64u

/**
 * AssayNames:
 * @links: key of what a link leads to, to the last components of such links
 * @inodes: what several entries of one file share, to the last components of these
 * @everywhere: names of links to a directory that their targets do not name, as `..`
 * @directories: key of a directory's name to all of its names
 * @texts: names that are written nowhere as they are
 */
struct _AssayNames
{
  GHashTable *links;
  GHashTable *inodes;
  GPtrArray *everywhere;
  GHashTable *directories;
  GStringChunk *texts;
};

/** Where a link leads, also to who knows no extensions of a tar. */
static const char *const link_facts[] = { "link", "header.link" };

void
assay_names_free (AssayNames *names)
{
  if (names == NULL)
    return;
  g_hash_table_unref (names->links);
  g_hash_table_unref (names->inodes);
  g_ptr_array_unref (names->everywhere);
  g_hash_table_unref (names->directories);
  g_string_chunk_free (names->texts);
  g_free (names);
}

char *
assay_names_key (const char *name)
{
  gsize length = strlen (name);
  gsize digits = length;
  while (digits > 0 && g_ascii_isdigit (name[digits - 1]))
    digits--;
  if (digits < length && digits > 1 && name[digits - 1] == '#')
    length = digits - 1;
  g_autofree char *plain = g_strndup (name, length);
  return assay_account_fold (plain);
}

/* (nullable): the last component of what a link leads to, escaped as those of node paths are. */
static char *
target_of (const AssayNode *link, const char *fact)
{
  if (assay_node_get_fact (link, fact) == NULL)
    return NULL;
  g_autofree char *target = assay_facts_get_text (link->facts, fact);
  g_autofree char *escaped = assay_text_escape_name (target, strlen (target));
  return g_strdup (assay_account_last_component (escaped));
}

/* Whether a target ends in what is a directory and has another name. */
static gboolean
is_nameless (const char *target)
{
  static const char *const nameless[] = { "%2E", "%2E%2E", "%2F", NULL };
  return g_strv_contains (nameless, target);
}

char *
assay_names_target_key (const AssayNode *link)
{
  g_autofree char *target = target_of (link, "link");
  return target == NULL || is_nameless (target) ? NULL : assay_names_key (target);
}

char *
assay_names_inode (const AssayNode *node)
{
  g_autofree char *inode = assay_scope_inode (node);
  if (inode == NULL || g_strcmp0 (assay_node_get_fact (node, "nlink"), "1") == 0)
    return NULL;
  return g_strdup_printf ("%p %s", (gconstpointer)node->parent, inode);
}

static void
add_new (GPtrArray *found, const char *name)
{
  if (found->len < NAMES_MAX && !g_ptr_array_find_with_equal_func (found, name, g_str_equal, NULL))
    g_ptr_array_add (found, (gpointer)name);
}

static void
add_all (GPtrArray *found, const GPtrArray *more)
{
  for (guint i = 0; more != NULL && i < more->len; i++)
    add_new (found, g_ptr_array_index (more, i));
}

/* @key: (transfer full) */
static void
add_to (GHashTable *table, char *key, const char *name)
{
  GPtrArray *list = g_hash_table_lookup (table, key);
  if (list == NULL)
    {
      list = g_ptr_array_new ();
      g_hash_table_insert (table, g_strdup (key), list);
    }
  add_new (list, name);
  g_free (key);
}

/* By itself, and to other readers. */
static void
add_own (const AssayNames *names, const AssayNode *node, GPtrArray *found)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  add_new (found, assay_account_last_component (node->path));
  assay_account_add_other_names (node, names->texts, others);
  add_all (found, others);
}

static void
note_link (AssayNames *names, const AssayNode *link)
{
  g_autoptr (GPtrArray) own = g_ptr_array_new ();
  add_own (names, link, own);
  for (gsize i = 0; i < G_N_ELEMENTS (link_facts); i++)
    {
      g_autofree char *target = target_of (link, link_facts[i]);
      for (guint k = 0; target != NULL && k < own->len; k++)
        if (is_nameless (target))
          add_new (names->everywhere, g_ptr_array_index (own, k));
        else
          add_to (names->links, assay_names_key (target), g_ptr_array_index (own, k));
    }
}

static gboolean
note (AssayNode *node, gpointer data)
{
  AssayNames *names = data;
  char *inode = node->type == ASSAY_NODE_FILE ? assay_names_inode (node) : NULL;
  if (inode != NULL)
    add_to (names->inodes, inode, assay_account_last_component (node->path));
  if (node->type == ASSAY_NODE_SYMLINK || assay_scope_is_hard_link (node))
    note_link (names, node);
  return TRUE;
}

AssayNames *
assay_names_new (const AssayNode *node)
{
  AssayNames *names = g_new0 (AssayNames, 1);
  GDestroyNotify list_free = (GDestroyNotify)g_ptr_array_unref;
  names->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, list_free);
  names->inodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, list_free);
  names->directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, list_free);
  names->everywhere = g_ptr_array_new ();
  names->texts = g_string_chunk_new (1024);
  while (node->parent != NULL)
    node = node->parent;
  assay_node_visit ((AssayNode *)node, note, names);
  return names;
}

static AssayNames *
names_of (AssayWork *work, const AssayNode *node)
{
  if (work->names == NULL)
    work->names = assay_names_new (node);
  return work->names;
}

/* Of links to what is found already, and to these. */
static void
add_links (const AssayNames *names, GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *key = assay_names_key (g_ptr_array_index (found, i));
      add_all (found, g_hash_table_lookup (names->links, key));
    }
}

/* Of what a hard link leads to: many readers give its time to that. */
static void
add_targets (const AssayNames *names, const AssayNode *link, GPtrArray *found)
{
  for (gsize i = 0; i < G_N_ELEMENTS (link_facts); i++)
    {
      g_autofree char *target = target_of (link, link_facts[i]);
      if (target != NULL)
        add_new (found, g_string_chunk_insert_const (names->texts, target));
    }
}

/* What is decoded, by the names of links to what is packed. */
static gboolean
add_unpacked (AssayWork *work, const AssayNode *packed, GPtrArray *found)
{
  g_autoptr (GPtrArray) names = assay_account_names (work, packed);
  g_autoptr (GPtrArray) unpacked = g_ptr_array_new ();
  for (guint i = 0; names != NULL && i < names->len; i++)
    assay_account_add_unpacked_name (g_ptr_array_index (names, i), work->names->texts, unpacked);
  add_all (found, unpacked);
  return names != NULL;
}

GPtrArray *
assay_account_names (AssayWork *work, const AssayNode *node)
{
  const AssayNames *names = names_of (work, node);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autofree char *inode = assay_names_inode (node);
  const AssayNode *packed = node->parent != NULL && node->parent->stream != NULL ? node->parent : NULL;
  add_own (names, node, found);
  if (packed != NULL && packed->parent != NULL && !add_unpacked (work, packed, found))
    return NULL;
  if (inode != NULL)
    add_all (found, g_hash_table_lookup (names->inodes, inode));
  if (assay_scope_is_hard_link (node))
    add_targets (names, node, found);
  add_links (names, found);
  return found->len < NAMES_MAX ? g_steal_pointer (&found) : NULL;
}

const GPtrArray *
assay_account_directory_names (AssayWork *work, const AssayNode *node)
{
  AssayNames *names = names_of (work, node);
  g_autofree char *above = g_path_get_dirname (assay_node_local_name (node));
  const char *last = assay_account_last_component (node->type == ASSAY_NODE_DIRECTORY ? node->path : above);
  char *key = assay_names_key (last);
  GPtrArray *found = g_hash_table_lookup (names->directories, key);
  if (found == NULL)
    {
      found = g_ptr_array_new ();
      add_new (found, g_string_chunk_insert_const (names->texts, last));
      add_all (found, names->everywhere);
      add_links (names, found);
      g_hash_table_insert (names->directories, key, found);
    }
  else
    g_free (key);
  return found->len < NAMES_MAX ? found : NULL;
}

gboolean
assay_account_any_name (AssayWork *work, const AssayNode *node, gboolean (*test) (const char *name))
{
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  gboolean found = names == NULL;
  for (guint i = 0; names != NULL && i < names->len && !found; i++)
    found = test (g_ptr_array_index (names, i));
  return found;
}
