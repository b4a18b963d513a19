/* cage/worker.h without processes: what reads is a thread of this one, at the other end of the same kind of socket. */
#include "cage/worker.h"

#include "fuzz.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct _AssayWorker
{
  AssayWire wire;
  AssayWire theirs;
  AssayWorkerMain work;
  GThread *thread;
  FuzzLies lies;
  FILE *record;
};

/* The linker puts these in the places of those (--wrap). */
AssayWorker *__wrap_assay_worker_new (AssayWorkerMain work, guint64 memory_bytes, GError **error);
void __wrap_assay_worker_free (AssayWorker *worker);
void __wrap_assay_worker_set_time (AssayWorker *worker, guint64 time_s);
gboolean __wrap_assay_worker_is_late (const AssayWorker *worker);
gboolean __wrap_assay_worker_send (AssayWorker *worker, const AssayMessage *message, GError **error);
gboolean __wrap_assay_worker_receive (AssayWorker *worker, AssayMessage *out_message, GError **error);

static const FuzzLies *told;

void
fuzz_workers_lie (const FuzzLies *lies)
{
  told = lies;
}

static gpointer
work_in_thread (gpointer data)
{
  AssayWorker *worker = data;
  worker->work (&worker->theirs);
  shutdown (worker->theirs.fd, SHUT_RDWR);
  return NULL;
}

AssayWorker *
__wrap_assay_worker_new (AssayWorkerMain work, guint64 memory_bytes, GError **error)
{
  int fds[2];
  const char *record = g_getenv ("ASSAY_FUZZ_RECORD");
  fuzz_check (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0, "a socket");
  AssayWorker *worker = g_new0 (AssayWorker, 1);
  worker->work = work;
  assay_wire_init (&worker->wire, fds[0]);
  assay_wire_init (&worker->theirs, fds[1]);
  if (told != NULL)
    {
      worker->lies = *told;
      return worker;
    }
  if (record != NULL)
    worker->record = fopen (record, "ab");
  worker->thread = g_thread_new ("reader", work_in_thread, worker);
  return worker;
}

void
__wrap_assay_worker_free (AssayWorker *worker)
{
  if (worker == NULL)
    return;
  shutdown (worker->wire.fd, SHUT_RDWR);
  if (worker->thread != NULL)
    g_thread_join (worker->thread);
  if (worker->record != NULL)
    fclose (worker->record);
  close (worker->wire.fd);
  close (worker->theirs.fd);
  assay_wire_clear (&worker->wire);
  assay_wire_clear (&worker->theirs);
  g_free (worker);
}

void
__wrap_assay_worker_set_time (AssayWorker *worker, guint64 time_s)
{
}

gboolean
__wrap_assay_worker_is_late (const AssayWorker *worker)
{
  return FALSE;
}

/* One packet of the lies as it stands, so that also the framing is read that is none. */
static gboolean
tell_lie (AssayWorker *worker, GError **error)
{
  FuzzLies *lies = &worker->lies;
  gsize length = (gsize)fuzz_take (&lies->bytes, &lies->length, 3);
  length = MIN (length, lies->length);
  if (length == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the process that reads it gave up");
      return FALSE;
    }
  fuzz_check (send (worker->theirs.fd, lies->bytes, length, 0) == (ssize_t)length, "a packet");
  lies->bytes += length;
  lies->length -= length;
  return TRUE;
}

gboolean
__wrap_assay_worker_send (AssayWorker *worker, const AssayMessage *message, GError **error)
{
  return worker->thread == NULL || assay_wire_send (&worker->wire, message, error);
}

/* What the seeds of the liar are made from: an honest conversation. */
static void
record_packet (const AssayWorker *worker, const AssayMessage *message)
{
  if (worker->record == NULL)
    return;
  const gsize length = 24 + message->length;
  const guint8 before[] = { (guint8)length, (guint8)(length >> 8), (guint8)(length >> 16) };
  fwrite (before, 1, sizeof before, worker->record);
  fwrite (worker->wire.buffer, 1, length, worker->record);
}

gboolean
__wrap_assay_worker_receive (AssayWorker *worker, AssayMessage *out_message, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (worker->thread == NULL && !tell_lie (worker, error))
    return FALSE;
  if (assay_wire_receive (&worker->wire, out_message, &failure))
    {
      record_packet (worker, out_message);
      return TRUE;
    }
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, failure->message);
  return FALSE;
}
