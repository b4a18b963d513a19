#include "account/work.h"

#include "unpack/fact.h"
#include "unpack/zip/zip.h"

#include <string.h>

/** Bit of DOS attributes: a directory. System that
 * an entry is of: the Amiga, which has bits of its own. */
#define DOS_DIRECTORY 0x10u
#define ZIP_AMIGA 1u

/* Whether the list of extra fields may hold that one: one that ends elsewhere than it should may. */
static gboolean
may_hold_field (const AssayNode *node, const char *fact, guint wanted)
{
  g_autoptr (GBytes) extra = assay_facts_get_hex (node->facts, fact);
  gsize at = 0;
  guint tag = 0;
  gsize length = 0;
  while (assay_zip_next_extra (extra, &at, &tag, &length) != NULL)
    if (tag == wanted)
      return TRUE;
  return extra != NULL && at != g_bytes_get_size (extra);
}

/* What unzip takes for a mode beside the upper half of the attributes (unix/unix.c, mapattr()). */
static gboolean
has_odd_mode (const AssayNode *node)
{
  const char *attributes = assay_node_get_fact (node, "external-attributes");
  guint64 made_by = 0;
  if (node->parent == NULL || strcmp (node->parent->format, "zip") != 0)
    return FALSE;
  return may_hold_field (node, "extra", ASSAY_ZIP_EXTRA_ASI)
         || may_hold_field (node, "local-extra", ASSAY_ZIP_EXTRA_ASI)
         || !assay_facts_get_number (node->facts, "version-made-by", 10, 0, &made_by) || made_by >> 8 == ZIP_AMIGA
         || (attributes != NULL && (g_ascii_strtoull (attributes, NULL, 16) & DOS_DIRECTORY) != 0);
}

/* Whether an access control list may let somebody run it, whatever the mode says: one in a text that has an `x`, and
 * any in a form that is not read here. Lists for what is made in a directory say nothing of it. */
static gboolean
has_execute_right (const AssayNode *node)
{
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      gboolean list = strstr (fact->name, "acl") != NULL && strstr (fact->name, "default") == NULL;
      if (list && (strstr (fact->name, "SCHILY.acl.") == NULL || strchr (fact->value, 'x') != NULL))
        return TRUE;
    }
  return FALSE;
}

/* unzip goes by the upper half of a zip's attributes whatever system it says that it is of. */
static gboolean
has_execute_bit (const AssayNode *node)
{
  const char *mode = assay_node_get_fact (node, "mode");
  const char *attributes = assay_node_get_fact (node, "external-attributes");
  return has_odd_mode (node) || has_execute_right (node)
         || (mode != NULL && (g_ascii_strtoull (mode, NULL, 8) & 0111) != 0)
         || (attributes != NULL && ((g_ascii_strtoull (attributes, NULL, 16) >> 16) & 0111) != 0);
}

/* What stands for every file: a link of which nobody knows to which it leads. */
#define ANY_FILE ""

/** The entries of a container, as a hard link finds them. */
typedef struct
{
  GHashTable *files;    /* by the names at which they are unpacked */
  GHashTable *symlinks; /* likewise */
} Targets;

static void
note_targets (const AssayNode *container, Targets *targets)
{
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (child->type == ASSAY_NODE_FILE)
        g_hash_table_add (targets->files, assay_scope_plain_name (child));
      else if (child->type == ASSAY_NODE_SYMLINK)
        g_hash_table_add (targets->symlinks, assay_scope_plain_name (child));
    }
}

/* Whether a name is a file of the container's, and no symbolic link leads elsewhere by the way. */
static gboolean
is_certain (const Targets *targets, const char *name)
{
  g_autofree char *above = g_strdup (name);
  gboolean certain = g_hash_table_contains (targets->files, name) && !g_hash_table_contains (targets->symlinks, name);
  for (char *slash = strrchr (above, '/'); certain && slash != NULL; slash = strrchr (above, '/'))
    {
      *slash = '\0';
      certain = !g_hash_table_contains (targets->symlinks, above);
    }
  return certain;
}

/* Readers that know no extended headers have another target. */
static void
add_targets (GHashTable *run, const Targets *targets, const AssayNode *link)
{
  static const char *const facts[] = { "link", "header.link" };
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *name = assay_scope_plain_target (link, facts[i]);
      if (name != NULL && is_certain (targets, name))
        g_hash_table_add (run, g_steal_pointer (&name));
      else if (name != NULL || i == 0)
        g_hash_table_add (run, g_strdup (ANY_FILE));
    }
}

/* In a tar the mode of a link is the file's, for who sets it through the link. */
static void
find_by_links (const AssayNode *container, GHashTable *run)
{
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) symlinks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Targets targets = { files, symlinks };
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (!assay_scope_is_hard_link (child) || !has_execute_bit (child))
        continue;
      if (g_hash_table_size (files) == 0)
        note_targets (container, &targets);
      add_targets (run, &targets, child);
    }
}

/* BusyBox asks for the number alone, whatever the device. */
static char *
inode_key (const AssayNode *node)
{
  const char *inode = assay_node_get_fact (node, "inode");
  return g_strdup (inode == NULL ? "" : inode);
}

/* Of a file with several names in a cpio the last mode stays (Linux, init/initramfs.c). */
static void
find_by_inodes (const AssayNode *container, GHashTable *run)
{
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (has_execute_bit (child))
        g_hash_table_add (run, inode_key (child));
    }
}

gboolean
assay_account_is_executable (AssayWork *work, const AssayNode *node)
{
  const AssayNode *container = node->parent;
  if (container == NULL || has_execute_bit (node))
    return container != NULL;
  gboolean by_inode = strcmp (container->format, "cpio") == 0;
  if (by_inode && g_strcmp0 (assay_node_get_fact (node, "nlink"), "1") == 0)
    return FALSE;
  GHashTable *run = g_hash_table_lookup (work->run, container);
  if (run == NULL)
    {
      run = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (work->run, (gpointer)container, run);
      if (by_inode)
        find_by_inodes (container, run);
      else
        find_by_links (container, run);
    }
  if (g_hash_table_size (run) == 0)
    return FALSE;
  g_autofree char *key = by_inode ? inode_key (node) : assay_scope_plain_name (node);
  g_autofree char *other = by_inode ? NULL : assay_node_get_other_name (node);
  return other != NULL || g_hash_table_contains (run, key) || g_hash_table_contains (run, ANY_FILE);
}
