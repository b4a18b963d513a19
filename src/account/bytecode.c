#include "account/bytecode.h"

#include "unpack/bytes.h"

#include <string.h>

/*
 * Python runs the byte code beside a source instead of it, if the byte code records the time that the source has: then
 * a time alone decides which code runs, though every byte is the rebuild's.
 */

/** Byte code that records a time: of `mod.cpython-311.pyc` 32 bits of seconds. Of a link it is not known what it
 * leads to, and so not which time that records. */
typedef struct
{
  guint32 time;
  gboolean unknown;
  const AssayNode *node;
} Recorded;

/**
 * AssayBytecode:
 * @recorded: module ("mod") to GArray of Recorded
 * @files: last components of all files of byte code, whether they record a time or not
 * @links: links that have the name of byte code
 * @names: last component of what a link points to, to GPtrArray of the last components of those links
 * @inodes: container and inode of what has several entries in a cpio, to GPtrArray of their last components
 */
struct _AssayBytecode
{
  GHashTable *recorded;
  GHashTable *files;
  GPtrArray *links;
  GHashTable *names;
  GHashTable *inodes;
};

/** So many names of one file are followed; more belong to no image that anybody means. */
#define NAMES_MAX 64u

void
assay_bytecode_free (AssayBytecode *bytecode)
{
  if (bytecode == NULL)
    return;
  g_hash_table_unref (bytecode->recorded);
  g_hash_table_unref (bytecode->files);
  g_ptr_array_unref (bytecode->links);
  g_hash_table_unref (bytecode->names);
  g_hash_table_unref (bytecode->inodes);
  g_free (bytecode);
}

static const char *
last_component (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash == NULL ? path : slash + 1;
}

/* PEP 552: magic, flags, then time and size, or a hash; before it (Python 3.6) magic, time, size. No time has zero or
 * the flags of a hash as its value. */
static gboolean
read_time (const AssayNode *node, guint32 *out_time)
{
  guint8 head[12];
  g_autoptr (GError) ignored = NULL;
  if (node->blob == NULL || node->size < sizeof head || !assay_blob_read (node->blob, 0, head, sizeof head, &ignored))
    return FALSE;
  guint32 flags = assay_get_le32 (head + 4);
  *out_time = flags == 0 ? assay_get_le32 (head + 8) : flags;
  return flags != 1 && flags != 3;
}

/* Disks of DOS and plain ISO 9660 have names in capitals, and are mounted with small letters. */
gboolean
assay_bytecode_is_name (const char *name)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  return g_str_has_suffix (small, ".pyc") || g_str_has_suffix (small, ".pyo");
}

static char *
module_of (const char *name)
{
  return g_ascii_strdown (name, (gssize)strcspn (name, "."));
}

static void
add_to_module (AssayBytecode *bytecode, const char *module, Recorded recorded)
{
  GArray *list = g_hash_table_lookup (bytecode->recorded, module);
  if (list == NULL)
    {
      list = g_array_new (FALSE, FALSE, sizeof (Recorded));
      g_hash_table_insert (bytecode->recorded, g_strdup (module), list);
    }
  g_array_append_val (list, recorded);
}

/* By PEP 3147 `tool.wsgi` has `tool.TAG.pyc`, and `tool` has `toolTAG.pyc`. */
static void
add_recorded (AssayBytecode *bytecode, Recorded recorded)
{
  static const char *const tags[] = { "cpython-", "pypy", "graalpy", "jython" };
  g_autofree char *module = module_of (last_component (recorded.node->path));
  add_to_module (bytecode, module, recorded);
  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      char *tag = g_strrstr (module, tags[i]);
      if (tag == NULL || tag == module)
        continue;
      *tag = '\0';
      add_to_module (bytecode, module, recorded);
      return;
    }
}

static void
note_recorded (AssayBytecode *bytecode, const AssayNode *node)
{
  const char *name = last_component (node->path);
  Recorded recorded = { .node = node };
  if (!assay_bytecode_is_name (name))
    return;
  g_hash_table_add (bytecode->files, (gpointer)name);
  if (read_time (node, &recorded.time))
    add_recorded (bytecode, recorded);
}

/* Whether byte code behind a link is known by itself already: that of the same module, by a name of its own, as that of
 * another level of optimisation is (`python -m compileall --hardlink-dupes`). */
static gboolean
is_known_target (const AssayBytecode *bytecode, const AssayNode *link)
{
  const char *target = assay_node_get_fact (link, "link");
  if (target == NULL || !g_hash_table_contains (bytecode->files, last_component (target)))
    return FALSE;
  g_autofree char *module = module_of (last_component (link->path));
  g_autofree char *other = module_of (last_component (target));
  return strcmp (module, other) == 0;
}

/* T4: a link may lead anywhere, through other links and out of the image. */
static void
note_unknown (AssayBytecode *bytecode)
{
  for (guint i = 0; i < bytecode->links->len; i++)
    {
      Recorded recorded = { .unknown = TRUE, .node = g_ptr_array_index (bytecode->links, i) };
      if (!is_known_target (bytecode, recorded.node))
        add_recorded (bytecode, recorded);
    }
}

static void
add_name (GHashTable *names, const char *key, const char *name)
{
  GPtrArray *list = g_hash_table_lookup (names, key);
  if (list == NULL)
    {
      list = g_ptr_array_new ();
      g_hash_table_insert (names, g_strdup (key), list);
    }
  g_ptr_array_add (list, (gpointer)name);
}

/* (nullable): by the number alone, as BusyBox asks for it. */
static char *
inode_key (const AssayNode *node)
{
  const char *inode = assay_node_get_fact (node, "inode");
  if (inode == NULL || node->parent == NULL || g_strcmp0 (assay_node_get_fact (node, "nlink"), "1") == 0)
    return NULL;
  return g_strdup_printf ("%p %s", (gconstpointer)node->parent, inode);
}

static void
note_inode (AssayBytecode *bytecode, const AssayNode *node)
{
  g_autofree char *key = inode_key (node);
  if (key != NULL)
    add_name (bytecode->inodes, key, last_component (node->path));
}

static void
note_link (AssayBytecode *bytecode, const AssayNode *node)
{
  const char *target = assay_node_get_fact (node, "link");
  if (assay_bytecode_is_name (last_component (node->path)))
    g_ptr_array_add (bytecode->links, (gpointer)node);
  if (target == NULL)
    return;
  add_name (bytecode->names, last_component (target), last_component (node->path));
}

/* In a cpio the bytes of an inode stand at one of its names: of byte code at another one nobody sees the time. */
static void
note_empty (AssayBytecode *bytecode, const AssayNode *node)
{
  g_autofree char *key = inode_key (node);
  if (key != NULL && node->size == 0 && assay_bytecode_is_name (last_component (node->path)))
    g_ptr_array_add (bytecode->links, (gpointer)node);
}

static gboolean
note (AssayNode *node, gpointer data)
{
  if (node->type == ASSAY_NODE_FILE)
    {
      note_recorded (data, node);
      note_inode (data, node);
      note_empty (data, node);
    }
  else if (node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK)
    note_link (data, node);
  return TRUE;
}

static AssayBytecode *
find_all (const AssayNode *node)
{
  AssayBytecode *bytecode = g_new0 (AssayBytecode, 1);
  bytecode->recorded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  bytecode->files = g_hash_table_new (g_str_hash, g_str_equal);
  bytecode->links = g_ptr_array_new ();
  bytecode->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  bytecode->inodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  while (node->parent != NULL)
    node = node->parent;
  assay_node_visit ((AssayNode *)node, note, bytecode);
  note_unknown (bytecode);
  return bytecode;
}

static void
add_new (GPtrArray *names, const GPtrArray *more)
{
  for (guint i = 0; more != NULL && i < more->len && names->len < NAMES_MAX; i++)
    if (!g_ptr_array_find_with_equal_func (names, g_ptr_array_index (more, i), g_str_equal, NULL))
      g_ptr_array_add (names, g_ptr_array_index (more, i));
}

/* The names that a file has by itself, by links to it, and, being a link itself, as what it leads to: many readers give
 * its time to that. Directories do not count: a path may lead through links. */
static void
collect_names (const AssayBytecode *bytecode, const AssayNode *node, GPtrArray *names)
{
  static const char *const facts[] = { "link", "header.link" };
  g_autofree char *inode = inode_key (node);
  g_ptr_array_add (names, (gpointer)last_component (node->path));
  if (inode != NULL)
    add_new (names, g_hash_table_lookup (bytecode->inodes, inode));
  for (gsize i = 0; assay_scope_is_hard_link (node) && i < G_N_ELEMENTS (facts); i++)
    {
      const char *target = assay_node_get_fact (node, facts[i]);
      if (target != NULL)
        g_ptr_array_add (names, (gpointer)last_component (target));
    }
  for (guint i = 0; i < names->len; i++)
    add_new (names, g_hash_table_lookup (bytecode->names, g_ptr_array_index (names, i)));
}

/** The times of a source on both sides. */
typedef struct
{
  const char *shipped;
  const char *expected;
  gboolean are_local; /* nobody knows where, or which of several a reader takes */
} Times;

static gint64
seconds_of (const char *value)
{
  return g_ascii_strtoll (value, NULL, 10);
}

/* Python takes the seconds of a time as a floating-point number, which may round it up to the next. */
static gboolean
is_at (const char *value, guint32 time)
{
  gint64 rounded = (gint64)(g_ascii_strtod (value, NULL) + 1e-6);
  return (guint32)seconds_of (value) == time || (guint32)rounded == time;
}

/** FAT begins with 1980, in local time, of zones up to so far from UTC; its times go in steps of two seconds. */
#define FAT_BEGINS G_GINT64_CONSTANT (315532800)
#define FURTHEST_ZONE (14 * 3600)
#define COARSEST_STEP 2

/* Whether a file of that time may have the recorded one where it is unpacked: file systems round to steps of their own,
 * up and down, and begin and end with years of their own, to which they bring what lies beyond. Those of 32 bits with a
 * sign end with 2038, those without begin with 1970, and others with 1901, 1904 or 1980. */
static gboolean
may_become (const char *value, guint32 time)
{
  gint64 seconds = seconds_of (value);
  if (seconds < 0 || seconds > G_MAXINT32)
    return TRUE;
  gboolean before_fat = seconds < FAT_BEGINS + FURTHEST_ZONE;
  return ABS (seconds - (gint64)time) <= COARSEST_STEP
         || (before_fat && ABS (FAT_BEGINS - (gint64)time) <= FURTHEST_ZONE + COARSEST_STEP);
}

/* The times of DOS, in a zip as on a disk, are those of a zone that nobody says, and zipimport lets them differ by a
 * second: each may be any that byte code records. Times of Rock Ridge in the long form Linux reads as if they were in
 * the short one. */
static gboolean
is_local (const AssayNode *node, const char *value)
{
  return strchr (value, 'T') != NULL || assay_node_get_fact (node, "long-times") != NULL
         || (node->parent != NULL && strcmp (node->parent->format, "fat") == 0);
}

/* Two times of one second are one to who compares whole seconds, but for what rounds up. */
static gboolean
decides (const Recorded *recorded, const Times *times)
{
  if (recorded->unknown || times->are_local)
    return strcmp (times->shipped, times->expected) != 0;
  if (seconds_of (times->shipped) == seconds_of (times->expected))
    return is_at (times->shipped, recorded->time) != is_at (times->expected, recorded->time);
  return may_become (times->shipped, recorded->time) || may_become (times->expected, recorded->time);
}

static const Recorded *
find_in (const GArray *list, const Times *times)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const Recorded *recorded = &g_array_index (list, Recorded, i);
      if (decides (recorded, times))
        return recorded;
    }
  return NULL;
}

/* Of a file of more names than are collected any byte code may be. */
static const Recorded *
find_in_all (const AssayBytecode *bytecode, const Times *times)
{
  const Recorded *found = NULL;
  gpointer list = NULL;
  GHashTableIter iterator;
  g_hash_table_iter_init (&iterator, bytecode->recorded);
  while (found == NULL && g_hash_table_iter_next (&iterator, NULL, &list))
    found = find_in (list, times);
  return found;
}

/* The byte code that is run at one of two times and not at the other. A source may have any name: a program that is
 * imported, as tool.wsgi, leaves byte code too. */
static const Recorded *
find_deciding (const AssayBytecode *bytecode, const AssayNode *node, const Times *times)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  collect_names (bytecode, node, names);
  if (names->len >= NAMES_MAX)
    return find_in_all (bytecode, times);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *module = module_of (g_ptr_array_index (names, i));
      const Recorded *found = find_in (g_hash_table_lookup (bytecode->recorded, module), times);
      if (found != NULL)
        return found;
    }
  return NULL;
}

static const AssayBytecode *
bytecode_of (AssayWork *work, const AssayNode *node)
{
  if (work->bytecode == NULL)
    work->bytecode = find_all (node);
  return work->bytecode;
}

gboolean
assay_account_any_name (AssayWork *work, const AssayNode *node, gboolean (*test) (const char *name))
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  collect_names (bytecode_of (work, node), node, names);
  gboolean found = names->len >= NAMES_MAX;
  for (guint i = 0; i < names->len && !found; i++)
    found = test (g_ptr_array_index (names, i));
  return found;
}

void
assay_account_bytecode (AssayWork *work, const AssayNode *node, const char *shipped, const char *expected)
{
  const GPtrArray *facts = work->account->facts;
  const AssayFactAccount *last = facts->len == 0 ? NULL : g_ptr_array_index (facts, facts->len - 1);
  if (shipped == NULL || expected == NULL || (node->type != ASSAY_NODE_FILE && node->type != ASSAY_NODE_HARDLINK)
      || (last != NULL && last->node == node && strcmp (last->fact, "byte-code") == 0))
    return;
  const Times times = { shipped, expected, is_local (node, shipped) };
  const Recorded *recorded = find_deciding (bytecode_of (work, node), node, &times);
  if (recorded == NULL)
    return;
  const char *path = recorded->node->path;
  gboolean exact = is_at (shipped, recorded->time) || is_at (expected, recorded->time);
  gboolean now = recorded->unknown || times.are_local || is_at (shipped, recorded->time)
                 || (!exact && may_become (shipped, recorded->time));
  const char *words = recorded->unknown ? "perhaps the time behind the link"
                      : times.are_local ? "to some reader perhaps the time in"
                      : exact           ? "the time in"
                                        : "on some file system perhaps the time in";
  g_autofree char *fits = g_strdup_printf ("%s, %s %s", now ? shipped : expected, words, path);
  assay_account_add_fact (work, node, "byte-code", now ? fits : shipped, now ? expected : fits, ASSAY_CLASS_UNEXPLAINED,
                          "differs");
}

static char *
time_of (const AssayNode *node)
{
  return node == NULL || !node->has_time ? NULL
                                         : g_strdup_printf ("%" G_GINT64_FORMAT ".%09u", node->time_s, node->time_ns);
}

void
assay_account_bytecode_of_directory (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autofree char *shipped = time_of (node);
  g_autofree char *wanted = time_of (expected);
  assay_account_bytecode (work, node, shipped, wanted);
}
