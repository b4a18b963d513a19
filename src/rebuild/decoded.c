#include "rebuild/decoded.h"

#include "rebuild/manifest.h"

#include "cage/cage_limits.h"
#include "cage/worker.h"
#include "util/system.h"

#include <assay/error.h>

#include <errno.h>
#include <string.h>
#include <zstd.h>

/* Of the stream in one message. The next is sent when the last was taken, before it is decoded: the process does not
 * wait for it, and neither end is ever stopped by a socket that is full while the other waits for it. */
#define TAKEN_BYTES 65536u

/* A block of zstd at its largest. */
#define GIVEN_BYTES ASSAY_WIRE_BYTES

/* zstd makes no larger window at the level of pack.c. */
#define WINDOW_LOG 27

/** Talk: what both ends say (AssayMessage's kind). */
typedef enum
{
  TALK_TAKE = 1, /* to it: the next bytes of the stream; none: that was all */
  TALK_TAKEN,    /* from it: one message was taken */
  TALK_GIVE,     /* decoded bytes */
  TALK_END,      /* the stream is over */
  TALK_FAIL,     /* first: AssayErrorCode */
} Talk;

struct _AssayDecoded
{
  AssayWorker *worker;
  int fd;
  guint64 at;
  guint64 end;
  gboolean is_told; /* that there is no more */
  gboolean is_over;
  const guint8 *given; /* of the last message */
  gsize given_bytes;
  guint8 taken[TAKEN_BYTES];
};

/* --- in the process behind walls --- */

static void
say (AssayWire *wire, Talk kind, AssayErrorCode code, const guint8 *data, gsize length)
{
  const AssayMessage message = { .kind = kind, .first = code, .data = data, .length = length };
  assay_wire_send (wire, &message, NULL);
}

/* Takes one message. FALSE: it is no such stream. *left: 0 at its end */
static gboolean
decode_some (AssayWire *wire, ZSTD_DCtx *decoder, const AssayMessage *taken, ZSTD_outBuffer *out, gsize *left)
{
  ZSTD_inBuffer in = { taken->data, taken->length, 0 };
  gboolean is_full = FALSE;
  if (taken->length == 0)
    return FALSE;
  do
    {
      *left = ZSTD_decompressStream (decoder, out, &in);
      if (ZSTD_isError (*left))
        return FALSE;
      is_full = out->pos == out->size;
      if (is_full || *left == 0)
        {
          if (out->pos > 0)
            say (wire, TALK_GIVE, 0, out->dst, out->pos);
          out->pos = 0;
        }
  } while (*left != 0 && (in.pos < in.size || is_full));
  return TRUE;
}

static Talk
decode_all (AssayWire *wire, AssayErrorCode *out_code)
{
  ZSTD_DCtx *decoder = ZSTD_createDCtx ();
  ZSTD_outBuffer out = { g_try_malloc (GIVEN_BYTES), GIVEN_BYTES, 0 };
  AssayMessage taken;
  gsize left = 1;
  *out_code = ASSAY_ERROR_LIMIT;
  if (decoder == NULL || out.dst == NULL
      || ZSTD_isError (ZSTD_DCtx_setParameter (decoder, ZSTD_d_windowLogMax, WINDOW_LOG)))
    return TALK_FAIL;
  *out_code = ASSAY_ERROR_MALFORMED;
  while (left != 0)
    {
      if (!assay_wire_receive (wire, &taken, NULL))
        return TALK_FAIL;
      say (wire, TALK_TAKEN, 0, NULL, 0);
      if (!decode_some (wire, decoder, &taken, &out, &left))
        return TALK_FAIL;
    }
  return TALK_END;
}

static void
decode (AssayWire *wire)
{
  AssayErrorCode code;
  AssayMessage ignored;
  Talk end = decode_all (wire, &code);
  say (wire, end, code, NULL, 0);
  /* until the other end has enough: it may be about to send more */
  while (assay_wire_receive (wire, &ignored, NULL))
    ;
}

/* --- who pulls --- */

/* The next bytes of the stream; at its end one message without any. */
static gboolean
send_more (AssayDecoded *decoded, GError **error)
{
  AssayMessage message = { .kind = TALK_TAKE, .data = decoded->taken };
  if (decoded->is_told)
    return TRUE;
  message.length = (gsize)MIN (decoded->end - decoded->at, TAKEN_BYTES);
  gssize length
      = message.length == 0 ? 0 : assay_system_read_at (decoded->fd, decoded->taken, message.length, decoded->at);
  if (length < 0)
    return assay_system_error (error, errno, "read", "what was kept");
  if (length != (gssize)message.length)
    return assay_manifest_fail (error);
  decoded->at += message.length;
  decoded->is_told = message.length == 0;
  return assay_worker_send (decoded->worker, &message, error);
}

AssayDecoded *
assay_decoded_new (int fd, guint64 offset, guint64 length, guint64 time_s, GError **error)
{
  if (length > G_MAXINT64 || offset > G_MAXINT64 - length)
    {
      assay_manifest_fail (error);
      return NULL;
    }
  g_autoptr (AssayDecoded) decoded = g_new0 (AssayDecoded, 1);
  decoded->fd = fd;
  decoded->at = offset;
  decoded->end = offset + length;
  decoded->worker = assay_worker_new (decode, ASSAY_CAGE_DECODER_BYTES, error);
  if (decoded->worker == NULL)
    return NULL;
  assay_worker_set_time (decoded->worker, time_s);
  return send_more (decoded, error) ? g_steal_pointer (&decoded) : NULL;
}

void
assay_decoded_free (AssayDecoded *decoded)
{
  if (decoded == NULL)
    return;
  assay_worker_free (decoded->worker);
  g_free (decoded);
}

static gboolean
fail_as (guint64 code, GError **error)
{
  if (code != ASSAY_ERROR_LIMIT)
    return assay_manifest_fail (error);
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "out of memory");
  return FALSE;
}

/* Until there are bytes, or it is over. */
static gboolean
receive (AssayDecoded *decoded, GError **error)
{
  AssayMessage message;
  while (assay_worker_receive (decoded->worker, &message, error))
    switch (message.kind)
      {
      case TALK_TAKEN:
        if (!send_more (decoded, error))
          return FALSE;
        break;
      case TALK_GIVE:
        decoded->given = message.data;
        decoded->given_bytes = message.length;
        if (message.length > 0)
          return TRUE;
        break;
      case TALK_END:
        decoded->is_over = TRUE;
        return TRUE;
      case TALK_FAIL:
        return fail_as (message.first, error);
      default:
        return assay_manifest_fail (error);
      }
  return FALSE;
}

gboolean
assay_decoded_pull (AssayDecoded *decoded, gsize most, const guint8 **out, gsize *out_length, GError **error)
{
  if (decoded->given_bytes == 0 && !decoded->is_over && !receive (decoded, error))
    return FALSE;
  *out = decoded->given;
  *out_length = MIN (most, decoded->given_bytes);
  decoded->given += *out_length;
  decoded->given_bytes -= *out_length;
  return TRUE;
}

gboolean
assay_decoded_fill (AssayDecoded *decoded, guint8 *out, gsize length, GError **error)
{
  while (length > 0)
    {
      const guint8 *bytes;
      gsize count;
      if (!assay_decoded_pull (decoded, length, &bytes, &count, error))
        return FALSE;
      if (count == 0)
        return assay_manifest_fail (error);
      memcpy (out, bytes, count);
      out += count;
      length -= count;
    }
  return TRUE;
}
