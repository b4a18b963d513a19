#include "unpack/layout.h"

#include "unpack/sink.h"
#include "util/cancel.h"
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

/* The words of @range with their bytes in order. A window holds whole words. */
static AssayBlob *
turn_words (AssayContainer *container, guint64 offset, guint64 length, gsize word, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_auto (AssaySink) sink = { 0 };
  assay_sink_init (&sink, container->context);
  for (guint64 done = 0; done < length;)
    {
      gsize take = (gsize)MIN (length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (container->node->blob, offset + done, window, take, error))
        return NULL;
      for (gsize at = 0; at < take; at += word)
        for (gsize i = 0; i < word / 2; i++)
          {
            guint8 kept = window[at + i];
            window[at + i] = window[at + word - 1 - i];
            window[at + word - 1 - i] = kept;
          }
      sink.stored += take;
      if (!assay_sink_write (&sink, window, take, error))
        return NULL;
      done += take;
    }
  return assay_sink_finish (&sink, error);
}

/* One displacement and one swap for all (T12): a second payload of this kind could cut what is known only as a whole.
 */
static gboolean
add_swapped (AssayContainer *container, const AssayUnpackLayout *range, guint64 length, GError **error)
{
  AssayNode *node = container->node;
  for (guint i = 0; i < node->children->len; i++)
    if (((AssayNode *)g_ptr_array_index (node->children, i))->decoded)
      return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "layout: %s is a second payload with `byte-swap`",
                                range->name);
  if (length % range->byte_swap != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "layout: %s is not made of whole words", range->name);
  AssayNode *child = assay_container_add_entry (container, range->name, strlen (range->name), ASSAY_NODE_FILE,
                                                ASSAY_NAME_PLAIN, error);
  g_autoptr (AssayBlob) turned
      = child == NULL ? NULL : turn_words (container, range->offset, length, (gsize)range->byte_swap, error);
  if (turned == NULL)
    return FALSE;
  assay_container_set_decoded (child, turned);
  assay_container_add_span (container, (AssaySpan){ range->offset, length, ASSAY_SPAN_ENCODED, child->index, FALSE,
                                                    "layout payload with its words reversed" });
  return TRUE;
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
  if (range->byte_swap != 0)
    return add_swapped (container, range, length, error);
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
