#include "unpack/context.h"

#include "util/checked.h"

void
assay_context_init (AssayUnpackContext *context, const AssayUnpackOptions *options)
{
  *context = (AssayUnpackContext){ .limits = options->limits,
                                   .temporary_directory = options->temporary_directory,
                                   .layout = options->layout,
                                   .progress = options->progress,
                                   .readers = options->readers,
                                   .keeping = options->keeping,
                                   .expected = options->expected,
                                   .spool = ASSAY_SPOOL_INIT };
}

void
assay_context_clear (AssayUnpackContext *context)
{
  assay_spool_clear (&context->spool);
}

gboolean
assay_context_charge_entry (AssayUnpackContext *context, GError **error)
{
  if (context->entries >= context->limits->value[ASSAY_LIMIT_ENTRIES])
    return assay_limits_exceeded (context->limits, ASSAY_LIMIT_ENTRIES, "more nodes in the image", error);
  context->entries++;
  return TRUE;
}

gboolean
assay_context_charge_text (AssayUnpackContext *context, guint64 length_bytes, GError **error)
{
  guint64 most;
  if (!assay_u64_add (context->limits->value[ASSAY_LIMIT_ENTRY_BYTES], context->image_bytes, &most))
    most = G_MAXUINT64;
  if (!assay_u64_add (context->entry_bytes, length_bytes, &context->entry_bytes) || context->entry_bytes > most)
    return assay_limits_exceeded (context->limits, ASSAY_LIMIT_ENTRY_BYTES, "more names and facts in the image", error);
  return TRUE;
}

gboolean
assay_context_charge_bytes (AssayUnpackContext *context, guint64 length_bytes, GError **error)
{
  guint64 total;
  if (!assay_u64_add (context->decoded_bytes, length_bytes, &total)
      || total > context->limits->value[ASSAY_LIMIT_TOTAL_BYTES])
    return assay_limits_exceeded (context->limits, ASSAY_LIMIT_TOTAL_BYTES, "more decoded bytes in the image", error);
  guint64 most;
  if (total > ASSAY_CONTEXT_SMALL_BYTES
      && assay_u64_multiply (context->image_bytes, context->limits->value[ASSAY_LIMIT_RATIO], &most) && total > most)
    return assay_limits_exceeded (context->limits, ASSAY_LIMIT_RATIO, "an image that decodes to more", error);
  context->decoded_bytes = total;
  return TRUE;
}

gboolean
assay_unpack_fail (GError **error, AssayErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, ASSAY_ERROR, (int)code, message);
  return FALSE;
}
