#include "unpack/node.h"

#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>

AssayNodeType
assay_node_type_of_mode (guint mode)
{
  switch (mode & S_IFMT)
    {
    case S_IFREG:
      return ASSAY_NODE_FILE;
    case S_IFDIR:
      return ASSAY_NODE_DIRECTORY;
    case S_IFLNK:
      return ASSAY_NODE_SYMLINK;
    case S_IFCHR:
      return ASSAY_NODE_CHARACTER_DEVICE;
    case S_IFBLK:
      return ASSAY_NODE_BLOCK_DEVICE;
    case S_IFIFO:
      return ASSAY_NODE_FIFO;
    case S_IFSOCK:
      return ASSAY_NODE_SOCKET;
    default:
      return ASSAY_NODE_UNKNOWN;
    }
}

const char *
assay_node_type_name (AssayNodeType type)
{
  static const char *const names[] = {
    [ASSAY_NODE_UNKNOWN] = "unknown",
    [ASSAY_NODE_FILE] = "file",
    [ASSAY_NODE_DIRECTORY] = "directory",
    [ASSAY_NODE_SYMLINK] = "symlink",
    [ASSAY_NODE_HARDLINK] = "hardlink",
    [ASSAY_NODE_CHARACTER_DEVICE] = "char-device",
    [ASSAY_NODE_BLOCK_DEVICE] = "block-device",
    [ASSAY_NODE_FIFO] = "fifo",
    [ASSAY_NODE_SOCKET] = "socket",
  };
  return (guint)type < G_N_ELEMENTS (names) ? names[type] : names[ASSAY_NODE_UNKNOWN];
}

const char *
assay_span_kind_name (AssaySpanKind kind)
{
  static const char *const names[] = {
    [ASSAY_SPAN_SLACK] = "slack",     [ASSAY_SPAN_HEADER] = "header",   [ASSAY_SPAN_PADDING] = "padding",
    [ASSAY_SPAN_PAYLOAD] = "payload", [ASSAY_SPAN_ENCODED] = "encoded",
  };
  return (guint)kind < G_N_ELEMENTS (names) ? names[kind] : names[ASSAY_SPAN_SLACK];
}

static void
free_one (AssayNode *node)
{
  g_free (node->path);
  g_clear_pointer (&node->blob, assay_blob_unref);
  g_clear_pointer (&node->source, assay_blob_unref);
  g_clear_pointer (&node->pieces, g_array_unref);
  g_clear_pointer (&node->facts, g_array_unref);
  g_clear_pointer (&node->own_facts, g_array_unref);
  g_clear_pointer (&node->spans, g_array_unref);
  g_clear_pointer (&node->fields, g_array_unref);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_free (node->unread_facts);
  g_free (node->trouble);
  g_free (node);
}

void
assay_node_free (AssayNode *root)
{
  if (root == NULL)
    return;
  /* A stack of our own: how deep a tree is was decided by whoever wrote the image. */
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_ptr_array_add (stack, root);
  while (stack->len > 0)
    {
      AssayNode *node = g_ptr_array_steal_index (stack, stack->len - 1);
      if (node->children != NULL)
        g_ptr_array_extend (stack, node->children, NULL, NULL);
      free_one (node);
    }
}

void
assay_node_visit (AssayNode *root, AssayNodeVisit visit, gpointer data)
{
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_ptr_array_add (stack, root);
  while (stack->len > 0)
    {
      AssayNode *node = g_ptr_array_steal_index (stack, stack->len - 1);
      if (!visit (node, data))
        return;
      guint count = node->children != NULL ? node->children->len : 0;
      for (guint i = count; i > 0; i--)
        g_ptr_array_add (stack, g_ptr_array_index (node->children, i - 1));
    }
}

/* Whether the node of that path, if there is one, lies in the tree below @node. No entry's name holds `//`. */
static gboolean
leads_to (const AssayNode *node, const char *path)
{
  gsize length = strlen (node->path);
  return strncmp (node->path, path, length) == 0 && path[length] == '/' && path[length + 1] == '/';
}

AssayNode *
assay_node_find (AssayNode *root, const char *path)
{
  AssayNode *node = root;
  while (node != NULL)
    {
      if (strcmp (node->path, path) == 0)
        return node;
      AssayNode *next = NULL;
      for (guint i = 0; node->children != NULL && i < node->children->len && next == NULL; i++)
        {
          AssayNode *child = g_ptr_array_index (node->children, i);
          if (strcmp (child->path, path) == 0 || leads_to (child, path))
            next = child;
        }
      node = next;
    }
  return NULL;
}

void
assay_node_replace_blob (AssayNode *node, AssayBlob *blob)
{
  assay_blob_ref (blob);
  if (node->source == NULL)
    node->source = g_steal_pointer (&node->blob);
  g_clear_pointer (&node->blob, assay_blob_unref);
  node->blob = blob;
}

const char *
assay_node_get_fact (const AssayNode *node, const char *name)
{
  return assay_facts_get (node->facts, name);
}

char *
assay_node_get_other_name (const AssayNode *entry)
{
  if (entry->parent == NULL || strcmp (entry->parent->format, "tar") != 0)
    return NULL;
  const char *fact = assay_node_get_fact (entry, "header.name") != NULL ? "header.name" : "header.joined-name";
  if (assay_node_get_fact (entry, fact) == NULL)
    return NULL;
  g_autofree char *name = assay_facts_get_text (entry->facts, fact);
  return assay_text_escape_name (name, strlen (name));
}

char **
assay_node_get_extension_names (const AssayNode *entry)
{
  static const char *const facts[] = { "pax-header.name", "long-name.name", "long-link.name" };
  if (entry->parent == NULL || strcmp (entry->parent->format, "tar") != 0)
    return NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    if (assay_node_get_fact (entry, facts[i]) != NULL)
      {
        g_autofree char *name = assay_facts_get_text (entry->facts, facts[i]);
        g_autofree char *escaped = assay_text_escape_name (name, strlen (name));
        g_strv_builder_add (names, escaped);
      }
  return g_strv_builder_end (names);
}

gboolean
assay_node_is_container (const AssayNode *node)
{
  return node->spans != NULL || node->type == ASSAY_NODE_DIRECTORY;
}
