#include "rebuild/swhid.h"

#include "cage/cage_limits.h"
#include "crypto/gitobject.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

#define WINDOW_BYTES 131072

typedef struct
{
  char *name;
  const char *mode;
  gboolean is_directory;
  AssayGitId id;
} TreeEntry;

static void
free_tree_entry (gpointer data)
{
  TreeEntry *entry = data;
  g_free (entry->name);
  g_free (entry);
}

/* git sorts a directory as if its name ended in a slash (gitformat-index). */
static int
compare_tree_entries (gconstpointer a, gconstpointer b)
{
  const TreeEntry *x = *(const TreeEntry *const *)a;
  const TreeEntry *y = *(const TreeEntry *const *)b;
  gsize x_length = strlen (x->name), y_length = strlen (y->name);
  gsize common = MIN (x_length, y_length);
  int order = memcmp (x->name, y->name, common);
  guint8 x_next, y_next;
  if (order != 0)
    return order;
  x_next = x_length > common ? (guint8)x->name[common] : x->is_directory ? '/' : 0;
  y_next = y_length > common ? (guint8)y->name[common] : y->is_directory ? '/' : 0;
  return (int)x_next - (int)y_next;
}

static gboolean
digest_file (AssayDirectory *directory, const AssayDirectoryEntry *entry, AssayGitObject *object, AssayGitId *out_id,
             GError **error)
{
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES);
  guint64 offset = 0;
  guint64 size = (guint64)entry->status.st_size;
  assay_autofd fd = assay_directory_open_file (directory, entry->path, error);
  if (fd < 0)
    return FALSE;
  assay_git_object_begin (object, "blob", size);
  for (;;)
    {
      gssize length = assay_system_read_at (fd, window, WINDOW_BYTES, offset);
      if (length < 0)
        return assay_system_error (error, errno, "read", entry->path);
      if (length == 0)
        break;
      assay_git_object_update (object, window, (gsize)length);
      offset += (guint64)length;
    }
  if (offset != size)
    {
      g_autofree char *shown = assay_text_escape_line (entry->path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while it was read", shown);
      return FALSE;
    }
  assay_git_object_finish (object, out_id);
  return TRUE;
}

static void
digest_tree (GPtrArray *children, AssayGitObject *object, AssayGitId *out_id)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_ptr_array_sort (children, compare_tree_entries);
  for (guint i = 0; i < children->len; i++)
    {
      const TreeEntry *child = children->pdata[i];
      g_byte_array_append (content, (const guint8 *)child->mode, (guint)strlen (child->mode));
      g_byte_array_append (content, (const guint8 *)" ", 1);
      g_byte_array_append (content, (const guint8 *)child->name, (guint)strlen (child->name) + 1);
      g_byte_array_append (content, child->id.bytes, ASSAY_GIT_ID_BYTES);
    }
  assay_git_object_begin (object, "tree", content->len);
  assay_git_object_update (object, content->data, content->len);
  assay_git_object_finish (object, out_id);
}

static GPtrArray *
children_of (GHashTable *trees, const char *path)
{
  GPtrArray *children = g_hash_table_lookup (trees, path);
  if (children == NULL)
    {
      children = g_ptr_array_new_with_free_func (free_tree_entry);
      g_hash_table_insert (trees, g_strdup (path), children);
    }
  return children;
}

/* Names one entry; of a directory all children were named before. */
static gboolean
digest_entry (AssayDirectory *directory, const AssayDirectoryEntry *entry, GHashTable *trees, AssayGitObject *object,
              TreeEntry *out, GError **error)
{
  if (S_ISREG (entry->status.st_mode))
    {
      out->mode = (entry->status.st_mode & S_IXUSR) != 0 ? "100755" : "100644";
      return digest_file (directory, entry, object, &out->id, error);
    }
  if (S_ISLNK (entry->status.st_mode))
    {
      gsize length = strlen (entry->target);
      out->mode = "120000";
      assay_git_object_begin (object, "blob", length);
      assay_git_object_update (object, entry->target, length);
      assay_git_object_finish (object, &out->id);
      return TRUE;
    }
  if (S_ISDIR (entry->status.st_mode))
    {
      out->mode = "40000";
      out->is_directory = TRUE;
      digest_tree (children_of (trees, entry->path), object, &out->id);
      g_hash_table_remove (trees, entry->path);
      return TRUE;
    }
  g_autofree char *shown = assay_text_escape_line (entry->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is a device, FIFO or socket", shown);
  return FALSE;
}

char *
assay_swhid_of_directory (AssayDirectory *directory, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, ASSAY_CAGE_ENTRIES, "entries", error);
  g_autoptr (GHashTable) trees
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  g_autoptr (AssayGitObject) object = assay_git_object_new ();
  g_autofree char *hex = NULL;
  AssayGitId id;
  if (entries == NULL)
    return NULL;
  /* Backwards, because a walk gives a directory before what it holds. */
  for (guint i = entries->len; i > 0; i--)
    {
      const AssayDirectoryEntry *entry = entries->pdata[i - 1];
      g_autofree char *parent = g_path_get_dirname (entry->path);
      TreeEntry *named = g_new0 (TreeEntry, 1);
      named->name = g_path_get_basename (entry->path);
      g_ptr_array_add (children_of (trees, parent), named);
      if (!digest_entry (directory, entry, trees, object, named, error))
        return NULL;
    }
  digest_tree (children_of (trees, "."), object, &id);
  hex = assay_text_hex (id.bytes, ASSAY_GIT_ID_BYTES);
  return g_strconcat ("swh:1:dir:", hex, NULL);
}
