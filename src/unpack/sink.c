#include "unpack/sink.h"

#include "util/checked.h"

#include <string.h>
#include <zlib.h>

void
assay_sink_init (AssaySink *sink, AssayUnpackContext *context)
{
  *sink = (AssaySink){ .context = context, .memory = g_byte_array_new () };
}

void
assay_sink_clear (AssaySink *sink)
{
  g_clear_pointer (&sink->memory, g_byte_array_unref);
}

static gboolean
write_spool (AssaySink *sink, guint64 place, const guint8 *data, gsize length, GError **error)
{
  AssayUnpackContext *context = sink->context;
  return assay_spool_write (&context->spool, context->limits->value[ASSAY_LIMIT_TOTAL_BYTES],
                            context->temporary_directory, place, data, length, error);
}

static gboolean
spill (AssaySink *sink, GError **error)
{
  if (sink->spilled)
    return TRUE;
  sink->spilled = TRUE;
  gboolean ok = write_spool (sink, 0, sink->memory->data, sink->memory->len, error);
  g_byte_array_set_size (sink->memory, 0);
  return ok;
}

/* What fits into memory is no bomb, whatever its ratio: 1 MiB of zeros is 264 bytes of xz. */
static gboolean
check_ratio (const AssaySink *sink, guint64 written, GError **error)
{
  const AssayLimits *limits = sink->context->limits;
  guint64 most;
  written -= sink->part;
  if (written <= ASSAY_SINK_MEMORY_BYTES || !assay_u64_multiply (sink->stored, limits->value[ASSAY_LIMIT_RATIO], &most)
      || written <= most)
    return TRUE;
  return assay_limits_exceeded (limits, ASSAY_LIMIT_RATIO, "a stream that decodes to more", error);
}

gboolean
assay_sink_write (AssaySink *sink, const void *data, gsize length_bytes, GError **error)
{
  if (length_bytes == 0)
    return TRUE;
  if (!assay_context_charge_bytes (sink->context, length_bytes, error)
      || !check_ratio (sink, sink->written + length_bytes, error))
    return FALSE;
  if (sink->written + length_bytes > ASSAY_SINK_MEMORY_BYTES)
    {
      if (!spill (sink, error) || !write_spool (sink, sink->written, data, length_bytes, error))
        return FALSE;
    }
  else
    g_byte_array_append (sink->memory, data, (guint)length_bytes);
  sink->written += length_bytes;
  if (sink->checks)
    sink->check = (guint32)crc32_z (sink->check, data, length_bytes);
  return TRUE;
}

void
assay_sink_begin_check (AssaySink *sink)
{
  sink->checks = TRUE;
  sink->check = (guint32)crc32_z (0, NULL, 0);
}

void
assay_sink_begin_part (AssaySink *sink)
{
  sink->part = sink->written;
  sink->stored = 0;
  sink->uncommon = NULL;
}

gboolean
assay_sink_check (const AssaySink *sink, GError **error)
{
  return check_ratio (sink, sink->written, error);
}

gboolean
assay_sink_read (AssaySink *sink, guint64 offset_bytes, void *out, gsize length_bytes, GError **error)
{
  if (!assay_range_fits (offset_bytes, length_bytes, sink->written))
    return assay_unpack_fail (error, ASSAY_ERROR_INTERNAL, "decoded bytes are read before they are there");
  if (sink->spilled)
    return assay_blob_read (sink->context->spool.blob, sink->context->spool.used + offset_bytes, out, length_bytes,
                            error);
  if (length_bytes > 0)
    memcpy (out, sink->memory->data + offset_bytes, length_bytes);
  return TRUE;
}

AssayBlob *
assay_sink_finish (AssaySink *sink, GError **error)
{
  AssayUnpackContext *context = sink->context;
  if (!sink->spilled && context->memory_bytes + sink->written <= ASSAY_SINK_TOTAL_MEMORY_BYTES)
    {
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&sink->memory));
      context->memory_bytes += sink->written;
      return assay_blob_new_for_bytes (bytes);
    }
  if (!spill (sink, error))
    return NULL;
  AssayBlob *blob = assay_blob_new_slice (context->spool.blob, context->spool.used, sink->written, error);
  if (blob != NULL)
    context->spool.used += sink->written;
  return blob;
}

AssayBlob *
assay_sink_keep (AssayUnpackContext *context, const void *bytes, gsize length_bytes, GError **error)
{
  g_auto (AssaySink) sink = { NULL };
  assay_sink_init (&sink, context);
  sink.stored = length_bytes;
  return assay_sink_write (&sink, bytes, length_bytes, error) ? assay_sink_finish (&sink, error) : NULL;
}
