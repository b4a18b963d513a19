#include "unpack/layout.h"

#include "util/checked.h"
#include "util/text.h"

#include <string.h>

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const AssayUnpackLayout *first = *(const AssayUnpackLayout *const *)a;
  const AssayUnpackLayout *second = *(const AssayUnpackLayout *const *)b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

GPtrArray *
assay_layout_of (const AssayUnpackContext *context, const AssayNode *node)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  for (guint i = 0; context->layout != NULL && i < context->layout->len; i++)
    {
      AssayUnpackLayout *range = &g_array_index (context->layout, AssayUnpackLayout, i);
      if (strcmp (range->in, node->path) == 0)
        g_ptr_array_add (found, range);
    }
  if (found->len == 0)
    return NULL;
  g_ptr_array_sort (found, by_offset);
  return g_steal_pointer (&found);
}

static gboolean
add_range (AssayContainer *container, const AssayUnpackLayout *range, GError **error)
{
  AssayNode *node = container->node;
  if (range->offset > node->size)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "layout: %s begins behind the end", range->name);
  guint64 length = range->size == G_MAXUINT64 ? node->size - range->offset : range->size;
  if (!assay_range_fits (range->offset, length, node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "layout: %s ends behind the end", range->name);
  if (strcmp (range->kind, "payload") != 0)
    {
      AssaySpanKind kind = strcmp (range->kind, "filler") == 0 ? ASSAY_SPAN_PADDING : ASSAY_SPAN_HEADER;
      const char *name = assay_text_intern (range->name);
      const char *slot = strcmp (range->kind, "signature-slot") == 0 ? name : NULL;
      assay_container_add_span (
          container, (AssaySpan){ range->offset, length, kind, ASSAY_SPAN_NO_CHILD, FALSE, name, NULL, slot });
      return TRUE;
    }
  AssayNode *child = assay_container_add_entry (container, range->name, strlen (range->name), ASSAY_NODE_FILE,
                                                ASSAY_NAME_PLAIN, error);
  return child != NULL
         && assay_container_add_payload (container, child, range->offset, length, "layout payload", error);
}

gboolean
assay_layout_open (AssayContainer *container, const GPtrArray *layout, GError **error)
{
  container->node->ordered = TRUE;
  for (guint i = 0; i < layout->len; i++)
    if (!add_range (container, g_ptr_array_index (layout, i), error))
      return FALSE;
  return TRUE;
}
