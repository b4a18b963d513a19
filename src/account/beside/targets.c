#include "account/beside/beside.h"

#include "account/names/device_names.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/*
 * Who runs what a scope names runs what the name leads to: of a symbolic link in scope a program that stands beside the
 * scope, or another one in it, as /etc/alternatives has them for what lies in /usr/bin (T2). Other files beside it that
 * a link leads to say with their own names what they are for, and a directory what it holds: these are in scope where
 * the scope names them.
 */

/** As many links as Linux follows in one path (MAXSYMLINKS). */
#define LINKS_MOST 40u

/** The entries of one container by the names at which they are unpacked, and by those that a device may have for them
 * (device_names.h). */
typedef struct
{
  const AssayNode *container;
  GHashTable *entries;
  GHashTable *on_device;
} Tree;

static void
tree_clear (Tree *tree)
{
  g_clear_pointer (&tree->entries, g_hash_table_unref);
  g_clear_pointer (&tree->on_device, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tree, tree_clear)

/* Made when the first link asks. Of two entries of one name the link is the one that leads somewhere. */
static void
tree_read (Tree *tree)
{
  if (tree->entries != NULL)
    return;
  tree->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  tree->on_device = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < tree->container->children->len; i++)
    {
      AssayNode *entry = g_ptr_array_index (tree->container->children, i);
      g_autofree char *name = assay_scope_plain_name (entry);
      const AssayNode *known = g_hash_table_lookup (tree->entries, name);
      g_hash_table_replace (tree->on_device, assay_account_device_fold (name), entry);
      if (known == NULL || known->type != ASSAY_NODE_SYMLINK)
        g_hash_table_replace (tree->entries, g_steal_pointer (&name), entry);
    }
}

/** Where somebody stands who follows a path. */
typedef struct
{
  GString *path;    /* as names of entries are */
  GPtrArray *ahead; /* utf8: components, as a link has them, the next one last */
  guint links;      /* that were followed */
} Way;

static void
drop_last (GString *path)
{
  const char *slash = strrchr (path->str, '/');
  g_string_truncate (path, slash == NULL ? 0 : (gsize)(slash - path->str));
}

/* From the directory that the link stands in, or from the top: a hard link says where from there. */
static void
take_link (Way *way, const AssayNode *link)
{
  g_autofree char *target = assay_facts_get_text (link->facts, "link");
  g_auto (GStrv) components = g_strsplit (target == NULL ? "" : target, "/", -1);
  way->links++;
  if (link->type == ASSAY_NODE_HARDLINK || (target != NULL && *target == '/'))
    g_string_truncate (way->path, 0);
  else
    drop_last (way->path);
  for (guint i = g_strv_length (components); i > 0; i--)
    g_ptr_array_add (way->ahead, g_strdup (components[i - 1]));
}

static void
step (Way *way, const char *component)
{
  if (strcmp (component, "..") == 0)
    drop_last (way->path);
  if (*component == '\0' || strcmp (component, ".") == 0 || strcmp (component, "..") == 0)
    return;
  g_autofree char *name = assay_text_escape_name (component, strlen (component));
  if (way->path->len > 0)
    g_string_append_c (way->path, '/');
  g_string_append (way->path, name);
  /* proc(5): the root of the process that follows it */
  if (strcmp (way->path->str, "proc/self/root") == 0 || strcmp (way->path->str, "proc/thread-self/root") == 0)
    g_string_truncate (way->path, 0);
}

/** Bytes of a path that leads through a link of the device. */
#define DEVICE_PATH_BYTES 512u

/* Of a package: a link that leads to /bin leads to its own usr/bin where /usr is merged. */
static AssayNode *
find (const Tree *tree, const GString *path)
{
  AssayNode *found = g_hash_table_lookup (tree->entries, path->str);
  if (found != NULL || path->len > DEVICE_PATH_BYTES)
    return found;
  g_autofree char *folded = assay_account_device_fold (path->str);
  return g_hash_table_lookup (tree->on_device, folded);
}

/* What the link leads to; NULL: nothing that is there. @on_the_way: (nullable): takes the links that are followed. */
static AssayNode *
follow (Tree *tree, const AssayNode *link, GPtrArray *on_the_way)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autoptr (GPtrArray) ahead = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = assay_scope_plain_name (link);
  Way way = { path, ahead, 0 };
  AssayNode *found = NULL;
  tree_read (tree);
  g_string_append (path, name);
  take_link (&way, link);
  while (ahead->len > 0 && way.links < LINKS_MOST)
    {
      g_autofree char *component = g_ptr_array_steal_index (ahead, ahead->len - 1);
      step (&way, component);
      found = find (tree, path);
      if (found == NULL || (found->type != ASSAY_NODE_SYMLINK && found->type != ASSAY_NODE_HARDLINK))
        continue;
      if (on_the_way != NULL)
        g_ptr_array_add (on_the_way, found);
      take_link (&way, found);
    }
  return ahead->len > 0 ? NULL : found;
}

/* A program, or a library by its name: neither needs to be an ELF file. */
static gboolean
is_program (AssayWork *work, const AssayNode *node)
{
  if (node == NULL || node->type != ASSAY_NODE_FILE)
    return FALSE;
  return strcmp (node->format, "elf") == 0 || strstr (assay_node_local_name (node), ".so") != NULL
         || assay_account_is_executable (work, node);
}

/* Whether the scope speaks of what a link leads to: it runs, or is in scope by its own name. */
static gboolean
counts (AssayWork *work, const AssayNode *target)
{
  return target != NULL && (is_program (work, target) || assay_beside_is_held (work, target));
}

static gboolean
is_as_rebuilt (const AssayWork *work, const AssayNode *entry, const AssayNode *expected)
{
  if (assay_beside_is_held (work, entry))
    return TRUE;
  const AssayNode *theirs = assay_beside_counterpart (work, entry, expected);
  return assay_beside_is_rebuilt (work, entry, expected)
         && g_strcmp0 (assay_node_get_fact (entry, "mode"), assay_node_get_fact (theirs, "mode")) == 0;
}

static void
fail (AssayWork *work, const AssayNode *link, const AssayNode *ours, const AssayNode *wanted)
{
  assay_account_add_fact (work, link, "leads-to", ours == NULL ? "nothing" : "another file, or by another way",
                          wanted == NULL ? "nothing" : "the file of the rebuild", ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* By the same links, as what Linux makes of a way depends on each part of it. */
static void
judge_link (AssayWork *work, const AssayNode *link, Tree *shipped, Tree *expected)
{
  const AssayNode *theirs = assay_beside_counterpart (work, link, expected->container);
  g_autoptr (GPtrArray) on_the_way = g_ptr_array_new ();
  if (theirs == NULL || theirs->type != ASSAY_NODE_SYMLINK)
    return;
  AssayNode *ours = follow (shipped, link, on_the_way);
  const AssayNode *wanted = follow (expected, theirs, NULL);
  if (!counts (work, ours) && !counts (work, wanted))
    return;
  gboolean same = ours != NULL && assay_beside_counterpart (work, ours, expected->container) == wanted;
  g_ptr_array_add (on_the_way, ours);
  for (guint i = 0; i < on_the_way->len && same; i++)
    same = is_as_rebuilt (work, g_ptr_array_index (on_the_way, i), expected->container);
  if (!same)
    fail (work, link, ours, wanted);
}

/* Where the rebuild makes a directory of the image, or nothing, nobody knows what should be beside it. */
static void
judge_alone (AssayWork *work, const AssayNode *link, Tree *shipped)
{
  const AssayNode *ours = follow (shipped, link, NULL);
  if (is_program (work, ours) && !assay_beside_is_held (work, ours))
    fail (work, link, ours, NULL);
}

void
assay_beside_targets (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_auto (Tree) shipped = { .container = node };
  g_auto (Tree) rebuilt = { .container = expected };
  if (node->children == NULL)
    return;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_SYMLINK || !assay_beside_is_held (work, child))
        continue;
      if (expected != NULL && expected->children != NULL)
        judge_link (work, child, &shipped, &rebuilt);
      else
        judge_alone (work, child, &shipped);
    }
}
