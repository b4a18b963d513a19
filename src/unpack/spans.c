#include "unpack/spans.h"

#include "unpack/pieces.h"
#include "util/checked.h"

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const AssaySpan *x = a;
  const AssaySpan *y = b;
  return (x->offset > y->offset) - (x->offset < y->offset);
}

static void
append_slack (GArray *spans, guint64 from, guint64 to)
{
  AssaySpan slack = { from, to - from, ASSAY_SPAN_SLACK, ASSAY_SPAN_NO_CHILD, FALSE, "unclaimed" };
  if (to > from)
    g_array_append_val (spans, slack);
}

gboolean
assay_spans_complete (GArray *spans, guint64 size, GError **error)
{
  guint count = spans->len;
  guint64 end = 0;
  g_array_sort (spans, compare_spans);
  for (guint i = 0; i < count; i++)
    {
      /* A copy: appending moves the array. */
      AssaySpan span = g_array_index (spans, AssaySpan, i);
      if (span.length == 0 || !assay_range_fits (span.offset, span.length, size))
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED,
                                  "%s at %" G_GUINT64_FORMAT " leaves the container of %" G_GUINT64_FORMAT " bytes",
                                  span.name, span.offset, size);
      if (span.offset < end)
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED,
                                  "overlap: %s at %" G_GUINT64_FORMAT " begins before %" G_GUINT64_FORMAT, span.name,
                                  span.offset, end);
      append_slack (spans, end, span.offset);
      end = span.offset + span.length;
    }
  append_slack (spans, end, size);
  g_array_sort (spans, compare_spans);
  return TRUE;
}

static gboolean
broken (const AssayNode *node, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_INTERNAL, "node %s: %s", node->path, what);
}

/* Counts how often each child is somebody's payload or encoded span. */
static gboolean
validate_spans (const AssayNode *node, guint8 *seen, GError **error)
{
  guint64 end = 0;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->offset != end || span->length == 0 || !assay_u64_add (end, span->length, &end) || span->name == NULL)
        return broken (node, "spans do not tile", error);
      gboolean carries = span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED;
      if (span->child == ASSAY_SPAN_NO_CHILD && span->kind == ASSAY_SPAN_ENCODED && node->shares_extents)
        continue;
      if (span->child == ASSAY_SPAN_NO_CHILD && carries)
        return broken (node, "content without a child", error);
      if (span->child != ASSAY_SPAN_NO_CHILD && span->child >= node->children->len)
        return broken (node, "a span of no child", error);
      if (span->rewritable && (carries || span->kind == ASSAY_SPAN_SLACK))
        return broken (node, "content or slack that claims to be rewritable", error);
      if (!carries)
        continue;
      const AssayNode *child = g_ptr_array_index (node->children, span->child);
      if (child->decoded != (span->kind == ASSAY_SPAN_ENCODED))
        return broken (node, "payload and encoded are mixed up", error);
      if (span->kind == ASSAY_SPAN_PAYLOAD && (child->size != span->length || seen[span->child] != 0))
        return broken (node, "a payload that is not its child's bytes", error);
      seen[span->child] = 1;
    }
  return end == node->size || broken (node, "spans end early or late", error);
}

static gboolean
validate_child (const AssayNode *node, guint index, gboolean seen, GError **error)
{
  const AssayNode *child = g_ptr_array_index (node->children, index);
  if (child->parent != node || child->index != index)
    return broken (node, "children are out of order", error);
  if (child->blob != NULL && child->size != assay_blob_get_size (child->blob))
    return broken (child, "size is not that of its bytes", error);
  if (child->blob == NULL && child->size != 0 && child->pieces == NULL)
    return broken (child, "size without bytes", error);
  if (node->spans != NULL && child->size > 0 && !seen && !(node->shares_extents && child->decoded)
      && !assay_pieces_are_holes (child))
    return broken (child, "its bytes come from nowhere", error);
  return TRUE;
}

gboolean
assay_node_validate (const AssayNode *node, GError **error)
{
  if (node->path == NULL || node->format == NULL || node->children == NULL || node->facts == NULL
      || node->own_facts == NULL)
    return broken (node, "fields are missing", error);
  if (node->trouble != NULL && (node->spans != NULL || node->children->len > 0))
    return broken (node, "in trouble and no leaf", error);
  if (node->spans == NULL && node->type != ASSAY_NODE_DIRECTORY && node->children->len > 0)
    return broken (node, "children without spans", error);
  g_autofree guint8 *seen = g_try_malloc0 ((gsize)node->children->len + 1);
  if (seen == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory to validate a node");
  if (node->spans != NULL && !validate_spans (node, seen, error))
    return FALSE;
  for (guint i = 0; i < node->children->len; i++)
    if (!validate_child (node, i, seen[i], error))
      return FALSE;
  return assay_pieces_check (node, error);
}
