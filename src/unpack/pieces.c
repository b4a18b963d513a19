#include "unpack/pieces.h"

#include "unpack/sink.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

static const AssayStoredPiece *
piece_at (const GArray *pieces, guint index)
{
  return &g_array_index (pieces, AssayStoredPiece, index);
}

static gboolean
add (AssayNode *child, guint64 offset, guint64 length, GError **error)
{
  AssayStoredPiece piece = { offset, length };
  if (length == 0)
    return TRUE;
  if (!assay_u64_add (child->size, length, &child->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "a file longer than any can be");
  if (child->pieces == NULL)
    child->pieces = g_array_new (FALSE, FALSE, sizeof (AssayStoredPiece));
  child->decoded = TRUE;
  g_array_append_val (child->pieces, piece);
  return TRUE;
}

gboolean
assay_pieces_add_stored (AssayContainer *container, AssayNode *child, guint64 offset, guint64 length_bytes,
                         const char *span_name, GError **error)
{
  if (!assay_range_fits (offset, length_bytes, container->node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED,
                              "%s at %" G_GUINT64_FORMAT " leaves the container of %" G_GUINT64_FORMAT " bytes",
                              span_name, offset, container->node->size);
  assay_container_add_span (container,
                            (AssaySpan){ offset, length_bytes, ASSAY_SPAN_ENCODED, child->index, FALSE, span_name });
  return add (child, offset, length_bytes, error);
}

gboolean
assay_pieces_add_hole (AssayContainer *container, AssayNode *child, guint64 length_bytes, GError **error)
{
  return assay_container_charge_hole (container, length_bytes, error)
         && add (child, ASSAY_STORED_HOLE, length_bytes, error);
}

static guint64
length_of (const GArray *pieces)
{
  guint64 length = 0;
  for (guint i = 0; i < pieces->len; i++)
    length += piece_at (pieces, i)->length;
  return length;
}

gboolean
assay_pieces_are_holes (const AssayNode *child)
{
  for (guint i = 0; child->pieces != NULL && i < child->pieces->len; i++)
    if (piece_at (child->pieces, i)->offset != ASSAY_STORED_HOLE)
      return FALSE;
  return child->pieces != NULL;
}

void
assay_pieces_share (AssayNode *child, GArray *pieces)
{
  child->pieces = g_array_ref (pieces);
  child->size = length_of (pieces);
  child->decoded = TRUE;
}

/* --- checking --- */

/** Bytes of the container that belong to a child. */
typedef struct
{
  guint32 child;
  guint64 offset;
  guint64 length;
} Part;

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Part *first = a;
  const Part *second = b;
  if (first->child != second->child)
    return first->child < second->child ? -1 : 1;
  return (first->offset > second->offset) - (first->offset < second->offset);
}

static GBytes *
describe (const GArray *pieces)
{
  return g_bytes_new (pieces->data, (gsize)pieces->len * sizeof (AssayStoredPiece));
}

/* The stored pieces of all children; of those with equal lists, of the first. */
static GArray *
list_pieces (const AssayNode *node)
{
  g_autoptr (GHashTable) known
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->pieces == NULL || !g_hash_table_add (known, describe (child->pieces)))
        continue;
      for (guint k = 0; k < child->pieces->len; k++)
        {
          const AssayStoredPiece *piece = piece_at (child->pieces, k);
          Part part = { i, piece->offset, piece->length };
          if (piece->offset != ASSAY_STORED_HOLE)
            g_array_append_val (parts, part);
        }
    }
  g_array_sort (parts, by_place);
  return parts;
}

/* The encoded spans of children that are in pieces. */
static GArray *
list_spans (const AssayNode *node)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      Part part = { span->child, span->offset, span->length };
      if (span->kind == ASSAY_SPAN_ENCODED && span->child < node->children->len
          && ((const AssayNode *)g_ptr_array_index (node->children, span->child))->pieces != NULL)
        g_array_append_val (parts, part);
    }
  g_array_sort (parts, by_place);
  return parts;
}

gboolean
assay_pieces_check (const AssayNode *node, GError **error)
{
  g_autoptr (GArray) pieces = list_pieces (node);
  g_autoptr (GArray) spans = list_spans (node);
  gboolean same = pieces->len == spans->len;
  for (guint i = 0; same && i < pieces->len; i++)
    {
      const Part *piece = &g_array_index (pieces, Part, i);
      const Part *span = &g_array_index (spans, Part, i);
      same = piece->child == span->child && piece->offset == span->offset && piece->length == span->length;
    }
  return same
         || assay_unpack_fail (error, ASSAY_ERROR_INTERNAL, "node %s: pieces of content that are not its spans",
                               node->path);
}

/* --- putting together --- */

typedef struct
{
  AssayContainer container;
  AssaySink sink;
  guint8 *window;
} Joining;

static void
joining_clear (Joining *joining)
{
  assay_sink_clear (&joining->sink);
  g_clear_pointer (&joining->window, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Joining, joining_clear)

static gboolean
join_piece (Joining *joining, const AssayStoredPiece *piece, GError **error)
{
  AssayBlob *blob = joining->container.node->blob;
  gboolean hole = piece->offset == ASSAY_STORED_HOLE;
  if (hole)
    memset (joining->window, 0, MIN (piece->length, ASSAY_BLOB_WINDOW_BYTES));
  for (guint64 done = 0; done < piece->length;)
    {
      gsize take = (gsize)MIN (piece->length - done, ASSAY_BLOB_WINDOW_BYTES);
      joining->sink.stored += take;
      if (assay_cancelled (error)
          || (!hole && !assay_blob_read (blob, piece->offset + done, joining->window, take, error))
          || !assay_sink_write (&joining->sink, joining->window, take, error))
        return FALSE;
      done += take;
    }
  return TRUE;
}

/* What is too much is found before any of it is written. */
static gboolean
charge_pieces (AssayContainer *container, const GArray *pieces, GError **error)
{
  const AssayUnpackContext *context = container->context;
  guint64 total = context->decoded_bytes;
  for (guint i = 0; i < pieces->len; i++)
    {
      const AssayStoredPiece *piece = piece_at (pieces, i);
      gboolean hole = piece->offset == ASSAY_STORED_HOLE;
      if (!hole && !assay_range_fits (piece->offset, piece->length, container->node->size))
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "a piece of content leaves the container");
      if ((hole && !assay_container_charge_hole (container, piece->length, error)))
        return FALSE;
      if (!assay_u64_add (total, piece->length, &total))
        total = G_MAXUINT64;
    }
  return assay_limits_check (context->limits, ASSAY_LIMIT_TOTAL_BYTES, total, "more decoded bytes in the image", error);
}

/* Returns: (transfer full) */
static AssayBlob *
join (AssayContainer *container, const GArray *pieces, GError **error)
{
  g_auto (Joining) joining = { .container = *container };
  if (!charge_pieces (container, pieces, error))
    return NULL;
  joining.window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  assay_sink_init (&joining.sink, container->context);
  for (guint i = 0; i < pieces->len; i++)
    if (!join_piece (&joining, piece_at (pieces, i), error))
      return NULL;
  return assay_sink_finish (&joining.sink, error);
}

gboolean
assay_pieces_join (AssayUnpackContext *context, AssayNode *node, GError **error)
{
  AssayContainer container = { .context = context, .node = node };
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                                        (GDestroyNotify)assay_blob_unref);
  for (guint i = 0; i < node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->pieces == NULL || child->blob != NULL)
        continue;
      g_autoptr (GBytes) key = describe (child->pieces);
      AssayBlob *blob = g_hash_table_lookup (known, key);
      if (blob == NULL)
        {
          blob = join (&container, child->pieces, error);
          if (blob == NULL)
            return FALSE;
          g_hash_table_insert (known, g_steal_pointer (&key), blob);
        }
      else if (!assay_context_charge_bytes (context, assay_blob_get_size (blob), error))
        return FALSE;
      assay_container_set_decoded (child, blob);
      if (!assay_pieces_are_holes (child))
        g_clear_pointer (&child->pieces, g_array_unref);
    }
  return TRUE;
}
