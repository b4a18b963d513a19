#include "unpack/container.h"

#include "unpack/bytes.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>

void
assay_container_init (AssayContainer *container, AssayUnpackContext *context, AssayNode *node)
{
  container->context = context;
  container->node = node;
  container->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (node->spans == NULL)
    node->spans = g_array_new (FALSE, TRUE, sizeof (AssaySpan));
}

void
assay_container_clear (AssayContainer *container)
{
  g_clear_pointer (&container->names, g_hash_table_unref);
}

AssayNode *
assay_node_new (AssayNode *parent, char *path)
{
  AssayNode *node = g_new0 (AssayNode, 1);
  node->parent = parent;
  node->index = parent != NULL ? parent->children->len : 0;
  node->path = path;
  node->type = ASSAY_NODE_FILE;
  node->format = "raw";
  node->facts = assay_facts_new ();
  node->own_facts = assay_facts_new ();
  node->children = g_ptr_array_new ();
  if (parent != NULL)
    g_ptr_array_add (parent->children, node);
  return node;
}

void
assay_node_reset (AssayNode *node)
{
  for (guint i = 0; i < node->children->len; i++)
    assay_node_free (g_ptr_array_index (node->children, i));
  g_ptr_array_set_size (node->children, 0);
  g_array_set_size (node->own_facts, 0);
  g_clear_pointer (&node->spans, g_array_unref);
  g_clear_pointer (&node->fields, g_array_unref);
  node->stream = NULL;
  node->ordered = FALSE;
}

static gsize
prefix_length (const AssayNode *parent)
{
  return parent->parent == NULL ? 0 : strlen (parent->path) + 2;
}

/* Early, for what is shared by many is small where it is stored; whoever is told of the entries counts for itself. */
static gboolean
charge_facts (AssayContainer *container, GError **error)
{
  const GPtrArray *children = container->node->children;
  guint64 bytes = 0;
  for (; container->charged < children->len; container->charged++)
    {
      const AssayNode *child = g_ptr_array_index (children, container->charged);
      for (guint i = 0; i < child->facts->len; i++)
        bytes += assay_fact_cost (&g_array_index (child->facts, AssayFact, i));
    }
  return assay_context_charge_text (container->context, bytes, error);
}

/* Appends a child under a name that is escaped already, and numbers duplicates. */
static AssayNode *
add_child (AssayContainer *container, const char *name, GError **error)
{
  AssayNode *parent = container->node;
  const AssayLimits *limits = container->context->limits;
  guint64 length = (guint64)strlen (name) + prefix_length (parent);
  if (!assay_limits_check (limits, ASSAY_LIMIT_PATH_BYTES, length, "a longer node path", error)
      || !assay_context_charge_entry (container->context, error) || !charge_facts (container, error)
      || !assay_context_charge_text (container->context, length, error))
    return NULL;
  guint used = GPOINTER_TO_UINT (g_hash_table_lookup (container->names, name));
  g_hash_table_insert (container->names, g_strdup (name), GUINT_TO_POINTER (used + 1));
  g_autofree char *number = used > 0 ? g_strdup_printf ("#%u", used + 1) : g_strdup ("");
  gboolean top = parent->parent == NULL;
  return assay_node_new (parent, g_strconcat (top ? "" : parent->path, top ? "" : "//", name, number, NULL));
}

/* How a name would be written that has this node path and nothing unusual. */
static char *
usual_name (const char *escaped, AssayNodeType type, AssayNameStyle style)
{
  gboolean slash = style == ASSAY_NAME_SLASH && type == ASSAY_NODE_DIRECTORY;
  return g_strconcat (escaped, slash ? "/" : "", NULL);
}

static gboolean
check_name (AssayContainer *container, const char *raw, gsize length_bytes, GError **error)
{
  if (length_bytes == 0 || memchr (raw, 0, length_bytes) != NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "an entry's name is empty or holds a zero byte");
  return assay_limits_check (container->context->limits, ASSAY_LIMIT_NAME_BYTES, length_bytes, "a longer entry name",
                             error);
}

static AssayNode *
add_typed (AssayContainer *container, const char *name, AssayNodeType type, GError **error)
{
  AssayNode *child = add_child (container, name, error);
  if (child == NULL)
    return NULL;
  child->type = type;
  if (type == ASSAY_NODE_DIRECTORY)
    child->format = "directory";
  return child;
}

AssayNode *
assay_container_add_grouped (AssayContainer *container, const char *group, const char *raw, gsize length_bytes,
                             AssayNodeType type, GError **error)
{
  if (length_bytes == 0 && group != NULL)
    return add_typed (container, group, type, error);
  if (!check_name (container, raw, length_bytes, error))
    return NULL;
  g_autofree char *escaped = assay_text_escape_name (raw, length_bytes);
  g_autofree char *name = group == NULL ? g_strdup (escaped) : g_strconcat (group, "/", escaped, NULL);
  AssayNode *child = add_typed (container, name, type, error);
  if (child != NULL && (strlen (escaped) != length_bytes || memcmp (escaped, raw, length_bytes) != 0))
    assay_facts_add_raw (child->facts, "name", raw, length_bytes);
  return child;
}

AssayNode *
assay_container_add_entry (AssayContainer *container, const char *raw, gsize length_bytes, AssayNodeType type,
                           AssayNameStyle style, GError **error)
{
  if (!check_name (container, raw, length_bytes, error))
    return NULL;
  g_autofree char *escaped = assay_text_escape_name (raw, length_bytes);
  g_autofree char *usual = usual_name (escaped, type, style);
  AssayNode *child = add_typed (container, escaped, type, error);
  if (child == NULL)
    return NULL;
  if (strlen (usual) != length_bytes || memcmp (usual, raw, length_bytes) != 0)
    assay_facts_add_raw (child->facts, "name", raw, length_bytes);
  return child;
}

AssayNode *
assay_container_add_decoded (AssayContainer *container, const char *name, GError **error)
{
  AssayNode *child = add_child (container, name, error);
  if (child != NULL)
    child->decoded = TRUE;
  return child;
}

char *
assay_entry_get_raw_name (const AssayNode *entry, AssayNameStyle style)
{
  if (assay_facts_get (entry->facts, "name") != NULL)
    return assay_facts_get_text (entry->facts, "name");
  const char *local = entry->path + prefix_length (entry->parent);
  /* Escaping leaves no `#` before final digits, so that this one numbers a duplicate. */
  gsize length = strlen (local);
  gsize end = length;
  while (end > 0 && g_ascii_isdigit (local[end - 1]))
    end--;
  if (end > 0 && end < length && local[end - 1] == '#')
    length = end - 1;
  g_autofree char *escaped = g_strndup (local, length);
  return usual_name (escaped, entry->type, style);
}

void
assay_container_add_span (AssayContainer *container, AssaySpan span)
{
  if (span.length > 0)
    g_array_append_val (container->node->spans, span);
}

gboolean
assay_container_add_payload (AssayContainer *container, AssayNode *child, guint64 offset, guint64 length,
                             const char *name, GError **error)
{
  child->blob = assay_blob_new_slice (container->node->blob, offset, length, error);
  if (child->blob == NULL)
    return FALSE;
  child->size = length;
  assay_container_add_span (container, (AssaySpan){ offset, length, ASSAY_SPAN_PAYLOAD, child->index, FALSE, name });
  return TRUE;
}

AssayNode *
assay_container_add_part (AssayContainer *container, const char *name, guint64 offset, guint64 length,
                          const char *span_name, GError **error)
{
  AssayNode *child = add_child (container, name, error);
  return child != NULL && assay_container_add_payload (container, child, offset, length, span_name, error) ? child
                                                                                                           : NULL;
}

void
assay_container_set_decoded (AssayNode *child, AssayBlob *blob)
{
  child->blob = assay_blob_ref (blob);
  child->size = assay_blob_get_size (blob);
  child->decoded = TRUE;
}

gboolean
assay_container_charge_hole (AssayContainer *container, guint64 length_bytes, GError **error)
{
  const AssayLimits *limits = container->context->limits;
  guint64 most;
  if (assay_u64_add (container->hole_bytes, length_bytes, &container->hole_bytes)
      && (!assay_u64_multiply (container->node->size, limits->value[ASSAY_LIMIT_RATIO], &most)
          || container->hole_bytes <= most))
    return TRUE;
  return assay_limits_exceeded (limits, ASSAY_LIMIT_RATIO, "a container whose files have larger holes", error);
}

gboolean
assay_container_add_zeros (AssayContainer *container, guint64 offset, guint64 length, const char *name, GError **error)
{
  guint64 nonzero = offset + length;
  if (!assay_blob_find_nonzero (container->node->blob, offset, length, &nonzero, error))
    return FALSE;
  gboolean zero = nonzero == offset + length;
  assay_container_add_span (container,
                            (AssaySpan){ offset, length, ASSAY_SPAN_PADDING, ASSAY_SPAN_NO_CHILD, zero, name });
  return TRUE;
}

void
assay_container_note_last_block (AssayContainer *container, const guint *blocks)
{
  guint i = 0;
  while (blocks[i] != 0 && container->node->size % blocks[i] != 0)
    i++;
  if (i > 0 && blocks[i] == 0)
    assay_facts_add (container->node->own_facts, "last-block", "cut");
  else if (i > 0)
    assay_facts_add (container->node->own_facts, "last-block", "of %u bytes", blocks[i]);
}
