#include "unpack/readers.h"

#include "cage/window.h"
#include "unpack/keeping.h"
#include "unpack/parcel.h"
#include "unpack/pieces.h"
#include "unpack/reading.h"
#include "unpack/sink.h"
#include "unpack/spans.h"
#include "unpack/talk.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>

struct _AssayReaders
{
  AssayWorkerMain work;
  AssayWorker *worker;
};

AssayReaders *
assay_readers_new_for (AssayWorkerMain work)
{
  AssayReaders *readers = g_new0 (AssayReaders, 1);
  readers->work = work;
  return readers;
}

AssayReaders *
assay_readers_new (void)
{
  return assay_readers_new_for (assay_reading_work);
}

void
assay_readers_free (AssayReaders *readers)
{
  if (readers == NULL)
    return;
  assay_worker_free (readers->worker);
  g_free (readers);
}

static AssayWorker *
new_worker (const AssayReaders *readers, const AssayUnpackContext *context, GError **error)
{
  return assay_worker_new (readers->work, context->limits->value[ASSAY_LIMIT_WORKER_MEMORY], error);
}

/** One container that somebody else reads for us. */
typedef struct
{
  AssayUnpackContext *context;
  AssayNode *node;
  AssayWorker *worker;
  AssayParcel parcel;
  const AssayFormat *format;
  guint64 spool_written; /* bytes from the spool's @used on */
  AssayKept *kept;       /* nullable: where they are, if not there */
  AssayBlob *joined;     /* all of @kept, as soon as it is all */
  guint64 decoded_bytes; /* that the image had before */
  guint64 told_bytes;    /* of all that was decoded, as the nodes have it */
  guint64 parcel_bytes;  /* of what it told so far of its children, spans and facts */
  GPtrArray *contents;   /* AssayBlob */
  GByteArray *content;   /* the one that is coming */
  guint64 content_size;
} Asking;

static void
asking_clear (Asking *asking)
{
  assay_parcel_clear (&asking->parcel);
  g_clear_pointer (&asking->contents, g_ptr_array_unref);
  g_clear_pointer (&asking->content, g_byte_array_unref);
  g_clear_pointer (&asking->joined, assay_blob_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Asking, asking_clear)

/* Codes that a reader may give; everything else would speak of something that it cannot know. */
static gboolean
believe_failure (const AssayMessage *message, GError **error)
{
  static const AssayErrorCode allowed[]
      = { ASSAY_ERROR_IO, ASSAY_ERROR_MALFORMED, ASSAY_ERROR_UNSUPPORTED, ASSAY_ERROR_LIMIT };
  g_autofree char *text = g_strndup ((const char *)message->data, message->length);
  g_autofree char *shown = assay_text_escape_shown (text);
  AssayErrorCode code = ASSAY_ERROR_FAILED;
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (message->first == allowed[i])
      code = allowed[i];
  return assay_unpack_fail (error, code, "%s", shown);
}

/* --- what it asks for --- */

/* Why bytes cannot be had is said to it, and believed from nobody but ourselves. */
static gboolean
give_bytes (Asking *asking, AssayBlob *blob, guint64 offset, guint64 length, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  if (length > ASSAY_WIRE_BYTES)
    return assay_parcel_refuse ("it asks for more than it may", error);
  bytes = g_malloc ((gsize)length + 1);
  if (!assay_blob_read (blob, offset, bytes, (gsize)length, error))
    return FALSE;
  const AssayMessage answer = { ASSAY_TALK_BYTES, 0, 0, bytes, (gsize)length };
  return assay_worker_send (asking->worker, &answer, error);
}

static gboolean
give_spool (Asking *asking, const AssayMessage *message, GError **error)
{
  AssaySpool *spool = &asking->context->spool;
  guint64 offset;
  if (asking->kept != NULL)
    return assay_parcel_refuse ("it asks for what it decoded of a stream", error);
  if (spool->blob == NULL || !assay_u64_add (spool->used, message->first, &offset))
    return assay_parcel_refuse ("it asks for what it did not decode", error);
  /* A block at the end may reach behind what was written, and is zeros there. */
  return give_bytes (asking, spool->blob, offset, message->second, error);
}

/* What a stream decodes to comes in its order. */
static gboolean
take_kept (Asking *asking, const AssayMessage *message, GError **error)
{
  AssayUnpackContext *context = asking->context;
  if (message->first != asking->spool_written || asking->joined != NULL)
    return assay_parcel_refuse ("what it decoded of a stream is in disorder", error);
  if (!assay_context_charge_bytes (context, message->length, error)
      || !assay_kept_add (asking->kept, context->limits->value[ASSAY_LIMIT_TOTAL_BYTES], context->temporary_directory,
                          message->data, message->length, error))
    return FALSE;
  asking->spool_written += message->length;
  return TRUE;
}

static gboolean
take_spool (Asking *asking, const AssayMessage *message, GError **error)
{
  AssayUnpackContext *context = asking->context;
  guint64 end;
  if (asking->spool_written == 0 && asking->kept == NULL && context->keeping != NULL && asking->format->stream != NULL)
    asking->kept = assay_kept_new (context->keeping, context->expected, asking->node->path, &context->spool);
  if (asking->kept != NULL)
    return take_kept (asking, message, error);
  if (!assay_u64_add (message->first, message->length, &end))
    return assay_parcel_refuse ("it writes beyond all ends", error);
  if (!assay_context_charge_bytes (context, message->length, error)
      || !assay_spool_write (&context->spool, context->limits->value[ASSAY_LIMIT_TOTAL_BYTES],
                             context->temporary_directory, message->first, message->data, message->length, error))
    return FALSE;
  asking->spool_written = MAX (asking->spool_written, end);
  return TRUE;
}

static void
keep_content (Asking *asking)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&asking->content));
  g_ptr_array_add (asking->contents, assay_blob_new_for_bytes (bytes));
}

static gboolean
take_content (Asking *asking, const AssayMessage *message, GError **error)
{
  AssayUnpackContext *context = asking->context;
  if (asking->content == NULL)
    {
      guint64 total;
      if (!assay_limits_check (context->limits, ASSAY_LIMIT_ENTRIES, (guint64)asking->contents->len + 1,
                               "more contents of one container", error))
        return FALSE;
      asking->content = g_byte_array_new ();
      asking->content_size = message->second;
      if (!assay_u64_add (context->memory_bytes, message->second, &total) || total > ASSAY_SINK_TOTAL_MEMORY_BYTES)
        return assay_parcel_refuse ("it gives more in memory than it may", error);
      context->memory_bytes = total;
    }
  if (message->first != ASSAY_PARCEL_CONTENT + asking->contents->len || message->second != asking->content_size
      || message->length > asking->content_size - asking->content->len
      || (message->length == 0 && asking->content_size > 0))
    return assay_parcel_refuse ("a content is in disorder", error);
  if (!assay_context_charge_bytes (context, message->length, error))
    return FALSE;
  g_byte_array_append (asking->content, message->data, (guint)message->length);
  if (asking->content->len == asking->content_size)
    keep_content (asking);
  return TRUE;
}

/* --- what it says --- */

/* A payload gets its bytes later, from the container itself; one of no bytes has no span that says so. */
static gboolean
put_stored (Asking *asking, AssayNode *child, const AssayParcelPlace *place, GError **error)
{
  if (child->decoded)
    return assay_parcel_refuse ("what is stored is none that it decoded", error);
  child->size = place->length;
  if (place->length > 0)
    return TRUE;
  child->blob = assay_blob_new_slice (asking->node->blob, place->offset, 0, NULL);
  return child->blob != NULL || assay_parcel_refuse ("an empty content leaves the container", error);
}

/* What several nodes share comes once, and counts for each of them. */
static gboolean
charge_shared (Asking *asking, guint64 length, GError **error)
{
  AssayUnpackContext *context = asking->context;
  guint64 counted = context->decoded_bytes - asking->decoded_bytes;
  if (!assay_u64_add (asking->told_bytes, length, &asking->told_bytes))
    return assay_parcel_refuse ("it tells of more than there can be", error);
  return asking->told_bytes <= counted || assay_context_charge_bytes (context, asking->told_bytes - counted, error);
}

/* Where what was decoded lies; adds to @offset where it begins there. */
static AssayBlob *
find_decoded (Asking *asking, guint64 *offset)
{
  const AssaySpool *spool = &asking->context->spool;
  if (asking->kept == NULL)
    return assay_u64_add (*offset, spool->used, offset) ? spool->blob : NULL;
  if (asking->joined == NULL)
    asking->joined = assay_kept_join (asking->kept);
  return asking->joined;
}

/* AssayParcelPut. */
static gboolean
put_child (gpointer data, AssayNode *child, const AssayParcelPlace *place, GError **error)
{
  Asking *asking = data;
  AssayBlob *owner = NULL;
  if (!assay_context_charge_entry (asking->context, error)
      || !assay_limits_check (asking->context->limits, ASSAY_LIMIT_PATH_BYTES, strlen (child->path),
                              "a longer node path", error))
    return FALSE;
  if (place->owner == ASSAY_PARCEL_NOBODY)
    return TRUE;
  if (place->owner == ASSAY_PARCEL_NODE)
    return put_stored (asking, child, place, error);
  guint64 offset = place->offset;
  if (place->owner == ASSAY_PARCEL_SPOOL)
    {
      owner = find_decoded (asking, &offset);
      if (!assay_range_fits (place->offset, place->length, asking->spool_written))
        return assay_parcel_refuse ("a content lies where nothing was decoded", error);
    }
  else if (place->owner - ASSAY_PARCEL_CONTENT < asking->contents->len)
    owner = g_ptr_array_index (asking->contents, place->owner - ASSAY_PARCEL_CONTENT);
  g_autoptr (AssayBlob) blob = owner == NULL ? NULL : assay_blob_new_slice (owner, offset, place->length, NULL);
  if (blob == NULL || !child->decoded)
    return assay_parcel_refuse ("a content is not there", error);
  if (!charge_shared (asking, place->length, error))
    return FALSE;
  assay_container_set_decoded (child, blob);
  return TRUE;
}

/* Stored bytes are those of the container, whatever the reader says of them. */
static gboolean
put_payloads (Asking *asking, GError **error)
{
  AssayNode *node = asking->node;
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind != ASSAY_SPAN_PAYLOAD)
        continue;
      if (span->child >= node->children->len)
        return assay_parcel_refuse ("a payload is nobody's", error);
      AssayNode *child = g_ptr_array_index (node->children, span->child);
      if (child->blob != NULL || child->decoded)
        return assay_parcel_refuse ("a payload has other bytes", error);
      child->blob = assay_blob_new_slice (node->blob, span->offset, span->length, NULL);
      if (child->blob == NULL)
        return assay_parcel_refuse ("a payload leaves the container", error);
      child->size = span->length;
    }
  return TRUE;
}

/* It has no more memory than that itself, and what it tells has to find room in ours. */
static gboolean
take_parcel (Asking *asking, const AssayMessage *message, GError **error)
{
  guint64 before = asking->parcel.text_bytes;
  asking->parcel_bytes += message->length;
  return assay_limits_check (asking->context->limits, ASSAY_LIMIT_WORKER_MEMORY, asking->parcel_bytes,
                             "a container of which more is told", error)
         && assay_parcel_take (&asking->parcel, message->data, message->length, error)
         && assay_context_charge_text (asking->context, asking->parcel.text_bytes - before, error);
}

/* Whatever came of it, nobody else's bytes may stand there: the other side may have them from there. */
static void
end_kept (Asking *asking)
{
  if (asking->kept == NULL)
    return;
  assay_kept_end (asking->kept);
  asking->context->spool.used += assay_kept_get_length (asking->kept);
  asking->kept = NULL;
}

static gboolean
finish (Asking *asking, const AssayMessage *message, GError **error)
{
  AssayNode *node = asking->node;
  AssaySpool *spool = &asking->context->spool;
  g_autoptr (GError) broken = NULL;
  if (asking->content != NULL || message->first > asking->spool_written)
    return assay_parcel_refuse ("it ends too early", error);
  if (!assay_parcel_finish (&asking->parcel, error))
    return FALSE;
  if (node->spans == NULL)
    node->spans = g_array_new (FALSE, TRUE, sizeof (AssaySpan));
  if (!put_payloads (asking, error))
    return FALSE;
  if (!assay_node_validate (node, &broken))
    return assay_parcel_refuse (broken->message, error);
  if (asking->kept == NULL)
    spool->used += message->first;
  end_kept (asking);
  return assay_pieces_join (asking->context, node, error);
}

/* One message. *out_done: there will be no more. */
static gboolean
hear (Asking *asking, const AssayMessage *message, gboolean *out_done, GError **error)
{
  switch ((AssayTalk)message->kind)
    {
    case ASSAY_TALK_READ:
      return give_bytes (asking, asking->node->blob, message->first, message->second, error);
    case ASSAY_TALK_READ_SPOOL:
      return give_spool (asking, message, error);
    case ASSAY_TALK_WRITE_SPOOL:
      return take_spool (asking, message, error);
    case ASSAY_TALK_CONTENT:
      return take_content (asking, message, error);
    case ASSAY_TALK_PARCEL:
      return take_parcel (asking, message, error);
    case ASSAY_TALK_DONE:
      *out_done = TRUE;
      return finish (asking, message, error);
    case ASSAY_TALK_FAIL:
      *out_done = TRUE;
      return believe_failure (message, error);
    default:
      return assay_parcel_refuse ("it says what nobody asked", error);
    }
}

static gboolean
send_order (Asking *asking, GError **error)
{
  AssayNode *node = asking->node;
  const AssayTalkOpen order = { .limits = *asking->context->limits,
                                .format = assay_format_index (asking->format),
                                .size = node->size,
                                .path_bytes = strlen (node->path),
                                .is_root = node->parent == NULL,
                                .image_bytes = asking->context->image_bytes,
                                .entries = asking->context->entries,
                                .entry_bytes = asking->context->entry_bytes,
                                .decoded_bytes = asking->context->decoded_bytes,
                                .memory_bytes = asking->context->memory_bytes };
  guint head = (guint)MIN (node->size, ASSAY_WINDOW_BLOCK_BYTES);
  guint fixed = (guint)(sizeof order + order.path_bytes);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *)&order, sizeof order);
  g_byte_array_append (bytes, (const guint8 *)node->path, (guint)order.path_bytes);
  g_byte_array_set_size (bytes, fixed + head);
  if (!assay_blob_read (node->blob, 0, bytes->data + fixed, head, error))
    return FALSE;
  const AssayMessage message = { ASSAY_TALK_OPEN, 0, 0, bytes->data, bytes->len };
  return assay_worker_send (asking->worker, &message, error);
}

/* What is left of the time for the whole image. */
static guint64
time_left_s (const AssayUnpackContext *context)
{
  guint64 used_s = (guint64)context->reading_us / G_USEC_PER_SEC;
  return context->limits->value[ASSAY_LIMIT_IMAGE_TIME] - MIN (context->limits->value[ASSAY_LIMIT_IMAGE_TIME], used_s);
}

/* Its time was up: that of one container, or what was left of that of all. */
static gboolean
explain_lateness (const AssayUnpackContext *context, GError **error)
{
  gboolean of_node = context->limits->value[ASSAY_LIMIT_NODE_TIME] <= time_left_s (context);
  g_clear_error (error);
  return of_node ? assay_limits_exceeded (context->limits, ASSAY_LIMIT_NODE_TIME,
                                          "a container that takes longer to read", error)
                 : assay_limits_exceeded (context->limits, ASSAY_LIMIT_IMAGE_TIME,
                                          "an image whose containers take longer to read", error);
}

/* Whether the worker is fit to read another: only if it said itself that it came to an end. */
static gboolean
converse (Asking *asking, gboolean *out_fit, GError **error)
{
  AssayMessage message;
  gboolean done = FALSE;
  gboolean ok = send_order (asking, error);
  while (ok && !done)
    ok = assay_worker_receive (asking->worker, &message, error) && hear (asking, &message, &done, error);
  *out_fit = done && (ok || message.kind == ASSAY_TALK_FAIL);
  return ok || (assay_worker_is_late (asking->worker) ? explain_lateness (asking->context, error) : FALSE);
}

static gboolean
open_by (AssayWorker *worker, AssayUnpackContext *context, AssayNode *node, const AssayFormat *format,
         gboolean *out_fit, GError **error)
{
  g_auto (Asking) asking = {
    .context = context, .node = node, .worker = worker, .format = format, .decoded_bytes = context->decoded_bytes
  };
  asking.contents = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  assay_parcel_init (&asking.parcel, node, 2 * context->limits->value[ASSAY_LIMIT_METADATA_BYTES], put_child, &asking);
  gint64 begin_us = g_get_monotonic_time ();
  assay_worker_set_time (worker, MIN (context->limits->value[ASSAY_LIMIT_NODE_TIME], time_left_s (context)));
  gboolean ok = converse (&asking, out_fit, error);
  end_kept (&asking);
  context->reading_us += g_get_monotonic_time () - begin_us;
  return ok;
}

gboolean
assay_readers_open (AssayReaders *readers, AssayUnpackContext *context, AssayNode *node, const AssayFormat *format,
                    GError **error)
{
  gboolean fit = FALSE;
  if (assay_format_is_apart (format))
    {
      g_autoptr (AssayWorker) fresh = new_worker (readers, context, error);
      return fresh != NULL && open_by (fresh, context, node, format, &fit, error);
    }
  if (readers->worker == NULL)
    readers->worker = new_worker (readers, context, error);
  if (readers->worker == NULL)
    return FALSE;
  gboolean ok = open_by (readers->worker, context, node, format, &fit, error);
  if (!fit)
    g_clear_pointer (&readers->worker, assay_worker_free);
  return ok;
}
