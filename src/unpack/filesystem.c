#include "unpack/filesystem.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static void
add_facts (AssayNode *node, const AssayDirectoryEntry *entry)
{
  const struct stat *status = &entry->status;
  assay_facts_add (node->facts, "mode", "0%06o", (guint)status->st_mode);
  assay_facts_add_number (node->facts, "uid", status->st_uid);
  assay_facts_add_number (node->facts, "gid", status->st_gid);
  if (entry->target != NULL)
    assay_facts_add_raw (node->facts, "link", entry->target, strlen (entry->target));
  if (S_ISCHR (status->st_mode) || S_ISBLK (status->st_mode))
    assay_facts_add (node->facts, "device", "%u:%u", major (status->st_rdev), minor (status->st_rdev));
}

/** The directory of the entry at hand, which stays open for those that come next and lie there too. */
typedef struct
{
  char *path;
  AssayDirectory *directory;
} Parent;

static void
parent_clear (Parent *parent)
{
  g_clear_pointer (&parent->path, g_free);
  g_clear_pointer (&parent->directory, assay_directory_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parent, parent_clear)

/*
 * Where the extended attributes of an entry can be asked for without following it: its directory is opened beneath the
 * root, and only the last name is looked up, by calls that do not follow a link.
 */
static char *
path_for_attributes (AssayDirectory *directory, const char *path, Parent *parent, GError **error)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  if (g_strcmp0 (parent->path, above) != 0)
    {
      parent_clear (parent);
      parent->directory = assay_directory_open_beneath (directory, above, error);
      if (parent->directory == NULL)
        return NULL;
      parent->path = g_steal_pointer (&above);
    }
  return g_strdup_printf ("/proc/self/fd/%d/%s", assay_directory_get_fd (parent->directory), name);
}

/* Bytes of the list of names, or of one value; both may grow between two calls, which is then an error. */
static guint8 *
get_attribute (const char *path, const char *name, gssize *out_length)
{
  gssize length = name != NULL ? lgetxattr (path, name, NULL, 0) : llistxattr (path, NULL, 0);
  *out_length = length;
  if (length < 0)
    return NULL;
  g_autofree guint8 *bytes = g_try_malloc ((gsize)length + 1);
  if (bytes == NULL)
    {
      errno = ENOMEM;
      *out_length = -1;
      return NULL;
    }
  if (length > 0)
    *out_length
        = name != NULL ? lgetxattr (path, name, bytes, (gsize)length) : llistxattr (path, (char *)bytes, (gsize)length);
  if (*out_length < 0)
    return NULL;
  bytes[*out_length] = 0;
  return g_steal_pointer (&bytes);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
add_attributes (AssayNode *node, AssayDirectory *directory, const AssayDirectoryEntry *entry, Parent *parent,
                GError **error)
{
  g_autofree char *path = path_for_attributes (directory, entry->path, parent, error);
  gssize length = 0;
  if (path == NULL)
    return FALSE;
  g_autofree guint8 *names = get_attribute (path, NULL, &length);
  if (names == NULL)
    return errno == ENOTSUP || assay_system_error (error, errno, "list extended attributes of", entry->path);
  /* The kernel lists them in no order that we could rely on. */
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  for (const char *name = (const char *)names; name < (const char *)names + length; name += strlen (name) + 1)
    g_ptr_array_add (sorted, (gpointer)name);
  g_ptr_array_sort (sorted, compare_names);
  for (guint i = 0; i < sorted->len; i++)
    {
      const char *name = g_ptr_array_index (sorted, i);
      gssize value_length = 0;
      g_autofree guint8 *value = get_attribute (path, name, &value_length);
      if (value == NULL)
        return assay_system_error (error, errno, "read an extended attribute of", entry->path);
      g_autofree char *fact = g_strconcat ("xattr.", name, NULL);
      assay_facts_add_hex (node->facts, assay_text_intern (fact), value, (gsize)value_length);
    }
  return TRUE;
}

static void
fill_entry (AssayNode *node, AssayDirectory *directory, const AssayDirectoryEntry *entry, Parent *parent)
{
  g_autoptr (GError) failure = NULL;
  add_facts (node, entry);
  node->has_time = TRUE;
  node->time_s = entry->status.st_mtim.tv_sec;
  node->time_ns = (guint32)entry->status.st_mtim.tv_nsec;
  if (node->type == ASSAY_NODE_FILE)
    {
      /* Opened when it is looked into. What nobody looks into, being empty, may be a file of the kernel's that is not.
       */
      if (entry->status.st_size == 0)
        node->blob = assay_blob_new_for_file (directory, entry->path, &failure);
      /* What cannot be read still counts, as bytes that nobody has judged. */
      if (node->blob == NULL)
        node->blob = assay_blob_new_unread (directory, entry->path, &entry->status);
      node->size = assay_blob_get_size (node->blob);
    }
  if (failure != NULL)
    {
      node->trouble = g_strdup (failure->message);
      node->trouble_code = (AssayErrorCode)failure->code;
    }
  g_autoptr (GError) unread = NULL;
  if (!add_attributes (node, directory, entry, parent, &unread))
    node->unread_facts = g_strdup (unread->message);
}

/* The directory itself is an entry of its own: its mode and owner are those of `/` once it is mounted there. */
static gboolean
fill_root (AssayNode *root, AssayDirectory *directory, GError **error)
{
  AssayDirectoryEntry own = { .path = (char *)"." };
  if (fstat (assay_directory_get_fd (directory), &own.status) != 0)
    return assay_system_error (error, errno, "examine", ".");
  g_auto (Parent) parent = { NULL };
  fill_entry (root, directory, &own, &parent);
  return TRUE;
}

gboolean
assay_filesystem_sees_all (void)
{
  assay_autofd fd = memfd_create ("assay", MFD_CLOEXEC);
  return fd >= 0 && fremovexattr (fd, "trusted.assay") != 0 && (errno == ENODATA || errno == ENOTSUP);
}

/* The entries of each file with several names, as they stand: an array of guint by device and inode. */
static GHashTable *
group_names (const GPtrArray *entries)
{
  GHashTable *groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  for (guint i = 0; i < entries->len; i++)
    {
      const struct stat *status = &((const AssayDirectoryEntry *)g_ptr_array_index (entries, i))->status;
      if (S_ISDIR (status->st_mode) || status->st_nlink < 2)
        continue;
      g_autofree char *key = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, (guint64)status->st_dev,
                                              (guint64)status->st_ino);
      GArray *group = g_hash_table_lookup (groups, key);
      if (group == NULL)
        {
          group = g_array_new (FALSE, FALSE, sizeof (guint));
          g_hash_table_insert (groups, g_steal_pointer (&key), group);
        }
      g_array_append_val (group, i);
    }
  return groups;
}

/* Names of one file in this tree: whoever writes to one writes to all (T5). They say so by the way to the first of
 * them, which is the same wherever the tree stands. Names outside of the tree are nobody's. */
static void
state_names (const GPtrArray *entries, const AssayNode *root)
{
  g_autoptr (GHashTable) groups = group_names (entries);
  GHashTableIter iterator;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, groups);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const GArray *group = value;
      const AssayDirectoryEntry *first = g_ptr_array_index (entries, g_array_index (group, guint, 0));
      for (guint i = 0; group->len > 1 && i < group->len; i++)
        {
          guint at = g_array_index (group, guint, i);
          const AssayDirectoryEntry *entry = g_ptr_array_index (entries, at);
          g_autofree char *way = assay_text_relative_path (entry->path, first->path);
          AssayNode *node = g_ptr_array_index (root->children, at);
          assay_facts_add_raw (node->facts, "inode", way, strlen (way));
        }
    }
}

gboolean
assay_filesystem_list (AssayUnpackContext *context, AssayNode *root, AssayDirectory *directory, GError **error)
{
  guint64 max_entries = context->limits->value[ASSAY_LIMIT_ENTRIES];
  g_autoptr (GPtrArray) entries
      = assay_directory_walk (directory, max_entries, assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  if (entries == NULL)
    return FALSE;
  g_auto (AssayContainer) container = { 0 };
  assay_container_init (&container, context, root);
  /* A directory of the file system stores no bytes of its own. */
  g_clear_pointer (&root->spans, g_array_unref);
  if (!fill_root (root, directory, error))
    return FALSE;
  g_auto (Parent) parent = { NULL };
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      AssayNode *node
          = assay_container_add_entry (&container, entry->path, strlen (entry->path),
                                       assay_node_type_of_mode (entry->status.st_mode), ASSAY_NAME_PLAIN, error);
      if (node == NULL)
        return FALSE;
      fill_entry (node, directory, entry, &parent);
    }
  state_names (entries, root);
  return TRUE;
}
