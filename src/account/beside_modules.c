#include "account/beside.h"

#include "account/bytecode_found.h"
#include "account/collisions.h"
#include "account/names_of.h"
#include "account/other_names.h"

#include <string.h>

/*
 * Python runs the byte code of a source instead of it, wherever it records the time, or a hash, of that source (PEP
 * 552), and takes a package, or a library, of the name of a module before the source of it: what is in scope does not
 * run (T2).
 */

#define CACHE "__pycache__"

/** Of what is in scope, as "directory/module", folded. */
typedef struct
{
  GHashTable *sources; /* of any name: a program that is imported leaves byte code too */
  GHashTable *files;   /* as "directory/name" */
  GHashTable *modules; /* of the names that are looked for */
} Held;

/* The name of an entry, folded, in its two parts. */
typedef struct
{
  char *directory; /* "" at the top */
  char *last;
} Place;

static void
place_clear (Place *place)
{
  g_clear_pointer (&place->directory, g_free);
  g_clear_pointer (&place->last, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static Place
place_of (const AssayNode *entry)
{
  g_autofree char *plain = assay_scope_plain_name (entry);
  g_autofree char *folded = assay_account_fold_widely (plain);
  char *slash = strrchr (folded, '/');
  if (slash == NULL)
    return (Place){ g_strdup (""), g_steal_pointer (&folded) };
  return (Place){ g_strndup (folded, (gsize)(slash - folded)), g_strdup (slash + 1) };
}

static char *
key_of (const char *directory, const char *module)
{
  return g_strconcat (directory, "/", module, NULL);
}

static void
note_held (Held *held, const AssayNode *entry)
{
  g_auto (Place) place = place_of (entry);
  g_autofree char *module = assay_bytecode_module (place.last);
  g_hash_table_add (held->sources, key_of (place.directory, module));
  g_hash_table_add (held->files, key_of (place.directory, place.last));
  if (g_str_has_suffix (place.last, ".py"))
    g_hash_table_add (held->modules, key_of (place.directory, module));
}

static gboolean
is_code_of_held (const Held *held, const Place *place)
{
  g_autofree char *module = assay_bytecode_module (place->last);
  g_autofree char *untagged = assay_bytecode_untagged (module);
  g_autofree char *directory = g_strdup (place->directory);
  if (strcmp (directory, CACHE) == 0)
    *directory = '\0';
  else if (g_str_has_suffix (directory, "/" CACHE))
    directory[strlen (directory) - strlen ("/" CACHE)] = '\0';
  g_autofree char *key = key_of (directory, module);
  g_autofree char *other = untagged == NULL ? NULL : key_of (directory, untagged);
  return g_hash_table_contains (held->sources, key) || (other != NULL && g_hash_table_contains (held->sources, other));
}

/* What Python 2 may run in place of a file that it is told to load. */
static gboolean
is_appended_to_held (const Held *held, const AssayNode *entry, const Place *place)
{
  g_autofree char *source = assay_bytecode_appended_to (place->last);
  g_autofree char *key = source == NULL ? NULL : key_of (place->directory, source);
  return key != NULL && g_hash_table_contains (held->files, key) && assay_bytecode_may_be (entry);
}

/** What Python 2 puts behind a module's name for a library as well. */
#define MODULE "module"

/* What goes before DIRECTORY/NAME.py: DIRECTORY/NAME/__init__.py, .so or .pyc, DIRECTORY/NAME.abi3.so, and
 * DIRECTORY/NAMEmodule.so. */
static gboolean
goes_before_held (const Held *held, const Place *place)
{
  if (g_str_has_prefix (place->last, "__init__."))
    {
      g_autofree char *package
          = strchr (place->directory, '/') == NULL ? key_of ("", place->directory) : g_strdup (place->directory);
      return g_hash_table_contains (held->modules, package);
    }
  if (!g_str_has_suffix (place->last, ".so") && !g_str_has_suffix (place->last, ".pyd"))
    return FALSE;
  g_autofree char *module = assay_bytecode_module (place->last);
  g_autofree char *key = key_of (place->directory, module);
  if (g_hash_table_contains (held->modules, key))
    return TRUE;
  if (g_str_has_suffix (key, MODULE))
    key[strlen (key) - strlen (MODULE)] = '\0';
  return g_hash_table_contains (held->modules, key);
}

static void
judge (AssayWork *work, const AssayNode *entry, const Held *held, const AssayNode *expected)
{
  g_auto (Place) place = place_of (entry);
  const char *what = NULL;
  if ((assay_bytecode_is_name (place.last) && is_code_of_held (held, &place))
      || is_appended_to_held (held, entry, &place))
    what = "byte code that may be run in place of a file in scope";
  else if (goes_before_held (held, &place))
    what = "what Python takes before a module in scope";
  if (what != NULL && !assay_beside_is_rebuilt (work, entry, expected))
    assay_account_add_fact (work, entry, "byte-code", what, NULL, ASSAY_CLASS_UNEXPLAINED, "differs");
}

/** The names of what is in scope, as assay_names_key() has them. */
typedef struct
{
  GHashTable *keys;
  gboolean any; /* more than are followed */
} Known;

static void
note_names (AssayWork *work, Known *known, const AssayNode *entry)
{
  g_autoptr (GPtrArray) names = assay_account_names (work, entry);
  known->any = known->any || names == NULL;
  for (guint i = 0; names != NULL && i < names->len; i++)
    g_hash_table_add (known->keys, assay_names_key (g_ptr_array_index (names, i)));
}

/* A link beside the scope to what is in it is a module too, in a directory of its own. */
static gboolean
may_lead_into_scope (const Known *known, const AssayNode *entry)
{
  g_autofree char *key = assay_names_key (assay_account_last_component (entry->path));
  return (entry->type == ASSAY_NODE_SYMLINK || assay_scope_is_hard_link (entry))
         && (known->any || g_hash_table_contains (known->keys, key));
}

void
assay_beside_modules (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Held held = { sources, files, modules };
  Known known = { keys, FALSE };
  if (node->children == NULL)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type == ASSAY_NODE_DIRECTORY || !assay_beside_is_held (work, child))
        continue;
      note_held (&held, child);
      note_names (work, &known, child);
    }
  if (g_hash_table_size (sources) == 0)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (!assay_beside_is_held (work, child) && may_lead_into_scope (&known, child))
        note_held (&held, child);
    }
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && !assay_beside_is_held (work, child))
        judge (work, child, &held, expected);
    }
}
