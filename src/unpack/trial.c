#include "unpack/trial.h"

#include "unpack/codec/codec.h"
#include "unpack/formats.h"
#include "unpack/reading.h"
#include "util/checked.h"

#include <string.h>

const char *const assay_trial_streams[] = { "gzip", "bzip2", "xz", "lzma", "lz4-legacy", "zstd", NULL };

/** How they begin. Of lzma the usual properties and the lower half of a dictionary's size (lib/decompress.c). */
static const struct
{
  const char *bytes;
  gsize length;
} begins[] = {
  { "\x1f\x8b\x08", 3 },     { "BZh", 3 },    { "\xfd\x37zXZ", 5 }, { "\x5d\x00\x00", 3 }, { "\x02\x21\x4c\x18", 4 },
  { "\x28\xb5\x2f\xfd", 4 }, { "070701", 6 }, { "070702", 6 },
};

gboolean
assay_trial_may_begin (const guint8 *head, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++)
    if (length >= begins[i].length && memcmp (head, begins[i].bytes, begins[i].length) == 0)
      return TRUE;
  return FALSE;
}

/* What says that these are no bytes of the format, or that nobody can tell: by chance code has the magic of a stream in
 * it that would need more memory than there is. What is not opened is compared as it is, which hides nothing. */
static gboolean
is_no_such (const GError *failure)
{
  return failure->code == ASSAY_ERROR_MALFORMED || failure->code == ASSAY_ERROR_UNSUPPORTED
         || failure->code == ASSAY_ERROR_LIMIT;
}

/* Padding and bytes behind the end that the reader claimed for want of another. */
static guint64
end_of (const AssayNode *node)
{
  guint64 end = node->size;
  for (guint i = node->spans->len; i-- > 0;)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      gboolean behind
          = span->kind == ASSAY_SPAN_SLACK || (span->kind == ASSAY_SPAN_PADDING && span->child == ASSAY_SPAN_NO_CHILD);
      if (!behind || span->offset + span->length != end)
        break;
      end = span->offset;
    }
  return end;
}

static gboolean
is_tight (const AssayNode *node)
{
  for (guint i = 0; i < node->spans->len; i++)
    if (g_array_index (node->spans, AssaySpan, i).kind == ASSAY_SPAN_SLACK)
      return FALSE;
  return TRUE;
}

static void
look_at_cpio (const AssayNode *node, AssayTrial *out)
{
  out->is_cpio = TRUE;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      out->holds = out->holds
                   || !(child->type == ASSAY_NODE_DIRECTORY || child->type == ASSAY_NODE_CHARACTER_DEVICE
                        || child->type == ASSAY_NODE_BLOCK_DEVICE);
    }
}

static gboolean
open_as (AssayUnpackContext *context, AssayNode *node, const AssayFormat *format, gboolean *out_opens, GError **error)
{
  g_autoptr (GError) failure = NULL;
  node->format = format->name;
  *out_opens = assay_reading_open (context, node, format, &failure);
  if (*out_opens || is_no_such (failure))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* Of what a stream decodes to only this is asked. */
static gboolean
look_at_content (AssayUnpackContext *context, AssayNode *content, AssayTrial *out, GError **error)
{
  const AssayFormat *format = NULL;
  gboolean opens = FALSE;
  out->content = content->size;
  if (content->blob == NULL || content->size == 0)
    return TRUE;
  if (!assay_format_probe (content->blob, &format, error))
    return FALSE;
  if (format == NULL || format->open != assay_cpio_open)
    return TRUE;
  if (!open_as (context, content, format, &opens, error))
    return FALSE;
  if (opens)
    look_at_cpio (content, out);
  return TRUE;
}

static gboolean
try_format (AssayUnpackContext *context, AssayNode *node, const AssayFormat *format, AssayTrial *out, GError **error)
{
  gboolean opens = FALSE;
  if (!open_as (context, node, format, &opens, error))
    return FALSE;
  if (!opens)
    return TRUE;
  out->format = format->name;
  out->end = end_of (node);
  out->tight = is_tight (node);
  if (format->open == assay_cpio_open)
    look_at_cpio (node, out);
  return format->stream == NULL || look_at_content (context, g_ptr_array_index (node->children, 0), out, error);
}

/* A reader of lzma takes nothing behind the end, so that it must be known before; FALSE in @out_known: it is none. */
static gboolean
find_end_of_lzma (AssayUnpackContext *context, AssayBlob *blob, guint64 *out_length, gboolean *out_known,
                  GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_auto (AssaySink) sink = { 0 };
  assay_sink_init (&sink, context);
  *out_known = assay_codec_decode (assay_codec_find ("lzma"), blob, 0, assay_blob_get_size (blob), &sink, out_length,
                                   &failure);
  if (*out_known || is_no_such (failure))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
try_bytes (AssayContainer *container, guint64 offset, guint64 length, const char *const *names, AssayTrial *out,
           GError **error)
{
  const AssayFormat *format = NULL;
  gboolean known = TRUE;
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (container->node->blob, offset, length, error);
  if (slice == NULL || !assay_format_probe (slice, &format, error))
    return FALSE;
  if (format == NULL || format->open == NULL || !g_strv_contains (names, format->name))
    return TRUE;
  out->tried = TRUE;
  if (format->open == assay_lzma_open && !find_end_of_lzma (container->context, slice, &length, &known, error))
    return FALSE;
  if (!known)
    return TRUE;
  g_autoptr (AssayNode) node = assay_node_new (NULL, g_strdup ("."));
  node->blob = assay_blob_new_slice (slice, 0, length, error);
  node->size = length;
  return node->blob != NULL && try_format (container->context, node, format, out, error);
}

/** An entry of an archive costs as much as so many decoded bytes. No cpio has one in less than 64 bytes, so that one
 * that is stored as it is, and is read to its end, is always within the bound. */
#define ENTRY_COST 4096u

#define COST_MOST_TIMES 64u

void
assay_trial_charge (AssayContainer *container, guint64 cost)
{
  if (!assay_u64_add (container->trial_cost, cost, &container->trial_cost))
    container->trial_cost = G_MAXUINT64;
}

gboolean
assay_trial_is_spent (const AssayContainer *container)
{
  guint64 most = 0;
  return assay_u64_multiply (container->node->size, COST_MOST_TIMES, &most)
         && assay_u64_add (most, ASSAY_CONTEXT_SMALL_BYTES, &most) && container->trial_cost > most;
}

gboolean
assay_trial_open (AssayContainer *container, guint64 offset, guint64 length, const char *const *names, AssayTrial *out,
                  GError **error)
{
  AssayUnpackContext *context = container->context;
  const AssayUnpackContext before = *context;
  *out = (AssayTrial){ 0 };
  if (assay_trial_is_spent (container))
    return TRUE;
  gboolean done = try_bytes (container, offset, length, names, out, error);
  assay_trial_charge (container,
                      context->decoded_bytes - before.decoded_bytes + (context->entries - before.entries) * ENTRY_COST);
  context->entries = before.entries;
  context->entry_bytes = before.entry_bytes;
  context->decoded_bytes = before.decoded_bytes;
  context->memory_bytes = before.memory_bytes;
  context->spool.used = before.spool.used;
  return done;
}
