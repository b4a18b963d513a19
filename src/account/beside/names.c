#include "account/beside/beside.h"

#include "account/held.h"
#include "account/names/collisions.h"
#include "account/names/device_names.h"
#include "util/cancel.h"
#include "util/prefix.h"

#include <string.h>

/*
 * Entries beside a scope that take away, cover or replace what is in it, by their names (T2, T8).
 */

/** One container around the scope, or a directory. */
typedef struct
{
  AssayWork *work;
  const AssayNode *node;
  const AssayNode *expected;
  AssayHeld *held;     /* local names of all entries in scope, and of the directories that these lie in */
  GPtrArray *others;   /* utf8: names that they have as well, which are held */
  GHashTable *files;   /* AssayPrefix: folded names of the entries in scope that are no directories */
  GHashTable *devices; /* the names that a device knows these by, folded */
} Names;

/* What readers who do not know an extension of the format, or not all of it, call the entry. (transfer full) */
static char **
other_names (const AssayNode *entry)
{
  if (entry->parent != NULL && strcmp (entry->parent->format, "iso9660") == 0)
    return assay_beside_iso_names (entry);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *name = assay_node_get_other_name (entry);
  if (name != NULL)
    g_strv_builder_add (names, name);
  return g_strv_builder_end (names);
}

static void
note_held (Names *names, AssayNode *child)
{
  const char *name = assay_node_local_name (child);
  g_autofree char **others = other_names (child);
  for (char **other = others; *other != NULL; other++)
    {
      g_ptr_array_add (names->others, *other);
      assay_held_add (names->held, *other, FALSE);
    }
  assay_held_add (names->held, name, TRUE);
  if (child->type != ASSAY_NODE_DIRECTORY)
    {
      g_autofree char *folded = assay_account_fold_widely (name);
      g_hash_table_add (names->devices, assay_account_device_fold (name));
      g_hash_table_insert (names->files, assay_prefix_new (folded), child);
    }
}

/* Whether who makes the entry first makes a directory where a file of the scope should be. */
static gboolean
lies_beneath_file (const Names *names, const char *folded)
{
  AssayPrefix above = assay_prefix_begin (folded, 0);
  for (gboolean more = *folded == '/' || assay_prefix_next (&above); more; more = assay_prefix_next (&above))
    if (g_hash_table_contains (names->files, &above))
      return TRUE;
  return FALSE;
}

/* Whether an entry of that name, which is none of the scope's, could take away or replace what is. */
static gboolean
touches (const Names *names, const char *name, AssayNodeType type)
{
  const char *slash = strrchr (name, '/');
  const char *last = slash == NULL ? name : slash + 1;
  g_autofree char *folded = assay_account_fold_widely (name);
  g_autofree char *directory = slash == NULL ? g_strdup ("") : g_strndup (name, (gsize)(slash - name));
  g_autofree char *folded_directory = assay_account_fold_widely (directory);
  g_autofree char *letters = assay_account_fold_letters (name);
  const AssayHeldName *held = assay_held_find (names->held, folded);
  if ((held != NULL && (!assay_held_is (held, name) || type != ASSAY_NODE_DIRECTORY))
      || (strcmp (letters, folded) != 0 && assay_held_has_letters (names->held, letters)))
    return TRUE;
  gboolean near = *directory == '\0' || assay_held_find (names->held, folded_directory) != NULL;
  return (near && (g_str_has_prefix (last, ".wh.") || assay_account_may_be_short (name)))
         || lies_beneath_file (names, folded);
}

/* Whether a device that the container is unpacked to, or that gets what a directory is packed in, may know something in
 * scope by that name. */
static gboolean
leads_into_scope (const Names *names, const char *name)
{
  if (!assay_account_is_unpacked (names->node) && strcmp (names->node->format, "directory") != 0)
    return FALSE;
  g_autofree char *device = assay_account_device_fold (name);
  return assay_account_is_of_process (name) || g_hash_table_contains (names->devices, device);
}

static gboolean
expects (const Names *names, const AssayNode *child)
{
  const AssayMatch *match = assay_pairing_get (names->work->pairing, child);
  if (match->expected == NULL || match->expected->parent == NULL || match->expected->parent != names->expected
      || match->expected->type != child->type)
    return FALSE;
  g_auto (GStrv) ours = other_names (child);
  g_auto (GStrv) theirs = other_names (match->expected);
  g_auto (GStrv) our_headers = assay_node_get_extension_names (child);
  g_auto (GStrv) their_headers = assay_node_get_extension_names (match->expected);
  return g_strv_equal ((const char *const *)ours, (const char *const *)theirs)
         && (our_headers == NULL || their_headers == NULL
             || g_strv_equal ((const char *const *)our_headers, (const char *const *)their_headers));
}

/* Whether a header in front of an entry's own has such a name: a file to who does not know what it is. */
static gboolean
extension_touches (const Names *names, const AssayNode *child)
{
  g_auto (GStrv) extensions = assay_node_get_extension_names (child);
  for (char **name = extensions; name != NULL && *name != NULL; name++)
    if (touches (names, *name, ASSAY_NODE_FILE))
      return TRUE;
  return FALSE;
}

/* Whether it does by a name that it has to some reader. A directory of ISO 9660 that some reader takes for one above
 * the scope is made one with it. */
static gboolean
touches_otherwise (const Names *names, const AssayNode *child)
{
  gboolean apart = strcmp (names->node->format, "iso9660") == 0;
  g_auto (GStrv) others = other_names (child);
  for (char **other = others; *other != NULL; other++)
    if (touches (names, *other, apart ? ASSAY_NODE_FILE : child->type))
      return TRUE;
  return FALSE;
}

/* Whether the rebuild has the very same there: what some reader takes for the scope's then is what it takes there. */
static gboolean
is_as_rebuilt (const Names *names, const AssayNode *child)
{
  return expects (names, child)
         && (child->type == ASSAY_NODE_DIRECTORY || assay_beside_is_rebuilt (names->work, child, names->expected));
}

/* Whether entries lie beneath a link: they are written to where that leads, by whichever other links. */
static gboolean
writes_through_links (const AssayNode *node)
{
  g_autoptr (GHashTable) directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean through = FALSE;
  for (guint i = 0; i < node->children->len; i++)
    {
      g_autofree char *name = assay_scope_plain_name (g_ptr_array_index (node->children, i));
      for (char *slash = strrchr (name, '/'); slash != NULL; slash = strrchr (name, '/'))
        {
          *slash = '\0';
          if (!g_hash_table_add (directories, g_strdup (name)))
            break;
        }
    }
  for (guint i = 0; i < node->children->len && !through; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = child->type == ASSAY_NODE_SYMLINK ? assay_scope_plain_name (child) : NULL;
      through = name != NULL && g_hash_table_contains (directories, name);
    }
  return through;
}

static void
judge_touching (const Names *names)
{
  gboolean through = writes_through_links (names->node);
  for (guint i = 0; i < names->node->children->len && !assay_cancelled (NULL); i++)
    {
      const AssayNode *child = g_ptr_array_index (names->node->children, i);
      if (assay_beside_is_held (names->work, child))
        continue;
      g_autofree char *plain = assay_scope_plain_name (child);
      /* unzip passes over `..`, and others follow it */
      g_autofree char *target = assay_scope_is_hard_link (child) ? assay_scope_plain_target (child, "link") : NULL;
      if (((through && child->type == ASSAY_NODE_SYMLINK) || leads_into_scope (names, plain)
           || (target != NULL && leads_into_scope (names, target)) || touches (names, plain, child->type)
           || touches (names, assay_node_local_name (child), child->type) || touches_otherwise (names, child)
           || extension_touches (names, child))
          && !is_as_rebuilt (names, child))
        assay_account_add_fact (names->work, child, "name", assay_node_local_name (child), NULL,
                                ASSAY_CLASS_UNEXPLAINED, expects (names, child) ? "differs" : "added");
    }
}

void
assay_beside_names (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (AssayHeld) held = assay_held_new ();
  g_autoptr (GHashTable) files = assay_prefix_table_new ();
  g_autoptr (GHashTable) devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Names names = { work, node, expected, held, others, files, devices };
  for (guint i = 0; i < node->children->len && !assay_cancelled (NULL); i++)
    if (assay_beside_is_held (work, g_ptr_array_index (node->children, i)))
      note_held (&names, g_ptr_array_index (node->children, i));
  judge_touching (&names);
}
