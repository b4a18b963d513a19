#include "account/rules/signature.h"
#include "account/work.h"

#include "unpack/bytes.h"

#include <string.h>

gboolean
assay_span_holds_zeros (const AssayNode *node, const AssaySpan *span)
{
  guint64 nonzero = span->offset + span->length;
  return assay_blob_find_nonzero (node->blob, span->offset, span->length, &nonzero, NULL)
         && nonzero == span->offset + span->length;
}

/* Whether flash is erased there, behind zeros up to the end of a block. FALSE where it cannot be read. */
static gboolean
is_erased (const AssayNode *node, const AssaySpan *span)
{
  guint8 bytes[4096];
  guint8 wanted = 0;
  for (guint64 done = 0; done < span->length; done += sizeof bytes)
    {
      gsize length = (gsize)MIN (span->length - done, sizeof bytes);
      if (!assay_blob_read (node->blob, span->offset + done, bytes, length, NULL))
        return FALSE;
      for (gsize i = 0; i < length; i++)
        {
          wanted = bytes[i] == 0xff ? 0xff : wanted;
          if (bytes[i] != wanted)
            return FALSE;
        }
    }
  return TRUE;
}

/* Behind a squashfs a writable file system begins that hides what lies in it (the overlay of a router), and behind a
 * device tree or FIT the root file system (Linux, drivers/mtd/mtdsplit of OpenWrt); or nothing. */
gboolean
assay_span_is_behind (const AssayNode *node, const AssaySpan *span)
{
  static const char *const formats[] = { "squashfs", "fit", "fdt", NULL };
  return span->kind == ASSAY_SPAN_PADDING && span->child == ASSAY_SPAN_NO_CHILD
         && g_strv_contains (formats, node->format) && span->offset + span->length == node->size
         && !is_erased (node, span);
}

gboolean
assay_node_holds_unclaimed (const AssayNode *node)
{
  gboolean anywhere = strcmp (node->format, "zip") == 0 || strcmp (node->format, "7z") == 0;
  if (node->spans == NULL || node->blob == NULL || strcmp (node->format, "layout") == 0)
    return FALSE;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (assay_span_is_behind (node, span)
          || (span->kind == ASSAY_SPAN_SLACK && (anywhere || span->offset + span->length == node->size)
              && !is_erased (node, span)))
        return TRUE;
    }
  return FALSE;
}

const AssaySpan *
assay_slot_span (const AssayNode *node, const char *name)
{
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->slot != NULL && strcmp (span->slot, name) == 0)
        return span;
    }
  return NULL;
}
