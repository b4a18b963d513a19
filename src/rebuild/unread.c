#include "rebuild/unread.h"

static void
unread_free (gpointer data)
{
  AssayUnread *unread = data;
  g_free (unread->path);
  g_free (unread->why);
  g_free (unread);
}

GPtrArray *
assay_unread_list_new (void)
{
  return g_ptr_array_new_with_free_func (unread_free);
}

void
assay_unread_add (GPtrArray *list, const char *path, const AssayDigest *sha256, const char *why)
{
  const AssayUnread *last = list->len == 0 ? NULL : g_ptr_array_index (list, list->len - 1);
  if (last != NULL && assay_digest_equal (&last->sha256, sha256))
    return;
  AssayUnread *unread = g_new0 (AssayUnread, 1);
  unread->path = g_strdup (path);
  unread->sha256 = *sha256;
  unread->why = g_strdup (why);
  g_ptr_array_add (list, unread);
}

void
assay_unread_note (GPtrArray *list, const AssayNode *node, const char *path, const AssayDigest *sha256)
{
  if (node->trouble == NULL)
    return;
  g_autofree char *whole = node->parent == NULL ? g_strdup (path) : g_strconcat (path, "//", node->path, NULL);
  assay_unread_add (list, whole, sha256, node->trouble);
}
