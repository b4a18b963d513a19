#include "inventory/interpreter_private.h"

#include "inventory/interpreting.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>

/** How many processes one interpreter may use up: a file that ends each of them is not worth more. */
#define PROCESSES_MAX 3u

struct _AssayInterpreter
{
  AssayWorkerMain work;
  AssayLimits limits;
  AssayWorker *worker;
  guint begun;      /* processes */
  guint opened;     /* files; also counts the processes that ended with an open file */
  gint64 used_us;   /* of `node-time` */
  AssayBlob *held;  /* the file that was read last, while a question is answered */
  guint8 *answered; /* bytes that are given, ASSAY_WIRE_BYTES */
};

AssayInterpreter *
assay_interpreter_new_for (AssayWorkerMain work, const AssayLimits *limits)
{
  AssayInterpreter *interpreter = g_new0 (AssayInterpreter, 1);
  interpreter->work = work != NULL ? work : assay_interpreting_work;
  interpreter->limits = *limits;
  return interpreter;
}

AssayInterpreter *
assay_interpreter_new (const AssayLimits *limits)
{
  return assay_interpreter_new_for (NULL, limits);
}

static void
drop (AssayInterpreter *interpreter)
{
  g_clear_pointer (&interpreter->worker, assay_worker_free);
  interpreter->opened++;
}

void
assay_interpreter_free (AssayInterpreter *interpreter)
{
  if (interpreter == NULL)
    return;
  drop (interpreter);
  g_free (interpreter->answered);
  g_free (interpreter);
}

void
assay_interpreter_renew (AssayInterpreter *interpreter)
{
  interpreter->begun = interpreter->worker != NULL ? 1 : 0;
  interpreter->used_us = 0;
  interpreter->opened++;
}

const AssayLimits *
assay_interpreter_get_limits (const AssayInterpreter *interpreter)
{
  return &interpreter->limits;
}

guint
assay_interpreter_get_opened (const AssayInterpreter *interpreter)
{
  return interpreter->opened;
}

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it contradicts itself: %s", what);
  return FALSE;
}

gboolean
assay_interpreter_refuse (AssayInterpreter *interpreter, const char *what, GError **error)
{
  drop (interpreter);
  return refuse (what, error);
}

/* Debug information lies in its memory as a whole, unpacked. */
static guint64
memory_of (const AssayLimits *limits)
{
  guint64 bytes;
  if (!assay_u64_add (limits->value[ASSAY_LIMIT_WORKER_MEMORY], limits->value[ASSAY_LIMIT_DEBUG_BYTES], &bytes))
    bytes = G_MAXUINT64;
  return bytes;
}

static gboolean
begin (AssayInterpreter *interpreter, GError **error)
{
  const AssayMessage limits = { .kind = ASSAY_INTERPRETER_LIMITS,
                                .data = (const guint8 *)&interpreter->limits,
                                .length = sizeof interpreter->limits };
  if (interpreter->worker != NULL)
    return TRUE;
  if (interpreter->begun >= PROCESSES_MAX)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the processes that read it have ended");
      return FALSE;
    }
  interpreter->begun++;
  interpreter->worker = assay_worker_new (interpreter->work, memory_of (&interpreter->limits), error);
  if (interpreter->worker == NULL)
    return FALSE;
  if (assay_worker_send (interpreter->worker, &limits, error))
    return TRUE;
  drop (interpreter);
  return FALSE;
}

/* --- one question --- */

/* Many reads follow each other: the file stays open until another one is read, or the question is answered. */
static gboolean
hold (AssayInterpreter *interpreter, AssayBlob *blob, GError **error)
{
  if (interpreter->held == blob)
    return TRUE;
  if (interpreter->held != NULL)
    assay_blob_release (interpreter->held);
  interpreter->held = NULL;
  if (blob == NULL)
    return TRUE;
  if (!assay_blob_hold (blob, error))
    return FALSE;
  interpreter->held = blob;
  return TRUE;
}

/* That bytes cannot be had is said to nobody: it is an error of ours, and ends the question. */
static gboolean
give_bytes (AssayInterpreter *interpreter, const AssayMessage *wish, const GPtrArray *files, GError **error)
{
  guint64 number = G_MAXUINT64;
  if (wish->length == sizeof number)
    memcpy (&number, wish->data, sizeof number);
  if (wish->second > ASSAY_WIRE_BYTES || files == NULL || number >= files->len)
    return refuse ("it asks for what it may not have", error);
  AssayBlob *blob = g_ptr_array_index (files, (guint)number);
  gsize length = (gsize)wish->second;
  if (!assay_range_fits (wish->first, length, assay_blob_get_size (blob)))
    return refuse ("it asks for what is not there", error);
  if (interpreter->answered == NULL)
    interpreter->answered = g_malloc (ASSAY_WIRE_BYTES);
  if (!hold (interpreter, blob, error) || !assay_blob_read (blob, wish->first, interpreter->answered, length, error))
    return FALSE;
  const AssayMessage bytes = { ASSAY_INTERPRETER_BYTES, 0, 0, interpreter->answered, length };
  return assay_worker_send (interpreter->worker, &bytes, error);
}

/* Codes that it may give; everything else would speak of something that it cannot know. */
static gboolean
believe_failure (const AssayMessage *message, GError **error)
{
  static const AssayErrorCode allowed[] = { ASSAY_ERROR_MALFORMED, ASSAY_ERROR_NO_CONTENT, ASSAY_ERROR_LIMIT };
  g_autofree char *text = g_strndup ((const char *)message->data, message->length);
  g_autofree char *shown = assay_text_escape_shown (text);
  AssayErrorCode code = ASSAY_ERROR_FAILED;
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (message->first == allowed[i])
      code = allowed[i];
  g_set_error_literal (error, ASSAY_ERROR, (gint)code, shown);
  return FALSE;
}

static gboolean
send_question (AssayInterpreter *interpreter, const AssayMessage *question, const GPtrArray *files, GError **error)
{
  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      const AssayMessage file
          = { .kind = ASSAY_INTERPRETER_FILE, .first = assay_blob_get_size (g_ptr_array_index (files, i)) };
      if (!assay_worker_send (interpreter->worker, &file, error))
        return FALSE;
    }
  return assay_worker_send (interpreter->worker, question, error);
}

/* *out_fit: it may be asked again: it came to an end by itself, whatever it said. */
static gboolean
converse (AssayInterpreter *interpreter, const AssayMessage *question, const GPtrArray *files, gsize most,
          GByteArray *answer, gboolean *out_fit, GError **error)
{
  AssayMessage message = { .kind = 0 };
  gboolean ok = send_question (interpreter, question, files, error);
  while (ok && message.kind != ASSAY_INTERPRETER_DONE)
    {
      if (!assay_worker_receive (interpreter->worker, &message, error))
        return FALSE;
      gboolean says = message.kind == ASSAY_INTERPRETER_PART || message.kind == ASSAY_INTERPRETER_DONE;
      if (message.kind == ASSAY_INTERPRETER_READ)
        ok = give_bytes (interpreter, &message, files, error);
      else if (message.kind == ASSAY_INTERPRETER_FAIL)
        {
          *out_fit = TRUE;
          return believe_failure (&message, error);
        }
      else if (!says || message.length > most - answer->len
               || (message.kind == ASSAY_INTERPRETER_PART && message.length == 0))
        ok = refuse ("it says what nobody asked", error);
      else
        g_byte_array_append (answer, message.data, (guint)message.length);
    }
  *out_fit = ok;
  return ok;
}

/* A time that is up is that of all questions together. */
static gboolean
explain_lateness (const AssayInterpreter *interpreter, GError **error)
{
  g_clear_error (error);
  return assay_limits_exceeded (&interpreter->limits, ASSAY_LIMIT_NODE_TIME,
                                "debug information and code that take longer to read", error);
}

GByteArray *
assay_interpreter_ask (AssayInterpreter *interpreter, const AssayMessage *question, const GPtrArray *files,
                       gsize most_bytes, GError **error)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  gboolean fit = FALSE;
  guint64 limit_s = interpreter->limits.value[ASSAY_LIMIT_NODE_TIME];
  guint64 used_s = (guint64)interpreter->used_us / G_USEC_PER_SEC;
  if (files != NULL)
    interpreter->opened++;
  if (!begin (interpreter, error))
    return NULL;
  gint64 start_us = g_get_monotonic_time ();
  assay_worker_set_time (interpreter->worker, limit_s - MIN (limit_s, used_s));
  gboolean ok = converse (interpreter, question, files, MIN (most_bytes, G_MAXUINT32), answer, &fit, error);
  interpreter->used_us += g_get_monotonic_time () - start_us;
  hold (interpreter, NULL, NULL);
  if (!ok && assay_worker_is_late (interpreter->worker))
    explain_lateness (interpreter, error);
  if (!fit)
    drop (interpreter);
  return ok ? g_steal_pointer (&answer) : NULL;
}
