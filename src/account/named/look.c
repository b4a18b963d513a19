#include "account/named/look.h"

#include "compare/pairing.h"
#include "unpack/fact.h"
#include "util/cancel.h"

#include <string.h>

void
assay_look_name (const AssayNode *node, gsize longest, AssayLookUse use, gpointer data)
{
  const char *path = node->path;
  gsize length = strlen (path);
  gsize kept = MIN (length, strlen (assay_node_local_name (node)) + 2 * longest);
  g_autofree char *joined = g_strdup (path + (length - kept));
  char *end = joined;
  use ((const guint8 *)joined, kept, data);
  for (const char *letter = joined; *letter != '\0'; letter++)
    if (*letter != '/')
      *end++ = *letter;
  use ((const guint8 *)joined, (gsize)(end - joined), data);
}

void
assay_look_facts (const GArray *facts, AssayLookUse use, gpointer data)
{
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      use ((const guint8 *)fact->name, strlen (fact->name), data);
      use ((const guint8 *)fact->value, strlen (fact->value), data);
      g_autoptr (GBytes) raw = strchr (fact->value, '\\') != NULL ? assay_fact_unescape (fact->value) : NULL;
      gsize length = 0;
      const guint8 *bytes = raw == NULL ? NULL : g_bytes_get_data (raw, &length);
      if (bytes != NULL)
        use (bytes, length, data);
      /* a file system's attributes are said in digits, and may hold some themselves */
      g_autoptr (GBytes) value = strstr (fact->name, "xattr.") != NULL ? assay_fact_unhex (fact->value) : NULL;
      bytes = value == NULL ? NULL : g_bytes_get_data (value, &length);
      if (bytes != NULL)
        use (bytes, length, data);
      /* libarchive's, of an entry of a tar, in base 64 */
      g_autofree guint8 *decoded = strstr (fact->name, ".LIBARCHIVE.xattr.") != NULL && *fact->value != '\0'
                                       ? g_base64_decode (fact->value, &length)
                                       : NULL;
      if (decoded != NULL)
        use (decoded, length, data);
    }
}

/** One call of assay_look_bytes(). */
typedef struct
{
  AssayBlob *blob;
  guint8 *window;
  gsize longest;
  AssayLookUse use;
  gpointer data;
} Reading;

static gboolean
read_range (const Reading *reading, guint64 offset, guint64 length, GError **error)
{
  for (guint64 at = 0; at < length;)
    {
      gsize part = (gsize)MIN (length - at, ASSAY_LOOK_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (reading->blob, offset + at, reading->window, part, error))
        return FALSE;
      reading->use (reading->window, part, reading->data);
      at += part;
      if (at < length)
        at -= reading->longest;
    }
  return TRUE;
}

/* Whether the bytes are those of a child, which is looked through itself. */
static gboolean
is_of_child (const AssayNode *node, const AssaySpan *span)
{
  if (span->kind != ASSAY_SPAN_PAYLOAD && span->kind != ASSAY_SPAN_ENCODED)
    return FALSE;
  if (span->child == ASSAY_SPAN_NO_CHILD)
    return TRUE;
  return span->child < node->children->len
         && ((const AssayNode *)g_ptr_array_index (node->children, span->child))->blob != NULL;
}

gboolean
assay_look_bytes (const AssayNode *node, guint8 *window, gsize longest, AssayLookUse use, gpointer data, GError **error)
{
  const Reading reading = { node->blob, window, longest, use, data };
  guint64 begin = 0;
  guint64 end = 0;
  if (node->spans == NULL)
    return read_range (&reading, 0, node->size, error);
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (is_of_child (node, span))
        continue;
      if (span->offset > end)
        {
          if (!read_range (&reading, begin, end - begin, error))
            return FALSE;
          begin = span->offset;
        }
      end = span->offset + span->length;
    }
  return read_range (&reading, begin, end - begin, error);
}
