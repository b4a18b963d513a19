#include "util/stream.h"

#include "util/cancel.h"
#include "util/system.h"

#include <errno.h>
#include <poll.h>

/* Bytes by which the buffer grows at first; then it doubles. */
#define FIRST_BYTES ((gsize)64 * 1024)

gboolean
assay_stream_wait (int fd, const char *name, GError **error)
{
  struct pollfd polled[] = { { .fd = fd, .events = POLLIN }, { .fd = assay_cancel_fd (), .events = POLLIN } };
  while (!assay_cancelled (error))
    {
      int ready = poll (polled, G_N_ELEMENTS (polled), -1);
      if (ready < 0 && errno != EINTR && errno != EAGAIN)
        return assay_system_error (error, errno, "wait for", name);
      if (ready > 0 && polled[0].revents != 0)
        return TRUE;
    }
  return FALSE;
}

GBytes *
assay_stream_read_all (int fd, const char *name, gsize max_bytes, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  gsize length = 0, room = 0;
  while (length <= max_bytes)
    {
      if (length == room)
        {
          room = MIN (room == 0 ? FIRST_BYTES : room * 2, max_bytes + 1);
          bytes = g_realloc (bytes, room);
        }
      if (!assay_stream_wait (fd, name, error))
        return NULL;
      ssize_t got = TEMP_FAILURE_RETRY (read (fd, bytes + length, room - length));
      if (got < 0 && errno != EAGAIN)
        {
          assay_system_error (error, errno, "read", name);
          return NULL;
        }
      if (got == 0)
        break;
      length += (gsize)MAX (got, 0);
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}
