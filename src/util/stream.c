#include "util/stream.h"

#include "util/cancel.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

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

static gboolean
refuse (const char *what, const char *shown, const char *why, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "cannot read the %s %s: %s", what, shown, why);
  return FALSE;
}

GBytes *
assay_stream_read_limited (int fd, const char *name, const char *what, gsize max_bytes, GError **error)
{
  g_autoptr (GBytes) bytes = assay_stream_read_all (fd, name, max_bytes, error);
  if (bytes == NULL || g_bytes_get_size (bytes) <= max_bytes)
    return g_steal_pointer (&bytes);
  g_autofree char *why = g_strdup_printf ("it is larger than %" G_GSIZE_FORMAT " MiB", max_bytes >> 20);
  refuse (what, name, why, error);
  return NULL;
}

static gboolean
check_file (int fd, const char *shown, const char *what, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return refuse (what, shown, g_strerror (errno), error);
  if (S_ISDIR (status.st_mode))
    return refuse (what, shown, "it is a directory", error);
  return S_ISREG (status.st_mode) || refuse (what, shown, "it is not a regular file", error);
}

GBytes *
assay_stream_read_file (const char *path, const char *what, gsize max_bytes, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  /* O_NONBLOCK: a FIFO without a writer must not hold us; it is refused right after. */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      refuse (what, shown, g_strerror (errno), error);
      return NULL;
    }
  return check_file (fd, shown, what, error) ? assay_stream_read_limited (fd, shown, what, max_bytes, error) : NULL;
}
