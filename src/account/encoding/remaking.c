#include "account/encoding/remaking.h"

#include "util/cancel.h"

#include <assay/error.h>

#include <string.h>

void
assay_remaking_begin (AssayRemaking *remaking)
{
  remaking->at = 0;
  remaking->made = 0;
  remaking->differs = FALSE;
}

gboolean
assay_remaking_take (AssayRemaking *remaking, gsize length, GError **error)
{
  gsize most = (gsize)MIN (length, remaking->length - remaking->made);
  gsize equal = 0;
  if (!assay_blob_read (remaking->stream, remaking->offset + remaking->made, remaking->there, most, error))
    return FALSE;
  while (equal < most && remaking->there[equal] == remaking->out[equal])
    equal++;
  remaking->made += equal;
  remaking->differs = remaking->differs || equal < length;
  return TRUE;
}

gboolean
assay_remaking_take_bytes (AssayRemaking *remaking, const guint8 *bytes, gsize length, GError **error)
{
  gsize done = 0;
  while (done < length && !remaking->differs)
    {
      gsize part = MIN (length - done, ASSAY_REMAKING_BYTES);
      memcpy (remaking->out, bytes + done, part);
      if (!assay_remaking_take (remaking, part, error))
        return FALSE;
      done += part;
    }
  return TRUE;
}

gboolean
assay_remaking_spend (AssayRemaking *remaking, guint64 bytes, GError **error)
{
  remaking->tally->bytes += bytes;
  return !assay_cancelled (error)
         && assay_limits_check (remaking->limits, ASSAY_LIMIT_REPACKED_BYTES, remaking->tally->bytes,
                                "content that is packed again, to see whether its own library makes the stream", error);
}

gboolean
assay_remaking_read (AssayRemaking *remaking, guint8 *into, gsize most, gsize *out_length, GError **error)
{
  gsize length = (gsize)MIN (assay_blob_get_size (remaking->content) - remaking->at, most);
  *out_length = length;
  if (length == 0)
    return TRUE;
  if (!assay_remaking_spend (remaking, length, error)
      || !assay_blob_read (remaking->content, remaking->at, into, length, error))
    return FALSE;
  remaking->at += length;
  return TRUE;
}

gboolean
assay_remaking_fail (const char *what, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
               "limit repacked-bytes: whether an encoder makes this stream cannot be told, as %s", what);
  return FALSE;
}

gboolean
assay_remaking_has_all (const AssayRemaking *remaking)
{
  return remaking->at == assay_blob_get_size (remaking->content);
}

void
assay_remaking_end (AssayRemaking *remaking)
{
  remaking->differs = remaking->differs || remaking->made != remaking->length;
}
