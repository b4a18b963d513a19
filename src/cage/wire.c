#include "cage/wire.h"

#include "util/system.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

typedef struct
{
  guint32 kind;
  guint32 length;
  guint64 first;
  guint64 second;
} Head;

void
assay_wire_init (AssayWire *wire, int fd)
{
  *wire = (AssayWire){ fd, g_malloc (sizeof (Head) + ASSAY_WIRE_BYTES) };
}

void
assay_wire_clear (AssayWire *wire)
{
  g_clear_pointer (&wire->buffer, g_free);
}

gboolean
assay_wire_send (AssayWire *wire, const AssayMessage *message, GError **error)
{
  g_assert (message->length <= ASSAY_WIRE_BYTES);
  Head head = { message->kind, (guint32)message->length, message->first, message->second };
  struct iovec parts[] = { { &head, sizeof head }, { (void *)message->data, message->length } };
  const struct msghdr whole = { .msg_iov = parts, .msg_iovlen = message->length > 0 ? 2 : 1 };
  ssize_t sent;
  do
    sent = sendmsg (wire->fd, &whole, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0 || assay_system_error (error, errno, "write to", "the other process");
}

gboolean
assay_wire_receive (AssayWire *wire, AssayMessage *out_message, GError **error)
{
  Head head;
  struct iovec part = { wire->buffer, sizeof head + ASSAY_WIRE_BYTES };
  struct msghdr whole = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t length;
  do
    length = recvmsg (wire->fd, &whole, 0);
  while (length < 0 && errno == EINTR);
  if (length <= 0)
    return assay_system_error (error, length < 0 ? errno : ECONNRESET, "read from", "the other process");
  if ((gsize)length < sizeof head || (whole.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the other process sent what is no message");
      return FALSE;
    }
  memcpy (&head, wire->buffer, sizeof head);
  if (head.length != (gsize)length - sizeof head || head.kind == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the other process sent what is no message");
      return FALSE;
    }
  *out_message
      = (AssayMessage){ head.kind, head.first, head.second, wire->buffer + sizeof head, (gsize)length - sizeof head };
  return TRUE;
}
