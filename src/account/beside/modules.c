#include "account/beside/beside.h"

#include "account/names/device_names.h"
#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "account/times/bytecode_found.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/*
 * Python runs the byte code of a source instead of it, wherever it records the time, or a hash, of that source (PEP
 * 552), and takes a package, or a library, of the name of a module before the source of it: what is in scope does not
 * run (T2). Directories are known by all names that a device may have for them, and by those of links.
 */

#define CACHE "__pycache__"

/** Of what is in scope, as "directory/module", folded. */
typedef struct
{
  GHashTable *sources;     /* of any name: a program that is imported leaves byte code too */
  GHashTable *files;       /* as "directory/name" */
  GHashTable *modules;     /* of the names that are looked for */
  GHashTable *packages;    /* directories in which these stand */
  GHashTable *compiled;    /* those of byte code, which a source goes before */
  GHashTable *directories; /* in which any stand */
  GHashTable *exact;       /* plain names of files, not folded */
  GHashTable *cached;      /* of the directories, those of which the rebuild has a link as its cache */
  GHashTable *linked;      /* last components of modules for which the rebuild has a link as a package */
  GHashTable *led;         /* and of other links of it that Python takes, as assay_names_key() has them */
} Held;

/* A name of an entry, folded, in its two parts. */
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
place_of (const char *name)
{
  g_autofree char *folded = assay_account_device_fold (name);
  char *slash = strrchr (folded, '/');
  if (slash == NULL)
    return (Place){ g_strdup (""), g_steal_pointer (&folded) };
  return (Place){ g_strndup (folded, (gsize)(slash - folded)), g_strdup (slash + 1) };
}

/* Of most entries one; that of the header of a tar as well, to who knows no extensions of it. */
static char **
names_of (const AssayNode *entry)
{
  char **names = g_new0 (char *, 3);
  names[0] = assay_scope_plain_name (entry);
  names[1] = assay_node_get_other_name (entry);
  return names;
}

static char *
key_of (const char *directory, const char *module)
{
  return g_strconcat (directory, "/", module, NULL);
}

/* The directory of a source, of that in which its byte code stands. */
static char *
directory_of_source (const char *directory)
{
  char *source = g_strdup (directory);
  if (strcmp (source, CACHE) == 0)
    *source = '\0';
  else if (g_str_has_suffix (source, "/" CACHE))
    source[strlen (source) - strlen ("/" CACHE)] = '\0';
  return source;
}

/* What Python looks for by that name: a source, byte code, or a library. */
static void
note_module (Held *held, const Place *place, const char *module)
{
  static const char *const suffixes[] = { ".py", ".pyc", ".so", ".pyd" };
  g_autofree char *directory = directory_of_source (place->directory);
  gboolean known = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    known = known || g_str_has_suffix (place->last, suffixes[i]);
  if (!known)
    return;
  g_hash_table_add (held->modules, key_of (directory, module));
  if (g_str_has_suffix (place->last, ".pyc"))
    g_hash_table_add (held->compiled, key_of (directory, module));
  if (g_str_has_suffix (place->last, ".py") || g_str_has_suffix (place->last, ".pyc"))
    g_hash_table_add (held->packages, strchr (directory, '/') != NULL ? g_strdup (directory) : key_of ("", directory));
}

static void
note_name (Held *held, const char *name)
{
  g_auto (Place) place = place_of (name);
  g_autofree char *module = assay_bytecode_module (place.last);
  g_hash_table_add (held->sources, key_of (place.directory, module));
  g_hash_table_add (held->files, key_of (place.directory, place.last));
  note_module (held, &place, module);
  g_hash_table_add (held->directories, g_steal_pointer (&place.directory));
}

static void
note_held (Held *held, const AssayNode *entry)
{
  g_auto (GStrv) names = names_of (entry);
  for (char **name = names; *name != NULL; name++)
    note_name (held, *name);
}

static gboolean
is_code_of_held (const Held *held, const Place *place)
{
  g_autofree char *module = assay_bytecode_module (place->last);
  g_autofree char *untagged = assay_bytecode_untagged (module);
  g_autofree char *directory = directory_of_source (place->directory);
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

/* What goes before DIRECTORY/NAME.py: DIRECTORY/NAME/__init__.py, .so or .pyc, DIRECTORY/NAME.abi3.so (before an
 * __init__.py too), and DIRECTORY/NAMEmodule.so; before a directory without __init__.py a module of its name. */
static gboolean
goes_before_held (const Held *held, const Place *place)
{
  if (g_str_has_prefix (place->last, "__init__."))
    {
      g_autofree char *package
          = strchr (place->directory, '/') == NULL ? key_of ("", place->directory) : g_strdup (place->directory);
      if (g_hash_table_contains (held->modules, package))
        return TRUE;
    }
  static const char *const sources[] = { ".py", ".pyc" };
  gboolean library = g_str_has_suffix (place->last, ".so") || g_str_has_suffix (place->last, ".pyd");
  gboolean source = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    source = source || g_str_has_suffix (place->last, sources[i]);
  if (!library && !source)
    return FALSE;
  g_autofree char *module = assay_bytecode_module (place->last);
  g_autofree char *key = key_of (place->directory, module);
  if (g_hash_table_contains (held->packages, key)
      || (g_str_has_suffix (place->last, ".py") && g_hash_table_contains (held->compiled, key)))
    return TRUE;
  if (!library)
    return FALSE;
  if (g_hash_table_contains (held->modules, key))
    return TRUE;
  if (g_str_has_suffix (key, MODULE))
    key[strlen (key) - strlen (MODULE)] = '\0';
  return g_hash_table_contains (held->modules, key);
}

/* A link that is no directory: it leads to a file in scope, to all readers, as a program without its suffix does to the
 * module. */
static gboolean
leads_to_held_file (const Held *held, const AssayNode *link)
{
  g_autofree char *target = NULL;
  if (assay_node_get_fact (link, "link") == NULL || assay_node_get_fact (link, "header.link") != NULL)
    return FALSE;
  if (link->type == ASSAY_NODE_SYMLINK)
    {
      g_autofree char *text = assay_facts_get_text (link->facts, "link");
      g_autofree char *escaped = assay_text_escape_name (text, strlen (text));
      g_autofree char *plain = assay_scope_plain_name (link);
      const char *slash = strrchr (plain, '/');
      if (strchr (text, '/') == NULL)
        target = g_strdup_printf ("%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - plain), plain, escaped);
    }
  else
    target = assay_scope_plain_target (link, "link");
  return target != NULL && g_hash_table_contains (held->exact, target);
}

/* A link, maybe by way of a hard one, where Python looks for a directory of byte code, or of a package. */
static gboolean
is_link_before_held (const Held *held, const AssayNode *entry, const Place *place)
{
  if (entry->type != ASSAY_NODE_SYMLINK && !assay_scope_is_hard_link (entry))
    return FALSE;
  g_autofree char *key = key_of (place->directory, place->last);
  return ((strcmp (place->last, CACHE) == 0 && g_hash_table_contains (held->directories, place->directory))
          || g_hash_table_contains (held->modules, key))
         && !leads_to_held_file (held, entry);
}

/* Links of the rebuild's are as they must be, and what they lead to may not. */
static void
note_rebuilt_link (const Held *held, const AssayNode *link, const Place *place)
{
  if (link->type != ASSAY_NODE_SYMLINK && !assay_scope_is_hard_link (link))
    return;
  if (strcmp (place->last, CACHE) == 0)
    g_hash_table_add (held->cached, g_strdup (place->directory));
  else if (is_link_before_held (held, link, place))
    g_hash_table_add (held->linked, g_strdup (place->last));
  else
    g_hash_table_add (held->led, assay_names_key (place->last));
}

/* The modules in directories with such links. */
static GHashTable *
find_cached (const Held *held)
{
  GHashTable *modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init (&iter, held->sources);
  while (g_hash_table_size (held->cached) > 0 && g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *slash = strrchr (key, '/');
      g_autofree char *directory = g_strndup (key, (gsize)(slash - (const char *)key));
      if (g_hash_table_contains (held->cached, directory))
        g_hash_table_add (modules, g_strdup (slash + 1));
    }
  return modules;
}

/* @names: (nullable): any */
static gboolean
has_name_in (const GPtrArray *names, GHashTable *keys)
{
  gboolean found = names == NULL;
  for (guint i = 0; names != NULL && i < names->len && !found; i++)
    {
      g_autofree char *key = assay_names_key (g_ptr_array_index (names, i));
      found = g_hash_table_contains (keys, key);
    }
  return found;
}

/* @cached: modules whose byte code lies behind a link of the rebuild's; @cache: a set of the name of such links */
static gboolean
is_behind_link (AssayWork *work, const Held *held, GHashTable *cached, GHashTable *cache, const AssayNode *entry)
{
  const char *last = assay_account_last_component (entry->path);
  g_autofree char *module = assay_bytecode_module (last);
  g_autofree char *untagged = assay_bytecode_untagged (module);
  gboolean is_cached
      = assay_bytecode_is_name (last)
        && (g_hash_table_contains (cached, module) || (untagged != NULL && g_hash_table_contains (cached, untagged)));
  gboolean is_package = g_hash_table_size (held->linked) > 0 && g_ascii_strncasecmp (last, "__init__.", 9) == 0;
  const GPtrArray *above = is_cached || is_package ? assay_account_directory_names (work, entry) : NULL;
  if ((is_cached && has_name_in (above, cache)) || (is_package && has_name_in (above, held->linked)))
    return TRUE;
  g_autoptr (GPtrArray) names = g_hash_table_size (held->led) > 0 ? assay_account_names (work, entry) : NULL;
  return g_hash_table_size (held->led) > 0 && has_name_in (names, held->led);
}

static void
add_fact (AssayWork *work, const AssayNode *entry, const char *what)
{
  assay_account_add_fact (work, entry, "byte-code", what, NULL, ASSAY_CLASS_UNEXPLAINED, "differs");
}

static void
judge_behind (AssayWork *work, const AssayNode *node, const Held *held, const AssayNode *expected)
{
  g_autoptr (GHashTable) cached = find_cached (held);
  g_autoptr (GHashTable) cache = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_add (cache, (gpointer)CACHE);
  if (g_hash_table_size (cached) + g_hash_table_size (held->linked) + g_hash_table_size (held->led) == 0)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && !assay_beside_is_held (work, child)
          && is_behind_link (work, held, cached, cache, child) && !assay_beside_is_rebuilt (work, child, expected))
        add_fact (work, child, "what Python takes before a file in scope, by a link of the rebuild's");
    }
}

static const char *
find_what (const Held *held, const AssayNode *entry, const Place *place)
{
  if ((assay_bytecode_is_name (place->last) && is_code_of_held (held, place))
      || is_appended_to_held (held, entry, place))
    return "byte code that may be run in place of a file in scope";
  if (goes_before_held (held, place))
    return "what Python takes before a module in scope";
  if (is_link_before_held (held, entry, place))
    return "a link where Python looks for a directory before a module in scope";
  return NULL;
}

static void
judge (AssayWork *work, const AssayNode *entry, const Held *held, const AssayNode *expected)
{
  g_auto (GStrv) names = names_of (entry);
  for (char **name = names; *name != NULL; name++)
    {
      g_auto (Place) place = place_of (*name);
      const char *what = find_what (held, entry, &place);
      if (what != NULL && assay_beside_is_rebuilt (work, entry, expected))
        note_rebuilt_link (held, entry, &place);
      else if (what != NULL)
        {
          add_fact (work, entry, what);
          return;
        }
    }
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

static GHashTable *
set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
held_clear (Held *held)
{
  g_hash_table_unref (held->sources);
  g_hash_table_unref (held->files);
  g_hash_table_unref (held->modules);
  g_hash_table_unref (held->packages);
  g_hash_table_unref (held->compiled);
  g_hash_table_unref (held->directories);
  g_hash_table_unref (held->exact);
  g_hash_table_unref (held->cached);
  g_hash_table_unref (held->linked);
  g_hash_table_unref (held->led);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Held, held_clear)

/* Whether anything is in scope. */
static gboolean
note_scope (AssayWork *work, Held *held, const AssayNode *node)
{
  g_autoptr (GHashTable) keys = set_new ();
  Known known = { keys, FALSE };
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type == ASSAY_NODE_DIRECTORY || !assay_beside_is_held (work, child))
        continue;
      note_held (held, child);
      note_names (work, &known, child);
      if (child->type == ASSAY_NODE_FILE)
        g_hash_table_add (held->exact, assay_scope_plain_name (child));
    }
  if (g_hash_table_size (held->sources) == 0)
    return FALSE;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (!assay_beside_is_held (work, child) && may_lead_into_scope (&known, child))
        note_held (held, child);
    }
  return TRUE;
}

void
assay_beside_modules (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (node->children == NULL)
    return;
  g_auto (Held) held = { set_new (), set_new (), set_new (), set_new (), set_new (),
                         set_new (), set_new (), set_new (), set_new (), set_new () };
  if (!note_scope (work, &held, node))
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && !assay_beside_is_held (work, child))
        judge (work, child, &held, expected);
    }
  judge_behind (work, node, &held, expected);
}
