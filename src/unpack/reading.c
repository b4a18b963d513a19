#include "unpack/reading.h"

#include "cage/window.h"
#include "unpack/parcel.h"
#include "unpack/pieces.h"
#include "unpack/spans.h"
#include "unpack/talk.h"

#include <string.h>

static gboolean
read_inside (AssayUnpackContext *context, AssayNode *node, const AssayFormat *format, GError **error)
{
  g_auto (AssayContainer) container = { 0 };
  assay_container_init (&container, context, node);
  return format->open (&container, error) && assay_spans_complete (node->spans, node->size, error)
         && assay_node_validate (node, error);
}

gboolean
assay_reading_open (AssayUnpackContext *context, AssayNode *node, const AssayFormat *format, GError **error)
{
  return read_inside (context, node, format, error) && assay_pieces_join (context, node, error);
}

/** One container that is being read for somebody else. */
typedef struct
{
  AssayWire *wire;
  AssayNode *node;
  AssayWindow node_bytes;
  AssayWindow spool_bytes;
  AssayBlob *spool;
  GHashTable *contents; /* AssayBlob in memory -> number, from ASSAY_PARCEL_CONTENT on */
} Reading;

/* Asks for bytes; the answer is these or why not. */
static gboolean
fetch (Reading *reading, AssayTalk kind, guint64 offset, void *out, gsize length, GError **error)
{
  const AssayMessage question = { kind, offset, length, NULL, 0 };
  AssayMessage answer;
  if (!assay_wire_send (reading->wire, &question, error) || !assay_wire_receive (reading->wire, &answer, error))
    return FALSE;
  if (answer.kind == ASSAY_TALK_BYTES && answer.length == length)
    {
      memcpy (out, answer.data, length);
      return TRUE;
    }
  return assay_unpack_fail (error, (AssayErrorCode)answer.first, "%.*s", (int)answer.length, (const char *)answer.data);
}

static gboolean
fetch_node (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  return fetch (data, ASSAY_TALK_READ, offset, out, length, error);
}

static gboolean
fetch_spool (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  return fetch (data, ASSAY_TALK_READ_SPOOL, offset, out, length, error);
}

static gboolean
write_spool (gpointer data, guint64 offset, const void *bytes, gsize length, GError **error)
{
  Reading *reading = data;
  assay_window_forget (&reading->spool_bytes);
  for (gsize done = 0; done < length;)
    {
      gsize part = MIN (length - done, ASSAY_WIRE_BYTES);
      const AssayMessage message = { ASSAY_TALK_WRITE_SPOOL, offset + done, 0, (const guint8 *)bytes + done, part };
      if (!assay_wire_send (reading->wire, &message, error))
        return FALSE;
      done += part;
    }
  return TRUE;
}

static gboolean
send_content (Reading *reading, guint64 number, AssayBlob *blob, GError **error)
{
  const guint8 *bytes = assay_blob_peek_memory (blob);
  gsize size = (gsize)assay_blob_get_size (blob);
  gsize done = 0;
  do
    {
      gsize part = MIN (size - done, ASSAY_WIRE_BYTES);
      const AssayMessage message = { ASSAY_TALK_CONTENT, number, size, bytes == NULL ? NULL : bytes + done, part };
      if (!assay_wire_send (reading->wire, &message, error))
        return FALSE;
      done += part;
  } while (done < size);
  return TRUE;
}

/* AssayParcelLocate: what lies in memory here is sent, once. */
static gboolean
locate (gpointer data, AssayNode *child, AssayParcelPlace *out_place, GError **error)
{
  Reading *reading = data;
  AssayBlob *owner = assay_blob_get_owner (child->blob, &out_place->offset);
  out_place->length = child->size;
  if (owner == reading->node->blob || owner == reading->spool)
    {
      out_place->owner = owner == reading->spool ? ASSAY_PARCEL_SPOOL : ASSAY_PARCEL_NODE;
      return TRUE;
    }
  gpointer known = g_hash_table_lookup (reading->contents, owner);
  if (known == NULL)
    {
      known = GUINT_TO_POINTER (ASSAY_PARCEL_CONTENT + g_hash_table_size (reading->contents));
      g_hash_table_insert (reading->contents, owner, known);
      if (!send_content (reading, GPOINTER_TO_UINT (known), owner, error))
        return FALSE;
    }
  out_place->owner = GPOINTER_TO_UINT (known);
  return TRUE;
}

static gboolean
send_parcel (gpointer data, const guint8 *bytes, gsize length, GError **error)
{
  Reading *reading = data;
  const AssayMessage message = { ASSAY_TALK_PARCEL, 0, 0, bytes, length };
  return assay_wire_send (reading->wire, &message, error);
}

static gboolean
fail (AssayWire *wire, const GError *failure)
{
  const AssayMessage message = { ASSAY_TALK_FAIL, (guint64)failure->code, 0, (const guint8 *)failure->message,
                                 MIN (strlen (failure->message), ASSAY_WIRE_BYTES) };
  return assay_wire_send (wire, &message, NULL);
}

static gboolean
read_and_tell (Reading *reading, const AssayTalkOpen *order, GError **error)
{
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  const AssayUnpackOptions options = { .limits = &order->limits };
  const AssayFormat *format = assay_format_at ((guint)order->format);
  assay_context_init (&context, &options);
  context.image_bytes = order->image_bytes;
  context.entries = order->entries;
  context.entry_bytes = order->entry_bytes;
  context.decoded_bytes = order->decoded_bytes;
  context.memory_bytes = order->memory_bytes;
  context.spool.blob = assay_blob_ref (reading->spool);
  context.spool.write = write_spool;
  context.spool.data = reading;
  reading->node->format = format->name;
  if (!read_inside (&context, reading->node, format, error)
      || !assay_parcel_write (reading->node, ASSAY_WIRE_BYTES, locate, send_parcel, reading, error))
    return FALSE;
  const AssayMessage done = { ASSAY_TALK_DONE, context.spool.used, 0, NULL, 0 };
  return assay_wire_send (reading->wire, &done, error);
}

/* A parent that has a path, for the paths of the children are made from the node's. */
static AssayNode *
make_node (const AssayTalkOpen *order, const char *path)
{
  AssayNode *parent = order->is_root != 0 ? NULL : assay_node_new (NULL, g_strdup ("."));
  AssayNode *node = assay_node_new (parent, g_strdup (path));
  node->size = order->size;
  return node;
}

static gboolean
answer_open (AssayWire *wire, const AssayMessage *question)
{
  AssayTalkOpen order;
  g_autoptr (GError) failure = NULL;
  if (question->length < sizeof order)
    return FALSE;
  memcpy (&order, question->data, sizeof order);
  gsize rest = question->length - sizeof order;
  if (order.path_bytes > rest)
    return FALSE;
  const guint8 *head = question->data + sizeof order + order.path_bytes;
  g_autofree char *path = g_strndup ((const char *)question->data + sizeof order, (gsize)order.path_bytes);
  AssayNode *node = make_node (&order, path);
  g_autoptr (AssayNode) top = node->parent != NULL ? node->parent : node;
  g_autoptr (GHashTable) contents = g_hash_table_new (NULL, NULL);
  Reading reading = { .wire = wire, .node = node, .contents = contents };
  guint64 spool_size = order.limits.value[ASSAY_LIMIT_TOTAL_BYTES];
  assay_window_init (&reading.node_bytes, order.size, fetch_node, &reading);
  assay_window_init (&reading.spool_bytes, spool_size, fetch_spool, &reading);
  assay_window_put (&reading.node_bytes, head, rest - (gsize)order.path_bytes);
  node->blob = assay_blob_new_for_reader (order.size, assay_window_read, &reading.node_bytes);
  reading.spool = assay_blob_new_for_reader (spool_size, assay_window_read, &reading.spool_bytes);
  gboolean told = read_and_tell (&reading, &order, &failure) || fail (wire, failure);
  assay_blob_unref (reading.spool);
  assay_window_clear (&reading.node_bytes);
  assay_window_clear (&reading.spool_bytes);
  return told;
}

void
assay_reading_work (AssayWire *wire)
{
  AssayMessage question;
  while (assay_wire_receive (wire, &question, NULL) && question.kind == ASSAY_TALK_OPEN)
    if (!answer_open (wire, &question))
      return;
}
