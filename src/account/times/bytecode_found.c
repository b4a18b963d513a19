#include "account/times/bytecode_found.h"

#include "account/names/names_of.h"
#include "account/times/bytecode_head.h"
#include "unpack/fact.h"
#include "unpack/settling.h"

#include <string.h>

/*
 * Which byte code of Python an image has, by the names of what it is compiled from.
 */

/**
 * AssayBytecode:
 * @recorded: module ("mod"), or name of the source behind a slash ("/prog"), to GArray of AssayRecorded
 * @files: last components of all files of byte code, whether they record a time or not
 * @links: links that have a name that byte code may have
 * @behind: what links lead to that may be called so by chance, as behind_of() has it, to Behind
 * @texts: names that are written nowhere as they are
 */
struct _AssayBytecode
{
  GHashTable *recorded;
  GHashTable *files;
  GPtrArray *links;
  GHashTable *behind;
  GStringChunk *texts;
};

/** What was found behind such a link. */
typedef enum
{
  BEHIND_NOTHING = 1, /* in the image */
  BEHIND_OTHER,
  BEHIND_CODE,
} Behind;

/** What stands in front of the name of the one file that byte code is of, whatever its module. */
#define EXACTLY "/"

void
assay_bytecode_free (AssayBytecode *bytecode)
{
  if (bytecode == NULL)
    return;
  g_hash_table_unref (bytecode->recorded);
  g_hash_table_unref (bytecode->files);
  g_ptr_array_unref (bytecode->links);
  g_hash_table_unref (bytecode->behind);
  g_string_chunk_free (bytecode->texts);
  g_free (bytecode);
}

/* Disks of DOS and plain ISO 9660 have names in capitals, and are mounted with small letters. */
gboolean
assay_bytecode_is_name (const char *name)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  return g_str_has_suffix (small, ".pyc") || g_str_has_suffix (small, ".pyo");
}

/* Of a name that begins with its only dot what is behind that is the module (importlib, cache_from_source()). */
char *
assay_bytecode_module (const char *name)
{
  name += strspn (name, ".");
  return g_ascii_strdown (name, (gssize)strcspn (name, "."));
}

/* A file of a directory that was not put in a safe place. */
static gboolean
may_be_changing (const AssayNode *node)
{
  return node->source == NULL && assay_settling_is_open (node);
}

static gboolean
may_be_appended (const char *name)
{
  gsize length = strlen (name);
  return length > 1 && strchr ("cCoO", name[length - 1]) != NULL;
}

char *
assay_bytecode_appended_to (const char *name)
{
  return may_be_appended (name) ? g_ascii_strdown (name, (gssize)strlen (name) - 1) : NULL;
}

gboolean
assay_bytecode_may_be (const AssayNode *node)
{
  guint32 times[ASSAY_BYTECODE_TIMES_MAX];
  const char *name = assay_account_last_component (node->path);
  return assay_bytecode_is_name (name)
         || (may_be_appended (name)
             && (node->blob == NULL || may_be_changing (node) || assay_bytecode_read_times (node, FALSE, times) > 0));
}

char *
assay_bytecode_untagged (const char *module)
{
  static const char *const tags[] = { "cpython-", "pypy", "graalpy", "jython" };
  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      const char *tag = g_strrstr (module, tags[i]);
      if (tag != NULL && tag != module)
        return g_strndup (module, (gsize)(tag - module));
    }
  return NULL;
}

static void
add_to_module (AssayBytecode *bytecode, const char *module, AssayRecorded recorded)
{
  GArray *list = g_hash_table_lookup (bytecode->recorded, module);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (AssayRecorded));
      g_hash_table_insert (bytecode->recorded, g_strdup (module), list);
    }
  g_array_append_val (list, recorded);
}

static void
add_recorded (AssayBytecode *bytecode, const char *name, AssayRecorded recorded)
{
  g_autofree char *module = assay_bytecode_module (name);
  g_autofree char *untagged = assay_bytecode_untagged (module);
  add_to_module (bytecode, module, recorded);
  if (untagged != NULL)
    add_to_module (bytecode, untagged, recorded);
}

/* Python 2 puts a letter behind the name of whatever it is told to load (imp.load_source): `prog` has `progc`. */
static void
add_appended (AssayBytecode *bytecode, const char *name, AssayRecorded recorded)
{
  g_autofree char *source = assay_bytecode_appended_to (name);
  g_autofree char *key = source == NULL ? NULL : g_strconcat (EXACTLY, source, NULL);
  if (key != NULL)
    add_to_module (bytecode, key, recorded);
}

static void
note_recorded_as (AssayBytecode *bytecode, const AssayNode *node, const char *name)
{
  AssayRecorded recorded = { .node = node };
  gboolean by_name = assay_bytecode_is_name (name);
  guint32 times[ASSAY_BYTECODE_TIMES_MAX];
  guint count = 0;
  if (!by_name && !may_be_appended (name))
    return;
  /* what others may be writing to is not read, and may be anything */
  recorded.unknown = !by_name && may_be_changing (node);
  if (recorded.unknown)
    add_appended (bytecode, name, recorded);
  else
    count = assay_bytecode_read_times (node, by_name, times);
  if (by_name || count > 0)
    g_hash_table_add (bytecode->files, (gpointer)name);
  for (guint i = 0; i < count; i++)
    {
      recorded.time = times[i];
      if (by_name)
        add_recorded (bytecode, name, recorded);
      else
        add_appended (bytecode, name, recorded);
    }
}

static void
note_recorded (AssayBytecode *bytecode, const AssayNode *node)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_ptr_array_add (names, (gpointer)assay_account_last_component (node->path));
  assay_account_add_other_names (node, bytecode->texts, names);
  for (guint i = 0; i < names->len; i++)
    note_recorded_as (bytecode, node, g_ptr_array_index (names, i));
}

/* Whether byte code behind a link is known by itself already: that of the same module, by a name of its own, as that of
 * another level of optimisation is (`python -m compileall --hardlink-dupes`). */
static gboolean
is_known_target (const AssayBytecode *bytecode, const AssayNode *link)
{
  const char *target = assay_node_get_fact (link, "link");
  if (target == NULL || !g_hash_table_contains (bytecode->files, assay_account_last_component (target)))
    return FALSE;
  const char *name = assay_account_last_component (link->path);
  if (!assay_bytecode_is_name (name))
    return g_ascii_strcasecmp (name, assay_account_last_component (target)) == 0;
  g_autofree char *module = assay_bytecode_module (name);
  g_autofree char *other = assay_bytecode_module (assay_account_last_component (target));
  return strcmp (module, other) == 0;
}

/* (nullable): the last component of a link's target, or the inode of an entry that is empty. */
static char *
behind_of (const AssayNode *node)
{
  const char *target = assay_node_get_fact (node, "link");
  if (node->type == ASSAY_NODE_FILE)
    return assay_names_inode (node);
  return target == NULL ? NULL : g_strdup (assay_account_last_component (target));
}

static void
look_for (const AssayBytecode *bytecode, char *key, const AssayNode *node)
{
  g_autofree char *owned = key;
  guint32 times[ASSAY_BYTECODE_TIMES_MAX];
  if (key == NULL || !g_hash_table_contains (bytecode->behind, key))
    return;
  Behind now = GPOINTER_TO_INT (g_hash_table_lookup (bytecode->behind, key));
  if (now != BEHIND_CODE)
    now = may_be_changing (node) || assay_bytecode_read_times (node, FALSE, times) > 0 ? BEHIND_CODE : BEHIND_OTHER;
  g_hash_table_insert (bytecode->behind, g_steal_pointer (&owned), GINT_TO_POINTER (now));
}

static gboolean
look_behind (AssayNode *node, gpointer data)
{
  const AssayBytecode *bytecode = data;
  if (node->type != ASSAY_NODE_FILE || node->size == 0)
    return TRUE;
  look_for (bytecode, g_strdup (assay_account_last_component (node->path)), node);
  look_for (bytecode, assay_names_inode (node), node);
  return TRUE;
}

/* Many a link has a name that ends with such a letter, and leads to what is no byte code. */
static gboolean
leads_to_other (const AssayBytecode *bytecode, const AssayNode *link)
{
  g_autofree char *key = behind_of (link);
  return key != NULL && GPOINTER_TO_INT (g_hash_table_lookup (bytecode->behind, key)) == BEHIND_OTHER;
}

/* T4: a link may lead anywhere, through other links and out of the image. */
static void
note_unknown (AssayBytecode *bytecode)
{
  for (guint i = 0; i < bytecode->links->len; i++)
    {
      AssayRecorded recorded = { .unknown = TRUE, .node = g_ptr_array_index (bytecode->links, i) };
      const char *name = assay_account_last_component (recorded.node->path);
      if (is_known_target (bytecode, recorded.node))
        continue;
      if (assay_bytecode_is_name (name))
        add_recorded (bytecode, name, recorded);
      else if (!leads_to_other (bytecode, recorded.node))
        add_appended (bytecode, name, recorded);
    }
}

static void
add_link (AssayBytecode *bytecode, const AssayNode *node)
{
  const char *name = assay_account_last_component (node->path);
  gboolean by_name = assay_bytecode_is_name (name);
  if (!by_name && !may_be_appended (name))
    return;
  g_ptr_array_add (bytecode->links, (gpointer)node);
  char *key = by_name ? NULL : behind_of (node);
  if (key != NULL)
    g_hash_table_insert (bytecode->behind, key, GINT_TO_POINTER (BEHIND_NOTHING));
}

/* In a cpio the bytes of an inode stand at one of its names: of byte code at another one nobody sees the time. */
static void
note_empty (AssayBytecode *bytecode, const AssayNode *node)
{
  g_autofree char *key = assay_names_inode (node);
  if (key != NULL && node->size == 0)
    add_link (bytecode, node);
}

static gboolean
note (AssayNode *node, gpointer data)
{
  if (node->type == ASSAY_NODE_FILE)
    {
      note_recorded (data, node);
      note_empty (data, node);
    }
  else if (node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK)
    add_link (data, node);
  return TRUE;
}

AssayBytecode *
assay_bytecode_new (const AssayNode *node)
{
  AssayBytecode *bytecode = g_new0 (AssayBytecode, 1);
  bytecode->recorded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  bytecode->files = g_hash_table_new (g_str_hash, g_str_equal);
  bytecode->texts = g_string_chunk_new (1024);
  bytecode->links = g_ptr_array_new ();
  bytecode->behind = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (node->parent != NULL)
    node = node->parent;
  assay_node_visit ((AssayNode *)node, note, bytecode);
  if (g_hash_table_size (bytecode->behind) > 0)
    assay_node_visit ((AssayNode *)node, look_behind, bytecode);
  note_unknown (bytecode);
  return bytecode;
}

static const AssayRecorded *
find_in (const GArray *list, AssayRecordedTest test, gconstpointer data)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const AssayRecorded *recorded = &g_array_index (list, AssayRecorded, i);
      if (test (recorded, data))
        return recorded;
    }
  return NULL;
}

/* Of a file of more names than are collected any byte code may be. */
static const AssayRecorded *
find_in_all (const AssayBytecode *bytecode, AssayRecordedTest test, gconstpointer data)
{
  const AssayRecorded *found = NULL;
  gpointer list = NULL;
  GHashTableIter iterator;
  g_hash_table_iter_init (&iterator, bytecode->recorded);
  while (found == NULL && g_hash_table_iter_next (&iterator, NULL, &list))
    found = find_in (list, test, data);
  return found;
}

static const AssayRecorded *
find_by_name (const AssayBytecode *bytecode, const char *name, AssayRecordedTest test, gconstpointer data)
{
  g_autofree char *module = assay_bytecode_module (name);
  g_autofree char *small = g_ascii_strdown (name, -1);
  g_autofree char *exactly = g_strconcat (EXACTLY, small, NULL);
  const AssayRecorded *found = find_in (g_hash_table_lookup (bytecode->recorded, module), test, data);
  return found != NULL ? found : find_in (g_hash_table_lookup (bytecode->recorded, exactly), test, data);
}

/* A source may have any name: a program that is imported, as tool.wsgi, leaves byte code too. What is packed is called
 * as its stream says, to who unpacks it with the time that the stream says (gunzip -N). */
const AssayRecorded *
assay_bytecode_find (const AssayBytecode *bytecode, const AssayNode *node, const GPtrArray *names,
                     AssayRecordedTest test, gconstpointer data)
{
  const AssayRecorded *found = NULL;
  if (names == NULL)
    return find_in_all (bytecode, test, data);
  for (guint i = 0; i < names->len && found == NULL; i++)
    found = find_by_name (bytecode, g_ptr_array_index (names, i), test, data);
  if (found == NULL && node->stream != NULL)
    {
      g_autofree char *stored = assay_facts_get_text (node->own_facts, "name");
      found = find_by_name (bytecode, assay_account_last_component (stored), test, data);
    }
  return found;
}
